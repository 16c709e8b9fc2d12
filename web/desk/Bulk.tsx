// Work on several cases of the queue at once: each is its own change with its own version, so a
// case that moved on is refused and named while the others are recorded.

import Button from '@splunk/react-ui/Button';
import Message from '@splunk/react-ui/Message';
import Select from '@splunk/react-ui/Select';
import Text from '@splunk/react-ui/Text';
import { useState } from 'react';

import { changeCase, limiter } from './api';
import { DISPOSITIONS, QueueRow, sentence, WhoAmI } from './model';

const AT_ONCE = 2;

interface Props {
    rows: QueueRow[];
    me: WhoAmI;
    clear: () => void;
    changed: () => void;
}

interface Outcome {
    done: number;
    refused: string[];
}

export default function Bulk({ rows, me, clear, changed }: Props) {
    const [disposition, setDisposition] = useState('');
    const [reason, setReason] = useState('');
    const [busy, setBusy] = useState(false);
    const [complaint, setComplaint] = useState('');
    const [outcome, setOutcome] = useState<Outcome>();
    const may = (verb: string) => me.capabilities.includes(`ciw_case_${verb}`);
    const lacking = (verb: string) =>
        may(verb) ? undefined : `Your roles lack the capability ciw_case_${verb}.`;

    const each = async (verb: string, values: Record<string, string>) => {
        setBusy(true);
        setComplaint('');
        const run = limiter(AT_ONCE);
        const result: Outcome = { done: 0, refused: [] };
        await Promise.all(
            rows.map((row) =>
                run(() =>
                    changeCase({
                        case_id: row.case.case_id,
                        version: row.state.version,
                        verb,
                        ...values,
                    })
                )
                    .then(() => {
                        result.done += 1;
                    })
                    .catch((error) => {
                        const who = row.case.user[0] || row.case.case_id;
                        result.refused.push(`${who}: ${error.message}`);
                    })
            )
        );
        setBusy(false);
        setOutcome(result);
        if (!result.refused.length) {
            setReason('');
            setDisposition('');
            clear();
        }
        changed();
    };

    const close = () => {
        if (!disposition || !reason.trim()) {
            setComplaint('Closing needs what it turned out to be, and a reason.');
            return;
        }
        each('close', { disposition, reason: reason.trim() });
    };

    if (!rows.length && !outcome) {
        return null;
    }
    return (
        <section className="panel bulk" aria-label="Selected cases">
            {rows.length > 0 && (
                <div className="body row">
                    <b className="num">{rows.length} selected</b>
                    <Button
                        label="Assign to me"
                        disabled={busy || !may('assign')}
                        title={lacking('assign')}
                        onClick={() => each('assign', { owner: me.user })}
                    />
                    <Select
                        inline
                        labelText="Disposition"
                        value={disposition}
                        placeholder="It turned out to be"
                        disabled={busy || !may('close')}
                        onChange={(_, { value }) => setDisposition(String(value))}
                    >
                        {DISPOSITIONS.map((value) => (
                            <Select.Option key={value} value={value} label={sentence(value)} />
                        ))}
                    </Select>
                    <div className="reason">
                        <Text
                            value={reason}
                            placeholder="Reason for closing"
                            aria-label="Reason for closing"
                            disabled={busy || !may('close')}
                            onChange={(_, { value }) => {
                                setReason(value);
                                setComplaint('');
                            }}
                        />
                    </div>
                    <Button
                        label={busy ? 'Recording' : `Close ${rows.length}`}
                        disabled={busy || !may('close')}
                        title={lacking('close')}
                        onClick={close}
                    />
                    <Button appearance="subtle" label="Select none" onClick={clear} />
                </div>
            )}
            {complaint && (
                <p role="alert" className="body" style={{ color: 'var(--bad)' }}>
                    {complaint}
                </p>
            )}
            {outcome && (
                <div role="status">
                    <Message
                        appearance="fill"
                        type={outcome.refused.length ? 'warning' : 'success'}
                        onRequestRemove={() => setOutcome(undefined)}
                    >
                        <span className="wrap">
                            {outcome.done} recorded.
                            {outcome.refused.length > 0 &&
                                ` ${outcome.refused.length} refused: ${outcome.refused.join(' ')}`}
                        </span>
                    </Message>
                </div>
            )}
        </section>
    );
}
