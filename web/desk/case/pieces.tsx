// Pieces that several tabs of a case share.

import Button from '@splunk/react-ui/Button';
import Link from '@splunk/react-ui/Link';
import { ReactNode, useEffect, useRef, useState } from 'react';

import { Loading, Warned } from '../atoms';
import { copyText } from '../copy';
import { Asked } from '../hooks';

const TOLD_MS = 2500;

/** A button that copies, and says whether it did. */
export function CopyButton({ text, label, what }: { text: string; label: string; what: string }) {
    const [told, setTold] = useState('');
    const timer = useRef<ReturnType<typeof setTimeout>>();
    useEffect(() => () => clearTimeout(timer.current), []);
    const press = async () => {
        setTold((await copyText(text)) ? 'Copied' : 'Not copied: select it and press Ctrl+C');
        clearTimeout(timer.current);
        timer.current = setTimeout(() => setTold(''), TOLD_MS);
    };
    return (
        <>
            <Button
                appearance="subtle"
                label={told || label}
                aria-label={told ? `${told}: ${what}` : `${label}: ${what}`}
                onClick={press}
            />
            <span className="sr" role="status">
                {told}
            </span>
        </>
    );
}

const FIRST_COMMANDS = 3;

/** Commands to copy one by one or, where there are several, all at once. */
export function Commands({ list, what }: { list: string[]; what: string }) {
    const [all, setAll] = useState(false);
    const shown = all || list.length <= FIRST_COMMANDS + 1 ? list : list.slice(0, FIRST_COMMANDS);
    return (
        <div className="commands">
            {shown.map((text, at) => (
                <div key={at} className="command">
                    <code className="wrap">{text}</code>
                    <CopyButton
                        text={text}
                        label="Copy"
                        what={list.length > 1 ? `command ${at + 1} of ${what}` : what}
                    />
                </div>
            ))}
            {list.length > 1 && (
                <div className="row more">
                    {list.length > FIRST_COMMANDS + 1 && (
                        <button
                            type="button"
                            className="plain"
                            aria-expanded={all}
                            onClick={() => setAll(!all)}
                        >
                            {all ? `Show the first ${FIRST_COMMANDS}` : `Show all ${list.length} commands`}
                        </button>
                    )}
                    <span className="push">
                        <CopyButton
                            text={`${list.join('\n')}\n`}
                            label={`Copy all ${list.length}`}
                            what={what}
                        />
                    </span>
                </div>
            )}
        </div>
    );
}

/** A panel whose content is fetched: loading, failing, empty, or what `children` makes of it. */
export function Fetched<T>({
    title,
    state,
    again,
    loading,
    empty,
    isEmpty,
    link,
    aside,
    wide,
    warnings,
    children,
}: {
    title: string;
    state?: Asked<T>;
    again: () => void;
    loading: string;
    /** What it means, and what to do. */
    empty: string;
    isEmpty: (value: T) => boolean;
    link?: string;
    aside?: (value: T) => ReactNode;
    wide?: boolean;
    warnings?: (value: T) => string[];
    children: (value: T) => ReactNode;
}) {
    const value = state?.status === 'done' ? state.value : undefined;
    const warned = (value !== undefined && warnings?.(value)) || [];
    const nothing = value !== undefined && isEmpty(value);
    return (
        <section
            className={`panel${wide ? ' wide' : ''}`}
            aria-label={title}
            data-panel={title}
            data-status={state?.status || 'loading'}
        >
            <header>
                <h2>{title}</h2>
                <span className="push row">
                    {value !== undefined && aside && !(nothing && warned.length > 0) && (
                        <span className="muted">{aside(value)}</span>
                    )}
                    {link && (
                        <Link to={link} openInNewContext>
                            Rows
                            <span className="sr"> of {title} in Search</span>
                        </Link>
                    )}
                </span>
            </header>
            <div className="body">
                {(!state || state.status === 'loading') && <Loading what={loading} />}
                {state?.status === 'error' && (
                    <div role="alert">
                        <p className="wrap">
                            <span className="overdue">This could not be read.</span> {state.message}
                        </p>
                        <p className="hint row">
                            Nothing is known from it until it can be; that is not a no.
                            <Button appearance="subtle" label="Try again" onClick={again} />
                        </p>
                    </div>
                )}
                <Warned of={warned} />
                {nothing && warned.length === 0 && <p className="muted">{empty}</p>}
                {nothing && warned.length > 0 && (
                    <p className="hint row">
                        The search found nothing and may have missed something: that is not a no.
                        <Button appearance="subtle" label="Try again" onClick={again} />
                    </p>
                )}
                {value !== undefined && !nothing && children(value)}
            </div>
        </section>
    );
}

const FIRST_ROWS = 12;

/** A table that shows its first rows, and all of them when asked. */
export function Rows({
    label,
    columns,
    rows,
    first = FIRST_ROWS,
}: {
    label: string;
    columns: { name: string; width?: string }[];
    rows: { key: string; cells: ReactNode[]; className?: string }[];
    first?: number;
}) {
    const [all, setAll] = useState(false);
    const shown = all ? rows : rows.slice(0, first);
    return (
        <>
            <div className="scroll" tabIndex={0} role="region" aria-label={label}>
                <table className="signals rows">
                    <thead>
                        <tr>
                            {columns.map(({ name, width }) => (
                                <th key={name} scope="col" style={width ? { width } : undefined}>
                                    {name}
                                </th>
                            ))}
                        </tr>
                    </thead>
                    <tbody>
                        {shown.map(({ key, cells, className }) => (
                            <tr key={key} className={className}>
                                {cells.map((cell, at) => (
                                    <td key={columns[at].name}>{cell}</td>
                                ))}
                            </tr>
                        ))}
                    </tbody>
                </table>
            </div>
            {rows.length > first && (
                <button type="button" className="plain" onClick={() => setAll(!all)}>
                    {all ? `Show the first ${first}` : `Show all ${rows.length}`}
                </button>
            )}
        </>
    );
}

const MARKS: Record<string, string> = {
    permission: 'permission change',
    network: 'network change',
    logging: 'logging change',
};

/** What a search marked an operation as, in words. */
export function Mark({ marked }: { marked: string }) {
    return marked ? <span className="chip yes">{MARKS[marked] || marked}</span> : null;
}
