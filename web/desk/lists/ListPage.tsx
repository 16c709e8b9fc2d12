// One list: its rows, adding and changing them, import, export, and who changed what.

import Button from '@splunk/react-ui/Button';
import { useCallback, useEffect, useRef, useState } from 'react';

import { readList } from '../api';
import { Fault, Loading, Panel } from '../atoms';
import { download } from '../copy';
import { useKeys } from '../hooks';
import type { PageProps } from '../page';
import Pager from '../Pager';
import SearchField from '../SearchField';
import { MOST_ROWS, toCsv } from './csv';
import ImportPanel from './ImportPanel';
import ListHistory from './ListHistory';
import ListTable from './ListTable';
import { EXPIRY_DAYS, ListInfo, ListRow, ListView } from './model';
import RowForm from './RowForm';

const PAGE = 50;

interface Props extends Pick<PageProps, 'route' | 'go'> {
    list: ListInfo;
    changed: () => void;
}

type Open = { what: 'none' | 'add' | 'import' } | { what: 'change' | 'remove'; row: ListRow };

export default function ListPage({ list, route, go, changed }: Props) {
    const { filters } = route;
    const [view, setView] = useState<ListView>();
    const [error, setError] = useState<Error>();
    const [open, setOpen] = useState<Open>({ what: 'none' });
    const opened = useRef(open);
    opened.current = open;
    const [said, setSaid] = useState('');
    const [turn, setTurn] = useState(0);
    const search = useRef<HTMLInputElement>(null);
    // After a conflict the form goes on from the row as it is now.
    const rebase = useRef(false);
    const { text = '', offset = '0' } = filters;

    useEffect(() => {
        const abort = new AbortController();
        readList({ name: list.name, text, offset, count: String(PAGE) }, abort.signal)
            .then((reply) => {
                setView(reply);
                setError(undefined);
                if (rebase.current) {
                    rebase.current = false;
                    const form = opened.current;
                    const row =
                        'row' in form && reply.rows.find(({ key }) => key === form.row.key);
                    if (row) {
                        setOpen({ ...form, row });
                    } else {
                        setSaid('The row was removed, or the search leaves it out now.');
                    }
                }
            })
            .catch((fault) => !abort.signal.aborted && setError(fault));
        return () => abort.abort();
    }, [list.name, text, offset, turn]);

    useEffect(() => {
        const timer = setTimeout(() => setSaid(''), 6000);
        return () => clearTimeout(timer);
    }, [said]);
    const searchFor = useCallback(
        (value?: string) =>
            go({ filters: { list: list.name, text: value, offset: undefined } }, true),
        [go, list.name]
    );
    const refresh = () => {
        setTurn((before) => before + 1);
        changed();
    };
    const done = (what: string) => {
        setOpen({ what: 'none' });
        setSaid(what);
        refresh();
    };
    const exportAll = async () => {
        const names = list.columns.map(({ name }) => name);
        const rows: string[][] = [];
        for (let at = 0, total = 1; at < total; at += MOST_ROWS) {
            const reply = await readList({
                name: list.name,
                text,
                offset: String(at),
                count: String(MOST_ROWS),
            });
            total = reply.total;
            rows.push(...reply.rows.map((row) => names.map((name) => row.values[name] || '')));
        }
        download(`${list.name}.csv`, toCsv(names, rows), 'text/csv');
        setSaid(`Exported ${rows.length} rows.`);
    };
    useKeys({
        n: () => list.may_edit && open.what === 'none' && setOpen({ what: 'add' }),
        '/': () => search.current?.focus(),
        r: refresh,
    });

    return (
        <>
            <section className="panel" aria-label={list.label}>
                <header>
                    <h2>{list.label}</h2>
                    <span className="muted">{list.meaning}</span>
                </header>
                <div className="body">
                    <div className="filters">
                        <SearchField
                            field={search}
                            value={text}
                            change={searchFor}
                            placeholder="Any cell"
                            label={`Search ${list.label}`}
                        />
                        <span className="muted num" role="status">
                            {said || (view && `${view.total} of ${list.rows} rows`)}
                        </span>
                        {list.expiring > 0 && (
                            <span className="soon">
                                {list.expiring} end within {EXPIRY_DAYS} days
                            </span>
                        )}
                        {list.expired > 0 && (
                            <span className="muted">{list.expired} ended and count no more</span>
                        )}
                        <span className="push" />
                        <Button
                            label="Export CSV"
                            disabled={!view?.total}
                            onClick={() => exportAll().catch(setError)}
                        />
                        <Button
                            label="Import CSV"
                            disabled={!list.may_edit}
                            title={list.may_edit ? undefined : list.why}
                            onClick={() => setOpen({ what: 'import' })}
                        />
                        <Button
                            appearance="primary"
                            label="Add a row"
                            disabled={!list.may_edit}
                            title={list.may_edit ? 'n' : list.why}
                            onClick={() => setOpen({ what: 'add' })}
                        />
                    </div>
                    {!list.may_edit && <p className="muted">{list.why}</p>}
                    {(open.what === 'add' || open.what === 'change' || open.what === 'remove') && (
                        <RowForm
                            key={open.what + ('row' in open ? open.row.key : '')}
                            list={list}
                            action={open.what}
                            row={'row' in open ? open.row : undefined}
                            close={() => setOpen({ what: 'none' })}
                            done={done}
                            readAnew={() => {
                                rebase.current = true;
                                refresh();
                            }}
                        />
                    )}
                    {open.what === 'import' && (
                        <ImportPanel
                            list={list}
                            close={() => setOpen({ what: 'none' })}
                            done={done}
                        />
                    )}
                    {view?.problem && (
                        <p className="warn wrap" role="alert">
                            {view.problem}
                        </p>
                    )}
                    {error && <Fault error={error} retry={refresh} />}
                    {!view && !error && <Loading what={`Reading ${list.label}`} />}
                    {view && !view.rows.length && (
                        <div className="empty">
                            <h2>{text ? 'No row has this' : 'Nothing is listed yet'}</h2>
                            <p>
                                {text
                                    ? 'Clear the search to see all rows.'
                                    : 'Add a row, or import a CSV whose first line names the columns.'}
                            </p>
                        </div>
                    )}
                    {view && view.rows.length > 0 && (
                        <ListTable
                            list={list}
                            rows={view.rows}
                            edit={(row) => setOpen({ what: 'change', row })}
                            remove={(row) => setOpen({ what: 'remove', row })}
                        />
                    )}
                    {view && (
                        <Pager
                            offset={view.offset}
                            shown={view.rows.length}
                            total={view.total}
                            size={PAGE}
                            to={(at) => go({ filters: { ...filters, offset: String(at) } })}
                        />
                    )}
                </div>
            </section>
            <Panel title="History" aside="the last 20 changes made in the app">
                {view ? <ListHistory records={view.history} /> : <Loading what="Reading" />}
            </Panel>
        </>
    );
}
