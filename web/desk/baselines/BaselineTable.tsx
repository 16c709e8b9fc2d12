// Values with their evidence; decided ones with who decided and why.

import type { RefObject } from 'react';

import { Values } from '../atoms';
import { operationsLink } from '../links';
import { CLOUD_NAMES, shortName } from '../model';
import { format } from '../route';
import { moment, shortMoment } from '../time';
import { BaselineRow, BaselineState, DIMENSION_WORDS, shownValue } from './model';

const DECIDED: BaselineState[] = ['trusted', 'rejected', 'expired'];

interface Props {
    table: RefObject<HTMLTableElement>;
    rows: BaselineRow[];
    state: BaselineState;
    selected: string[];
    select: (key: string) => void;
    selectAll: (on: boolean) => void;
}

export default function BaselineTable({ table, rows, state, selected, select, selectAll }: Props) {
    const decided = DECIDED.includes(state);
    return (
        <table className="grid" ref={table}>
            <colgroup>
                <col style={{ width: 34 }} />
                <col />
                <col style={{ width: decided ? '16%' : '22%' }} />
                <col style={{ width: '12%' }} />
                <col style={{ width: 132 }} />
                <col style={{ width: 112 }} />
                <col style={{ width: 146 }} />
                {decided && <col style={{ width: '20%' }} />}
                <col style={{ width: 92 }} />
            </colgroup>
            <thead>
                <tr>
                    <th scope="col">
                        <input
                            type="checkbox"
                            aria-label="Select all on this page"
                            checked={rows.every((row) => selected.includes(row.key))}
                            onChange={({ target }) => selectAll(target.checked)}
                        />
                    </th>
                    <th scope="col">Value</th>
                    <th scope="col">Principal</th>
                    <th scope="col">Account</th>
                    <th scope="col">Days seen</th>
                    <th scope="col">First, last seen</th>
                    <th scope="col">Cases around it</th>
                    {decided && <th scope="col">Decided</th>}
                    <th scope="col">Evidence</th>
                </tr>
            </thead>
            <tbody>
                {rows.map((row) => (
                    <tr key={row.key} data-key={row.key} className={selected.includes(row.key) ? 'selected' : ''}>
                        <td>
                            <input
                                type="checkbox"
                                aria-label={`Select ${shownValue(row).slice(0, 80)} of ${shortName(row.user).slice(0, 80)}`}
                                checked={selected.includes(row.key)}
                                onChange={() => select(row.key)}
                            />
                        </td>
                        <td>
                            <b className="three" title={row.value.slice(0, 1000)}>
                                {shownValue(row)}
                            </b>
                            <div className="second cut">
                                {DIMENSION_WORDS[row.dimension] || row.dimension}
                            </div>
                        </td>
                        <td>
                            <div className="three" title={row.user.slice(0, 1000)}>
                                {shortName(row.user) || <span className="muted">anyone</span>}
                            </div>
                        </td>
                        <td>
                            <div className="cut">
                                <Values of={row.vendor_account} limit={1} />
                            </div>
                            <div className="second cut">{CLOUD_NAMES[row.cloud] || row.cloud}</div>
                        </td>
                        <td className="num">
                            <Days seen={row.distinct_days} wanted={row.wanted_days} />
                        </td>
                        <td className="num">
                            <div title={moment(row.first_seen)}>{shortMoment(row.first_seen) || 'not told'}</div>
                            <div className="second" title={moment(row.last_seen)}>
                                {shortMoment(row.last_seen)}
                            </div>
                        </td>
                        <td>
                            <CaseLinks ids={row.cases} />
                        </td>
                        {decided && (
                            <td>
                                {row.decided_by ? (
                                    <>
                                        <div className="cut">
                                            {row.decided_by},{' '}
                                            <span title={moment(row.decided_time)}>
                                                {shortMoment(row.decided_time)}
                                            </span>
                                        </div>
                                        <div className="second three" title={row.reason.slice(0, 1000)}>
                                            {row.reason}
                                        </div>
                                    </>
                                ) : (
                                    <span className="muted">by its days</span>
                                )}
                            </td>
                        )}
                        <td>
                            <a href={operationsLink(row)}>Operations</a>
                        </td>
                    </tr>
                ))}
            </tbody>
        </table>
    );
}

function Days({ seen, wanted }: { seen: number; wanted: number }) {
    return (
        <>
            {wanted ? `${seen} of ${wanted} wanted` : seen}
            {wanted > 0 && (
                <div className="meter" aria-hidden="true">
                    <i style={{ width: `${Math.min(100, (100 * seen) / wanted)}%` }} />
                </div>
            )}
        </>
    );
}

function CaseLinks({ ids }: { ids: string[] }) {
    if (!ids.length) {
        return <span className="muted">none</span>;
    }
    return (
        <>
            {ids.slice(0, 2).map((id) => (
                <div key={id} className="cut">
                    <a
                        className="mono"
                        href={format({ caseId: id, page: '', filters: {} }, window.location.search)}
                    >
                        {id}
                    </a>
                </div>
            ))}
            {ids.length > 2 && <span className="muted">and {ids.length - 2} more</span>}
        </>
    );
}
