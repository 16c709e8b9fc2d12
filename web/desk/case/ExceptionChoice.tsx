// Closing as benign or false positive may silence the same signals for a while, and says which.

import { Toggles } from '../atoms';
import { CLOUD_NAMES, MachineCase, shortName, WhoAmI, words } from '../model';
import { moment } from '../time';

const DAYS = ['', '7', '30', '90'];
export const EXCEPTION_FOR = ['benign', 'false_positive'];
const CAPABILITY = 'ciw_exception_add';

export default function ExceptionChoice({
    item,
    me,
    now,
    days,
    choose,
}: {
    item: MachineCase;
    me?: WhoAmI;
    now: number;
    days: string;
    choose: (days: string) => void;
}) {
    const may = Boolean(me?.capabilities.includes(CAPABILITY));
    return (
        <div className="stack tight" data-testid="exception">
            <span className="muted">Exception, so that the same is not told again</span>
            <Toggles
                label="Exception"
                value={days}
                options={DAYS.map((value) => ({
                    value,
                    text: value ? `${value} days` : 'None',
                    disabled: Boolean(value) && !may,
                    why: value && !may ? `Your roles lack the capability ${CAPABILITY}.` : undefined,
                }))}
                onChange={choose}
            />
            <p className="hint wrap" style={{ marginTop: 0 }}>
                {!may && `Your roles lack the capability ${CAPABILITY}: you can close without one.`}
                {may && !days && 'The next identical event opens a new case.'}
                {may && days && silenced(item, now + Number(days) * 86400)}
            </p>
        </div>
    );
}

/** In words, what an exception of the case will silence. */
export function silenced(item: MachineCase, end: number): string {
    const user = item.user[0] && item.user[0] !== 'unknown' ? [item.user[0]] : [];
    const whom = (user.length ? user : item.object_id).map(shortName);
    const cloud = CLOUD_NAMES[item.cloud[0]] || item.cloud[0] || '';
    const signals = item.signals.map(words).join(', ') || 'the signals of this case';
    return (
        `Until ${moment(end).slice(0, 10)} nothing is raised by: ${signals}; for` +
        ` ${whom.join(', ') || 'the resources of this case'} in ${cloud} ${item.vendor_account[0] || ''}.` +
        ' Everything else about them, and the same by anybody else, is still told.'
    );
}
