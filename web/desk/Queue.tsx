import Button from '@splunk/react-ui/Button';
import { useCallback, useEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';

import { Fault, Loading } from './atoms';
import Bulk from './Bulk';
import { copyText } from './copy';
import Help from './Help';
import { useKeys, useNow } from './hooks';
import { useMe } from './me';
import { QueueView } from './model';
import type { PageProps } from './page';
import Pager from './Pager';
import { exportQueue } from './queue/export';
import FilterBar from './queue/FilterBar';
import { useLiveQueue, Waiting } from './queue/live';
import { PAGE } from './queue/page';
import { arrive } from './queue/place';
import Row from './queue/Row';
import { useWork } from './queue/work';
import { Filters, format } from './route';
import { moment } from './time';

const KEYS: [string, string][] = [
    ['j k', 'Next and previous case'],
    ['Enter', 'Open the case'],
    ['x', 'Select the case, or no longer'],
    ['a', 'Assign to me: the selected cases, or the one in focus'],
    ['e', 'Escalate or close: write the reason'],
    ['Escape', 'Select none'],
    ['/', 'Search'],
    ['r', 'Read anew, and show what waits'],
];
const COLUMNS: [string, number?][] = [
    ['Severity', 94],
    ['Deadline', 104],
    ['Age', 74],
    ['Why'],
    ['Principal', 190],
    ['Account', 150],
    ['State', 100],
    ['Owner', 110],
];

export default function Queue({ route, go, themeToggle }: PageProps) {
    const { filters } = route;
    const { me, unknown, again } = useMe();
    const [unexported, setUnexported] = useState<Error>();
    const [selected, setSelected] = useState<string[]>([]);
    const [said, setSaid] = useState('');
    const [exporting, setExporting] = useState(false);
    const table = useRef<HTMLTableElement>(null);
    const search = useRef<HTMLInputElement>(null);
    const reason = useRef<HTMLInputElement>(null);
    const position = useRef(-1);
    const work = useWork();
    const held = () =>
        selected.length > 0 ||
        Boolean(table.current?.querySelector('tbody:hover')) ||
        Boolean(table.current?.querySelector('tbody')?.contains(document.activeElement));
    const { view, news, error, refresh, show } = useLiveQueue(filters, held);
    const now = useNow(view?.now);
    const key = JSON.stringify(filters);

    useEffect(() => setSelected([]), [key]);
    // Back from a case one goes on where it was.
    useEffect(() => {
        const place = view && arrive(view.cases.map((row) => row.case.case_id));
        if (!place) {
            return;
        }
        const links = [...(table.current?.querySelectorAll<HTMLElement>('tbody a') || [])];
        const link = links.find((one) => one.closest('tr')?.dataset.case === place.caseId);
        position.current = link ? links.indexOf(link) : -1;
        // Whoever does something else by now keeps the focus, and what they look at.
        if ([document.body, null].includes(document.activeElement as HTMLElement | null)) {
            link?.scrollIntoView({ block: 'center' });
            if (place.focus) {
                link?.focus();
            }
        }
    }, [view]);
    // What is not shown any more cannot be deselected, and would hold the queue for ever.
    useEffect(() => {
        const there = new Set(view?.cases.map((row) => row.case.case_id));
        setSelected((before) => (before.every((id) => there.has(id)) ? before : before.filter((id) => there.has(id))));
    }, [view]);
    useEffect(() => {
        const timer = setTimeout(() => setSaid(''), 6000);
        return () => clearTimeout(timer);
    }, [said]);

    const filter = useCallback(
        (change: Filters, replace = false) =>
            go({ filters: { ...filters, offset: undefined, ...change } }, replace),
        [filters, go]
    );
    const select = (caseId: string) =>
        setSelected((before) =>
            before.includes(caseId)
                ? before.filter((one) => one !== caseId)
                : [...before, caseId]
        );
    const focusedCase = () =>
        document.activeElement?.closest<HTMLElement>('tr[data-case]')?.dataset.case;
    const move = (step: number) => {
        const links = [...(table.current?.querySelectorAll<HTMLElement>('tbody a') || [])];
        const row = document.activeElement?.closest('tr');
        const at = links.findIndex((link) => row?.contains(link));
        // A row that left took the focus along; go on where it was.
        const next = at === -1 ? Math.max(0, position.current) : at + step;
        position.current = Math.max(0, Math.min(links.length - 1, next));
        links[position.current]?.focus();
    };
    const rows = (ids: string[]) =>
        (view?.cases || []).filter((row) => ids.includes(row.case.case_id));
    const chosen = rows(selected);
    const assignToMe = () => {
        const which = chosen.length ? chosen : rows([focusedCase() || '']);
        if (!me || !which.length || work.busy) {
            return;
        }
        if (!me.capabilities.includes('ciw_case_assign')) {
            setSaid('Your roles lack the capability ciw_case_assign.');
            return;
        }
        work.each(which, 'assign', { owner: me.user }).then(refresh);
    };
    const toReason = () => {
        const id = focusedCase();
        if (!selected.length && id) {
            // The field is there before the next key is pressed.
            flushSync(() => select(id));
        }
        reason.current?.focus();
    };
    useKeys({
        j: () => move(1),
        k: () => move(-1),
        x: () => {
            const id = focusedCase();
            if (id) {
                select(id);
            }
        },
        a: assignToMe,
        e: toReason,
        Escape: () => setSelected([]),
        r: refresh,
        '/': () => search.current?.focus(),
    });

    const filtered = Object.keys(filters).some((name) => !['sort', 'offset'].includes(name));
    const copyLink = () =>
        copyText(window.location.href).then((done) =>
            setSaid(done ? 'Link copied.' : `Copy the address: ${window.location.href}`)
        );
    const exportAll = () => {
        setExporting(true);
        setUnexported(undefined);
        exportQueue(filters, (done, total) => setSaid(`Exporting ${done} of ${total}`))
            .then(() => setSaid('Exported.'))
            .catch(setUnexported)
            .finally(() => setExporting(false));
    };

    return (
        <main>
            <div className="bar">
                <h1>Triage queue</h1>
                <span className="muted" role="status">
                    {view && `${view.total} of ${view.all_cases} cases`}
                </span>
                {news && (
                    <Button
                        appearance="primary"
                        label={`${told(news)}: show`}
                        title="They wait while you point at a row, have the focus in one or have selected some (r)"
                        data-testid="news"
                        onClick={show}
                    />
                )}
                <span className="push muted num" role="status">
                    {said || (view && `as of ${moment(view.now)}`)}
                </span>
                <Help keys={KEYS} />
                {themeToggle}
                <Button label="Copy link" title="The address with these filters" onClick={copyLink} />
                <Button
                    label="Export CSV"
                    title="All cases that these filters keep"
                    disabled={exporting || !view?.total}
                    onClick={exportAll}
                />
                <Button label="Refresh" onClick={refresh} />
            </div>
            <FilterBar
                filters={filters}
                view={view}
                search={search}
                filter={filter}
                clear={filtered ? () => go({ filters: { sort: filters.sort } }) : undefined}
            />
            {error && <Fault error={error} retry={refresh} />}
            {unexported && <Fault error={unexported} retry={exportAll} />}
            {unknown && <Fault error={unknown} retry={again} />}
            {me && (
                <Bulk
                    rows={chosen}
                    me={me}
                    owners={view?.owners || []}
                    now={now}
                    work={work}
                    reasonField={reason}
                    clear={() => setSelected([])}
                    changed={refresh}
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
                    <table className="queue grid" ref={table}>
                        <colgroup>
                            <col style={{ width: 34 }} />
                            {COLUMNS.map(([name, width]) => (
                                <col key={name} className={`of-${name.toLowerCase()}`} style={{ width }} />
                            ))}
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
                                {COLUMNS.map(([name]) => (
                                    <th key={name} scope="col">
                                        {name}
                                    </th>
                                ))}
                            </tr>
                        </thead>
                        <tbody>
                            {view.cases.map((row) => (
                                <Row
                                    key={row.case.case_id}
                                    row={row}
                                    now={now}
                                    selected={selected.includes(row.case.case_id)}
                                    gone={Boolean(news?.gone.includes(row.case.case_id))}
                                    select={() => select(row.case.case_id)}
                                    href={format(
                                        { ...route, caseId: row.case.case_id },
                                        window.location.search
                                    )}
                                    open={() => go({ caseId: row.case.case_id })}
                                />
                            ))}
                        </tbody>
                    </table>
                )}
            </section>
            {view && (
                <Pager
                    offset={view.offset}
                    shown={view.cases.length}
                    total={view.total}
                    size={PAGE}
                    to={(offset) => filter({ offset: String(offset) })}
                />
            )}
            <p className="hint">
                <kbd>j</kbd> <kbd>k</kbd> move, <kbd>Enter</kbd> open, <kbd>x</kbd> select, <kbd>a</kbd>{' '}
                assign to me, <kbd>e</kbd> escalate or close, <kbd>?</kbd> all keys. Times are UTC. New
                cases appear by themselves; no row moves while you point at one.
            </p>
        </main>
    );
}

function told({ added, critical, gone, moved }: Waiting): string {
    const parts = [
        added > 0 && `${added} new${critical ? ` (${critical} critical)` : ''}`,
        gone.length > 0 && `${gone.length} left`,
        !added && !gone.length && moved && 'Order changed',
    ];
    return parts.filter(Boolean).join(', ');
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
