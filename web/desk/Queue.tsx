import Button from '@splunk/react-ui/Button';
import Select from '@splunk/react-ui/Select';
import Text from '@splunk/react-ui/Text';
import { ReactNode, useCallback, useEffect, useRef, useState } from 'react';

import { queue, whoAmI } from './api';
import { Deadline, Fault, Loading, SeverityMark, StateChip, Toggles, Values } from './atoms';
import Bulk from './Bulk';
import { useKeys, useNow } from './hooks';
import {
    CLOUD_NAMES,
    CLOUDS,
    headline,
    QueueRow,
    QueueView,
    SEVERITIES,
    sentence,
    shortName,
    shortNames,
    WhoAmI,
    words,
} from './model';
import { Filters, format, Route } from './route';
import { moment, seconds, span } from './time';

const REFRESH_MS = 20_000;
const TYPING_MS = 250;
const PAGE = 50;

interface Props {
    route: Route;
    go: (change: Partial<Route>, replace?: boolean) => void;
    themeToggle: ReactNode;
}

export default function Queue({ route, go, themeToggle }: Props) {
    const { filters } = route;
    const [view, setView] = useState<QueueView>();
    const [error, setError] = useState<Error>();
    const [me, setMe] = useState<WhoAmI>();
    const [selected, setSelected] = useState<string[]>([]);
    const [typed, setTyped] = useState(filters.text || '');
    const [turn, setTurn] = useState(0);
    const now = useNow(view?.now);
    const table = useRef<HTMLTableElement>(null);
    const search = useRef<HTMLInputElement>(null);
    const key = JSON.stringify(filters);

    useEffect(() => {
        whoAmI().then(setMe).catch(setError);
    }, []);
    useEffect(() => setSelected([]), [key]);

    useEffect(() => setTyped(filters.text || ''), [filters.text]);

    useEffect(() => {
        const abort = new AbortController();
        const load = () =>
            queue({ ...(JSON.parse(key) as Record<string, string>), count: String(PAGE) }, abort.signal)
                .then((reply) => {
                    setView(reply);
                    setError(undefined);
                })
                .catch((fault) => !abort.signal.aborted && setError(fault));
        load();
        const timer = setInterval(() => !document.hidden && load(), REFRESH_MS);
        return () => {
            abort.abort();
            clearInterval(timer);
        };
    }, [key, turn]);

    const filter = useCallback(
        (change: Filters, replace = false) =>
            go({ filters: { ...filters, offset: undefined, ...change } }, replace),
        [filters, go]
    );

    useEffect(() => {
        if (typed === (filters.text || '')) {
            return undefined;
        }
        const timer = setTimeout(() => filter({ text: typed.trim() || undefined }, true), TYPING_MS);
        return () => clearTimeout(timer);
    }, [typed, filters.text, filter]);

    const select = (caseId: string) =>
        setSelected((before) =>
            before.includes(caseId)
                ? before.filter((one) => one !== caseId)
                : [...before, caseId]
        );
    const move = (step: number) => {
        const links = [...(table.current?.querySelectorAll<HTMLElement>('tbody a') || [])];
        const at = links.indexOf(document.activeElement as HTMLElement);
        const next = at === -1 ? 0 : Math.max(0, Math.min(links.length - 1, at + step));
        links[next]?.focus();
    };
    useKeys({
        j: () => move(1),
        k: () => move(-1),
        x: () => {
            const row = document.activeElement?.closest<HTMLElement>('tr[data-case]');
            if (row?.dataset.case) {
                select(row.dataset.case);
            }
        },
        r: () => setTurn((before) => before + 1),
        '/': () => search.current?.focus(),
    });

    const chosen = (view?.cases || []).filter((row) => selected.includes(row.case.case_id));
    const filtered = Object.keys(filters).some((name) => !['sort', 'offset'].includes(name));
    const open = (row: QueueRow) => go({ caseId: row.case.case_id });

    return (
        <main>
            <div className="bar">
                <h1>Triage queue</h1>
                <span className="muted" role="status">
                    {view && `${view.total} of ${view.all_cases} cases`}
                </span>
                <span className="push muted num">{view && `as of ${moment(view.now)}`}</span>
                {themeToggle}
                <Button label="Refresh" onClick={() => setTurn((before) => before + 1)} />
            </div>
            <div className="tiles" role="group" aria-label="Cases by severity">
                {SEVERITIES.map((severity) => (
                    <button
                        key={severity}
                        type="button"
                        className={`tile s-${severity}`}
                        aria-pressed={filters.severity === severity}
                        onClick={() =>
                            filter({
                                severity: filters.severity === severity ? undefined : severity,
                            })
                        }
                    >
                        <b>{view ? view.severities[severity] : '–'}</b>
                        {sentence(severity)}
                    </button>
                ))}
            </div>
            <div className="filters" role="search">
                <div className="search">
                    <Text
                        inputRef={search}
                        value={typed}
                        onChange={(_, { value }) => setTyped(value)}
                        canClear
                        placeholder="Principal, account, instance, address, signal"
                        aria-label="Search cases"
                    />
                </div>
                <Toggles
                    label="State"
                    value={filters.state || 'open'}
                    options={[
                        { value: 'open', text: 'Open' },
                        ...(['new', 'in_triage', 'escalated', 'contained', 'closed'] as const).map(
                            (state) => ({
                                value: state as string,
                                text: `${sentence(state)} ${view ? view.states[state] : ''}`,
                            })
                        ),
                    ]}
                    onChange={(state) => filter({ state: state === 'open' ? undefined : state })}
                />
                <Toggles
                    label="Owner"
                    value={filters.owner || 'any'}
                    options={[
                        { value: 'any', text: 'Anyone' },
                        { value: '-me-', text: 'Mine' },
                        { value: '-nobody-', text: 'Unassigned' },
                    ]}
                    onChange={(owner) => filter({ owner: owner === 'any' ? undefined : owner })}
                />
                <Select
                    inline
                    value={filters.cloud || ''}
                    prefixLabel="Cloud"
                    onChange={(_, { value }) => filter({ cloud: String(value) || undefined })}
                >
                    <Select.Option value="" label="All" />
                    {CLOUDS.map((cloud) => (
                        <Select.Option key={cloud} value={cloud} label={CLOUD_NAMES[cloud]} />
                    ))}
                </Select>
                <Select
                    inline
                    value={filters.sort || 'severity'}
                    prefixLabel="Sort"
                    onChange={(_, { value }) =>
                        filter({ sort: value === 'severity' ? undefined : String(value) })
                    }
                >
                    <Select.Option value="severity" label="Severity" />
                    <Select.Option value="sla" label="Deadline" />
                    <Select.Option value="newest" label="Newest" />
                    <Select.Option value="oldest" label="Oldest" />
                    <Select.Option value="updated" label="Last signal" />
                </Select>
                {filtered && (
                    <Button
                        appearance="subtle"
                        label="Clear"
                        onClick={() => go({ filters: { sort: filters.sort } })}
                    />
                )}
            </div>
            {error && <Fault error={error} retry={() => setTurn((before) => before + 1)} />}
            {me && (
                <Bulk
                    rows={chosen}
                    me={me}
                    clear={() => setSelected([])}
                    changed={() => setTurn((before) => before + 1)}
                />
            )}
            <section className="panel" aria-label="Cases">
                {!view && !error && (
                    <div className="empty">
                        <Loading what="Reading the queue" />
                    </div>
                )}
                {view && !view.cases.length && <Empty view={view} filtered={filtered} />}
                {view && view.cases.length > 0 && (
                    <table className="queue" ref={table}>
                        <colgroup>
                            <col style={{ width: 34 }} />
                            <col style={{ width: 94 }} />
                            <col style={{ width: 104 }} />
                            <col style={{ width: 74 }} />
                            <col />
                            <col style={{ width: 190 }} />
                            <col style={{ width: 150 }} />
                            <col style={{ width: 100 }} />
                            <col style={{ width: 110 }} />
                        </colgroup>
                        <thead>
                            <tr>
                                <th scope="col">
                                    <input
                                        type="checkbox"
                                        aria-label="Select all on this page"
                                        checked={chosen.length === view.cases.length}
                                        onChange={({ target }) =>
                                            setSelected(
                                                target.checked
                                                    ? view.cases.map((row) => row.case.case_id)
                                                    : []
                                            )
                                        }
                                    />
                                </th>
                                <th scope="col">Severity</th>
                                <th scope="col">Deadline</th>
                                <th scope="col">Age</th>
                                <th scope="col">Why</th>
                                <th scope="col">Principal</th>
                                <th scope="col">Account</th>
                                <th scope="col">State</th>
                                <th scope="col">Owner</th>
                            </tr>
                        </thead>
                        <tbody>
                            {view.cases.map((row) => (
                                <Row
                                    key={row.case.case_id}
                                    row={row}
                                    now={now}
                                    selected={selected.includes(row.case.case_id)}
                                    select={() => select(row.case.case_id)}
                                    href={format(
                                        { ...route, caseId: row.case.case_id },
                                        window.location.search
                                    )}
                                    open={() => open(row)}
                                />
                            ))}
                        </tbody>
                    </table>
                )}
            </section>
            {view && view.total > PAGE && (
                <div className="row hint">
                    <span className="num">
                        {view.offset + 1} to {view.offset + view.cases.length} of {view.total}
                    </span>
                    <Button
                        label="Previous"
                        disabled={view.offset === 0}
                        onClick={() => filter({ offset: String(Math.max(0, view.offset - PAGE)) })}
                    />
                    <Button
                        label="Next"
                        disabled={view.offset + PAGE >= view.total}
                        onClick={() => filter({ offset: String(view.offset + PAGE) })}
                    />
                </div>
            )}
            <p className="hint">
                <kbd>j</kbd> <kbd>k</kbd> move, <kbd>Enter</kbd> open, <kbd>x</kbd> select, <kbd>/</kbd> search,{' '}
                <kbd>r</kbd> refresh. The address of this page keeps your filters.
            </p>
        </main>
    );
}

