// The lists that people fill in: all of them with what needs care, and one of them to work on.

import { useEffect, useState } from 'react';

import { readLists } from '../api';
import { Fault, Loading } from '../atoms';
import Help from '../Help';
import type { PageProps } from '../page';
import PageLink from '../PageLink';
import { format } from '../route';
import ListPage from './ListPage';
import { EXPIRY_DAYS, ListInfo } from './model';

const KEYS: [string, string][] = [
    ['n', 'Add a row'],
    ['/', 'Search the list'],
    ['r', 'Read anew'],
];

export default function Lists({ route, go, themeToggle }: PageProps) {
    const [lists, setLists] = useState<ListInfo[]>();
    const [problem, setProblem] = useState('');
    const [error, setError] = useState<Error>();
    const [turn, setTurn] = useState(0);
    const name = route.filters.list || '';

    useEffect(() => {
        const abort = new AbortController();
        readLists(abort.signal)
            .then((reply) => {
                setLists(reply.lists);
                setProblem(reply.problem);
                setError(undefined);
            })
            .catch((fault) => !abort.signal.aborted && setError(fault));
        return () => abort.abort();
    }, [turn]);

    const refresh = () => setTurn((before) => before + 1);
    const chosen = lists?.find((one) => one.name === name);
    const link = (to: string) => ({
        href: format({ caseId: '', page: 'lists', filters: { list: to } }, window.location.search),
        open: () => go({ filters: to ? { list: to } : {} }),
    });
    const ending = (lists || []).reduce((sum, one) => sum + one.expiring, 0);

    return (
        <main>
            <div className="bar">
                <h1>Lists</h1>
                <span className="muted" role="status">
                    {lists &&
                        (ending
                            ? `${ending} rows end within ${EXPIRY_DAYS} days`
                            : `no row ends within ${EXPIRY_DAYS} days`)}
                </span>
                <span className="push" />
                <Help keys={KEYS} />
                {themeToggle}
            </div>
            {error && <Fault error={error} retry={refresh} />}
            {problem && (
                <p className="warn wrap" role="alert">
                    {problem} The counts are of the app's rows alone.
                </p>
            )}
            {!lists && !error && <Loading what="Reading the lists" />}
            {lists && (
                <div className="lists">
                    <nav className="panel side-nav" aria-label="Lists">
                        <PageLink {...link('')} aria-current={chosen ? undefined : 'true'}>
                            All lists
                        </PageLink>
                        {lists.map((one) => (
                            <PageLink
                                key={one.name}
                                {...link(one.name)}
                                aria-current={one.name === name ? 'true' : undefined}
                            >
                                <span className="cut">{one.label}</span>
                                <Count list={one} />
                            </PageLink>
                        ))}
                    </nav>
                    <div className="stack">
                        {chosen ? (
                            <ListPage
                                key={chosen.name}
                                list={chosen}
                                route={route}
                                go={go}
                                changed={refresh}
                            />
                        ) : (
                            <Overview lists={lists} missing={name} link={link} />
                        )}
                    </div>
                </div>
            )}
        </main>
    );
}

function Count({ list }: { list: ListInfo }) {
    return (
        <span className="push num">
            {list.expiring > 0 && (
                <span className="soon" title={`${list.expiring} end within ${EXPIRY_DAYS} days`}>
                    {list.expiring} ending{' '}
                </span>
            )}
            <span className="muted">{list.rows}</span>
        </span>
    );
}

interface OverviewProps {
    lists: ListInfo[];
    missing: string;
    link: (name: string) => { href: string; open: () => void };
}

function Overview({ lists, missing, link }: OverviewProps) {
    return (
        <section className="panel" aria-label="All lists">
            {missing && (
                <p className="body warn" role="alert">
                    There is no list {missing.slice(0, 80)}. These are the lists:
                </p>
            )}
            <table className="grid">
                <colgroup>
                    <col style={{ width: 200 }} />
                    <col />
                    <col style={{ width: 70 }} />
                    <col style={{ width: 130 }} />
                    <col style={{ width: 90 }} />
                </colgroup>
                <thead>
                    <tr>
                        <th scope="col">List</th>
                        <th scope="col">What a row says</th>
                        <th scope="col">Rows</th>
                        <th scope="col">End in {EXPIRY_DAYS} days</th>
                        <th scope="col">Ended</th>
                    </tr>
                </thead>
                <tbody>
                    {lists.map((one) => (
                        <tr key={one.name}>
                            <td>
                                <PageLink {...link(one.name)}>{one.label}</PageLink>
                                <div className="second mono cut">{one.name}</div>
                            </td>
                            <td>{one.meaning}</td>
                            <td className="num">{one.rows}</td>
                            <td className={`num ${one.expiring ? 'soon' : 'muted'}`}>
                                {one.expiring || 'none'}
                            </td>
                            <td className="num muted">{one.expired || 'none'}</td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </section>
    );
}
