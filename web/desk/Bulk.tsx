// What can be done with the selected cases of the queue, and what became of it, case by case.

import Button from '@splunk/react-ui/Button';
import Message from '@splunk/react-ui/Message';
import Select from '@splunk/react-ui/Select';
import Text from '@splunk/react-ui/Text';
import { Ref, useEffect, useState } from 'react';

import { EXCEPTION_FOR } from './case/exception';
import ExceptionChoice from './case/ExceptionChoice';
import { DISPOSITIONS, QueueRow, sentence, WhoAmI, words } from './model';
import type { Work } from './queue/work';
import { format } from './route';

const NOBODY = '-nobody-';

interface Props {
    rows: QueueRow[];
    me: WhoAmI;
    owners: string[];
    now: number;
    work: Work;
    reasonField: Ref<HTMLInputElement>;
    clear: () => void;
    changed: () => void;
}

export default function Bulk({ rows, me, owners, now, work, reasonField, clear, changed }: Props) {
    const [disposition, setDisposition] = useState('');
    const [reason, setReason] = useState('');
    const [exception, setException] = useState('');
    const [complaint, setComplaint] = useState('');
    const { busy } = work;
    const may = (verb: string) => me.capabilities.includes(`ciw_case_${verb}`);
    const lacking = (verb: string) =>
        may(verb) ? undefined : `Your roles lack the capability ciw_case_${verb}.`;

    // What was chosen for some cases is not meant for the next ones.
    const none = rows.length === 0;
    useEffect(() => {
        if (none) {
            setDisposition('');
            setException('');
            setComplaint('');
        }
    }, [none]);

    const each = async (verb: string, values: Record<string, string>) => {
        setComplaint('');
        if (await work.each(rows, verb, values)) {
            setReason('');
            clear();
        }
        changed();
    };
    const close = () => {
        if (!disposition || !reason.trim()) {
            setComplaint('Closing needs what it turned out to be, and a reason.');
            return;
        }
        const silent = exception && EXCEPTION_FOR.includes(disposition);
        each('close', {
            disposition,
            reason: reason.trim(),
            ...(silent && { exception_days: exception }),
        });
    };
    const escalate = () => {
        if (!reason.trim()) {
            setComplaint('Escalating needs a reason: what should tier 2 look at?');
            return;
        }
        each('escalate', { reason: reason.trim() });
    };

    if (!rows.length && !work.results.length) {
        return null;
    }
    const others = owners.filter((owner) => owner !== me.user);
    return (
        <section className="panel bulk" aria-label="Selected cases">
            {rows.length > 0 && (
                <div className="body row">
                    <b className="num">{rows.length} selected</b>
                    <Button
                        label="Assign to me"
                        disabled={busy || !may('assign')}
                        title={lacking('assign')}
                        onClick={() => each('assign', { owner: me.user })}
                    />
                    <Select
                        inline
                        labelText="Assign to"
                        placeholder="Assign to"
                        value=""
                        disabled={busy || !may('assign')}
                        onChange={(_, { value }) =>
                            each('assign', { owner: value === NOBODY ? '' : String(value) })
                        }
                    >
                        {others.map((owner) => (
                            <Select.Option key={owner} value={owner} label={owner} />
                        ))}
                        <Select.Option value={NOBODY} label="Nobody" />
                    </Select>
                    <Select
                        inline
                        labelText="Disposition"
                        value={disposition}
                        placeholder="It turned out to be"
                        disabled={busy || !may('close')}
                        onChange={(_, { value }) => {
                            setDisposition(String(value));
                            setComplaint('');
                        }}
                    >
                        {DISPOSITIONS.map((value) => (
                            <Select.Option key={value} value={value} label={sentence(value)} />
                        ))}
                    </Select>
                    <div className="reason">
                        <Text
                            inputRef={reasonField}
                            value={reason}
                            placeholder="Reason for closing or escalating"
                            aria-label="Reason for closing or escalating"
                            disabled={busy || !(may('close') || may('escalate'))}
                            onChange={(_, { value }) => {
                                setReason(value);
                                setComplaint('');
                            }}
                        />
                    </div>
                    <Button
                        label={busy && work.verb === 'close' ? 'Recording' : `Close ${rows.length}`}
                        disabled={busy || !may('close')}
                        title={lacking('close')}
                        onClick={close}
                    />
                    <Button
                        label={
                            busy && work.verb === 'escalate' ? 'Recording' : `Escalate ${rows.length}`
                        }
                        disabled={busy || !may('escalate')}
                        title={lacking('escalate')}
                        onClick={escalate}
                    />
                    <Button appearance="subtle" label="Select none" onClick={clear} />
                </div>
            )}
            {rows.length > 0 && EXCEPTION_FOR.includes(disposition) && (
                <div className="body">
                    <ExceptionChoice
                        cases={rows.map((row) => row.case)}
                        me={me}
                        now={now}
                        days={exception}
                        choose={setException}
                    />
                </div>
            )}
            {complaint && (
                <p role="alert" className="body" style={{ color: 'var(--bad)' }}>
                    {complaint}
                </p>
            )}
            {work.results.length > 0 && <Outcome work={work} />}
        </section>
    );
}

function Outcome({ work }: { work: Work }) {
    const refused = work.results.filter((result) => result.refused);
    const recorded = work.results.length - refused.length;
    return (
        <div role="status">
            <Message
                appearance="fill"
                type={refused.length ? 'warning' : 'success'}
                onRequestRemove={work.forget}
            >
                <b>
                    {recorded} recorded ({words(work.verb)}).{' '}
                    {refused.length > 0 && `${refused.length} refused, and nothing of them changed:`}
                </b>
                <ul className="results">
                    {[...refused, ...work.results.filter((result) => !result.refused)].map((result) => (
                        <li key={result.case_id} className="wrap">
                            <a
                                href={format(
                                    { caseId: result.case_id, page: '', filters: {} },
                                    window.location.search
                                )}
                            >
                                {result.name.slice(0, 120)}
                            </a>
                            : {result.refused || 'recorded'}
                        </li>
                    ))}
                </ul>
            </Message>
        </div>
    );
}
