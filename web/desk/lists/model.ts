// What `ciw_triage/lists` and `ciw_triage/list` send (bin/ciw_triage).

export type ColumnKind = 'text' | 'cidr' | 'date' | 'number' | 'timezone' | 'choice';

export interface ListColumn {
    name: string;
    meaning: string;
    needed: boolean;
    kind: ColumnKind;
    choices: string[];
}

export interface ListInfo {
    name: string;
    label: string;
    meaning: string;
    columns: ListColumn[];
    rows: number;
    /** Rows that end within 14 days, and rows that have ended. */
    expiring: number;
    expired: number;
    may_edit: boolean;
    why: string;
}

export type Values = Record<string, string>;

export interface ListRow {
    key: string;
    /** A file's rows are edited in the file. */
    source: 'app' | 'file';
    expires_state: '' | 'expiring' | 'expired';
    values: Values;
}

export interface ListRecord {
    time: number;
    who: string;
    action: string;
    key: string;
    reason: string;
    before: Values;
    after: Values;
}

export interface ListView {
    name: string;
    rows: ListRow[];
    total: number;
    offset: number;
    count: number;
    history: ListRecord[];
    /** Why the rows of the file are not among these; empty where they are. */
    problem: string;
}

export interface ListsView {
    lists: ListInfo[];
    problem: string;
}

export interface ListChange {
    rows: ListRow[];
    /** Rows of an import, from 1, that the list had already. */
    skipped: number[];
}

/** `row` counts from 1 and is 0 where the problem is the request's. */
export interface Problem {
    row: number;
    field: string;
    text: string;
}

export const EXPIRY_DAYS = 14;
