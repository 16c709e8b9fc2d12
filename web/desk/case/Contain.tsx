import Message from '@splunk/react-ui/Message';

import { Values } from '../atoms';
import { Asked } from '../hooks';
import { CaseView, shortName } from '../model';
import { Change } from './change';
import { Fetched } from './pieces';
import { Runbook } from './shapes';
import { ReviewSteps, RunbookSteps } from './Steps';
import Watches from './Watches';

interface Props {
    view: CaseView;
    runbook?: Asked<Runbook>;
    again: () => void;
    now: number;
    busy: boolean;
    change: Change;
}

export default function Contain({ view, runbook, again, now, busy, change }: Props) {
    const { steps: done, choices } = view;
    const rest = { caseId: view.state.case_id, done, choice: choices.step, busy, change };
    const count = (ids: { id: string }[]) =>
        `${ids.filter(({ id }) => done[id]?.done).length} of ${ids.length} done`;
    const fetched = { state: runbook, again };
    return (
        <div className="stack">
            {!choices.step.allowed && (
                <Message appearance="fill" type="info">
                    You can copy the commands and not tick the steps: {choices.step.why}
                </Message>
            )}
            <Fetched
                {...fetched}
                title="Runbook"
                loading="Filling in the commands for this case"
                isEmpty={(book) => book.steps.length === 0}
                empty="There is no runbook for this cloud, or the case names no resource it could act on. Contain it by hand and record what you did under Contain at the right."
                aside={(book) => count(book.steps)}
            >
                {(book) => (
                    <div className="stack">
                        <p className="muted wrap">
                            Nothing here runs by itself: read the risk, run the command, tick the step. When
                            the instances can do no more harm, record Contain at the right. {book.shell}
                        </p>
                        <Scope book={book} />
                        <RunbookSteps steps={book.steps} {...rest} />
                    </div>
                )}
            </Fetched>
            <Watches
                view={view}
                watchable={runbook?.status === 'done' ? runbook.value.watchable : undefined}
                now={now}
                busy={busy}
                change={change}
            />
            <Fetched
                {...fetched}
                title="Review"
                loading="Reading the checklist"
                isEmpty={(book) => book.review.length === 0}
                empty="The checklist ciw_review.csv has no rows; an administrator can fill it."
                aside={(book) => count(book.review)}
            >
                {(book) => <ReviewSteps items={book.review} {...rest} />}
            </Fetched>
        </div>
    );
}

/** Which of the case's instances the commands are for. */
function Scope({ book }: { book: Runbook }) {
    const { instances, gone, left_out: more } = book;
    return (
        <ul className="plainlist">
            {instances.length > 0 && (
                <li>
                    <b>
                        The commands are for {instances.length}{' '}
                        {instances.length === 1 ? 'instance' : 'instances'}:
                    </b>{' '}
                    <Values of={instances} limit={3} mono show={shortName} />
                </li>
            )}
            {gone.length > 0 && (
                <li>
                    Gone already: <Values of={gone} limit={3} mono show={shortName} />
                </li>
            )}
            {more > 0 && (
                <li className="soon">
                    The case has {more} more than one runbook takes: these commands leave them out.
                </li>
            )}
        </ul>
    );
}
