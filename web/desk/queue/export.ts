// The queue as CSV: every case that the filters keep, not only those of the page.

import { queue } from '../api';
import { download } from '../copy';
import { toCsv } from '../lists/csv';
import type { QueueRow } from '../model';
import type { Filters } from '../route';
import { format } from '../route';
import { moment } from '../time';

const AT_ONCE = 200;

const several = (values: string[]) => values.join('; ');

const COLUMNS: [string, (row: QueueRow) => string][] = [
    ['case_id', (row) => row.case.case_id],
    ['severity', (row) => row.case.severity],
    ['state', (row) => row.state.state],
    ['disposition', (row) => row.state.disposition],
    ['owner', (row) => row.state.owner],
    ['opened', (row) => moment(row.case.opened)],
    ['deadline', (row) => moment(row.case.sla_due)],
    ['cloud', (row) => several(row.case.cloud)],
    ['vendor_account', (row) => several(row.case.vendor_account)],
    ['vendor_region', (row) => several(row.case.vendor_region)],
    ['user', (row) => several(row.case.user)],
    ['src', (row) => several(row.case.src)],
    ['object_id', (row) => several(row.case.object_id)],
    ['signals', (row) => several(row.case.signals)],
    ['reason', (row) => row.case.reason],
    [
        'link',
        (row) =>
            `${window.location.origin}${window.location.pathname}${format(
                { caseId: row.case.case_id, page: '', filters: {} },
                ''
            )}`,
    ],
];

export function rowsAsCsv(rows: QueueRow[]): string {
    return toCsv(
        COLUMNS.map(([name]) => name),
        rows.map((row) => COLUMNS.map(([, of]) => of(row)))
    );
}

/** Reads page after page; `progress` is told how many of how many are there. */
export async function exportQueue(
    filters: Filters,
    progress: (done: number, total: number) => void
): Promise<void> {
    const rows = new Map<string, QueueRow>();
    const given = Object.fromEntries(Object.entries(filters).filter(([, value]) => value));
    for (let offset = 0, total = 1; offset < total; offset += AT_ONCE) {
        const reply = await queue({ ...given, offset: String(offset), count: String(AT_ONCE) });
        total = reply.total;
        reply.cases.forEach((row) => rows.set(row.case.case_id, row));
        progress(Math.min(total, offset + AT_ONCE), total);
    }
    const day = new Date().toISOString().slice(0, 10);
    download(`cases-${day}.csv`, rowsAsCsv([...rows.values()]), 'text/csv');
}
