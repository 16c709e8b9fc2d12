import Button from '@splunk/react-ui/Button';
import Link from '@splunk/react-ui/Link';
import Text from '@splunk/react-ui/Text';
import { useId, useState } from 'react';

import { searchLink } from './api';
import { Loading, Toggles, Warned } from './atoms';
import { useDrafts, useFormFocus } from './case/change';
import { CopyButton } from './case/pieces';
import { Concern, CONDITIONS, isUnsure } from './escalation';
import { FindingState } from './hooks';
import { AnalystAnswer, Answer, Choice, Finding, Question, sentence, shortNames } from './model';
import { shortMoment } from './time';

const SHOWN_FACTS = 3;
const COUNTS: Record<Concern, string> = {
    yes: 'meets',
    no: 'speaks against',
    unknown: 'leaves open',
    pending: 'will decide',
};
const CONCERN: Record<Concern, string> = {
    yes: 'speaks for escalation',
    no: 'no concern',
    unknown: 'cannot tell',
    pending: 'checking',
};

interface Props {
    caseId: string;
    question: Question;
    state?: FindingState;
    concern: Concern;
    answered?: AnalystAnswer;
    choice: Choice;
    busy: boolean;
    ask: () => void;
    change: (verb: string, values: Record<string, string>) => Promise<boolean>;
}

