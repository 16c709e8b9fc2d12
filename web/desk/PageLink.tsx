// A link within the desk: a plain click opens it here, with Ctrl, Cmd or Shift the browser does.

import { AnchorHTMLAttributes } from 'react';

interface Props extends AnchorHTMLAttributes<HTMLAnchorElement> {
    href: string;
    open: () => void;
}

export default function PageLink({ open, children, ...rest }: Props) {
    return (
        <a
            {...rest}
            onClick={(event) => {
                // A row around it would open the same once more, and here.
                event.stopPropagation();
                if (!event.ctrlKey && !event.metaKey && !event.shiftKey) {
                    event.preventDefault();
                    open();
                }
            }}
        >
            {children}
        </a>
    );
}
