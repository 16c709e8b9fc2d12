// Steps to tick: of the runbook with their commands, of the review as a plain list.

import Button from '@splunk/react-ui/Button';
import Text from '@splunk/react-ui/Text';
import { useId, useState } from 'react';

import { Choice, DoneStep } from '../model';
import { shortMoment } from '../time';
import { Change, useDrafts, useFormFocus } from './change';
import { Commands } from './pieces';
import { Phase, PHASES, RunbookStep } from './shapes';

const PHASE_TITLES: Record<Phase | 'other', string> = {
    isolate: '1. Isolate the instance',
    credentials: '2. Take the credentials away',
    preserve: '3. Preserve evidence',
    stop: '4. Stop',
    terminate: '5. Terminate, once confirmed malicious',
    other: 'Further steps',
};

interface TickProps {
    caseId: string;
    id: string;
    title: string;
    done?: DoneStep;
    choice: Choice;
    busy: boolean;
    change: Change;
}

/** A box to tick, with who ticked it and when, and a note for those who read it later. */
function Tick({ caseId, id, title, done, choice, busy, change }: TickProps) {
    const [drafts, setDrafts] = useDrafts(caseId, `step.${id}`);
    const { note = '' } = drafts;
    const setNote = (value: string) => setDrafts(() => ({ note: value }));
    const [noting, setNoting] = useState(Boolean(note));
    const { form, opener } = useFormFocus(noting);
    const boxId = useId();
    const noteId = useId();
    const ticked = Boolean(done?.done);
    const close = () => {
        setNote('');
        setNoting(false);
    };
    const record = async (value: 'yes' | 'no') => {
        const values: Record<string, string> = { step: id, done: value };
        if (note.trim()) {
            values.note = note.trim();
        }
        if (await change('step', values)) {
            close();
        }
    };
    return (
        <div className="tick" data-step={id} data-done={ticked ? 'yes' : 'no'}>
            <input
                id={boxId}
                type="checkbox"
                checked={ticked}
                disabled={busy || !choice.allowed}
                title={choice.why || undefined}
                onChange={({ target }) => record(target.checked ? 'yes' : 'no')}
            />
            <div className="stack tight">
                <label htmlFor={boxId} className="title wrap">
                    {title}
                </label>
                {done && (
                    <span className="muted wrap">
                        {ticked ? 'Done' : 'Taken back'} by <b>{done.who}</b>{' '}
                        <span className="num">{shortMoment(done.time)} UTC</span>
                        {done.note && `. ${done.note}`}
                    </span>
                )}
                {noting && (
                    <div className="row" ref={form} data-form="">
                        <label htmlFor={noteId} className="sr">
                            Note on: {title}
                        </label>
                        <span className="grow">
                            <Text
                                inputId={noteId}
                                placeholder="What was done, or why not"
                                value={note}
                                onChange={(_, { value }) => setNote(value)}
                            />
                        </span>
                        <Button
                            label={ticked ? 'Record the note' : 'Tick with this note'}
                            disabled={busy || !note.trim()}
                            onClick={() => record('yes')}
                        />
                        <Button appearance="subtle" label="Cancel" onClick={close} />
                    </div>
                )}
            </div>
            {choice.allowed && !noting && (
                <button
                    ref={opener}
                    type="button"
                    className="plain"
                    aria-label={`Note: ${title}`}
                    disabled={busy}
                    onClick={() => setNoting(true)}
                >
                    Note
                </button>
            )}
        </div>
    );
}

interface Props {
    caseId: string;
    done: Record<string, DoneStep>;
    choice: Choice;
    busy: boolean;
    change: Change;
}

export function RunbookSteps({ steps, ...rest }: Props & { steps: RunbookStep[] }) {
    return (
        <div className="stack">
            {[...PHASES, 'other' as const].map((phase) => {
                const within = steps.filter((step) => step.phase === phase);
                return within.length ? (
                    <section key={phase} className="phase" aria-label={PHASE_TITLES[phase]}>
                        <h3>{PHASE_TITLES[phase]}</h3>
                        {within.map((step) => (
                            <Step key={step.id} step={step} {...rest} />
                        ))}
                    </section>
                ) : null;
            })}
        </div>
    );
}

/** What a step costs, and below it, a line each, what to mind. */
function Risk({ text }: { text: string }) {
    const [first, ...more] = text.split('\n');
    return (
        <div className="stack tight">
            <p className="wrap">
                <b className="overdue">Risk.</b> {first}
            </p>
            {more.length > 0 && (
                <ul className="fillin">
                    {more.map((line) => (
                        <li key={line} className="wrap">
                            {line}
                        </li>
                    ))}
                </ul>
            )}
        </div>
    );
}

function Step({ step, done, ...rest }: Props & { step: RunbookStep }) {
    return (
        <article className={`step${done[step.id]?.done ? ' done' : ''}`} aria-label={step.title}>
            <Tick id={step.id} title={step.title} done={done[step.id]} {...rest} />
            <div className="stack tight content">
                {step.why && <p className="wrap">{step.why}</p>}
                {step.missing.length > 0 && (
                    <div className="soon">
                        Not known here, fill it in before you run the commands:
                        <ul className="fillin">
                            {step.missing.map((what) => (
                                <li key={what} className="wrap">
                                    {what}
                                </li>
                            ))}
                        </ul>
                    </div>
                )}
                <Commands list={step.commands} what={step.title} />
                {step.risk && <Risk text={step.risk} />}
                {step.undo.length > 0 && (
                    <details>
                        <summary>Undo</summary>
                        <Commands list={step.undo} what={`undoing: ${step.title}`} />
                    </details>
                )}
            </div>
        </article>
    );
}

export function ReviewSteps({
    items,
    done,
    ...rest
}: Props & { items: { id: string; title: string }[] }) {
    return (
        <ul className="review">
            {items.map((item) => (
                <li key={item.id}>
                    <Tick id={item.id} title={item.title} done={done[item.id]} {...rest} />
                </li>
            ))}
        </ul>
    );
}
