// Rows from a CSV, out of a file or pasted: read, looked at, then taken all or none.

import Button from '@splunk/react-ui/Button';
import Text from '@splunk/react-ui/Text';
import TextArea from '@splunk/react-ui/TextArea';
import { useState } from 'react';

import { ApiError, changeList } from '../api';
import { fromCsv, MOST_ROWS } from './csv';
import type { ListInfo, Problem } from './model';
import { refusal } from './RowForm';

const PREVIEW = 20;
const LARGEST = 5 * 1024 * 1024;

interface Props {
    list: ListInfo;
    close: () => void;
    done: (what: string) => void;
}

export default function ImportPanel({ list, close, done }: Props) {
    const [text, setText] = useState('');
    const [from, setFrom] = useState('');
    const [reason, setReason] = useState('');
    const [refused, setRefused] = useState<Problem[]>([]);
    const [busy, setBusy] = useState(false);

    const parsed = text.trim() ? fromCsv(text, list.columns) : undefined;
    const problems = [...(parsed?.problems || []), ...refused];
    const read = (value: string, name: string) => {
        setText(value);
        setFrom(name);
        setRefused([]);
    };
    const take = (file?: File) => {
        if (file && file.size > LARGEST) {
            read('', '');
            setRefused([{ row: 0, field: '', text: `${file.name} is larger than 5 MiB. Split it.` }]);
        } else if (file) {
            file.text().then((value) => read(value, file.name));
        }
    };
    const send = () => {
        const rows = parsed?.rows || [];
        setBusy(true);
        setRefused([]);
        changeList({
            name: list.name,
            action: 'import',
            rows: rows.map((row) => row.values),
            reason: reason.trim(),
        })
            .then(({ rows: written, skipped }) => {
                const lines = skipped.map((row) => rows[row - 1]?.line).slice(0, 20);
                const had = skipped.length
                    ? ` The list had ${skipped.length} already (lines ${lines.join(', ')}).`
                    : '';
                done(`Imported ${written.length} rows.${had}`);
            })
            .catch((error: ApiError) =>
                // The endpoint counts rows, the analyst's file has lines.
                setRefused(
                    refusal(error).map((problem) => ({
                        ...problem,
                        row: rows[problem.row - 1]?.line ?? 0,
                    }))
                )
            )
            .finally(() => setBusy(false));
    };
    const columns = list.columns.map(({ name }) => name);

    return (
        <section className="row-form" aria-label="Import CSV">
            <h3>Import CSV</h3>
            <p className="muted">
                The first line names the columns, in any order: {columns.join(', ')}. At most{' '}
                {MOST_ROWS} rows; either all are taken or none.
            </p>
            <div className="row">
                <label className="file">
                    Choose a file
                    <input
                        type="file"
                        accept=".csv,text/csv,text/plain"
                        onChange={({ target }) => take(target.files?.[0])}
                    />
                </label>
                <span className="muted wrap">{from ? `Read from ${from.slice(0, 120)}.` : 'or paste it here:'}</span>
            </div>
            <TextArea
                value={text}
                rowsMin={4}
                rowsMax={10}
                aria-label="CSV text"
                onChange={(_, { value }) => read(value, '')}
            />
            {problems.length > 0 && (
                <div role="alert">
                    <ul className="results" aria-label="Problems">
                        {problems.map((problem, index) => (
                            <li key={index} className="problem wrap">
                                {problem.row ? `Line ${problem.row}` : 'The file'}
                                {problem.field && `, ${problem.field}`}: {problem.text}
                            </li>
                        ))}
                    </ul>
                </div>
            )}
            {parsed && parsed.ignored.length > 0 && (
                <p className="warn wrap">
                    Left out, for the list has no such column: {parsed.ignored.join(', ').slice(0, 400)}.
                </p>
            )}
            {parsed && parsed.rows.length > 0 && (
                <>
                    <div className="scroll" tabIndex={0} role="region" aria-label="Preview">
                        <table className="grid free">
                            <thead>
                                <tr>
                                    <th scope="col">Line</th>
                                    {columns.map((name) => (
                                        <th key={name} scope="col">
                                            {name}
                                        </th>
                                    ))}
                                </tr>
                            </thead>
                            <tbody>
                                {parsed.rows.slice(0, PREVIEW).map((row) => (
                                    <tr key={row.line}>
                                        <td className="num">{row.line}</td>
                                        {columns.map((name) => (
                                            <td key={name}>
                                                <div className="three">{row.values[name]}</div>
                                            </td>
                                        ))}
                                    </tr>
                                ))}
                            </tbody>
                        </table>
                    </div>
                    {parsed.rows.length > PREVIEW && (
                        <p className="muted">and {parsed.rows.length - PREVIEW} more rows</p>
                    )}
                </>
            )}
            <div className="field">
                <label htmlFor="import-reason">Why? It stands in the history.</label>
                <Text
                    inputId="import-reason"
                    value={reason}
                    onChange={(_, { value }) => setReason(value)}
                />
            </div>
            <div className="row">
                <Button
                    appearance="primary"
                    label={busy ? 'Importing' : `Import ${parsed?.rows.length || ''} rows`}
                    disabled={busy || !parsed?.rows.length || parsed.problems.length > 0}
                    onClick={send}
                />
                <Button appearance="subtle" label="Cancel" onClick={close} />
            </div>
        </section>
    );
}
