// What the case's instances touch: threat lists, their reach, what they cost, and their like.

import { Values } from '../atoms';
import { sentence, shortName, words } from '../model';
import type { Route } from '../route';
import { moment } from '../time';
import { Told } from './Activity';
import { Rows } from './pieces';
import { answerOf, instant, Row } from './shapes';
import { CaseLink } from './SimilarCases';

export function Threats({ rows }: { rows: Row[] }) {
    const found = rows.filter((row) => row.indicator);
    const others = rows.filter((row) => !found.includes(row));
    return (
        <div className="stack">
            {found.length > 0 && (
                <Rows
                    label="Threat-intelligence matches"
                    columns={[
                        { name: 'Indicator' },
                        { name: 'Known as', width: '34%' },
                        { name: 'Seen as', width: '110px' },
                        { name: 'Seen', width: '170px' },
                    ]}
                    rows={found.map((row, at) => ({
                        key: String(at),
                        cells: [
                            <>
                                <span className="mono wrap">{row.indicator}</span>{' '}
                                <span className="muted">{row.type}</span>
                            </>,
                            <>
                                <b className="wrap">{row.label}</b>
                                <div className="muted wrap">{row.source}</div>
                            </>,
                            words(row.seen_as || ''),
                            <span className="num">
                                {row.count && `${row.count} times`}
                                <div className="muted">until {moment(instant(row.last_seen)).slice(0, 16)}</div>
                            </span>,
                        ],
                    }))}
                />
            )}
            {others.map((row, at) => (
                <p key={at} className="row">
                    <span className={`chip ${answerOf(row)}`}>{sentence(answerOf(row))}</span>
                    <span className="wrap">{row.why || 'No address or domain of the case is on a list.'}</span>
                </p>
            ))}
        </div>
    );
}

const ASKS: Record<string, string> = {
    'identity may': 'What its identity may do',
    'reachable from': 'What can reach it',
    'can reach': 'What it can reach',
    metadata: 'Its metadata service',
};

/** Instances of which the same is known, together. */
export function alike(rows: Row[]): { ids: string[]; rows: Row[] }[] {
    const byId = new Map<string, Row[]>();
    rows.forEach((row) => byId.set(row.object_id || '', [...(byId.get(row.object_id || '') || []), row]));
    const groups = new Map<string, { ids: string[]; rows: Row[] }>();
    byId.forEach((found, id) => {
        const key = JSON.stringify(found.map(({ asks, answer, why, facts }) => [asks, answer, why, facts]));
        const group = groups.get(key) || { ids: [], rows: found };
        group.ids.push(id);
        groups.set(key, group);
    });
    return [...groups.values()];
}

export function Reach({ rows }: { rows: Row[] }) {
    return (
        <div className="stack">
            {alike(rows).map(({ ids, rows: told }) => (
                <div key={ids[0]} className="reach">
                    {ids[0] && (
                        <h3 className="wrap">
                            <Values of={ids} limit={3} mono show={shortName} />
                        </h3>
                    )}
                    <dl>
                        {told.map((row, at) => (
                            <div key={at}>
                                <dt>{ASKS[row.asks] || sentence(row.asks || '')}</dt>
                                <dd>
                                    <span className={`chip ${answerOf(row)}`}>
                                        {sentence(answerOf(row))}
                                    </span>{' '}
                                    <span className="wrap">{row.why}</span>
                                    {row.facts && <div className="muted wrap">{row.facts}</div>}
                                </dd>
                            </div>
                        ))}
                    </dl>
                </div>
            ))}
        </div>
    );
}

/** The sum of what is known, and how many instances are not in it. */
export function costTotal(rows: Row[]): string {
    const currency = rows.find((row) => row.currency)?.currency || 'USD';
    const known = rows.filter((row) => row.cost && Number.isFinite(Number(row.cost)));
    const unknown = rows.length - known.length;
    if (!known.length) {
        return 'unknown';
    }
    const sum = known.reduce((total, row) => total + Number(row.cost), 0);
    const told = `${sum.toFixed(2)} ${currency}`;
    return unknown ? `at least ${told}; ${unknown} of ${rows.length} without a price` : told;
}

export function Cost({ rows }: { rows: Row[] }) {
    return (
        <Rows
            label="Cost of the instances"
            columns={[
                { name: 'Instance' },
                { name: 'Hours', width: '64px' },
                { name: 'Cost', width: '100px' },
                { name: 'Price from', width: '36%' },
            ]}
            rows={rows.map((row, at) => ({
                key: String(at),
                cells: [
                    <>
                        <Told value={row.object_id} mono short />
                        <div className="muted wrap">
                            {[row.instance_type, words(row.state || '')].filter(Boolean).join(', ')}
                        </div>
                    </>,
                    <span className="num">{decimal(row.hours, 1) || 'unknown'}</span>,
                    row.cost ? (
                        <b className="num">
                            {decimal(row.cost, 2)} {row.currency}
                        </b>
                    ) : (
                        <span className="chip unknown">Unknown</span>
                    ),
                    row.cost ? (
                        <span className="wrap">
                            {row.price_per_hour} an hour{row.source && `, ${row.source}`}
                            <span className="muted"> {row.checked}</span>
                        </span>
                    ) : (
                        <span className="wrap muted">{row.why || 'No price is known for this type.'}</span>
                    ),
                ],
            }))}
        />
    );
}

function decimal(value: string | undefined, digits: number): string {
    const found = Number(value);
    return value && Number.isFinite(found) ? found.toFixed(digits) : value || '';
}

export function Related({
    rows,
    caseId,
    route,
    go,
}: {
    rows: Row[];
    caseId: string;
    route: Route;
    go: (change: Partial<Route>) => void;
}) {
    return (
        <Rows
            label="Related instances"
            columns={[
                { name: 'Instance' },
                { name: 'Shares', width: '20%' },
                { name: 'Created (UTC)', width: '130px' },
                { name: 'State', width: '90px' },
                { name: 'Case', width: '150px' },
            ]}
            rows={rows.map((row, at) => ({
                key: String(at),
                cells: [
                    <>
                        <Told value={row.object_id} mono short />
                        <div className="muted wrap">{shortName(row.user || '')}</div>
                    </>,
                    <span className="wrap">{row.because}</span>,
                    <span className="num">{moment(instant(row.created)).slice(0, 16)}</span>,
                    words(row.state || 'unknown'),
                    row.case_id === caseId ? (
                        'this case'
                    ) : (
                        <CaseIds of={row.case_id} route={route} go={go} />
                    ),
                ],
            }))}
        />
    );
}

function CaseIds(props: { of: string; route: Route; go: (change: Partial<Route>) => void }) {
    const ids = (props.of || '').split(', ').filter((id) => /^[0-9a-f]{16}$/.test(id));
    if (!ids.length) {
        return <span className="muted">none</span>;
    }
    return (
        <span className="mono">
            {ids.slice(0, 3).map((id) => (
                <CaseLink key={id} caseId={id} route={props.route} go={props.go}>
                    {id}
                </CaseLink>
            ))}
        </span>
    );
}
