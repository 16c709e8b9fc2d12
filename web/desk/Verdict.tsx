import Button from '@splunk/react-ui/Button';
import Text from '@splunk/react-ui/Text';
import TextArea from '@splunk/react-ui/TextArea';
import { KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { flushSync } from 'react-dom';

import { Panel, Toggles } from './atoms';
import { Change, useDrafts } from './case/change';
import { EXCEPTION_FOR } from './case/exception';
import ExceptionChoice from './case/ExceptionChoice';
import { Rule } from './escalation';
import { useKeys } from './hooks';
import { CaseView, DISPOSITIONS, Finding, sentence, WhoAmI } from './model';

interface Verb {
    name: string;
    text: string;
    submit: string;
    field: 'reason' | 'note';
    optional?: boolean;
    label: string;
    help: string;
}

const VERBS: Verb[] = [
    {
        name: 'escalate',
        text: 'Escalate',
        submit: 'Escalate to tier 2',
        field: 'reason',
        label: 'Why does tier 2 need to look?',
        help: 'Tier 2 reads this first.',
    },
    {
        name: 'contain',
        text: 'Contain',
        submit: 'Record containment',
        field: 'reason',
        label: 'What was done to contain it?',
        help: 'This records the containment; it changes nothing in the cloud.',
    },
    {
        name: 'close',
        text: 'Close',
        submit: 'Close case',
        field: 'reason',
        label: 'Why is it closed so?',
        help: 'A new signal about the same subject opens a new case that links here.',
    },
    {
        name: 'note',
        text: 'Note',
        submit: 'Add note',
        field: 'note',
        label: 'Note',
        help: 'Notes stay with the case for everybody who reads it.',
    },
    {
        name: 'assign',
        text: 'Assign',
        submit: 'Assign case',
        field: 'reason',
        optional: true,
        label: 'Word to the new owner (optional)',
        help: 'They find the case under Mine in their queue.',
    },
];
const NOTE = VERBS[3];
const REOPEN: Verb = {
    name: 'reopen',
    text: 'Reopen',
    submit: 'Reopen case',
    field: 'reason',
    label: 'Why is it opened again?',
    help: 'The case goes back to triage.',
};

interface Props {
    view: CaseView;
    rule: Rule;
    found: Record<string, Finding | undefined>;
    me?: WhoAmI;
    /** The verb that is offered first, where it is allowed. */
    preferred?: string;
    now: number;
    busy: string;
    change: Change;
}

export default function Verdict({ view, rule, found, me, preferred, now, busy, change }: Props) {
    const { choices, state } = view;
    const verbs = state.state === 'closed' ? [REOPEN, NOTE] : VERBS;
    const [chosen, setChosen] = useState('');
    const [drafts, setDrafts] = useDrafts(state.case_id);
    const [owner, setOwner] = useState('');
    const [disposition, setDisposition] = useState('');
    const [exception, setException] = useState('');
    const [complaint, setComplaint] = useState('');
    const textId = useId();
    const ownerId = useId();

    useEffect(() => setComplaint(''), [chosen, state.version]);

    const verb =
        verbs.find(({ name }) => name === chosen) ||
        verbs.find(({ name }) => name === preferred && choices[name]?.allowed) ||
        verbs.find(({ name }) => choices[name]?.allowed) ||
        verbs[0];
    const choice = choices[verb.name];
    const draft = drafts[verb.name] || '';
    const latest = useRef(drafts);
    latest.current = drafts;
    const findings = rule.conditions.filter(({ status }) => status === 'yes');
    const findingsText = findings
        .flatMap(({ because }) => because)
        .map((name) => view.answers[name]?.note || found[name]?.why || '')
        .filter(Boolean)
        .join(' ');

    const panel = useRef<HTMLDivElement>(null);
    const begin = (name: string) => {
        const { allowed, why } = choices[name] || {};
        const fields = panel.current;
        if (!fields?.offsetParent || !verbs.some((one) => one.name === name)) {
            return;
        }
        if (!allowed) {
            setComplaint(why || '');
            return;
        }
        // The fields of the verb are there before the next key is pressed.
        flushSync(() => setChosen(name));
        (fields.querySelector<HTMLElement>('.two button') || document.getElementById(textId))?.focus();
    };
    useKeys({ e: () => begin('escalate'), c: () => begin('close') });
    const press = (event: KeyboardEvent) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            submit();
        } else if (event.key === 'Escape') {
            (event.target as HTMLElement).blur();
        }
    };

    const submit = async () => {
        if (busy || !choice?.allowed) {
            return;
        }
        if (!draft.trim() && !verb.optional) {
            setComplaint(`Say it in a sentence: ${verb.label.toLowerCase()}`);
            return;
        }
        if (verb.name === 'close' && !disposition) {
            setComplaint('Choose what it turned out to be.');
            return;
        }
        if (verb.name === 'assign' && !owner.trim()) {
            setComplaint('Name the Splunk user who takes the case.');
            return;
        }
        const values: Record<string, string> = draft.trim() ? { [verb.field]: draft.trim() } : {};
        if (verb.name === 'assign') {
            values.owner = owner.trim();
        }
        if (verb.name === 'close') {
            values.disposition = disposition;
            if (exception && EXCEPTION_FOR.includes(disposition)) {
                values.exception_days = exception;
            }
        }
        if (await change(verb.name, values)) {
            setDisposition('');
            setException('');
            setOwner('');
            if ((latest.current[verb.name] || '') !== draft) {
                // Somebody wrote on meanwhile: that is not recorded, and stays before them.
                setChosen(verb.name);
                return;
            }
            setDrafts((before) => ({ ...before, [verb.name]: '' }));
            setChosen('');
            // What was typed is recorded: the next key is the page's.
            if (panel.current?.contains(document.activeElement)) {
                (document.activeElement as HTMLElement).blur();
            }
        }
    };

    return (
        <Panel title="Your verdict">
            <div className="stack" ref={panel} data-form="" onKeyDown={press}>
                <Toggles
                    className="verdicts"
                    label="Verdict"
                    value={verb.name}
                    options={verbs.map(({ name, text }) => ({
                        value: name,
                        text,
                        disabled: !choices[name]?.allowed,
                        why: choices[name]?.why,
                    }))}
                    onChange={setChosen}
                />
                {verb.name === 'close' && (
                    <div className="stack tight">
                        <span className="muted">It turned out to be</span>
                        <Toggles
                            className="two"
                            label="It turned out to be"
                            value={disposition}
                            options={DISPOSITIONS.map((value) => ({ value, text: sentence(value) }))}
                            onChange={setDisposition}
                        />
                    </div>
                )}
                {verb.name === 'close' && EXCEPTION_FOR.includes(disposition) && (
                    <ExceptionChoice
                        cases={[view.case]}
                        me={me}
                        now={now}
                        days={exception}
                        choose={setException}
                    />
                )}
                {verb.name === 'assign' && (
                    <div>
                        <label htmlFor={ownerId}>Splunk user name</label>
                        <Text
                            inputId={ownerId}
                            value={owner}
                            onChange={(_, { value }) => setOwner(value)}
                        />
                    </div>
                )}
                <div>
                    <label htmlFor={textId}>{verb.label}</label>
                    <TextArea
                        inputId={textId}
                        rowsMin={4}
                        rowsMax={12}
                        maxLength={4000}
                        value={draft}
                        error={Boolean(complaint)}
                        disabled={!choice?.allowed && !draft}
                        onChange={(_, { value }) =>
                            setDrafts((before) => ({ ...before, [verb.name]: value }))
                        }
                    />
                    <p className="hint">{verb.help}</p>
                </div>
                {complaint && (
                    <p role="alert" style={{ color: 'var(--bad)' }}>
                        {complaint}
                    </p>
                )}
                <div className="row">
                    <Button
                        appearance="primary"
                        label={busy === verb.name ? 'Recording' : verb.submit}
                        disabled={Boolean(busy) || !choice?.allowed}
                        onClick={submit}
                    />
                    {findingsText && verb.field === 'reason' && !verb.optional && choice?.allowed && (
                        <Button
                            appearance="subtle"
                            label="Insert findings"
                            onClick={() =>
                                setDrafts((before) => ({
                                    ...before,
                                    [verb.name]: [draft.trim(), findingsText]
                                        .filter(Boolean)
                                        .join(' ')
                                        .slice(0, 4000),
                                }))
                            }
                        />
                    )}
                </div>
                {verbs.some(({ name }) => !choices[name]?.allowed) && (
                    <ul className="hint" style={{ listStyle: 'none', marginTop: 0 }}>
                        {verbs
                            .filter(({ name }) => !choices[name]?.allowed)
                            .map(({ name, text }) => (
                                <li key={name}>
                                    <b>{text}</b>: {choices[name]?.why}
                                </li>
                            ))}
                    </ul>
                )}
            </div>
        </Panel>
    );
}
