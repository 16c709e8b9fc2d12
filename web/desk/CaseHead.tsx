import Button from '@splunk/react-ui/Button';

import { Deadline, SeverityMark, StateChip, Values } from './atoms';
import { CaseView, CLOUD_NAMES, headline, shortName, shortNames, words, WhoAmI } from './model';
import PageLink from './PageLink';
import { Route } from './route';
import { moment, seconds, span } from './time';

interface Props {
    view: CaseView;
    now: number;
    me?: WhoAmI;
    busy: string;
    change: (verb: string, values: Record<string, string>) => Promise<boolean>;
    go: (change: Partial<Route>) => void;
}

export default function CaseHead({ view, now, me, busy, change, go }: Props) {
    const { case: item, state, choices } = view;
    const opened = seconds(item.opened);
    const mine = Boolean(me) && state.owner === me?.user;
    const cloud = item.cloud[0] || '';
    const others = [item.previous_case_id, ...view.followed_by].filter(Boolean);
    const { about, detail } = headline(item.reason || item.subject || `Case ${item.case_id}`);
    return (
        <section className={`panel head s-${item.severity}`} aria-label="Case">
            <div className="row">
                <SeverityMark severity={item.severity} />
                <StateChip state={state.state} />
                {state.disposition && <span className="chip">{words(state.disposition)}</span>}
                {item.drill && <span className="chip">exercise</span>}
                {item.mitre_id.map((id) => (
                    <span key={id} className="chip mono">
                        {id}
                    </span>
                ))}
                <span className="push row">
                    {choices.acknowledge.allowed && (
                        <Button
                            label="Take case"
                            disabled={Boolean(busy)}
                            onClick={() => change('acknowledge', {})}
                        />
                    )}
                    {choices.assign.allowed && !choices.acknowledge.allowed && me && !mine && (
                        <Button
                            label="Assign to me"
                            disabled={Boolean(busy)}
                            onClick={() => change('assign', { owner: me.user })}
                        />
                    )}
                    {choices.assign.allowed && mine && (
                        <Button
                            label="Release"
                            disabled={Boolean(busy)}
                            onClick={() => change('assign', { owner: '' })}
                        />
                    )}
                </span>
            </div>
            <h1 className="wrap">{about}</h1>
            {detail && (
                <p className="detail wrap" title={detail.slice(0, 2000)}>
                    {shortNames(detail)}
                </p>
            )}
            <dl className="facts">
                <Fact name="Principal">
                    <Values of={item.user} show={shortName} />
                </Fact>
                <Fact name="Account">
                    <Values of={item.vendor_account} />{' '}
                    <span className="muted">{CLOUD_NAMES[cloud] || cloud}</span>
                </Fact>
                <Fact name="Region">
                    <Values of={item.vendor_region} />
                </Fact>
                <Fact name="Instances and objects">
                    <Values of={item.object_id} limit={2} mono show={shortName} />
                </Fact>
                <Fact name="Source">
                    <Values of={item.src} mono />
                </Fact>
                <Fact name="Workload owner">
                    <Values of={item.owner} />
                </Fact>
                <Fact name="Deadline">
                    <span title={moment(item.sla_due)}>
                        <Deadline
                            due={item.sla_due}
                            now={now}
                            closed={state.state === 'closed'}
                        />
                    </span>
                </Fact>
                <Fact name="Opened">
                    <span title={moment(item.opened)}>{opened ? `${span(now - opened)} ago` : ''}</span>
                </Fact>
                <Fact name="Activity">
                    <span title={`${moment(item.first_time)} to ${moment(item.last_time)}`}>
                        {moment(item.first_time).slice(0, 16)}
                    </span>
                </Fact>
                <Fact name="Case owner">
                    {state.owner || <span className="muted">unassigned</span>}
                </Fact>
                <Fact name="Verdict of the signals">
                    {item.verdict ? words(item.verdict) : <span className="muted">none</span>}
                </Fact>
                <Fact name="Version">
                    <span data-testid="version">{state.version}</span>{' '}
                    <span className="muted">{state.updated_by && `by ${state.updated_by}`}</span>
                </Fact>
            </dl>
            {others.length > 0 && (
                <p className="hint row">
                    Same subject:
                    {others.map((id) => (
                        <PageLink
                            key={id}
                            className="mono"
                            href={`?case=${encodeURIComponent(id)}`}
                            open={() => go({ caseId: id })}
                        >
                            {id}
                        </PageLink>
                    ))}
                </p>
            )}
        </section>
    );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
    return (
        <div>
            <dt>{name}</dt>
            <dd>{children}</dd>
        </div>
    );
}
