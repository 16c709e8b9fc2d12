// What each key does, over the page; `?` opens it and Escape closes it.

import Button from '@splunk/react-ui/Button';
import { useEffect, useRef, useState } from 'react';

import { useKeys } from './hooks';
import { PAGE_KEYS } from './Nav';

export default function Help({ keys }: { keys: [string, string][] }) {
    const [open, setOpen] = useState(false);
    const dialog = useRef<HTMLDialogElement>(null);
    useKeys({ '?': () => setOpen((before) => !before) });
    useEffect(() => {
        if (open) {
            dialog.current?.showModal();
        } else {
            dialog.current?.close();
        }
    }, [open]);
    return (
        <>
            <Button appearance="subtle" label="Keys" title="What each key does (?)" onClick={() => setOpen(true)} />
            <dialog
                ref={dialog}
                className="keys"
                aria-label="Keys"
                onClose={() => setOpen(false)}
                onClick={({ target }) => target === dialog.current && setOpen(false)}
                onKeyDown={(event) => {
                    // What a key does on the page underneath waits until this is closed.
                    event.stopPropagation();
                    if (event.key === '?') {
                        setOpen(false);
                    }
                }}
            >
                {open && (
                    <div className="inner">
                        <h2>Keys</h2>
                        <dl>
                            {[...keys, ...PAGE_KEYS, ['?', 'This help'] as [string, string]].map(
                                ([key, does]) => (
                                    <div key={key}>
                                        <dt>
                                            {key.split(' ').map((part) => (
                                                <kbd key={part}>{part}</kbd>
                                            ))}
                                        </dt>
                                        <dd>{does}</dd>
                                    </div>
                                )
                            )}
                        </dl>
                        <Button label="Close" onClick={() => setOpen(false)} />
                    </div>
                )}
            </dialog>
        </>
    );
}
