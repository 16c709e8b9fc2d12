// Closing as benign or false positive may silence the same signals for a while, and says which.

import { Toggles } from '../atoms';
import { MachineCase, WhoAmI } from '../model';
import { EXCEPTION_DAYS, silenced } from './exception';

const CAPABILITY = 'ciw_exception_add';

export default function ExceptionChoice({
    cases,
    me,
    now,
    days,
    choose,
}: {
    cases: MachineCase[];
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
                options={EXCEPTION_DAYS.map((value) => ({
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
                {may && days && silenced(cases, now + Number(days) * 86400)}
            </p>
        </div>
    );
}
