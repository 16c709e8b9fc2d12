// What each principal and account is used to: candidates to decide on first, with their evidence.

import Select from '@splunk/react-ui/Select';
import { useCallback, useEffect, useRef, useState } from 'react';

import { readBaselines } from '../api';
import { Fault, Loading, Toggles } from '../atoms';
import CloudSelect from '../CloudSelect';
import Help from '../Help';
import { useKeys } from '../hooks';
import { sentence } from '../model';
import type { PageProps } from '../page';
import Pager from '../Pager';
import type { Filters } from '../route';
import SearchField from '../SearchField';
import BaselineTable from './BaselineTable';
import Decide from './Decide';
import { BASELINE_STATES, BaselineState, BaselinesView, DIMENSIONS } from './model';

const PAGE = 50;
const KEYS: [string, string][] = [
    ['j k', 'Next and previous value'],
    ['x', 'Select the value, or no longer'],
    ['e', 'Decide: write the reason'],
    ['Escape', 'Select none'],
    ['/', 'Search'],
    ['r', 'Read anew'],
];
const MEANINGS: Record<BaselineState, string> = {
    candidate:
        'Seen, and not yet on enough days to be usual. Approve what you know to be right; reject what must never count as usual.',
    learning: 'The account is not covered for long enough yet. Decisions made now count from now on.',
    trusted: 'Usual: signals say nothing of it, or weigh little.',
    rejected: 'An analyst said that this must never count as usual.',
    expired: 'Not seen for long, or expired by an analyst: it begins anew when it is seen again.',
};

export default function Baselines({ route, go, themeToggle }: PageProps) {
    const { filters } = route;
    const [view, setView] = useState<BaselinesView>();
    const [error, setError] = useState<Error>();
    const [selected, setSelected] = useState<string[]>([]);
    const [turn, setTurn] = useState(0);
    const search = useRef<HTMLInputElement>(null);
    const reason = useRef<HTMLInputElement>(null);
    const table = useRef<HTMLTableElement>(null);
    const key = JSON.stringify(filters);
    const state = BASELINE_STATES.find((name) => name === filters.state) || 'candidate';

    useEffect(() => setSelected([]), [key]);
    useEffect(() => {
        const abort = new AbortController();
        const { text, cloud, dimension, sort, offset } = JSON.parse(key) as Filters;
        const query = { state, text, cloud, dimension, sort, offset, count: String(PAGE) };
        const given = Object.entries(query).filter((entry): entry is [string, string] => !!entry[1]);
        readBaselines(Object.fromEntries(given), abort.signal)
            .then((reply) => {
                setView(reply);
                setError(undefined);
            })
            .catch((fault) => !abort.signal.aborted && setError(fault));
        return () => abort.abort();
    }, [key, state, turn]);

    const filter = useCallback(
        (change: Filters, replace = false) =>
            go({ filters: { ...filters, offset: undefined, ...change } }, replace),
        [filters, go]
    );
    const searchFor = useCallback((text?: string) => filter({ text }, true), [filter]);
    const refresh = () => setTurn((before) => before + 1);
    const select = (one: string) =>
        setSelected((before) =>
            before.includes(one) ? before.filter((other) => other !== one) : [...before, one]
        );
    const boxes = () => [
        ...(table.current?.querySelectorAll<HTMLInputElement>('tbody input[type="checkbox"]') || []),
    ];
    const move = (step: number) => {
        const all = boxes();
        const row = document.activeElement?.closest('tr');
        const at = all.findIndex((box) => row?.contains(box));
        all[at === -1 ? 0 : Math.max(0, Math.min(all.length - 1, at + step))]?.focus();
    };
    useKeys({
        j: () => move(1),
        k: () => move(-1),
        x: () => {
            const id = document.activeElement?.closest<HTMLElement>('tr[data-key]')?.dataset.key;
            if (id) {
                select(id);
            }
        },
        e: () => reason.current?.focus(),
        Escape: () => setSelected([]),
        '/': () => search.current?.focus(),
        r: refresh,
    });

    const filtered = Boolean(filters.text || filters.cloud || filters.dimension);
    const chosen = (view?.rows || []).filter((row) => selected.includes(row.key));

    return (
        <main>
            <div className="bar">
                <h1>Baselines</h1>
                <span className="muted" role="status">
                    {view && `${view.total} ${state === 'candidate' ? 'candidates' : state}`}
                </span>
                <span className="push" />
                <Help keys={KEYS} />
                {themeToggle}
            </div>
            <div className="filters" role="search">
                <SearchField
                    field={search}
                    value={filters.text || ''}
                    change={searchFor}
                    placeholder="Principal, account, value"
                    label="Search baselines"
                />
                <Toggles
                    label="State"
                    value={state}
                    options={BASELINE_STATES.map((name) => ({
                        value: name,
                        text: `${sentence(name)} ${view ? view.states[name] : ''}`,
                    }))}
                    onChange={(value) =>
                        filter({ state: value === 'candidate' ? undefined : value })
                    }
                />
                <Select
                    inline
                    value={filters.dimension || ''}
                    prefixLabel="Kind"
                    onChange={(_, { value }) => filter({ dimension: String(value) || undefined })}
                >
                    <Select.Option value="" label="All" />
                    {DIMENSIONS.map((name) => (
                        <Select.Option
                            key={name}
                            value={name}
                            label={`${sentence(name)} ${view ? view.dimensions[name] || 0 : ''}`}
                        />
                    ))}
                </Select>
                <CloudSelect value={filters.cloud} change={(cloud) => filter({ cloud })} />
                <Select
                    inline
                    value={filters.sort || 'evidence'}
                    prefixLabel="Sort"
                    onChange={(_, { value }) =>
                        filter({ sort: value === 'evidence' ? undefined : String(value) })
                    }
                >
                    <Select.Option value="evidence" label="Most days first" />
                    <Select.Option value="newest" label="First seen last" />
                    <Select.Option value="seen" label="Last seen" />
                    <Select.Option value="user" label="Principal" />
                </Select>
            </div>
            <p className="meaning">{MEANINGS[state]}</p>
            {error && <Fault error={error} retry={refresh} />}
            {view && (
                <Decide
                    rows={chosen}
                    may={view.may_decide}
                    why={view.why}
                    reasonField={reason}
                    clear={() => setSelected([])}
                    changed={refresh}
                />
            )}
            <section className="panel" aria-label="Values">
                {!view && !error && (
                    <div className="empty">
                        <Loading what="Reading the baselines" />
                    </div>
                )}
                {view && !view.rows.length && (
                    <div className="empty">
                        <h2>{filtered ? 'No value fits these filters' : `Nothing is ${state}`}</h2>
                        <p>
                            {filtered
                                ? 'Clear the search or choose another kind or cloud.'
                                : 'Baselines are kept from the operation log every hour. If all states are empty, run the backfill searches over past data, or wait for the next hour.'}
                        </p>
                    </div>
                )}
                {view && view.rows.length > 0 && (
                    <BaselineTable
                        table={table}
                        rows={view.rows}
                        state={state}
                        selected={selected}
                        select={select}
                        selectAll={(on) => setSelected(on ? view.rows.map((row) => row.key) : [])}
                    />
                )}
            </section>
            {view && (
                <Pager
                    offset={view.offset}
                    shown={view.rows.length}
                    total={view.total}
                    size={PAGE}
                    to={(offset) => filter({ offset: String(offset) })}
                />
            )}
        </main>
    );
}