interface RowProps {
    row: QueueRow;
    now: number;
    href: string;
    selected: boolean;
    select: () => void;
    open: () => void;
}

function Row({ row, now, href, selected, select, open }: RowProps) {
    const { case: item, state } = row;
    const opened = seconds(item.opened);
    const signals = item.signals.map(words).join(', ');
    const { about, detail } = headline(item.reason || item.subject || item.case_id);
    return (
        <tr data-case={item.case_id} onClick={open}>
            <td onClick={(event) => event.stopPropagation()}>
                <input
                    type="checkbox"
                    aria-label={`Select ${item.user[0] || item.case_id}`}
                    checked={selected}
                    onChange={select}
                />
            </td>
            <td>
                <SeverityMark severity={item.severity} />
            </td>
            <td>
                <Deadline due={item.sla_due} now={now} closed={state.state === 'closed'} />
            </td>
            <td className="num" title={moment(item.opened)}>
                {opened ? span(now - opened) : ''}
            </td>
            <td>
                <a
                    href={href}
                    title={item.reason}
                    onClick={(event) => {
                        event.stopPropagation();
                        if (!event.ctrlKey && !event.metaKey && !event.shiftKey) {
                            event.preventDefault();
                            open();
                        }
                    }}
                >
                    {about}
                </a>
                <div className="second cut" title={signals}>
                    {detail ? shortNames(detail) : signals}
                </div>
            </td>
            <td>
                <div className="cut" title={item.user.join(', ')}>
                    {shortName(item.user[0] || item.object_id[0] || item.subject)}
                </div>
                <div className="second cut">{item.src.slice(0, 2).join(', ')}</div>
            </td>
            <td>
                <div className="cut">
                    <Values of={item.vendor_account} limit={1} />
                </div>
                <div className="second cut">
                    {[CLOUD_NAMES[item.cloud[0]] || item.cloud[0], item.vendor_region[0]]
                        .filter(Boolean)
                        .join(' · ')}
                </div>
            </td>
            <td>
                <StateChip state={state.state} />
                {state.state === 'closed' && (
                    <div className="second cut">{words(state.disposition)}</div>
                )}
            </td>
            <td className="cut">{state.owner || <span className="muted">unassigned</span>}</td>
        </tr>
    );
}

function Empty({ view, filtered }: { view: QueueView; filtered: boolean }) {
    if (filtered) {
        return (
            <div className="empty">
                <h2>No case fits these filters</h2>
                <p>Clear a filter or widen the search to see the other {view.all_cases} cases.</p>
            </div>
        );
    }
    return (
        <div className="empty">
            <h2>{view.all_cases ? 'No open cases' : 'No cases yet'}</h2>
            <p>
                {view.all_cases
                    ? 'Everything has been decided. Choose Closed to look back.'
                    : 'Cases appear when signals are raised. If you expect some, check on the overview that audit logs arrive and the scheduled searches run.'}
            </p>
        </div>
    );
}
