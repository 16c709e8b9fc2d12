// What the endpoints runbook, similar and report, and the searches ciw_investigate_*, send. Nothing
// that stands in a reply may break the page: every value is brought to its type here.

import { Answer, list, SeverityShown, SEVERITIES, StateName, STATES } from '../model';
import { loose, many, number, one, text } from '../normal';
import type { Watchable } from './watchable';

export const PHASES = ['isolate', 'credentials', 'preserve', 'stop', 'terminate'] as const;
export type Phase = (typeof PHASES)[number];

export interface RunbookStep {
    id: string;
    phase: Phase | 'other';
    title: string;
    why: string;
    risk: string;
    commands: string[];
    undo: string[];
    missing: string[];
}

export interface Runbook {
    cloud: string;
    steps: RunbookStep[];
    review: { id: string; title: string }[];
    /** Instances that the commands are for, that no longer are, and how many more the case has. */
    instances: string[];
    gone: string[];
    left_out: number;
    /** For which shells the values are quoted. */
    shell: string;
    /** By kind: what of the case and of its instances in the ledger can be watched. */
    watchable: Watchable;
}

export function runbook(reply: unknown): Runbook {
    const raw = loose(reply);
    return {
        cloud: text(raw.cloud),
        steps: many(raw.steps).map((step) => ({
            id: text(step.id),
            phase: one<Phase | 'other'>(step.phase, PHASES, 'other'),
            title: text(step.title),
            why: text(step.why),
            risk: text(step.risk),
            commands: list(step.commands),
            undo: list(step.undo),
            missing: list(step.missing),
        })),
        review: many(raw.review).map((item) => ({ id: text(item.id), title: text(item.title) })),
        instances: list(raw.instances),
        gone: list(raw.gone),
        left_out: number(raw.left_out),
        shell: text(raw.shell),
        watchable: Object.fromEntries(
            Object.entries(loose(raw.watchable)).map(([kind, names]) => [kind, list(names)])
        ),
    };
}

export interface SimilarCase {
    case_id: string;
    opened: number;
    severity: SeverityShown;
    state: StateName;
    disposition: string;
    reason: string;
    close_reason: string;
    user: string[];
    because: string[];
}

export interface Similar {
    cases: SimilarCase[];
    outcomes: Record<string, number>;
    /** How many cases were compared. */
    read: number;
}

export const OUTCOMES = ['true_positive', 'benign', 'false_positive', 'undetermined', 'open'];

export function similar(reply: unknown): Similar {
    const raw = loose(reply);
    const outcomes = loose(raw.outcomes);
    return {
        cases: many(raw.cases).map((found) => ({
            case_id: text(found.case_id),
            opened: number(found.opened),
            severity: one<SeverityShown>(found.severity, SEVERITIES, 'unknown'),
            state: one<StateName>(found.state, STATES, 'new'),
            disposition: text(found.disposition),
            reason: text(found.reason),
            close_reason: text(found.close_reason),
            user: list(found.user),
            because: list(found.because),
        })),
        outcomes: Object.fromEntries(OUTCOMES.map((name) => [name, number(outcomes[name])])),
        read: number(raw.read),
    };
}

export interface Report {
    name: string;
    text: string;
    /** Of the case, when the report was written, and when that was. */
    version: number;
    written: number;
}

export function report(reply: unknown): Report {
    const raw = loose(reply);
    return {
        name: text(raw.name),
        text: text(raw.text),
        version: number(raw.version),
        written: number(raw.written),
    };
}

/** A row of a search: every field a text; several values are joined by a comma. */
export type Row = Record<string, string>;

export function row(value: unknown): Row {
    return Object.fromEntries(
        Object.entries(loose(value)).map(([name, found]) => [name, text(found)])
    );
}

export function answerOf(found: Row): Answer {
    return one<Answer>(found.answer, ['yes', 'no', 'unknown'], 'unknown');
}

/** Epoch seconds of what a search gives as a time: epoch seconds or ISO 8601; 0 where neither. */
export function instant(value: string | undefined): number {
    if (!value) {
        return 0;
    }
    const plain = Number(value);
    const at = Number.isFinite(plain) ? plain : Date.parse(value) / 1000;
    return Number.isFinite(at) ? at : 0;
}
