// What `ciw_triage/baseline` sends (bin/ciw_triage).

export const BASELINE_STATES = ['candidate', 'learning', 'trusted', 'rejected', 'expired'] as const;
export type BaselineState = (typeof BASELINE_STATES)[number];

export const DIMENSIONS = [
    'creator', 'region', 'type', 'image', 'hour', 'country', 'network', 'source',
] as const;

export interface BaselineRow {
    key: string;
    cloud: string;
    vendor_account: string;
    user: string;
    dimension: string;
    value: string;
    state: BaselineState;
    first_seen: number;
    last_seen: number;
    distinct_days: number;
    wanted_days: number;
    decided_by: string;
    decided_time: number;
    reason: string;
    /** Open cases, and those closed as true positives, of that user and account. */
    cases: string[];
}

export interface BaselinesView {
    rows: BaselineRow[];
    total: number;
    offset: number;
    count: number;
    states: Record<BaselineState, number>;
    dimensions: Record<string, number>;
    may_decide: boolean;
    why: string;
}

export type Decision = 'approve' | 'reject' | 'expire';

/** What a value of each kind is. */
export const DIMENSION_WORDS: Record<string, string> = {
    creator: 'has created before',
    region: 'creating in this region',
    type: 'this instance type',
    image: 'this image',
    hour: 'acting in this hour',
    country: 'coming from this country',
    network: 'coming from this network',
    source: 'coming from this address',
};

/** A value as people say it: an hour is kept as its number, and a creator's says nothing. */
export function shownValue({ dimension, value }: { dimension: string; value: string }): string {
    if (dimension === 'creator') {
        return 'Creating instances';
    }
    return dimension === 'hour' && /^\d\d$/.test(value) ? `${value}:00 to ${value}:59` : value;
}
