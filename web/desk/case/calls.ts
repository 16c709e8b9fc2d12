// What the page of a case asks the endpoint and the searches for, beyond the case itself.

import { createURL } from '@splunk/splunk-utils/url';

import { APP, Found, get, savedSearch, searchLink } from '../api';
import { report, Report, row, Row, runbook, Runbook, similar, Similar } from './shapes';

const CASE_ID = /^[0-9a-f]{16}$/;

export const readRunbook = (caseId: string, signal: AbortSignal): Promise<Runbook> =>
    get<unknown>('ciw_triage/runbook', { case_id: caseId }, signal).then(runbook);

export const readSimilar = (caseId: string, signal: AbortSignal): Promise<Similar> =>
    get<unknown>('ciw_triage/similar', { case_id: caseId }, signal).then(similar);

export type ReportForm = 'markdown' | 'json';

export const readReport = (
    caseId: string,
    form: ReportForm,
    signal: AbortSignal
): Promise<Report> =>
    get<unknown>('ciw_triage/report', { case_id: caseId, form }, signal).then(report);

export const INVESTIGATIONS = [
    'timeline', 'lineage', 'principal', 'threats', 'reach', 'cost', 'related',
] as const;
export type Investigation = (typeof INVESTIGATIONS)[number];

export const investigate = (
    name: string,
    caseId: string,
    signal: AbortSignal
): Promise<Found<Row>> =>
    savedSearch(`ciw_investigate_${name}`, { case_id: caseId }, signal).then((found) => ({
        ...found,
        rows: found.rows.map(row),
    }));

/** The same rows in the app's search view. The case's id is the only value that enters the search. */
export function investigationLink(name: Investigation, caseId: string): string {
    const id = CASE_ID.test(caseId) ? caseId : '';
    return searchLink(`| savedsearch ciw_investigate_${name} case_id="${id}"`);
}

/** The dashboard with the case's charts. */
export function dashboardLink(caseId: string): string {
    return createURL(`/app/${APP}/investigation`, { 'form.case_id': caseId });
}
