// Adds, changes or removes a row. The endpoint checks it; what it says stands at the field.

import Button from '@splunk/react-ui/Button';
import Message from '@splunk/react-ui/Message';
import Select from '@splunk/react-ui/Select';
import Text from '@splunk/react-ui/Text';
import { useEffect, useRef, useState } from 'react';

import { ApiError, changeList } from '../api';
import type { ListColumn, ListInfo, ListRow, Problem, Values } from './model';
import { problems as problemsOf } from './normal';

const TITLES = { add: 'Add a row', change: 'Change the row', remove: 'Remove the row' };
const DONE = { add: 'Row added.', change: 'Row changed.', remove: 'Row removed.' };
const SAVE = { add: 'Add', change: 'Save', remove: 'Remove' };
const HINTS: Partial<Record<ListColumn['kind'], string>> = {
    date: 'YYYY-MM-DD',
    cidr: '192.0.2.0/24',
    timezone: 'Europe/Berlin',
    number: 'a whole number',
};

interface Props {
    list: ListInfo;
    action: 'add' | 'change' | 'remove';
    row?: ListRow;
    close: () => void;
    done: (what: string) => void;
    readAnew: () => void;
}

/** What a refusal says, as problems of fields; those of no field stand above the form. */
export function refusal(error: ApiError): Problem[] {
    const told = problemsOf(error.body.problems);
    return told.length ? told : [{ row: 0, field: error.body.field || '', text: error.message }];
}

export default function RowForm({ list, action, row, close, done, readAnew }: Props) {
    const [values, setValues] = useState<Values>(row ? row.values : {});
    const [reason, setReason] = useState('');
    const [problems, setProblems] = useState<Problem[]>([]);
    const [conflict, setConflict] = useState('');
    const [busy, setBusy] = useState(false);
    const form = useRef<HTMLFormElement>(null);

    const read = useRef<Values>(row ? row.values : {});
    const dirty =
        Boolean(reason) ||
        list.columns.some(({ name }) => (values[name] || '') !== (read.current[name] || ''));
    useEffect(() => {
        setConflict('');
        if (row && row.values !== read.current) {
            const before = read.current;
            read.current = row.values;
            // What was typed stays; what was not touched is as it is now.
            setValues((typed) => ({
                ...row.values,
                ...Object.fromEntries(
                    Object.entries(typed).filter(
                        ([name, value]) => (value || '') !== (before[name] || '')
                    )
                ),
            }));
        }
    }, [row]);
    useEffect(() => {
        form.current?.scrollIntoView({ block: 'nearest' });
        form.current?.querySelector('input')?.focus();
    }, []);

    const names = list.columns.map(({ name }) => name);
    const of = (field: string) => problems.filter((problem) => problem.field === field);
    const elsewhere = problems.filter(({ field }) => ![...names, 'reason'].includes(field));
    const set = (name: string, value: string) => {
        setValues((before) => ({ ...before, [name]: value }));
        setProblems((before) => before.filter((problem) => problem.field !== name));
    };
    const only = (of_: Values) => Object.fromEntries(names.map((name) => [name, of_[name] || '']));

    const save = () => {
        setBusy(true);
        setProblems([]);
        setConflict('');
        changeList({
            name: list.name,
            action,
            reason: reason.trim(),
            ...(row ? { key: row.key, was: only(row.values) } : {}),
            ...(action === 'remove' ? {} : { row: only(values) }),
        })
            .then(() => done(DONE[action]))
            .catch((error: ApiError) => {
                if (error.status === 409) {
                    setConflict(error.message);
                } else {
                    setProblems(refusal(error));
                }
            })
            .finally(() => setBusy(false));
    };

    return (
        <form
            ref={form}
            className="row-form"
            data-form=""
            aria-label={TITLES[action]}
            onSubmit={(event) => {
                event.preventDefault();
                save();
            }}
            onKeyDown={(event) => event.key === 'Escape' && !dirty && close()}
        >
            <h3>{TITLES[action]}</h3>
            {conflict && (
                <div role="alert" data-testid="list-conflict">
                    <Message appearance="fill" type="warning">
                        <strong>Not recorded: the row is another now.</strong>{' '}
                        <span className="wrap">{conflict}</span> What you typed is kept.{' '}
                        <Button label="Read the list anew" onClick={readAnew} />
                    </Message>
                </div>
            )}
            {elsewhere.map((problem) => (
                <p key={problem.field + problem.text} role="alert" className="problem wrap">
                    {problem.field && `${problem.field}: `}
                    {problem.text}
                </p>
            ))}
            {action !== 'remove' && (
                <div className="fields">
                    {list.columns.map((column) => (
                        <div key={column.name} className="field">
                            <label htmlFor={`cell-${column.name}`}>
                                {column.name}
                                {column.needed && ' (needed)'}
                            </label>
                            {column.choices.length > 0 ? (
                                <Select
                                    inputId={`cell-${column.name}`}
                                    labelText={column.name}
                                    inline={false}
                                    filter={column.choices.length > 8}
                                    value={values[column.name] || ''}
                                    placeholder={column.needed ? 'Choose' : 'Any'}
                                    onChange={(_, { value }) => set(column.name, String(value))}
                                >
                                    {!column.needed && <Select.Option value="" label="Any" />}
                                    {[...new Set([...column.choices, values[column.name]])]
                                        .filter(Boolean)
                                        .map((choice) => (
                                            <Select.Option key={choice} value={choice} label={choice} />
                                        ))}
                                </Select>
                            ) : (
                                <Text
                                    inputId={`cell-${column.name}`}
                                    value={values[column.name] || ''}
                                    placeholder={HINTS[column.kind] || ''}
                                    error={of(column.name).length > 0}
                                    describedBy={`about-${column.name}`}
                                    onChange={(_, { value }) => set(column.name, value)}
                                />
                            )}
                            <div id={`about-${column.name}`}>
                                {of(column.name).map((problem) => (
                                    <p key={problem.text} role="alert" className="problem wrap">
                                        {problem.text}
                                    </p>
                                ))}
                                <p className="second">{column.meaning}</p>
                            </div>
                        </div>
                    ))}
                </div>
            )}
            {action === 'remove' && row && (
                <dl className="facts">
                    {list.columns.map((column) => (
                        <div key={column.name}>
                            <dt>{column.name}</dt>
                            <dd className="three">{row.values[column.name] || 'any'}</dd>
                        </div>
                    ))}
                </dl>
            )}
            <div className="field">
                <label htmlFor="row-reason">Why? It stands in the history.</label>
                <Text
                    inputId="row-reason"
                    value={reason}
                    error={of('reason').length > 0}
                    onChange={(_, { value }) => setReason(value)}
                />
                {of('reason').map((problem) => (
                    <p key={problem.text} role="alert" className="problem">
                        {problem.text}
                    </p>
                ))}
            </div>
            <div className="row">
                <Button
                    appearance={action === 'remove' ? 'destructive' : 'primary'}
                    label={busy ? 'Recording' : SAVE[action]}
                    type="submit"
                    disabled={busy}
                />
                <Button appearance="subtle" label="Cancel" onClick={close} />
            </div>
        </form>
    );
}
