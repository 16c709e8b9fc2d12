// L2: the whole story. Charts are on the dashboard that the link at the top opens with this case.

import Link from '@splunk/react-ui/Link';

import type { Found } from '../api';
import { Asked } from '../hooks';
import type { Route } from '../route';
import { Principal, Timeline } from './Activity';
import { dashboardLink, Investigation, investigationLink } from './calls';
import { Cost, costTotal, Reach, Related, Threats } from './Exposure';
import LineageGraph from './LineageGraph';
import { Fetched } from './pieces';
import { answerOf, Row } from './shapes';

interface Props {
    caseId: string;
    states: Record<string, Asked<Found<Row>>>;
    ask: (name: string) => void;
    route: Route;
    go: (change: Partial<Route>) => void;
}

export default function Investigate({ caseId, states, ask, route, go }: Props) {
    const panel = (name: Investigation) => ({
        state: states[name],
        again: () => ask(name),
        link: investigationLink(name, caseId),
        isEmpty: ({ rows }: Found<Row>) => rows.length === 0,
        warnings: (found: Found<Row>) => found.warnings,
    });
    return (
        <div className="stack story">
            <section className="panel" aria-label="Charts">
                <div className="body row">
                    <span>CPU, network and flow charts of the case’s instances:</span>
                    <Link to={dashboardLink(caseId)} data-testid="investigation" openInNewContext>
                        Investigation dashboard
                    </Link>
                </div>
            </section>
            <Fetched
                {...panel('timeline')}
                title="Timeline"
                loading="Putting operations, signals and decisions in order"
                empty="The log holds nothing from around this case any more. Look at the raw audit log with Events on the L1 tab."
            >
                {({ rows }) => <Timeline rows={rows} />}
            </Fetched>
            <Fetched
                {...panel('lineage')}
                title="Lineage"
                loading="Following snapshots, images and volumes"
                empty="No snapshot, image of your own or volume leads to the case’s instances: they were made of a public image, or the log begins after it."
                aside={({ rows }) => `${rows.length} ${rows.length === 1 ? 'step' : 'steps'}`}
            >
                {({ rows }) => <LineageGraph rows={rows} />}
            </Fetched>
            <div className="pair">
                <Fetched
                    {...panel('threats')}
                    title="Threat intelligence"
                    loading="Comparing addresses and domains with the threat lists"
                    empty="The search gave no answer: whether an address or domain of the case is on a list is unknown."
                >
                    {({ rows }) => <Threats rows={rows} />}
                </Fetched>
                <Fetched
                    {...panel('cost')}
                    title="Cost so far"
                    loading="Adding up hours and prices"
                    empty="The case names no instance that could cost anything."
                    aside={({ rows }) => costTotal(rows)}
                >
                    {({ rows }) => <Cost rows={rows} />}
                </Fetched>
            </div>
            <Fetched
                {...panel('reach')}
                title="Access and network reach"
                loading="Reading the inventory"
                empty="The case names no instance, so there is nothing whose reach could be told."
                aside={({ rows }) => {
                    const unknown = rows.filter((row) => answerOf(row) === 'unknown').length;
                    return unknown ? `${unknown} of ${rows.length} unknown` : '';
                }}
            >
                {({ rows }) => <Reach rows={rows} />}
            </Fetched>
            <Fetched
                {...panel('principal')}
                title="The principal’s last 30 days"
                loading="Reading the principal’s operations"
                empty="The log holds no operation of this principal in 30 days, or does not say who it was."
            >
                {({ rows }) => <Principal rows={rows} />}
            </Fetched>
            <Fetched
                {...panel('related')}
                title="Related instances"
                loading="Looking for instances by the same principal, image or address"
                empty="No other instance shares this case’s principal, image or address."
                aside={({ rows }) => String(rows.length)}
            >
                {({ rows }) => <Related rows={rows} caseId={caseId} route={route} go={go} />}
            </Fetched>
        </div>
    );
}
