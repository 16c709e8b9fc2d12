// What was done: the timeline of the case, and the principal's thirty days.

import { ReactNode, useState } from 'react';

import { Toggles } from '../atoms';
import { sentence, shortName, shortNames, words } from '../model';
import { moment } from '../time';
import { Mark, Rows } from './pieces';
import { instant, Row } from './shapes';

const SHOWN_IDS = 2;
const KINDS: Record<string, string> = {
    operation: 'Operations',
    signal: 'Signals',
    'sign-in': 'Sign-ins',
    analyst: 'Analysts',
};

/** Rows that follow each other and say the same of several resources. */
interface Run {
    rows: Row[];
}

// Rows that differ in one of these tell different things.
const ALIKE = ['kind', 'what', 'who', 'src', 'status', 'marked', 'text'];

/** The rows in the order in which things happened, where several alike follow each other as one. */
export function runs(rows: Row[]): Run[] {
    const found: Run[] = [];
    [...rows]
        .sort((a, b) => instant(a._time) - instant(b._time))
        .forEach((row) => {
            const last = found[found.length - 1]?.rows[0];
            if (last && ALIKE.every((name) => last[name] === row[name])) {
                found[found.length - 1].rows.push(row);
            } else {
                found.push({ rows: [row] });
            }
        });
    return found;
}

export function Timeline({ rows }: { rows: Row[] }) {
    const [kind, setKind] = useState('');
    const kinds = [...new Set(rows.map((row) => row.kind))].filter(Boolean);
    const shown = runs(rows.filter((row) => !kind || row.kind === kind));
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
                first={16}
                columns={[
                    { name: 'Time (UTC)', width: '142px' },
                    { name: 'What' },
                    { name: 'Who and from where', width: '22%' },
                    { name: 'On', width: '24%' },
                ]}
                rows={shown.map((run, at) => ({ key: String(at), cells: cellsOf(run) }))}
            />
        </div>
    );
}

function cellsOf({ rows }: Run): ReactNode[] {
    const [first] = rows;
    const last = rows[rows.length - 1];
    const times = [first, last].map((row) => moment(instant(row._time)).slice(0, 19));
    const { ids, more } = targetsOf(rows);
    const acts = first.kind === 'operation' || first.kind === 'sign-in';
    return [
        <span className="num">
            {times[0]}
            {times[1] !== times[0] && <div className="muted">to {times[1]}</div>}
        </span>,
        <>
            <div className="row">
                {first.kind !== 'operation' && (
                    <span className="chip">{words(first.kind || 'event')}</span>
                )}
                <b className="wrap">{acts ? first.what : sentence(first.what || '')}</b>
                {rows.length > 1 && <span className="muted num">× {rows.length}</span>}
                <Mark marked={first.marked} />
                {acts && <Failed status={first.status} />}
            </div>
            {first.text && (
                <div className="wrap clamp" title={first.text.slice(0, 2000)}>
                    {shortNames(first.text)}
                </div>
            )}
        </>,
        <>
            <Told value={first.who} short />
            {first.src && <div className="muted mono wrap">{first.src}</div>}
        </>,
        <Ids ids={ids} more={more} />,
    ];
}

/** The resources of rows; a search that leaves some out ends in `… and 5 more`. */
export function targetsOf(rows: Row[], field = 'target'): { ids: string[]; more: number } {
    let more = 0;
    const ids = rows.flatMap((row) => {
        const cut = /^(.*) and (\d{1,6}) more$/.exec(row[field] || '');
        more += cut ? Number(cut[2]) : 0;
        return (cut ? cut[1] : row[field] || '').split(', ').filter(Boolean);
    });
    return { ids: [...new Set(ids)], more };
}

function Ids({ ids, more }: { ids: string[]; more: number }) {
    const left = ids.length - SHOWN_IDS + more;
    return ids.length ? (
        <span className="mono wrap" title={ids.slice(0, 50).join('\n')}>
            {ids.slice(0, SHOWN_IDS).map(shortName).join(', ')}
            {left > 0 && <span className="muted"> and {left} more</span>}
        </span>
    ) : null;
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
                                <Ids {...targetsOf([row], 'object_id')} />
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
