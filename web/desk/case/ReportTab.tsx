// The case as a text for the ticket. It is shown as text: nothing in it is rendered.

import Button from '@splunk/react-ui/Button';
import { useState } from 'react';

import { Loading, Panel, Toggles } from '../atoms';
import { download } from '../copy';
import { useAsked } from '../hooks';
import { moment } from '../time';
import { ReportForm, readReport } from './calls';
import { CopyButton } from './pieces';

const TYPES: Record<ReportForm, string> = { markdown: 'text/markdown', json: 'application/json' };

/** A file name holds nothing that a shell or a file system reads otherwise. */
function fileName(name: string, caseId: string, form: ReportForm): string {
    const plain = name.replace(/[^\w.-]+/g, '_').replace(/^\.+/, '');
    return plain || `case-${caseId}.${form === 'json' ? 'json' : 'md'}`;
}

export default function ReportTab({ caseId, version }: { caseId: string; version: number }) {
    const [form, setForm] = useState<ReportForm>('markdown');
    // A change of the case makes another report of it.
    const key = `${form}:${version}`;
    const [states, ask] = useAsked([key], true, (_, signal) => readReport(caseId, form, signal));
    const state = states[key];
    const found = state?.status === 'done' ? state.value : undefined;
    return (
        <Panel
            title="Report"
            aside={found && `as of version ${found.version}, written ${moment(found.written)}`}
        >
            <div className="stack">
                <div className="row">
                    <Toggles
                        label="Form of the report"
                        value={form}
                        options={[
                            { value: 'markdown', text: 'Markdown' },
                            { value: 'json', text: 'JSON' },
                        ]}
                        onChange={setForm}
                    />
                    {found && (
                        <>
                            <CopyButton text={found.text} label="Copy" what="the report" />
                            <Button
                                label={`Download ${form === 'json' ? 'JSON' : 'Markdown'}`}
                                onClick={() =>
                                    download(fileName(found.name, caseId, form), found.text, TYPES[form])
                                }
                            />
                            <span className="muted mono">{fileName(found.name, caseId, form)}</span>
                        </>
                    )}
                </div>
                {(!state || state.status === 'loading') && <Loading what="Writing the report" />}
                {state?.status === 'error' && (
                    <div role="alert" className="row">
                        <span className="overdue">The report could not be made.</span>
                        <span className="wrap">{state.message}</span>
                        <Button appearance="subtle" label="Try again" onClick={() => ask(key)} />
                    </div>
                )}
                {found &&
                    (found.text ? (
                        <pre className="report" tabIndex={0} aria-label="Report">
                            {found.text}
                        </pre>
                    ) : (
                        <p className="muted">The report is empty. Reload the case and try again.</p>
                    ))}
                <p className="hint">
                    Paste it into the ticket. What came from logs is escaped, so that a ticket system
                    shows it as text; sharing it shares what the logs hold.
                </p>
            </div>
        </Panel>
    );
}
