// The card's rule: escalate to tier 2 if the creation is unauthorised, the address unfamiliar, or
// suspicious events concur (unusual transfers, changed permissions, non-standard times).

import { AnalystAnswer, Finding, QUESTIONS } from './model';

export type Concern = 'yes' | 'no' | 'unknown' | 'pending';

export interface Condition {
    text: string;
    questions: string[];
}

export const CONDITIONS: Condition[] = [
    { text: 'The creation is unauthorised', questions: ['known_user', 'listed_in_change'] },
    { text: 'The address is unfamiliar', questions: ['recognised_source'] },
    { text: 'Data transfers are unusual', questions: ['data_volume'] },
    { text: 'Permissions or firewall rules changed', questions: ['suspicious_changes'] },
    { text: 'The time is non-standard', questions: ['business_hours'] },
    { text: 'The user or address acts unusually', questions: ['recent_activity', 'other_activity'] },
];

/** Whether a question speaks for escalation: the analyst's answer goes before the machine's. */
export function concernOf(
    name: string,
    finding: Finding | undefined,
    answered: AnalystAnswer | undefined
): Concern {
    if (answered) {
        if (answered.answer === 'unknown') {
            return 'unknown';
        }
        if (finding && finding.answer === answered.answer) {
            return told(finding);
        }
        const question = QUESTIONS.find((candidate) => candidate.name === name);
        return answered.answer === question?.concernWhen ? 'yes' : 'no';
    }
    return finding ? fromFinding(finding) : 'pending';
}

/** What a search that warned did not find it may have missed: unknown until somebody confirms it. */
function fromFinding(finding: Finding): Concern {
    return isUnsure(finding) ? 'unknown' : told(finding);
}

/** Whether a question speaks against escalation by a search that may have missed something. */
export function isUnsure(finding: Finding): boolean {
    return told(finding) === 'no' && Boolean(finding.warnings?.length);
}

function told(finding: Finding): Concern {
    if (finding.concern === 'true') {
        return 'yes';
    }
    return finding.concern === 'false' ? 'no' : 'unknown';
}

export interface Judged extends Condition {
    status: Concern;
    because: string[];
}

export interface Rule {
    conditions: Judged[];
    verdict: 'escalate' | 'not_required' | 'undecided' | 'pending';
}

/** One concern decides a condition; it is only dismissed once all its questions are. */
export function judge(concerns: Record<string, Concern>): Rule {
    const conditions = CONDITIONS.map((condition) => {
        const found = (wanted: Concern) =>
            condition.questions.filter((name) => concerns[name] === wanted);
        const status = (['yes', 'pending', 'unknown', 'no'] as Concern[]).find(
            (candidate) => found(candidate).length > 0
        ) as Concern;
        return { ...condition, status, because: found(status) };
    });
    const has = (wanted: Concern) => conditions.some(({ status }) => status === wanted);
    let verdict: Rule['verdict'] = 'not_required';
    if (has('yes')) {
        verdict = 'escalate';
    } else if (has('pending')) {
        verdict = 'pending';
    } else if (has('unknown')) {
        verdict = 'undecided';
    }
    return { conditions, verdict };
}
