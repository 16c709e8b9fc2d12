// Replies about lists brought to the shapes of model.ts beside this file.

import { list } from '../model';
import { loose, many, number, one, text } from '../normal';
import type {
    ColumnKind,
    ListChange,
    ListInfo,
    ListRecord,
    ListRow,
    ListsView,
    ListView,
    Problem,
    Values,
} from './model';

const KINDS: ColumnKind[] = ['text', 'cidr', 'date', 'number', 'timezone', 'choice'];
const NOT_COLUMNS = ['key', 'origin', 'expires_state'];

export function listsView(reply: unknown): ListsView {
    const raw = loose(reply);
    return { lists: many(raw.lists).map(listInfo), problem: text(raw.problem) };
}

function listInfo(raw: Record<string, unknown>): ListInfo {
    return {
        name: text(raw.name),
        label: text(raw.label) || text(raw.name),
        meaning: text(raw.meaning),
        columns: many(raw.columns).map((column) => ({
            name: text(column.name),
            meaning: text(column.meaning),
            needed: column.needed === true,
            kind: one<ColumnKind>(column.kind, KINDS, 'text'),
            choices: list(column.choices),
        })),
        rows: number(raw.rows),
        expiring: number(raw.expiring),
        expired: number(raw.expired),
        may_edit: raw.may_edit === true,
        why: text(raw.why),
    };
}

export function listView(reply: unknown): ListView {
    const raw = loose(reply);
    return {
        name: text(raw.name),
        rows: many(raw.rows).map(listRow),
        total: number(raw.total),
        offset: number(raw.offset),
        count: number(raw.count),
        history: many(raw.history).map(listRecord),
        problem: text(raw.problem),
    };
}

export function listChange(reply: unknown): ListChange {
    const raw = loose(reply);
    return { rows: many(raw.rows).map(listRow), skipped: list(raw.skipped).map(Number) };
}

export function problems(value: unknown): Problem[] {
    return many(value).map((raw) => {
        const [field, told] = [text(raw.field), text(raw.text)];
        // It stands at the field, which need not be named again.
        const bare = field && told.startsWith(`${field}: `) ? told.slice(field.length + 2) : told;
        return { row: number(raw.row), field, text: bare.charAt(0).toUpperCase() + bare.slice(1) };
    });
}

function listRow(raw: Record<string, unknown>): ListRow {
    return {
        key: text(raw.key),
        source: one(raw.origin, ['app', 'file'], 'app'),
        expires_state: one(raw.expires_state, ['expiring', 'expired'], ''),
        values: values(raw, NOT_COLUMNS),
    };
}

function listRecord(raw: Record<string, unknown>): ListRecord {
    return {
        time: number(raw.time),
        who: text(raw.who),
        action: text(raw.action),
        key: text(raw.key),
        reason: text(raw.reason),
        before: values(document(raw.before), []),
        after: values(document(raw.after), []),
    };
}

/** A record keeps its documents as text where a column of the store takes no object. */
function document(value: unknown): Record<string, unknown> {
    if (typeof value !== 'string') {
        return loose(value);
    }
    try {
        return loose(JSON.parse(value || '{}'));
    } catch {
        return {};
    }
}

function values(raw: Record<string, unknown>, without: string[]): Values {
    return Object.fromEntries(
        Object.entries(raw)
            .filter(([name]) => !name.startsWith('_') && !without.includes(name))
            .map(([name, value]) => [name, text(value)])
    );
}
