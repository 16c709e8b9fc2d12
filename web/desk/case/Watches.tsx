// Heightened monitoring: for some days, whatever a principal, an account or an image does weighs more.

import Button from '@splunk/react-ui/Button';
import Text from '@splunk/react-ui/Text';
import { useId, useState } from 'react';

import { Panel, Toggles } from '../atoms';
import { CaseView, shortName, Watch } from '../model';
import { moment, span } from '../time';
import { Change, useDrafts, useFormFocus } from './change';
import { instant } from './shapes';
import { candidates, none, Watchable } from './watchable';

const KINDS = [
    { value: 'user', text: 'Principal' },
    { value: 'account', text: 'Account' },
    { value: 'image', text: 'Image' },
];
const KIND_WORDS: Record<string, string> = { user: 'principal', account: 'account', image: 'image' };
const DAYS = ['7', '30', '90'];

/** `until the end of 2026-12-21, 29d left`: a row counts on the day it names, by UTC. */
export function until(expires: string, now: number): string {
    const at = instant(expires);
    if (!at) {
        return 'without an end';
    }
    const day = /^\d{4}-\d\d-\d\d$/.test(expires);
    const left = at + (day ? 86400 : 0) - now;
    const told = day ? `the end of ${expires}` : `${moment(at).slice(0, 16)} UTC`;
    return `until ${told}${left > 0 ? `, ${span(left)} left` : ', over'}`;
}

interface Props {
    view: CaseView;
    /** What the endpoint offers; undefined until it has answered, or where it failed. */
    watchable?: Watchable;
    now: number;
    busy: boolean;
    change: Change;
}

export default function Watches({ view, watchable, now, busy, change }: Props) {
    const { watches, choices } = view;
    const active = watches.filter((watch) => watch.active);
    const past = watches.filter((watch) => !watch.active);
    return (
        <Panel
            title="Heightened monitoring"
            aside={active.length ? `${active.length} active` : 'none active'}
        >
            <div className="stack">
                {active.map((watch) => (
                    <ActiveWatch
                        key={watch.key}
                        caseId={view.state.case_id}
                        watch={watch}
                        now={now}
                        choice={choices.unwatch}
                        busy={busy}
                        change={change}
                    />
                ))}
                <NewWatch view={view} watchable={watchable} now={now} busy={busy} change={change} />
                {past.length > 0 && (
                    <details>
                        <summary>{past.length} ended</summary>
                        <ul className="plainlist">
                            {past.map((watch) => (
                                <li key={watch.key} className="wrap muted">
                                    {KIND_WORDS[watch.kind] || watch.kind} {shortName(watch.value)},{' '}
                                    {until(watch.expires, now)}. {watch.reason}
                                </li>
                            ))}
                        </ul>
                    </details>
                )}
            </div>
        </Panel>
    );
}

function ActiveWatch({
    caseId,
    watch,
    now,
    choice,
    busy,
    change,
}: {
    caseId: string;
    watch: Watch;
    now: number;
    choice: CaseView['choices'][string];
    busy: boolean;
    change: Change;
}) {
    const [drafts, setDrafts] = useDrafts(caseId, `unwatch.${watch.key}`);
    const reasonId = useId();
    const reason = drafts.reason || '';
    const [ending, setEnding] = useState(Boolean(reason));
    const { form, opener } = useFormFocus(ending);
    const close = () => {
        setDrafts(() => ({}));
        setEnding(false);
    };
    const end = async () => {
        if (await change('unwatch', { watch: watch.key, reason: reason.trim() })) {
            close();
        }
    };
    return (
        <div className="watch" data-watch={watch.key}>
            <div className="row">
                <span className="chip">{KIND_WORDS[watch.kind] || watch.kind}</span>
                <b className="wrap">{shortName(watch.value)}</b>
                <span className="num">{until(watch.expires, now)}</span>
                {!ending && (
                    <span className="push">
                        <Button
                            elementRef={opener}
                            appearance="subtle"
                            label="End it"
                            aria-label={`End the watch on ${shortName(watch.value)}`}
                            disabled={busy || !choice.allowed}
                            title={choice.why || undefined}
                            onClick={() => setEnding(true)}
                        />
                    </span>
                )}
            </div>
            <p className="muted wrap">
                {watch.owner}: {watch.reason}
            </p>
            {ending && (
                <div className="row" ref={form} data-form="">
                    <label htmlFor={reasonId} className="sr">
                        Why does the watch end?
                    </label>
                    <span className="grow">
                        <Text
                            inputId={reasonId}
                            placeholder="Why does the watch end?"
                            value={reason}
                            onChange={(_, { value }) => setDrafts(() => ({ reason: value }))}
                        />
                    </span>
                    <Button label="End the watch" disabled={busy || !reason.trim()} onClick={end} />
                    <Button appearance="subtle" label="Keep it" onClick={close} />
                </div>
            )}
        </div>
    );
}

