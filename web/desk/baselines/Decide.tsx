// A decision on the selected values: one reason, one request each, and what became of each.

import Button from '@splunk/react-ui/Button';
import Message from '@splunk/react-ui/Message';
import Text from '@splunk/react-ui/Text';
import { Ref, useState } from 'react';

import { ApiError, decideBaseline, limiter } from '../api';
import { shortName } from '../model';
import { BaselineRow, Decision, shownValue } from './model';

const AT_ONCE = 2;

const DECISIONS: { verb: Decision; label: string; title: string; from: string[] }[] = [
    {
        verb: 'approve',
        label: 'Approve',
        title: 'It is usual: it becomes trusted, whatever its days',
        from: ['learning', 'candidate', 'rejected', 'expired'],
    },
    {
        verb: 'reject',
        label: 'Reject',
        title: 'It must never count as usual; signals weigh it heavily',
        from: ['learning', 'candidate', 'trusted', 'expired'],
    },
    {
        verb: 'expire',
        label: 'Expire',
        title: 'It begins anew, as if never seen, with the day after',
        from: ['learning', 'candidate', 'trusted', 'rejected'],
    },
];

interface Props {
    rows: BaselineRow[];
    may: boolean;
    why: string;
    reasonField: Ref<HTMLInputElement>;
    clear: () => void;
    changed: () => void;
}

interface Result {
    key: string;
    name: string;
    refused: string;
}

export default function Decide({ rows, may, why, reasonField, clear, changed }: Props) {
    const [reason, setReason] = useState('');
    const [busy, setBusy] = useState('');
    const [complaint, setComplaint] = useState('');
    const [results, setResults] = useState<Result[]>([]);
    const risky = rows.filter((row) => row.cases.length);

    const decide = async (verb: Decision) => {
        if (!reason.trim()) {
            setComplaint('A decision needs a reason: how do you know?');
            return;
        }
        setBusy(verb);
        setComplaint('');
        setResults([]);
        const run = limiter(AT_ONCE);
        const found = await Promise.all(
            rows.map((row) => {
                const { key } = row;
                const name = `${shownValue(row)} of ${shortName(row.user) || 'anyone'}`;
                return run(() =>
                    decideBaseline({ key, verb, was_state: row.state, reason: reason.trim() })
                ).then(
                    () => ({ key, name, refused: '' }),
                    (error: ApiError) => ({ key, name, refused: error.message })
                );
            })
        );
        setBusy('');
        setResults(found);
        if (found.every(({ refused }) => !refused)) {
            setReason('');
            clear();
        }
        changed();
    };

    const refused = results.filter((result) => result.refused);
    return (
        <section className="panel bulk" aria-label="Decision">
            {!may && (
                <p className="body muted">
                    {why || 'Your roles may read the baselines and not decide.'}
                </p>
            )}
            {may && (
                <div className="body row">
                    <b className="num">{rows.length} selected</b>
                    <div className="reason">
                        <Text
                            inputRef={reasonField}
                            value={reason}
                            placeholder="Reason: how do you know?"
                            aria-label="Reason of the decision"
                            disabled={Boolean(busy)}
                            onChange={(_, { value }) => {
                                setReason(value);
                                setComplaint('');
                            }}
                        />
                    </div>
                    {DECISIONS.map(({ verb, label, title, from }) => (
                        <Button
                            key={verb}
                            label={busy === verb ? 'Recording' : `${label} ${rows.length || ''}`.trim()}
                            title={title}
                            disabled={
                                Boolean(busy) ||
                                !rows.length ||
                                !rows.every((row) => from.includes(row.state))
                            }
                            onClick={() => decide(verb)}
                        />
                    ))}
                    {rows.length > 0 ? (
                        <Button appearance="subtle" label="Select none" onClick={clear} />
                    ) : (
                        <span className="muted">Select values below to decide on them.</span>
                    )}
                </div>
            )}
            {may && risky.length > 0 && (
                <p className="body warn">
                    {rows.length === 1
                        ? 'There is an open or true-positive case around it.'
                        : `Around ${risky.length} of these there is an open or true-positive case.`}{' '}
                    Look at the case before you approve.
                </p>
            )}
            {complaint && (
                <p role="alert" className="body" style={{ color: 'var(--bad)' }}>
                    {complaint}
                </p>
            )}
            {results.length > 0 && (
                <div role="status" data-testid="decided">
                    <Message
                        appearance="fill"
                        type={refused.length ? 'warning' : 'success'}
                        onRequestRemove={() => setResults([])}
                    >
                        <b>
                            {results.length - refused.length} recorded.{' '}
                            {refused.length > 0 && `${refused.length} refused, and nothing changed:`}
                        </b>
                        <ul className="results">
                            {refused.map((result) => (
                                <li key={result.key} className="wrap">
                                    {result.name.slice(0, 160)}: {result.refused}
                                </li>
                            ))}
                        </ul>
                    </Message>
                </div>
            )}
        </section>
    );
}
