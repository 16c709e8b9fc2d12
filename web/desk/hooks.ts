// The clock, the questions' answers, and keyboard shortcuts.

import { useCallback, useEffect, useRef, useState } from 'react';

import { question } from './api';
import { Finding, QUESTIONS } from './model';

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

/** Asks every question of the card while `wanted`; `ask` repeats one. Answers are kept. */
export function useFindings(
    caseId: string,
    wanted: boolean
): [Record<string, FindingState>, (name: string) => void] {
    const [findings, ask] = useAsked(
        QUESTIONS.map(({ name }) => name),
        wanted,
        (name, signal) => question(name, caseId, signal)
    );
    const shown: Record<string, FindingState> = {};
    Object.entries(findings).forEach(([name, state]) => {
        shown[name] = state.status === 'done' ? { status: 'done', finding: state.value } : state;
    });
    return [shown, ask];
}

export type Asked<T> =
    | { status: 'loading' }
    | { status: 'error'; message: string }
    | { status: 'done'; value: T };

/**
 * Fetches each name while `wanted`: what is not there yet is given up when nobody looks any more,
 * and fetched when somebody looks again; what has arrived is kept.
 */
export function useAsked<T>(
    names: string[],
    wanted: boolean,
    fetcher: (name: string, signal: AbortSignal) => Promise<T>
): [Record<string, Asked<T>>, (name: string) => void] {
    const [states, setStates] = useState<Record<string, Asked<T>>>({});
    const abort = useRef<AbortController>();
    const settled = useRef(new Set<string>());
    const current = useRef(fetcher);
    current.current = fetcher;

    const ask = useCallback((name: string) => {
        const { signal } = abort.current as AbortController;
        // Left before it answers, it is to be asked again.
        settled.current.delete(name);
        const set = (state: Asked<T>) => {
            if (!signal.aborted) {
                if (state.status !== 'loading') {
                    settled.current.add(name);
                }
                setStates((before) => ({ ...before, [name]: state }));
            }
        };
        set({ status: 'loading' });
        current
            .current(name, signal)
            .then((value) => set({ status: 'done', value }))
            .catch((error) => set({ status: 'error', message: error.message }));
    }, []);

    const key = names.join(' ');
    useEffect(() => {
        if (!wanted) {
            return undefined;
        }
        const controller = new AbortController();
        abort.current = controller;
        key.split(' ')
            .filter((name) => !settled.current.has(name))
            .forEach(ask);
        return () => controller.abort();
    }, [wanted, key, ask]);

    return [states, ask];
}

/** Where keys are those of a field or of the form around it (`data-form`), never the page's. */
const TYPING =
    'input:not([type="checkbox"]), textarea, select, [role="listbox"], [data-form]';
/** Of a key held down only these act again: no change and no page comes of holding one. */
const REPEATED = ['j', 'k'];

/** Calls the handler of a key unless somebody is typing or a dialog lies over the page. */
export function useKeys(keys: Record<string, () => void>) {
    const current = useRef(keys);
    current.current = keys;
    useEffect(() => {
        const press = (event: KeyboardEvent) => {
            const target = event.target as HTMLElement;
            if (target.closest?.(TYPING) || event.ctrlKey || event.metaKey || event.altKey) {
                return;
            }
            if (event.repeat && !REPEATED.includes(event.key)) {
                return;
            }
            if (document.querySelector('dialog[open]')) {
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
