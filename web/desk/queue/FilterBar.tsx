// What the queue shows: tiles for severity and for whose and how urgent, then the rest.

import Button from '@splunk/react-ui/Button';
import Select from '@splunk/react-ui/Select';
import { RefObject, useCallback } from 'react';

import { Toggles } from '../atoms';
import CloudSelect from '../CloudSelect';
import { Quick, QueueView, SEVERITIES, sentence } from '../model';
import type { Filters } from '../route';
import SearchField from '../SearchField';

const QUICK: { name: Quick; text: string; filter: 'owner' | 'due'; value: string }[] = [
    { name: 'mine', text: 'Mine', filter: 'owner', value: '-me-' },
    { name: 'nobody', text: 'Unassigned', filter: 'owner', value: '-nobody-' },
    { name: 'soon', text: 'Due within 1 h', filter: 'due', value: 'soon' },
];

interface Props {
    filters: Filters;
    view?: QueueView;
    search: RefObject<HTMLInputElement>;
    filter: (change: Filters, replace?: boolean) => void;
    clear?: () => void;
}

export default function FilterBar({ filters, view, search, filter, clear }: Props) {
    const searchFor = useCallback((text?: string) => filter({ text }, true), [filter]);

    return (
        <>
            <div className="tiles seven" role="group" aria-label="Quick filters">
                {SEVERITIES.map((severity) => (
                    <Tile
                        key={severity}
                        className={`s-${severity}`}
                        text={sentence(severity)}
                        count={view?.severities[severity]}
                        pressed={filters.severity === severity}
                        press={(on) => filter({ severity: on ? severity : undefined })}
                    />
                ))}
                {QUICK.map(({ name, text, filter: which, value }) => (
                    <Tile
                        key={name}
                        className={name === 'soon' && view?.quick.soon ? 's-soon' : 's-plain'}
                        text={text}
                        count={view?.quick[name]}
                        pressed={filters[which] === value}
                        press={(on) => filter({ [which]: on ? value : undefined })}
                    />
                ))}
            </div>
            <div className="filters" role="search">
                <SearchField
                    field={search}
                    value={filters.text || ''}
                    change={searchFor}
                    placeholder="Principal, account, instance, address, signal"
                    label="Search cases"
                />
                <Toggles
                    label="State"
                    value={filters.state || 'open'}
                    options={[
                        { value: 'open', text: 'Open' },
                        ...(['new', 'in_triage', 'escalated', 'contained', 'closed'] as const).map(
                            (state) => ({
                                value: state as string,
                                text: `${sentence(state)} ${view ? view.states[state] : ''}`,
                            })
                        ),
                    ]}
                    onChange={(state) => filter({ state: state === 'open' ? undefined : state })}
                />
                <Select
                    inline
                    value={filters.owner || ''}
                    prefixLabel="Owner"
                    filter={(view?.owners.length || 0) > 8}
                    onChange={(_, { value }) => filter({ owner: String(value) || undefined })}
                >
                    <Select.Option value="" label="Anyone" />
                    <Select.Option value="-me-" label="Me" />
                    <Select.Option value="-nobody-" label="Nobody" />
                    {(view?.owners || []).map((owner) => (
                        <Select.Option key={owner} value={owner} label={owner} />
                    ))}
                </Select>
                <CloudSelect value={filters.cloud} change={(cloud) => filter({ cloud })} />
                <Select
                    inline
                    value={filters.sort || 'severity'}
                    prefixLabel="Sort"
                    onChange={(_, { value }) =>
                        filter({ sort: value === 'severity' ? undefined : String(value) })
                    }
                >
                    <Select.Option value="severity" label="Severity" />
                    <Select.Option value="sla" label="Deadline" />
                    <Select.Option value="newest" label="Newest" />
                    <Select.Option value="oldest" label="Oldest" />
                    <Select.Option value="updated" label="Last signal" />
                </Select>
                {clear && <Button appearance="subtle" label="Clear" onClick={clear} />}
            </div>
        </>
    );
}

interface TileProps {
    className: string;
    text: string;
    count?: number;
    pressed: boolean;
    press: (on: boolean) => void;
}

function Tile({ className, text, count, pressed, press }: TileProps) {
    return (
        <button
            type="button"
            className={`tile ${className}`}
            aria-pressed={pressed}
            onClick={() => press(!pressed)}
        >
            <b>{count ?? '–'}</b>
            {text}
        </button>
    );
}
