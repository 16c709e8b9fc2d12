// What is on record: the signals of a case and its history.

import { useState } from 'react';

import { Panel, Values } from './atoms';
import { until } from './case/Watches';
import {
    CaseException,
    CaseView,
    HistoryRecord,
    sentence,
    shortName,
    shortNames,
    Signal,
    words,
} from './model';
import { moment } from './time';

const FIRST = 3;

/** Signals of one kind, the strongest first: one instance of ten tells what all ten do. */
interface Kind {
    name: string;
    signals: Signal[];
}

function byKind(signals: Signal[]): Kind[] {
    const kinds = new Map<string, Signal[]>();
    signals.forEach((signal) => {
        kinds.set(signal.signal, [...(kinds.get(signal.signal) || []), signal]);
    });
    return [...kinds].map(([name, found]) => ({ name, signals: found }));
}

export function Signals({ view }: { view: CaseView }) {
    const { signals, missing_signals: missing } = view;
    return (
        <Panel title="Signals" aside={`${signals.length}, strongest first`}>
            {signals.length === 0 && (
                <p className="muted">
                    None of the case’s signals is kept any more; its reason and history remain.
                </p>
            )}
            {signals.length > 0 && (
                <table className="signals">
                    <thead>
                        <tr>
                            <th scope="col">Weight</th>
                            <th scope="col">Signal</th>
                            <th scope="col">Reason</th>
                            <th scope="col">Time</th>
                        </tr>
                    </thead>
                    <tbody>
                        {byKind(signals).map((kind) => (
                            <SignalKind key={kind.name} kind={kind} />
                        ))}
                    </tbody>
                </table>
            )}
            {missing.length > 0 && (
                <p className="hint">{missing.length} older signals are no longer kept.</p>
            )}
        </Panel>
    );
}

function SignalKind({ kind }: { kind: Kind }) {
    const [all, setAll] = useState(false);
    const more = kind.signals.length - 1;
    const few = more < FIRST;
    const shown = all || few ? kind.signals : kind.signals.slice(0, 1);
    return (
        <>
            {shown.map((signal, at) => (
                <tr key={signal._key}>
                    <td className="num">{signal.weight}</td>
                    <td style={{ minWidth: 190 }}>
                        {at === 0 && sentence(signal.signal || '')}
                        {at === 0 && !few && <span className="muted"> × {more + 1}</span>}
                        {at === 0 && (
                            <div className="muted mono">
                                <Values of={signal.mitre_id} />
                            </div>
                        )}
                    </td>
                    <td className="wrap" title={signal.reason.slice(0, 2000)}>
                        {shortNames(signal.reason)}
                        {at === 0 && !few && (
                            <div>
                                <button
                                    type="button"
                                    className="plain"
                                    aria-expanded={all}
                                    onClick={() => setAll(!all)}
                                >
                                    {all ? 'Only the strongest' : `${more} more like this`}
                                </button>
                            </div>
                        )}
                    </td>
                    <td className="num muted" style={{ whiteSpace: 'nowrap' }}>
                        {moment(signal.time)}
                    </td>
                </tr>
            ))}
        </>
    );
}

export function History({ records }: { records: HistoryRecord[] }) {
    return (
        <Panel title="History" aside={records.length ? `version ${records.length}` : undefined}>
            {records.length === 0 && <p className="muted">Nobody has touched this case yet.</p>}
            <ol className="history" tabIndex={records.length > 4 ? 0 : undefined} aria-label="History">
                {[...records].reverse().map((entry) => (
                    <li key={entry.version}>
                        <div className="row">
                            <b>{entry.who}</b> {told(entry)}
                        </div>
                        {(entry.reason || entry.detail.note) && (
                            <div className="wrap said">{entry.reason || entry.detail.note}</div>
                        )}
                        <div className="muted num">{moment(entry.time)}</div>
                    </li>
                ))}
            </ol>
        </Panel>
    );
}

/** What closing this case silenced. */
export function Exceptions({ rows, now }: { rows: CaseException[]; now: number }) {
    if (!rows.length) {
        return null;
    }
    return (
        <Panel title="Exceptions of this case" aside={`${rows.filter((row) => row.active).length} active`}>
            <ul className="plainlist">
                {rows.map((row) => (
                    <li key={row.key} className={row.active ? 'wrap' : 'wrap muted'}>
                        {sentence(row.signal)}: {row.active ? 'silent' : 'was silent'}{' '}
                        {until(row.expires, now)}
                    </li>
                ))}
            </ul>
        </Panel>
    );
}

function told(entry: HistoryRecord): string {
    const values = entry.detail;
    switch (entry.verb) {
        case 'acknowledge':
            return 'took the case';
        case 'assign':
            return values.owner ? `assigned it to ${values.owner}` : 'released it';
        case 'answer':
            return `answered ${words(values.question || '')}: ${values.answer}`;
        case 'note':
            return 'noted';
        case 'escalate':
            return 'escalated to tier 2';
        case 'contain':
            return 'recorded containment';
        case 'step':
            return `${values.done === 'no' ? 'took back' : 'did'}: ${words(values.step || '')}`;
        case 'watch':
            return `watches ${shortName(values.watch_value || '')} for ${values.days} days`;
        case 'unwatch':
            return 'ended a watch';
        case 'close':
            return (
                `closed as ${words(values.disposition || '')}` +
                (values.exception_days ? `, with an exception for ${values.exception_days} days` : '')
            );
        case 'reopen':
            return 'reopened';
        default:
            return words(entry.verb);
    }
}