function NewWatch({ view, watchable, now, busy, change }: Props) {
    const choice = view.choices.watch;
    const [drafts, setDrafts] = useDrafts(view.state.case_id, 'watch');
    const [complaint, setComplaint] = useState('');
    const ids = { value: useId(), reason: useId(), days: useId() };
    const kind = drafts.kind || 'user';
    const { names: values, more } = candidates(view.case, watchable, kind);
    const value = drafts[`value_${kind}`] ?? values[0] ?? '';
    const days = drafts.days ?? '30';
    const reason = drafts.reason || '';
    const set = (name: string, text: string) => setDrafts((before) => ({ ...before, [name]: text }));
    const wholeDays = /^\d+$/.test(days) && Number(days) >= 1 && Number(days) <= 90;

    const submit = async () => {
        if (!value.trim()) {
            setComplaint(`Name the ${KIND_WORDS[kind]} to watch, as the cloud's log writes it.`);
            return;
        }
        if (!wholeDays) {
            setComplaint('Say for how many days: a whole number from 1 to 90.');
            return;
        }
        if (!reason.trim()) {
            setComplaint('Say in a sentence why it is watched: others will read it.');
            return;
        }
        setComplaint('');
        const recorded = await change('watch', {
            watch_kind: kind,
            watch_value: value.trim(),
            days,
            reason: reason.trim(),
        });
        if (recorded) {
            setDrafts(() => ({}));
        }
    };

    if (!choice.allowed) {
        return (
            <p className="hint">
                <b>Start a watch</b>: {choice.why}
            </p>
        );
    }
    return (
        <div className="form" data-form="">
            <div className="row">
                <Toggles
                    label="What to watch"
                    value={kind}
                    options={KINDS}
                    onChange={(next) => set('kind', next)}
                />
                <Toggles
                    label="For how long"
                    value={DAYS.includes(days) ? days : ''}
                    options={DAYS.map((count) => ({ value: count, text: `${count} days` }))}
                    onChange={(next) => set('days', next)}
                />
                <span className="row">
                    <label htmlFor={ids.days} className="inline">
                        or days
                    </label>
                    <span style={{ width: 64 }}>
                        <Text
                            inputId={ids.days}
                            value={days}
                            onChange={(_, { value: next }) => set('days', next.trim())}
                        />
                    </span>
                </span>
            </div>
            <div>
                <label htmlFor={ids.value}>
                    {kind === 'image'
                        ? 'Image id, as the cloud writes it'
                        : `${kind === 'user' ? 'Principal' : 'Account'} to watch`}
                </label>
                <Text
                    inputId={ids.value}
                    value={value}
                    onChange={(_, { value: next }) => set(`value_${kind}`, next)}
                />
                {values.length > 1 || (values.length === 1 && value !== values[0]) ? (
                    <Toggles
                        className="names"
                        label={`Of this case: ${KIND_WORDS[kind]} to watch`}
                        value={value}
                        options={values.map((name) => ({
                            value: name,
                            text: shortName(name),
                            why: name,
                        }))}
                        onChange={(next) => set(`value_${kind}`, next)}
                    />
                ) : null}
                {more > 0 && (
                    <p className="hint">and {more} more of this case, to be typed</p>
                )}
                {!values.length && (
                    <p className="hint wrap">{none(kind, watchable)}</p>
                )}
            </div>
            <div>
                <label htmlFor={ids.reason}>Why is it watched?</label>
                <Text
                    inputId={ids.reason}
                    value={reason}
                    onChange={(_, { value: next }) => set('reason', next)}
                />
            </div>
            {wholeDays && (
                <p className="hint" style={{ marginTop: 0 }}>
                    Signals about this {KIND_WORDS[kind]} weigh more until the end of{' '}
                    {moment(now + Number(days) * 86400).slice(0, 10)} (UTC), so that the next one is
                    told sooner and higher in the queue. The searches read it within five minutes.
                </p>
            )}
            {complaint && (
                <p role="alert" className="overdue">
                    {complaint}
                </p>
            )}
            <div className="row">
                <Button
                    appearance="primary"
                    label="Start the watch"
                    disabled={busy}
                    onClick={submit}
                />
            </div>
        </div>
    );
}
