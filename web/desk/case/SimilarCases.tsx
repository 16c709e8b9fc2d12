import { SeverityMark, Values } from '../atoms';
import { Asked } from '../hooks';
import { sentence, shortName, shortNames, words } from '../model';
import PageLink from '../PageLink';
import { format, Route } from '../route';
import { moment } from '../time';
import { Fetched, Rows } from './pieces';
import { OUTCOMES, Similar, SimilarCase } from './shapes';

const SHOWN = 5;

/** "8 benign, 1 true positive" of what similar cases turned out to be. */
function outcomes(similar: Similar): string {
    return OUTCOMES.filter((name) => similar.outcomes[name] > 0)
        .map((name) => `${similar.outcomes[name]} ${name === 'open' ? 'still open' : words(name)}`)
        .join(', ');
}

function outcome(found: SimilarCase): string {
    return found.state === 'closed' ? found.disposition || 'closed' : found.state;
}

export default function SimilarCases({
    state,
    again,
    route,
    go,
}: {
    state?: Asked<Similar>;
    again: () => void;
    route: Route;
    go: (change: Partial<Route>) => void;
}) {
    return (
        <Fetched
            title="Similar cases and their outcome"
            state={state}
            again={again}
            loading="Comparing with earlier cases"
            isEmpty={(similar) => similar.cases.length === 0}
            empty="No other case shares this one’s principal, instance, address or signals: it is the first of its kind here."
            aside={outcomes}
        >
            {(similar) => (
                <Rows
                    label="Similar cases"
                    first={SHOWN}
                    columns={[
                        { name: 'Case', width: '34%' },
                        { name: 'Shares' },
                        { name: 'Outcome' },
                        { name: 'Why it was closed so', width: '30%' },
                    ]}
                    rows={similar.cases.map((found) => ({
                        key: found.case_id,
                        cells: [
                            <>
                                <CaseLink
                                    caseId={found.case_id}
                                    route={route}
                                    go={go}
                                    title={found.reason.slice(0, 1000)}
                                >
                                    {shortNames(found.reason) || found.case_id}
                                </CaseLink>
                                <div className="muted">
                                    <Values of={found.user} show={shortName} limit={1} />{' '}
                                    <span className="num">{moment(found.opened).slice(0, 16)}</span>
                                </div>
                            </>,
                            <Values of={found.because.map((why) => why.replace(/^same /, ''))} limit={4} />,
                            <>
                                <span className={`chip ${found.disposition === 'true_positive' ? 'yes' : ''}`}>
                                    {sentence(outcome(found))}
                                </span>
                                <div>
                                    <SeverityMark severity={found.severity} />
                                </div>
                            </>,
                            <span className="wrap">
                                {found.close_reason || <span className="muted">not closed</span>}
                            </span>,
                        ],
                    }))}
                />
            )}
        </Fetched>
    );
}

/** A link to another case of the desk. */
export function CaseLink({
    caseId,
    route,
    go,
    title,
    children,
}: {
    caseId: string;
    route: Route;
    go: (change: Partial<Route>) => void;
    title?: string;
    children: string;
}) {
    const to = { ...route, caseId, tab: 'l1' as const };
    return (
        <PageLink
            className="clamp wrap"
            href={format(to, window.location.search)}
            title={title}
            open={() => go({ caseId, tab: 'l1' })}
        >
            {children}
        </PageLink>
    );
}