export default function QuestionCard(props: Props) {
    const { caseId, question, state, concern, answered, choice, busy, ask, change } = props;
    const [drafts, setDrafts] = useDrafts(caseId, `answer.${question.name}`);
    const { note = '' } = drafts;
    const answer = (drafts.answer || '') as Answer | '';
    const setNote = (value: string) => setDrafts((before) => ({ ...before, note: value }));
    const setAnswer = (value: Answer | '') =>
        setDrafts((before) => ({ ...before, answer: value }));
    const [editing, setEditing] = useState(Boolean(note || answer));
    const { form, opener } = useFormFocus(editing);
    const close = () => {
        setDrafts(() => ({}));
        setEditing(false);
    };
    const [all, setAll] = useState(false);
    const noteId = useId();
    const finding = state?.status === 'done' ? state.finding : undefined;
    const facts = finding?.facts || [];
    const missing = finding?.missing || [];
    const unsure = finding !== undefined && isUnsure(finding);
    const decided = finding !== undefined && finding.answer !== 'unknown' && !unsure;
    const shown = answered?.answer || (unsure ? 'unknown' : finding?.answer);

    const record = async (value: Answer) => {
        const values: Record<string, string> = { question: question.name, answer: value };
        if (note.trim()) {
            values.note = note.trim();
        }
        if (finding) {
            values.machine_answer = finding.answer;
        }
        if (await change('answer', values)) {
            close();
        }
    };

    return (
        <article
            className={`question ${concern}`}
            aria-label={question.asks}
            data-question={question.name}
            data-status={state?.status || 'loading'}
        >
            <div className="ask">
                <h3>{finding?.question || question.asks}</h3>
                {shown && (
                    <span className={`chip ${concern}`} title={CONCERN[concern]}>
                        {sentence(shown)}
                        <span className="sr">, {CONCERN[concern]}</span>
                    </span>
                )}
            </div>
            {(!state || state.status === 'loading') && <Loading what="Searching" />}
            {state?.status === 'error' && (
                <div role="alert" className="wrap">
                    <p>
                        <span style={{ color: 'var(--bad)' }}>This search failed.</span>{' '}
                        {state.message}
                    </p>
                    <p className="hint">
                        The question counts as unknown. Search again, or answer it from what you know;
                        if it keeps failing, tell an administrator: search{' '}
                        <span className="mono">ciw_question_{question.name}</span>.
                    </p>
                </div>
            )}
            {finding && (
                <>
                    <p className="wrap" title={finding.why.slice(0, 1000)}>
                        {shortNames(finding.why)}
                    </p>
                    <Warned of={finding.warnings} />
                    {!answered && unsure && (
                        <p className="hint">
                            The search says {finding.answer}. The question counts as unknown: search
                            again, or look at the events and answer it.
                        </p>
                    )}
                    {facts.length > 0 && (
                        <ul>
                            {facts.slice(0, all ? 200 : SHOWN_FACTS).map((fact, at) => (
                                <li key={at} className="wrap" title={fact.slice(0, 1000)}>
                                    {shortNames(fact)}
                                </li>
                            ))}
                        </ul>
                    )}
                    {missing.length > 0 && (
                        <p className="wrap" style={{ color: 'var(--warn)', fontSize: 12 }}>
                            Would tell: {missing.join('; ')}
                        </p>
                    )}
                </>
            )}
            {finding && (
                <>
                    <button
                        type="button"
                        className="plain"
                        aria-expanded={all}
                        onClick={() => setAll(!all)}
                    >
                        {all ? 'Enough' : 'Why do we say so?'}
                        {!all && facts.length > SHOWN_FACTS && ` (${facts.length - SHOWN_FACTS} more facts)`}
                    </button>
                    {all && <Grounds question={question} concern={concern} finding={finding} />}
                </>
            )}
            {answered && (
                <p className="analyst wrap">
                    <b>{answered.who}</b>: {answered.answer}
                    {answered.machine_answer && answered.machine_answer !== answered.answer
                        ? ` (the search said ${answered.machine_answer})`
                        : ''}
                    {answered.note ? `. ${answered.note}` : ''}{' '}
                    <span className="muted">{shortMoment(answered.time)}</span>
                </p>
            )}
            {editing && (
                <div className="form" ref={form} data-form="">
                    <Toggles
                        label="Your answer"
                        value={answer}
                        options={(['yes', 'no', 'unknown'] as Answer[]).map((value) => ({
                            value,
                            text: sentence(value),
                        }))}
                        onChange={setAnswer}
                    />
                    <div>
                        <label htmlFor={noteId}>How do you know? (optional)</label>
                        <Text
                            inputId={noteId}
                            value={note}
                            onChange={(_, { value }) => setNote(value)}
                        />
                    </div>
                    <div className="row">
                        <Button
                            appearance="primary"
                            label="Record answer"
                            disabled={busy || !answer}
                            onClick={() => answer && record(answer)}
                        />
                        <Button appearance="subtle" label="Cancel" onClick={close} />
                    </div>
                </div>
            )}
            {!editing && (
                <div className="tools">
                    {finding && decided && !answered && (
                        <Button
                            label="Confirm"
                            disabled={busy || !choice.allowed}
                            title={choice.why || undefined}
                            onClick={() => record(finding.answer)}
                        />
                    )}
                    <Button
                        elementRef={opener}
                        appearance={decided || answered ? 'subtle' : 'default'}
                        label={answered ? 'Change' : decided ? 'Override' : 'Answer'}
                        disabled={busy || !choice.allowed}
                        title={choice.why || undefined}
                        onClick={() => setEditing(true)}
                    />
                    <span className="push row">
                        {(state?.status === 'error' || unsure) && (
                            <Button appearance="subtle" label="Search again" onClick={ask} />
                        )}
                        {finding?.evidence_search && (
                            <Link to={searchLink(finding.evidence_search)} openInNewContext>
                                Events
                            </Link>
                        )}
                    </span>
                </div>
            )}
        </article>
    );
}

/** What the answer rests on, what it counts for, and the search that reads the events behind it. */
function Grounds({
    question,
    concern,
    finding,
}: {
    question: Question;
    concern: Concern;
    finding: Finding;
}) {
    const conditions = CONDITIONS.filter(({ questions }) => questions.includes(question.name));
    return (
        <div className="grounds">
            <p>
                It {COUNTS[concern]} the card’s condition “
                {conditions.map(({ text }) => text).join('”, “')}”.
            </p>
            {finding.evidence_search ? (
                <>
                    <p className="muted">
                        Told by the saved search{' '}
                        <span className="mono">ciw_question_{question.name}</span>. The events behind it:
                    </p>
                    <div className="command">
                        <code className="wrap">{finding.evidence_search}</code>
                        <CopyButton
                            text={finding.evidence_search}
                            label="Copy"
                            what={`the search of: ${question.asks}`}
                        />
                    </div>
                </>
            ) : (
                <p className="muted">
                    Told by the saved search <span className="mono">ciw_question_{question.name}</span>,
                    which names no events.
                </p>
            )}
        </div>
    );
}
