// The clock, the questions' answers, and keyboard shortcuts.

import { useCallback, useEffect, useRef, useState } from 'react';

import { limiter, question } from './api';
import { Finding, QUESTIONS } from './model';

const SEARCHES_AT_ONCE = 3;

/** Now by the server's clock, as epoch seconds, moving every `step` seconds. */
export function useNow(serverNow: number | undefined, step = 15): number {
    const [now, setNow] = useState(() => serverNow || Date.now() / 1000);
    useEffect(() => {
        const offset = serverNow ? serverNow - Date.now() / 1000 : 0;
        const tick = () => setNow(Date.now() / 1000 + offset);
        tick();
        const timer = setInterval(tick, step * 1000);
        return () => clearInterval(timer);
    }, [serverNow, step]);
    return now;
}

export type FindingState =
    | { status: 'loading' }
    | { status: 'error'; message: string }
    | { status: 'done'; finding: Finding };

/** Asks every question of the card about the case; `ask` repeats one. */
export function useFindings(
    caseId: string
): [Record<string, FindingState>, (name: string) => void] {
    const [findings, setFindings] = useState<Record<string, FindingState>>({});
    const abort = useRef<AbortController>();
    const run = useRef(limiter(SEARCHES_AT_ONCE));

    const ask = useCallback(
        (name: string) => {
            const { signal } = abort.current as AbortController;
            const set = (state: FindingState) =>
                !signal.aborted && setFindings((before) => ({ ...before, [name]: state }));
            set({ status: 'loading' });
            run.current(() => question(name, caseId, signal))
                .then((finding) => set({ status: 'done', finding }))
                .catch((error) => set({ status: 'error', message: error.message }));
        },
        [caseId]
    );

    useEffect(() => {
        abort.current = new AbortController();
        run.current = limiter(SEARCHES_AT_ONCE);
        setFindings({});
        QUESTIONS.forEach(({ name }) => ask(name));
        return () => abort.current?.abort();
    }, [caseId, ask]);

    return [findings, ask];
}

/** Calls the handler of a key unless somebody is typing. */
export function useKeys(keys: Record<string, () => void>) {
    const current = useRef(keys);
    current.current = keys;
    useEffect(() => {
        const press = (event: KeyboardEvent) => {
            const target = event.target as HTMLElement;
            const typing = target.closest?.(
                'input:not([type="checkbox"]), textarea, select, [role="listbox"]'
            );
            if (typing || event.ctrlKey || event.metaKey || event.altKey) {
                return;
            }
            const handler = current.current[event.key];
            if (handler) {
                event.preventDefault();
                handler();
            }
        };
        window.addEventListener('keydown', press);
        return () => window.removeEventListener('keydown', press);
    }, []);
}
