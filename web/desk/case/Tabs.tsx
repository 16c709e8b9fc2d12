import { KeyboardEvent, useRef } from 'react';

import { TABS, TabName } from '../route';

export const TAB_NAMES: Record<TabName, string> = {
    l1: 'L1 triage',
    l2: 'L2 investigation',
    contain: 'Contain',
    report: 'Report',
};

export const tabId = (tab: TabName) => `ciw-tab-${tab}`;
export const panelId = (tab: TabName) => `ciw-tabpanel-${tab}`;

/** The tabs of a case, as the ARIA pattern has them: arrows move, Home and End go to the ends. */
export default function Tabs({
    tab,
    notes,
    choose,
}: {
    tab: TabName;
    /** A word beside a tab's name, such as how many steps are done. */
    notes: Partial<Record<TabName, string>>;
    choose: (tab: TabName) => void;
}) {
    const buttons = useRef<Partial<Record<TabName, HTMLButtonElement | null>>>({});
    const move = (event: KeyboardEvent) => {
        const at = TABS.indexOf(tab);
        const to = {
            ArrowRight: (at + 1) % TABS.length,
            ArrowLeft: (at + TABS.length - 1) % TABS.length,
            Home: 0,
            End: TABS.length - 1,
        }[event.key];
        if (to !== undefined) {
            event.preventDefault();
            choose(TABS[to]);
            buttons.current[TABS[to]]?.focus();
        }
    };
    return (
        <div className="tabs" role="tablist" aria-label="Case" onKeyDown={move}>
            {TABS.map((name, at) => (
                <button
                    key={name}
                    ref={(button) => {
                        buttons.current[name] = button;
                    }}
                    type="button"
                    role="tab"
                    id={tabId(name)}
                    aria-selected={tab === name}
                    aria-controls={tab === name ? panelId(name) : undefined}
                    tabIndex={tab === name ? 0 : -1}
                    onClick={() => choose(name)}
                >
                    {TAB_NAMES[name]}
                    {notes[name] && <span className="muted num">{notes[name]}</span>}
                    <kbd aria-hidden="true">{at + 1}</kbd>
                </button>
            ))}
        </div>
    );
}
