// A change of a case, and what is typed for it until it is recorded.

import { useEffect, useState } from 'react';

/** Carries a change out; true if it was recorded. */
export type Change = (verb: string, values: Record<string, string>) => Promise<boolean>;

export type Drafts = Record<string, string>;

/** What was typed for a case, kept for this browser tab until it is recorded. */
export function useDrafts(
    caseId: string,
    form = ''
): [Drafts, (change: (before: Drafts) => Drafts) => void] {
    const key = `cloud_instance_watch.desk.drafts.${caseId}${form && `.${form}`}`;
    const [drafts, setDrafts] = useState<Drafts>(() =>
        JSON.parse(window.sessionStorage.getItem(key) || '{}')
    );
    useEffect(() => window.sessionStorage.setItem(key, JSON.stringify(drafts)), [key, drafts]);
    return [drafts, setDrafts];
}
