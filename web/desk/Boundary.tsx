// A page that fails to draw says so and offers ways on, instead of leaving nothing.

import Button from '@splunk/react-ui/Button';
import Message from '@splunk/react-ui/Message';
import { Component, ReactNode } from 'react';

interface Props {
    what: string;
    back?: () => void;
    children: ReactNode;
}

export default class Boundary extends Component<Props, { error?: Error }> {
    state: { error?: Error } = {};

    static getDerivedStateFromError(error: Error) {
        return { error };
    }

    render() {
        const { what, back, children } = this.props;
        const { error } = this.state;
        if (!error) {
            return children;
        }
        return (
            <main>
                <div role="alert" data-testid="broken" style={{ marginTop: 16 }}>
                    <Message appearance="fill" type="error">
                        <span className="wrap">
                            {what} could not be shown: {error.message}. Nothing was changed. Try again;
                            if it stays so, give this message to the administrator of the app.
                        </span>
                    </Message>
                </div>
                <div className="row" style={{ marginTop: 12 }}>
                    <Button label="Try again" onClick={() => this.setState({ error: undefined })} />
                    {back && (
                        <Button
                            label="Back to the queue"
                            onClick={() => {
                                this.setState({ error: undefined });
                                back();
                            }}
                        />
                    )}
                </div>
            </main>
        );
    }
}
