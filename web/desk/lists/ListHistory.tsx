// Who changed what of a list, when and why, newest first.

import { words } from '../model';
import { moment } from '../time';
import type { ListRecord, Values } from './model';

const MOST = 160;
const DID: Record<string, string> = {
    add: 'added',
    change: 'changed',
    remove: 'removed',
    import: 'imported',
};

/** The cells that differ, as text. */
export function differences(before: Values, after: Values): string[] {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names
        .filter((name) => (before[name] || '') !== (after[name] || ''))
        .map((name) => {
            const [was, is] = [before[name], after[name]].map((value) =>
                value ? value.slice(0, MOST) : 'empty'
            );
            return Object.keys(before).length && Object.keys(after).length
                ? `${name}: ${was} → ${is}`
                : `${name}: ${before[name] ? was : is}`;
        });
}

export default function ListHistory({ records }: { records: ListRecord[] }) {
    if (!records.length) {
        return <p className="muted">Nobody has changed this list in the app yet.</p>;
    }
    return (
        <ol className="list-history" aria-label="Changes of the list">
            {records.map((record) => (
                <li key={`${record.time} ${record.key} ${record.action}`}>
                    <div>
                        <b>{record.who}</b> {DID[record.action] || words(record.action)}{' '}
                        <span className="muted num">{moment(record.time)}</span>
                        {record.reason && <span className="wrap">: {record.reason.slice(0, 500)}</span>}
                    </div>
                    <div className="second wrap">
                        {differences(record.before, record.after).join(' · ')}
                    </div>
                </li>
            ))}
        </ol>
    );
}
