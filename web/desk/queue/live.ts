// The queue as it changes under the analyst's eyes. While they point at a row, have the focus in
// one or have selected some, no row moves: values change in place, and what would come, go or move
// waits until they ask for it or look elsewhere.

import { useCallback, useEffect, useRef, useState } from 'react';

import { queue } from '../api';
import type { QueueView } from '../model';
import type { Filters } from '../route';
import { queuePage } from './page';

const REFRESH_MS = 20_000;

/** What a newer view has that the shown one has not. */
export interface Waiting {
    view: QueueView;
    added: number;
    critical: number;
    gone: string[];
    moved: boolean;
}

const ids = (view: QueueView) => view.cases.map((row) => row.case.case_id);

/** The difference that would move a row; undefined where none would. */
export function waiting(shown: QueueView, newer: QueueView): Waiting | undefined {
    const before = ids(shown);
    const after = ids(newer);
    if (before.join() === after.join()) {
        return undefined;
    }
    const added = newer.cases.filter((row) => !before.includes(row.case.case_id));
    const kept = after.filter((id) => before.includes(id));
    return {
        view: newer,
        added: added.length,
        critical: added.filter((row) => row.case.severity === 'critical').length,
        gone: before.filter((id) => !after.includes(id)),
        moved: kept.join() !== before.filter((id) => after.includes(id)).join(),
    };
}

/** The newer view with the rows of the shown one, in their order, as they are now. */
export function inPlace(shown: QueueView, newer: QueueView): QueueView {
    const now = new Map(newer.cases.map((row) => [row.case.case_id, row]));
    return { ...newer, cases: shown.cases.map((row) => now.get(row.case.case_id) || row) };
}

interface Live {
    view?: QueueView;
    news?: Waiting;
    error?: Error;
    /** Reads anew and shows it, whatever moves. */
    refresh: () => void;
    /** Shows what waits. */
    show: () => void;
}

export function useLiveQueue(filters: Filters, held: () => boolean): Live {
    const [view, setView] = useState<QueueView>();
    const [news, setNews] = useState<Waiting>();
    const [error, setError] = useState<Error>();
    const [turn, setTurn] = useState(0);
    const shown = useRef<QueueView>();
    const holds = useRef(held);
    holds.current = held;
    const key = JSON.stringify(filters);

    const put = useCallback((reply: QueueView) => {
        shown.current = reply;
        setView(reply);
        setNews(undefined);
    }, []);

    useEffect(() => {
        const abort = new AbortController();
        let sent = 0;
        let received = 0;
        const load = (background: boolean) => {
            sent += 1;
            const number = sent;
            queue(queuePage(JSON.parse(key)), abort.signal)
                .then((reply) => {
                    if (number < received) {
                        return; // A slow answer that a later one has overtaken.
                    }
                    received = number;
                    setError(undefined);
                    const difference = shown.current && waiting(shown.current, reply);
                    if (background && shown.current && difference && holds.current()) {
                        shown.current = inPlace(shown.current, reply);
                        setView(shown.current);
                        setNews(difference);
                    } else {
                        put(reply);
                    }
                })
                .catch((fault) => !abort.signal.aborted && setError(fault));
        };
        load(false);
        const timer = setInterval(() => !document.hidden && load(true), REFRESH_MS);
        return () => {
            abort.abort();
            clearInterval(timer);
        };
    }, [key, turn, put]);

    return {
        view,
        news,
        error,
        refresh: useCallback(() => setTurn((before) => before + 1), []),
        show: useCallback(() => news && put(news.view), [news, put]),
    };
}
