// Replies about baselines brought to the shapes of model.ts beside this file.

import { list } from '../model';
import { loose, many, number, one, text } from '../normal';
import { BASELINE_STATES } from './model';
import type { BaselineRow, BaselinesView, BaselineState } from './model';

export function baselineRow(value: unknown): BaselineRow {
    const raw = loose(value);
    return {
        key: text(raw.key),
        cloud: text(raw.cloud),
        vendor_account: text(raw.vendor_account),
        user: text(raw.user),
        dimension: text(raw.dimension),
        value: text(raw.value),
        state: one<BaselineState>(raw.state, BASELINE_STATES, 'candidate'),
        first_seen: number(raw.first_seen),
        last_seen: number(raw.last_seen),
        distinct_days: number(raw.distinct_days),
        wanted_days: number(raw.wanted_days),
        decided_by: text(raw.decided_by),
        decided_time: number(raw.decided_time),
        reason: text(raw.reason),
        cases: list(raw.cases),
    };
}

export function baselinesView(reply: unknown): BaselinesView {
    const raw = loose(reply);
    const states = loose(raw.states);
    return {
        rows: many(raw.rows).map(baselineRow),
        total: number(raw.total),
        offset: number(raw.offset),
        count: number(raw.count),
        states: Object.fromEntries(
            BASELINE_STATES.map((name) => [name, number(states[name])])
        ) as Record<BaselineState, number>,
        dimensions: Object.fromEntries(
            Object.entries(loose(raw.dimensions)).map(([name, count]) => [name, number(count)])
        ),
        may_decide: raw.may_decide === true,
        why: text(raw.why),
    };
}
