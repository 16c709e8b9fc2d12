// The only module that talks to Splunk: the triage endpoint and the saved searches.

import { username } from '@splunk/splunk-utils/config';
import { createFetchInit } from '@splunk/splunk-utils/fetch';
import { createRESTURL, createURL } from '@splunk/splunk-utils/url';

import { baselineRow, baselinesView } from './baselines/normal';
import { listChange, listsView, listView } from './lists/normal';
import { list } from './model';
import type { Finding, HistoryRecord, WhoAmI } from './model';
import { caseDecision, caseView, finding, queueView, text } from './normal';

export const APP = 'cloud_instance_watch';
const POLL_MS = [150, 250, 400, 700, 1000];
const LONGEST_SEARCH_MS = 60_000;
const LONGEST_CALL_MS = 30_000;
/** Splunk grants a user few searches at once; the rest of the desk's wait here. */
const SEARCHES_AT_ONCE = 2;

export class ApiError extends Error {
    constructor(
        readonly status: number,
        message: string,
        readonly body: { field?: string; since?: HistoryRecord[]; problems?: unknown } = {}
    ) {
        super(message);
    }
}

async function call<T>(url: string, init: RequestInit, signal?: AbortSignal): Promise<T> {
    let response: Response;
    let text: string;
    const clock = new AbortController();
    const timer = setTimeout(() => clock.abort(), LONGEST_CALL_MS);
    const stop = () => clock.abort();
    signal?.addEventListener('abort', stop);
    try {
        response = await fetch(url, createFetchInit({ ...init, signal: clock.signal }));
        text = await response.text();
    } catch (error) {
        if (signal?.aborted) {
            throw error;
        }
        const what = clock.signal.aborted
            ? `Splunk did not answer within ${LONGEST_CALL_MS / 1000} seconds.`
            : 'Splunk did not answer.';
        throw new ApiError(0, `${what} Check the connection, then try again.`);
    } finally {
        clearTimeout(timer);
        signal?.removeEventListener('abort', stop);
    }
    let body: any = {};
    try {
        body = text ? JSON.parse(text) : {};
    } catch {
        body = {};
    }
    if (response.status === 401) {
        throw new ApiError(401, 'Your session has ended. Log in to Splunk again, then reload.');
    }
    if (!response.ok) {
        const told = body.messages?.[0]?.text;
        throw new ApiError(response.status, told || `Splunk answered ${response.status}.`, body);
    }
    return body as T;
}

function address(path: string, query: Record<string, string>): string {
    const url = createRESTURL(path, { app: APP, owner: username || 'nobody' });
    return `${url}?${new URLSearchParams({ output_mode: 'json', ...query })}`;
}

export function get<T>(
    path: string,
    query: Record<string, string>,
    signal?: AbortSignal
): Promise<T> {
    const url = address(path, query);
    const sent = ahead.get(url) as Promise<T> | undefined;
    if (!sent) {
        return call<T>(url, { method: 'GET' }, signal);
    }
    ahead.delete(url);
    return sent.finally(() => signal && refuseAborted(signal));
}

const ahead = new Map<string, Promise<unknown>>();

/** Sends what a view is about to ask for; the first `get` of the same takes the answer. */
export function sendAhead(path: string, query: Record<string, string>): void {
    const url = address(path, query);
    const sent = call(url, { method: 'GET' });
    // Whoever takes it is told of a failure; the browser need not report it a second time.
    sent.catch(() => undefined);
    ahead.set(url, sent);
}

/** Gives up what nobody took: an answer must not be shown long after it was given. */
export const forgetAhead = () => ahead.clear();

function post<T>(path: string, body: string, type: string, signal?: AbortSignal): Promise<T> {
    const url = createRESTURL(path, { app: APP, owner: username || 'nobody' });
    return call<T>(url, { method: 'POST', body, headers: { 'Content-Type': type } }, signal);
}

export const WHO_AM_I = 'ciw_triage/whoami';
export const CASE = 'ciw_triage/case';
export const QUEUE = 'ciw_triage/queue';

export const whoAmI = (signal?: AbortSignal) => get<WhoAmI>(WHO_AM_I, {}, signal);

export const queue = (query: Record<string, string>, signal?: AbortSignal) =>
    get<unknown>(QUEUE, query, signal).then(queueView);

export const readCase = (caseId: string, signal?: AbortSignal) =>
    get<unknown>(CASE, { case_id: caseId }, signal).then((reply) => caseView(reply, caseId));

export const changeCase = (change: Record<string, unknown>) =>
    post<unknown>(CASE, JSON.stringify(change), 'application/json').then((reply) =>
        caseDecision(reply, String(change.case_id))
    );

export const readLists = (signal?: AbortSignal) =>
    get<unknown>('ciw_triage/lists', {}, signal).then(listsView);

export const readList = (query: Record<string, string>, signal?: AbortSignal) =>
    get<unknown>('ciw_triage/list', query, signal).then(listView);

export const changeList = (change: Record<string, unknown>) =>
    post<unknown>('ciw_triage/list', JSON.stringify(change), 'application/json').then(listChange);

