// A change of several cases at once: each is its own change with its own version, so a case that
// moved on is refused and named while the others are recorded.

import { useState } from 'react';

import { changeCase, limiter } from '../api';
import type { QueueRow } from '../model';
import { shortName } from '../model';

const AT_ONCE = 2;

export interface Result {
    case_id: string;
    name: string;
    /** Empty where it was recorded. */
    refused: string;
}

export interface Work {
    busy: boolean;
    verb: string;
    results: Result[];
    /** True if all were recorded. */
    each: (rows: QueueRow[], verb: string, values: Record<string, string>) => Promise<boolean>;
    forget: () => void;
}

export function useWork(): Work {
    const [busy, setBusy] = useState(false);
    const [verb, setVerb] = useState('');
    const [results, setResults] = useState<Result[]>([]);

    const each = async (rows: QueueRow[], does: string, values: Record<string, string>) => {
        setBusy(true);
        setVerb(does);
        setResults([]);
        const run = limiter(AT_ONCE);
        const found = await Promise.all(
            rows.map((row) => {
                const { case_id, user } = row.case;
                const name = shortName(user[0] || '') || case_id;
                return run(() =>
                    changeCase({ case_id, version: row.state.version, verb: does, ...values })
                ).then(
                    () => ({ case_id, name, refused: '' }),
                    (error: Error) => ({ case_id, name, refused: error.message })
                );
            })
        );
        setResults(found);
        setBusy(false);
        return found.every(({ refused }) => !refused);
    };

    return { busy, verb, results, each, forget: () => setResults([]) };
}
