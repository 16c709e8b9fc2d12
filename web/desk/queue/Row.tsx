// One case of the queue.

import { Deadline, SeverityMark, StateChip, Values } from '../atoms';
import { CLOUD_NAMES, headline, QueueRow, shortName, shortNames, words } from '../model';
import PageLink from '../PageLink';
import { moment, seconds, span } from '../time';

interface Props {
    row: QueueRow;
    now: number;
    href: string;
    selected: boolean;
    /** The filters no longer keep it; it stays until the analyst looks elsewhere. */
    gone: boolean;
    select: () => void;
    open: () => void;
}

export default function Row({ row, now, href, selected, gone, select, open }: Props) {
    const { case: item, state } = row;
    const opened = seconds(item.opened);
    const signals = item.signals.map(words).join(', ');
    const { about, detail } = headline(item.reason || item.subject || item.case_id);
    const principal = shortName(item.user[0] || item.object_id[0] || item.subject);
    return (
        <tr
            data-case={item.case_id}
            className={`${gone ? 'gone' : ''}${selected ? ' selected' : ''}`}
            onClick={open}
        >
            <td onClick={(event) => event.stopPropagation()}>
                <input
                    type="checkbox"
                    aria-label={`Select ${(principal || item.case_id).slice(0, 80)}`}
                    checked={selected}
                    onChange={select}
                />
            </td>
            <td>
                <SeverityMark severity={item.severity} />
                {item.drill && <div className="second">exercise</div>}
            </td>
            <td title={moment(item.sla_due)}>
                <Deadline due={item.sla_due} now={now} closed={state.state === 'closed'} />
            </td>
            <td className="num" title={moment(item.opened)}>
                {opened ? span(now - opened) : ''}
            </td>
            <td>
                <PageLink href={href} title={item.reason.slice(0, 1000)} open={open}>
                    {about}
                </PageLink>
                <div className="second two" title={signals.slice(0, 1000)}>
                    {detail ? shortNames(detail.slice(0, 2000)) : signals}
                </div>
            </td>
            <td>
                <div className="cut" title={item.user.join(', ').slice(0, 1000)}>
                    <bdi>{principal}</bdi>
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
                {gone && <div className="second">left this view</div>}
                {state.state === 'closed' && (
                    <div className="second cut">{words(state.disposition)}</div>
                )}
            </td>
            <td className="cut" title={state.owner.slice(0, 200)}>
                {state.owner || <span className="muted">unassigned</span>}
            </td>
        </tr>
    );
}
