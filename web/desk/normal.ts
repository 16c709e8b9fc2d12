// Replies brought to the shapes of model.ts. A case document is written by searches, where a field
// of one value is a string and of several an array, and any field may be missing; nothing that
// stands in one may break the page.

import type {
    AnalystAnswer,
    Answer,
    CaseDecision,
    CaseException,
    CaseState,
    CaseView,
    Choice,
    DoneStep,
    Finding,
    HistoryRecord,
    MachineCase,
    QueueView,
    Signal,
    StateName,
    Watch,
} from './model';
import { list, SEVERITIES, STATES } from './model';

type Loose = Record<string, unknown>;

const VERBS = [
    'acknowledge', 'assign', 'answer', 'note', 'escalate', 'contain', 'step', 'watch', 'unwatch',
    'close', 'reopen',
];
const ANSWERS = ['yes', 'no', 'unknown'];

export function loose(value: unknown): Loose {
    return value !== null && typeof value === 'object' && !Array.isArray(value)
        ? (value as Loose)
        : {};
}

export function many(value: unknown): Loose[] {
    const values = Array.isArray(value) ? value : value ? [value] : [];
    return values.filter((one) => one !== null && typeof one === 'object').map(loose);
}

export function text(value: unknown): string {
    return list(value).join(', ');
}

export function number(value: unknown): number {
    const found = Number(list(value)[0]);
    return Number.isFinite(found) ? found : 0;
}

export function one<T extends string>(value: unknown, of: readonly string[], otherwise: T): T {
    const first = (list(value)[0] || '').toLowerCase();
    return of.includes(first) ? (first as T) : otherwise;
}

export function machineCase(value: unknown): MachineCase {
    const raw = loose(value);
    return {
        case_id: list(raw.case_id)[0] || list(raw._key)[0] || '',
        subject: text(raw.subject),
        cloud: list(raw.cloud),
        vendor_account: list(raw.vendor_account),
        vendor_region: list(raw.vendor_region),
        user: list(raw.user),
        object_id: list(raw.object_id),
        src: list(raw.src),
        owner: list(raw.owner),
        severity: one(raw.severity, SEVERITIES, 'unknown'),
        verdict: text(raw.verdict),
        mitre_id: list(raw.mitre_id),
        signals: list(raw.signals),
        reason: text(raw.reason),
        opened: number(raw.opened),
        first_time: number(raw.first_time),
        last_time: number(raw.last_time),
        sla_due: number(raw.sla_due),
        previous_case_id: text(raw.previous_case_id),
        drill: list(raw.drill).some((flag) => flag === 'true' || flag === '1'),
    };
}

function caseState(value: unknown, caseId: string): CaseState {
    const raw = loose(value);
    return {
        case_id: list(raw.case_id)[0] || caseId,
        state: one<StateName>(raw.state, STATES, 'new'),
        owner: text(raw.owner),
        disposition: text(raw.disposition),
        version: number(raw.version),
        updated: number(raw.updated),
        updated_by: text(raw.updated_by),
        reason: text(raw.reason),
    };
}

function historyRecord(raw: Loose): HistoryRecord {
    return {
        version: number(raw.version),
        time: number(raw.time),
        who: text(raw.who),
        verb: text(raw.verb),
        from_state: one<StateName>(raw.from_state, STATES, 'new'),
        to_state: one<StateName>(raw.to_state, STATES, 'new'),
        reason: text(raw.reason),
        detail: detail(raw.detail),
    };
}

function detail(value: unknown): Record<string, string> {
    let found = value;
    if (typeof value === 'string') {
        try {
            found = JSON.parse(value || '{}');
        } catch {
            found = {};
        }
    }
    return Object.fromEntries(Object.entries(loose(found)).map(([name, one_]) => [name, text(one_)]));
}

function analystAnswer(value: unknown): AnalystAnswer {
    const raw = loose(value);
    return {
        question: text(raw.question),
        answer: one<Answer>(raw.answer, ANSWERS, 'unknown'),
        machine_answer: raw.machine_answer
            ? one<Answer>(raw.machine_answer, ANSWERS, 'unknown')
            : undefined,
        note: text(raw.note),
        who: text(raw.who),
        time: number(raw.time),
    };
}

