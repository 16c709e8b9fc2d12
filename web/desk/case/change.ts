// A change of a case, and what is typed for it until it is recorded.

import { useEffect, useRef, useState } from 'react';

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
    useEffect(() => {
        if (Object.values(drafts).some(Boolean)) {
            window.sessionStorage.setItem(key, JSON.stringify(drafts));
        } else {
            window.sessionStorage.removeItem(key);
        }
    }, [key, drafts]);
    return [drafts, setDrafts];
}

/**
 * Takes the focus along with a form that is opened and closed: into its first field, and back to the
 * button that opened it. A form that is open from the start, for its draft, takes none.
 */
export function useFormFocus(open: boolean) {
    const form = useRef<HTMLDivElement>(null);
    const opener = useRef<HTMLButtonElement>(null);
    const was = useRef(open);
    useEffect(() => {
        if (was.current === open) {
            return;
        }
        was.current = open;
        if (open) {
            form.current?.querySelector<HTMLElement>('input, textarea, button')?.focus();
        } else if (document.activeElement === document.body) {
            opener.current?.focus();
        }
    }, [open]);
    return { form, opener };
}
