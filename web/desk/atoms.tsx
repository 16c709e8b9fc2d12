// Small pieces that every page uses. Log content only ever enters as text nodes.

import Button from '@splunk/react-ui/Button';
import Message from '@splunk/react-ui/Message';
import WaitSpinner from '@splunk/react-ui/WaitSpinner';
import { ReactNode } from 'react';

import { list, sentence, SeverityShown, StateName, words } from './model';
import { deadline } from './time';

export function SeverityMark({ severity }: { severity: SeverityShown }) {
    return <span className={`severity s-${severity}`}>{sentence(severity)}</span>;
}

export function StateChip({ state }: { state: StateName }) {
    return <span className={`chip state-${state}`}>{words(state)}</span>;
}

export function Deadline({ due, now, closed }: { due: unknown; now: number; closed: boolean }) {
    if (closed) {
        return <span className="muted">done</span>;
    }
    const { urgency, text } = deadline(due, now);
    return <span className={`num ${urgency}`}>{text || 'none set'}</span>;
}

/** Longer than any id of a cloud; what a value is beyond that stands in the tooltip. */
const LONGEST_SHOWN = 300;

function cut(value: string): string {
    return value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}…` : value;
}

/** The values of a field: the first ones, and how many more; all of them in the tooltip. */
export function Values({
    of,
    limit = 3,
    mono,
    show = (value) => value,
}: {
    of: unknown;
    limit?: number;
    mono?: boolean;
    show?: (value: string) => string;
}) {
    const values = list(of);
    if (!values.length) {
        return <span className="muted">not told</span>;
    }
    const more = values.length - limit;
    return (
        <span className={`wrap${mono ? ' mono' : ''}`} title={values.slice(0, 50).join('\n')}>
            {values.slice(0, limit).map(show).map(cut).join(', ')}
            {more > 0 && <span className="muted"> and {more} more</span>}
        </span>
    );
}

export function Fault({ error, retry }: { error: Error; retry?: () => void }) {
    return (
        <div role="alert">
            <Message appearance="fill" type="error">
                <span className="wrap">{error.message}</span>{' '}
                {retry && <Button appearance="subtle" label="Try again" onClick={retry} />}
            </Message>
        </div>
    );
}

/** One line of what Splunk warned of about a search that ended; the whole of it in the tooltip. */
export function Warned({ of }: { of: string[] }) {
    if (!of.length) {
        return null;
    }
    const told = of.join(' ');
    return (
        <p className="warned" role="note" title={told.slice(0, 2000)}>
            Splunk warned, so something may be missing here: {cut(told)}
        </p>
    );
}

export function Loading({ what }: { what: string }) {
    return (
        <div className="row muted" role="status">
            <WaitSpinner /> {what}
        </div>
    );
}

export function Panel({
    title,
    aside,
    children,
}: {
    title: string;
    aside?: ReactNode;
    children: ReactNode;
}) {
    return (
        <section className="panel" aria-label={title}>
            <header>
                <h2>{title}</h2>
                {aside && <span className="muted push">{aside}</span>}
            </header>
            <div className="body">{children}</div>
        </section>
    );
}

export function Toggles<T extends string>({
    label,
    value,
    options,
    onChange,
    className = '',
}: {
    label: string;
    value: T | '';
    options: { value: T; text: string; disabled?: boolean; why?: string }[];
    onChange: (value: T) => void;
    className?: string;
}) {
    return (
        <div className={`toggles ${className}`} role="group" aria-label={label}>
            {options.map((option) => (
                <button
                    key={option.value}
                    type="button"
                    aria-pressed={value === option.value}
                    disabled={option.disabled}
                    title={option.why || undefined}
                    onClick={() => onChange(option.value)}
                >
                    {option.text}
                </button>
            ))}
        </div>
    );
}
