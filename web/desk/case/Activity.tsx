// What was done: the timeline of the case, and the principal's thirty days.

import { useState } from 'react';

import { Toggles } from '../atoms';
import { sentence, shortName, shortNames, words } from '../model';
import { moment } from '../time';
import { Mark, Rows } from './pieces';
import { instant, Row } from './shapes';

const KINDS: Record<string, string> = {
    operation: 'Operations',
    signal: 'Signals',
    'sign-in': 'Sign-ins',
    analyst: 'Analysts',
};

export function Timeline({ rows }: { rows: Row[] }) {
    const [kind, setKind] = useState('');
    const kinds = [...new Set(rows.map((row) => row.kind))].filter(Boolean);
    const shown = rows.filter((row) => !kind || row.kind === kind);
    return (
        <div className="stack">
            {kinds.length > 1 && (
                <Toggles
                    label="Show of the timeline"
                    value={kind}
                    options={[
                        { value: '', text: `All ${rows.length}` },
                        ...kinds.map((value) => ({
                            value,
                            text: `${KINDS[value] || sentence(value)} ${rows.filter((row) => row.kind === value).length}`,
                        })),
                    ]}
                    onChange={setKind}
                />
            )}
            <Rows
                label="Timeline"
                columns={[
                    { name: 'Time (UTC)', width: '142px' },
                    { name: 'What' },
                    { name: 'Who', width: '20%' },
                    { name: 'From', width: '116px' },
                    { name: 'On', width: '24%' },
                ]}
                rows={shown.map((row, at) => ({
                    key: String(at),
                    className: row.kind === 'operation' ? undefined : `kind-${row.kind}`,
                    cells: [
                        <span className="num">{moment(instant(row._time)).slice(0, 19)}</span>,
                        <>
                            <div className="row">
                                {row.kind !== 'operation' && (
                                    <span className="chip">{words(row.kind || 'event')}</span>
                                )}
                                <b className="wrap">{row.kind === 'signal' ? sentence(row.what || '') : row.what}</b>
                                <Mark marked={row.marked} />
                                <Failed status={row.status} />
                            </div>
                            {row.text && <div className="wrap">{shortNames(row.text)}</div>}
                        </>,
                        <Told value={row.who} short />,
                        <Told value={row.src} mono />,
                        <Told value={row.target} mono short />,
                    ],
                }))}
            />
        </div>
    );
}

/** Failed operations are told: a refused attempt is a probe, never a change. */
function Failed({ status }: { status: string }) {
    return status && !/^succ/i.test(status) ? <span className="chip unknown">{words(status)}</span> : null;
}

export function Principal({ rows }: { rows: Row[] }) {
    const marked = rows.filter((row) => row.marked);
    const [only, setOnly] = useState<'' | 'marked'>('');
    const shown = only ? marked : rows;
    return (
        <div className="stack">
            <Toggles
                label="Show of the principal’s 30 days"
                value={only}
                options={[
                    { value: '', text: `All ${rows.length}` },
                    { value: 'marked', text: `Permission and security changes ${marked.length}` },
                ]}
                onChange={setOnly}
            />
            {shown.length === 0 ? (
                <p className="muted">
                    The log holds no permission, network or logging change by this principal in 30 days.
                </p>
            ) : (
                <Rows
                    label="The principal’s operations"
                    columns={[
                        { name: 'Time (UTC)', width: '142px' },
                        { name: 'Operation' },
                        { name: 'From', width: '116px' },
                        { name: 'On', width: '34%' },
                    ]}
                    rows={shown.map((row, at) => ({
                        key: String(at),
                        cells: [
                            <span className="num">{moment(instant(row._time)).slice(0, 19)}</span>,
                            <div className="row">
                                <b className="wrap">{row.command}</b>
                                <Mark marked={row.marked} />
                                <Failed status={row.status} />
                            </div>,
                            <Told value={row.src} mono />,
                            <>
                                {row.object_category && (
                                    <span className="muted">{words(row.object_category)} </span>
                                )}
                                <Told value={row.object_id} mono short />
                            </>,
                        ],
                    }))}
                />
            )}
        </div>
    );
}

/** A value, or that the log does not tell it. */
export function Told({ value, mono, short }: { value?: string; mono?: boolean; short?: boolean }) {
    return value ? (
        <span className={`clamp wrap${mono ? ' mono' : ''}`} title={value.slice(0, 2000)}>
            {short ? value.split(', ').map(shortName).join(', ') : value}
        </span>
    ) : (
        <span className="muted">not told</span>
    );
}
