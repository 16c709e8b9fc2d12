// The rows of a list, with every column in the order of its CSV.

import Button from '@splunk/react-ui/Button';

import { ColumnKind, ListInfo, ListRow } from './model';

interface Props {
    list: ListInfo;
    rows: ListRow[];
    edit: (row: ListRow) => void;
    remove: (row: ListRow) => void;
}

const NARROW: ColumnKind[] = ['date', 'number', 'choice', 'timezone'];
const STATES: Record<ListRow['expires_state'], string> = {
    '': '',
    expiring: 'ends soon',
    expired: 'ended',
};

export default function ListTable({ list, rows, edit, remove }: Props) {
    return (
        <div className="scroll" tabIndex={0} role="region" aria-label={`Rows of ${list.label}`}>
            <table className="grid free">
                <thead>
                    <tr>
                        {list.columns.map((column) => (
                            <th key={column.name} scope="col" title={column.meaning}>
                                {column.name}
                            </th>
                        ))}
                        <th scope="col" className="edit">
                            Edit
                        </th>
                    </tr>
                </thead>
                <tbody>
                    {rows.map((row) => (
                        <tr
                            key={`${row.source} ${row.key}`}
                            className={row.expires_state === 'expired' ? 'gone' : ''}
                        >
                            {list.columns.map((column) => (
                                <td key={column.name} className={NARROW.includes(column.kind) ? 'num' : ''}>
                                    <div className="three" title={row.values[column.name]?.slice(0, 1000)}>
                                        {row.values[column.name] || (
                                            <span className="muted">any</span>
                                        )}
                                    </div>
                                    {column.name === 'expires' && row.expires_state && (
                                        <span
                                            className={row.expires_state === 'expiring' ? 'soon' : 'muted'}
                                        >
                                            {STATES[row.expires_state]}
                                        </span>
                                    )}
                                </td>
                            ))}
                            <td className="num edit">
                                {row.source === 'file' ? (
                                    <span
                                        className="muted"
                                        title={`Edit it in lookups/${list.name}.csv`}
                                    >
                                        in the file
                                    </span>
                                ) : (
                                    <>
                                        <Button
                                            appearance="subtle"
                                            label="Change"
                                            disabled={!list.may_edit}
                                            title={list.may_edit ? undefined : list.why}
                                            onClick={() => edit(row)}
                                        />
                                        <Button
                                            appearance="subtle"
                                            label="Remove"
                                            disabled={!list.may_edit}
                                            title={list.may_edit ? undefined : list.why}
                                            onClick={() => remove(row)}
                                        />
                                    </>
                                )}
                            </td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}
