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

/** What a value of a dimension is, after "used to". */
export const DIMENSION_WORDS: Record<string, string> = {
    creator: 'creating instances',
    region: 'creating in this region',
    type: 'this instance type',
    image: 'this image',
    hour: 'this hour of the day (UTC)',
    country: 'coming from this country',
    network: 'coming from this network',
    source: 'coming from this address',
};
