// The only module that talks to Splunk: the triage endpoint and the saved searches.

import { username } from '@splunk/splunk-utils/config';
import { createFetchInit } from '@splunk/splunk-utils/fetch';
import { createRESTURL, createURL } from '@splunk/splunk-utils/url';

import type { CaseDecision, CaseView, HistoryRecord, QueueView, WhoAmI } from './model';

export const APP = 'cloud_instance_watch';
const POLL_MS = [150, 250, 400, 700, 1000];
const LONGEST_SEARCH_MS = 120_000;

export class ApiError extends Error {
    constructor(
        readonly status: number,
        message: string,
        readonly body: { field?: string; since?: HistoryRecord[] } = {}
    ) {
        super(message);
    }
}

async function call<T>(url: string, init: RequestInit, signal?: AbortSignal): Promise<T> {
    let response: Response;
    try {
        response = await fetch(url, createFetchInit({ ...init, signal }));
    } catch (error) {
        if (signal?.aborted) {
            throw error;
        }
        throw new ApiError(0, 'Splunk did not answer. Check the connection, then try again.');
    }
    const text = await response.text();
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

function get<T>(path: string, query: Record<string, string>, signal?: AbortSignal): Promise<T> {
    const url = createRESTURL(path, { app: APP, owner: username || 'nobody' });
    const options = new URLSearchParams({ output_mode: 'json', ...query });
    return call<T>(`${url}?${options}`, { method: 'GET' }, signal);
}

function post<T>(path: string, body: string, type: string, signal?: AbortSignal): Promise<T> {
    const url = createRESTURL(path, { app: APP, owner: username || 'nobody' });
    return call<T>(url, { method: 'POST', body, headers: { 'Content-Type': type } }, signal);
}

export const whoAmI = (signal?: AbortSignal) => get<WhoAmI>('ciw_triage/whoami', {}, signal);

export const queue = (query: Record<string, string>, signal?: AbortSignal) =>
    get<QueueView>('ciw_triage/queue', query, signal);

export const readCase = (caseId: string, signal?: AbortSignal) =>
    get<CaseView>('ciw_triage/case', { case_id: caseId }, signal);

export const changeCase = (change: Record<string, unknown>) =>
    post<CaseDecision>('ciw_triage/case', JSON.stringify(change), 'application/json');

type Row = Record<string, string | string[]>;

/** Dispatches a saved search with arguments and gives its rows. */
export async function savedSearch(
    name: string,
    args: Record<string, string>,
    signal: AbortSignal
): Promise<Row[]> {
    const form = new URLSearchParams({ output_mode: 'json', trigger_actions: '0' });
    Object.entries(args).forEach(([key, value]) => form.set(`args.${key}`, value));
    const { sid } = await post<{ sid: string }>(
        `saved/searches/${encodeURIComponent(name)}/dispatch`,
        form.toString(),
        'application/x-www-form-urlencoded',
        signal
    );
    const job = `search/jobs/${encodeURIComponent(sid)}`;
    const started = Date.now();
    for (let turn = 0; ; turn += 1) {
        const reply = await get<{ entry: { content: any }[] }>(job, {}, signal);
        const content = reply.entry[0].content;
        if (content.isFailed) {
            const messages = (content.messages || []).map((message: any) => message.text || message);
            throw new ApiError(0, messages.join(' ') || `The search ${name} failed.`);
        }
        if (content.isDone) {
            break;
        }
        if (Date.now() - started > LONGEST_SEARCH_MS) {
            throw new ApiError(0, `The search ${name} did not end in two minutes.`);
        }
        await wait(POLL_MS[Math.min(turn, POLL_MS.length - 1)], signal);
    }
    const v2 = `search/v2/jobs/${encodeURIComponent(sid)}/results`;
    return (await get<{ results: Row[] }>(v2, { count: '0' }, signal)).results;
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
        if (running >= width) {
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