function choices(value: unknown): Record<string, Choice> {
    const raw = loose(value);
    return Object.fromEntries(
        VERBS.map((verb) => {
            const given = loose(raw[verb]);
            return [
                verb,
                { allowed: given.allowed === true, why: text(given.why), requires: list(given.requires) },
            ];
        })
    );
}

function signal(raw: Loose, at: number): Signal {
    return {
        _key: list(raw._key)[0] || String(at),
        time: number(raw.time) || number(raw._time),
        signal: text(raw.signal),
        mitre_id: list(raw.mitre_id),
        weight: text(raw.weight),
        reason: text(raw.reason),
    };
}

function doneSteps(value: unknown): Record<string, DoneStep> {
    return Object.fromEntries(
        Object.entries(loose(value)).map(([id, given]) => {
            const raw = loose(given);
            const done = list(raw.done)[0];
            const step = {
                done: done === 'yes' || done === 'true' || done === '1',
                who: text(raw.who),
                time: number(raw.time),
                note: text(raw.note),
            };
            return [id, step];
        })
    );
}

/** Whether a row with an end still counts. */
function active(raw: Loose): boolean {
    return list(raw.active).some((flag) => flag === 'true' || flag === '1' || flag === 'yes');
}

function watch(raw: Loose): Watch {
    return {
        key: text(raw.key),
        kind: text(raw.kind),
        value: text(raw.value),
        reason: text(raw.reason),
        owner: text(raw.owner),
        expires: text(raw.expires),
        active: active(raw),
    };
}

function exception(raw: Loose): CaseException {
    return {
        key: text(raw.key),
        signal: text(raw.signal),
        expires: text(raw.expires),
        active: active(raw),
    };
}

export function caseDecision(reply: unknown, caseId: string): CaseDecision {
    const raw = loose(reply);
    return {
        state: caseState(raw.state, caseId),
        history: many(raw.history).map(historyRecord),
        answers: Object.fromEntries(
            Object.entries(loose(raw.answers)).map(([name, value]) => [name, analystAnswer(value)])
        ),
        choices: choices(raw.choices),
        steps: doneSteps(raw.steps),
        watches: many(raw.watches).map(watch),
        exceptions: many(raw.exceptions).map(exception),
        now: number(raw.now),
    };
}

export function caseView(reply: unknown, caseId: string): CaseView {
    const raw = loose(reply);
    return {
        ...caseDecision(reply, caseId),
        case: machineCase({ case_id: caseId, ...loose(raw.case) }),
        signals: many(raw.signals).map(signal),
        missing_signals: list(raw.missing_signals),
        followed_by: list(raw.followed_by),
    };
}

export function queueView(reply: unknown): QueueView {
    const raw = loose(reply);
    const counts = <T extends string>(value: unknown, names: readonly T[]) =>
        Object.fromEntries(names.map((name) => [name, number(loose(value)[name])])) as Record<T, number>;
    return {
        cases: many(raw.cases).map((row) => {
            const item = machineCase(row.case);
            return { case: item, state: caseState(row.state, item.case_id) };
        }),
        total: number(raw.total),
        offset: number(raw.offset),
        count: number(raw.count),
        all_cases: number(raw.all_cases),
        severities: counts(raw.severities, SEVERITIES),
        states: counts(raw.states, STATES),
        owners: list(raw.owners),
        quick: counts(raw.quick, ['mine', 'nobody', 'soon'] as const),
        me: text(raw.me),
        now: number(raw.now),
    };
}

export function finding(row: unknown, warnings: string[] = []): Finding {
    const raw = loose(row);
    return {
        question: text(raw.question),
        answer: one<Answer>(raw.answer, ANSWERS, 'unknown'),
        concern: one(raw.concern, ['true', 'false'], 'unknown'),
        why: text(raw.why),
        facts: list(raw.facts),
        evidence_search: list(raw.evidence_search)[0] || '',
        missing: list(raw.missing),
        warnings,
    };
}