export const readBaselines = (query: Record<string, string>, signal?: AbortSignal) =>
    get<unknown>('ciw_triage/baseline', query, signal).then(baselinesView);

export const decideBaseline = (decision: Record<string, string>) =>
    post<unknown>('ciw_triage/baseline', JSON.stringify(decision), 'application/json').then(
        baselineRow
    );

/** Asks a question of the card about a case. ApiError says why there is no answer. */
export async function question(name: string, caseId: string, signal: AbortSignal): Promise<Finding> {
    const { rows, warnings } = await savedSearch(
        `ciw_question_${name}`,
        { case_id: caseId },
        signal
    );
    if (rows.length !== 1) {
        const warned = warnings.length ? ` Splunk warned: ${warnings.join(' ')}` : '';
        throw new ApiError(0, `It gave ${rows.length} rows instead of one.${warned}`);
    }
    return finding(rows[0], warnings);
}

const turn = limiter(SEARCHES_AT_ONCE);

/** What a search that ended gave, and what Splunk told of it that may make its rows incomplete. */
export interface Found<T> {
    rows: T[];
    warnings: string[];
}

/** Dispatches a saved search with arguments, when it is its turn, and gives what it found. */
export function savedSearch(
    name: string,
    args: Record<string, string>,
    signal: AbortSignal
): Promise<Found<unknown>> {
    return turn(async () => {
        refuseAborted(signal);
        const sid = await dispatch(name, args, signal);
        try {
            return await foundBy(sid, signal);
        } catch (error) {
            // Whether nobody waits any more, it took too long or an answer was lost.
            cancel(sid);
            throw error;
        }
    });
}

function refuseAborted(signal: AbortSignal): void {
    if (signal.aborted) {
        throw new DOMException('aborted', 'AbortError');
    }
}

/** Nobody takes these rows any more. A job that is gone already needs no cancelling. */
function cancel(sid: string): void {
    const path = `search/jobs/${encodeURIComponent(sid)}/control`;
    const type = 'application/x-www-form-urlencoded';
    post(path, 'action=cancel&output_mode=json', type).catch(() => undefined);
}

async function dispatch(
    name: string,
    args: Record<string, string>,
    signal: AbortSignal
): Promise<string> {
    const form = new URLSearchParams({ output_mode: 'json', trigger_actions: '0' });
    Object.entries(args).forEach(([key, value]) => form.set(`args.${key}`, value));
    const { sid } = await post<{ sid: string }>(
        `saved/searches/${encodeURIComponent(name)}/dispatch`,
        form.toString(),
        'application/x-www-form-urlencoded',
        signal
    );
    return sid;
}

async function foundBy(sid: string, signal: AbortSignal): Promise<Found<unknown>> {
    const job = `search/jobs/${encodeURIComponent(sid)}`;
    const started = Date.now();
    let warnings: string[] = [];
    for (let asked = 0; ; asked += 1) {
        const reply = await get<{ entry?: { content?: any }[] }>(job, {}, signal);
        const content = reply.entry?.[0]?.content || {};
        if (content.isFailed || content.dispatchState === 'FAILED') {
            const messages = list(content.messages?.map?.((told: any) => told?.text ?? told));
            throw new ApiError(0, messages.join(' ') || 'Splunk gives no reason.');
        }
        if (content.isDone) {
            warnings = warningsOf(content.messages);
            break;
        }
        if (Date.now() - started > LONGEST_SEARCH_MS) {
            throw new ApiError(0, `It did not end within ${LONGEST_SEARCH_MS / 1000} seconds.`);
        }
        await wait(POLL_MS[Math.min(asked, POLL_MS.length - 1)], signal);
    }
    const v2 = `search/v2/jobs/${encodeURIComponent(sid)}/results`;
    const { results } = await get<{ results?: unknown[] }>(v2, { count: '0' }, signal);
    return { rows: results || [], warnings };
}

/** Of the messages of a job that ended, those that warn: a search can end with errors, too. */
export function warningsOf(messages: unknown): string[] {
    const told = Array.isArray(messages) ? messages : [];
    return [
        ...new Set(
            told
                .filter((message) => /^(WARN|ERROR|FATAL)/i.test(message?.type))
                .map((message) => text(message.text))
                .filter(Boolean)
        ),
    ];
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
        const timer = setTimeout(resolve, ms);
        signal.addEventListener('abort', () => {
            clearTimeout(timer);
            reject(new DOMException('aborted', 'AbortError'));
        });
    });
}

/** Runs tasks with at most `width` at a time, in the order they were given. */
export function limiter(width: number) {
    let running = 0;
    const waiting: (() => void)[] = [];
    return async function run<T>(task: () => Promise<T>): Promise<T> {
        while (running >= width) {
            await new Promise<void>((resolve) => waiting.push(resolve));
        }
        running += 1;
        try {
            return await task();
        } finally {
            running -= 1;
            waiting.shift()?.();
        }
    };
}

/** The app's search view: fields of this app exist only there. */
export function searchLink(search: string): string {
    const q = /^\s*(\||search\s)/.test(search) ? search : `search ${search}`;
    return createURL(`/app/${APP}/search`, { q, earliest: '0', latest: 'now' });
}
