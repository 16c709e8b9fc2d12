// What the REST handler (bin/ciw_triage) and the question searches send, and the triage card.

export type Severity = 'critical' | 'high' | 'medium' | 'low';
export type SeverityShown = Severity | 'unknown';
export type StateName = 'new' | 'in_triage' | 'escalated' | 'contained' | 'closed';
export type Answer = 'yes' | 'no' | 'unknown';

export const SEVERITIES: Severity[] = ['critical', 'high', 'medium', 'low'];
export const STATES: StateName[] = ['new', 'in_triage', 'escalated', 'contained', 'closed'];
export const CLOUDS = ['aws', 'azure', 'gcp'];
export const DISPOSITIONS = ['true_positive', 'benign', 'false_positive', 'undetermined'];

export interface MachineCase {
    case_id: string;
    subject: string;
    cloud: string[];
    vendor_account: string[];
    vendor_region: string[];
    user: string[];
    object_id: string[];
    src: string[];
    owner: string[];
    severity: SeverityShown;
    verdict: string;
    mitre_id: string[];
    signals: string[];
    reason: string;
    /** Epoch seconds; 0 where not told. So are the other times. */
    opened: number;
    first_time: number;
    last_time: number;
    sla_due: number;
    previous_case_id: string;
    drill: boolean;
}

export interface CaseState {
    case_id: string;
    state: StateName;
    owner: string;
    disposition: string;
    version: number;
    updated: number;
    updated_by: string;
    reason: string;
}

export interface HistoryRecord {
    version: number;
    time: number;
    who: string;
    verb: string;
    from_state: StateName;
    to_state: StateName;
    reason: string;
    detail: Record<string, string>;
}

export interface Signal {
    _key: string;
    time: number;
    signal: string;
    mitre_id: string[];
    weight: string;
    reason: string;
}

export interface AnalystAnswer {
    question: string;
    answer: Answer;
    machine_answer?: Answer;
    note?: string;
    who: string;
    time: number;
}

export interface Choice {
    allowed: boolean;
    why: string;
    requires: string[];
}

/** What was ticked of the runbook or of the review. */
export interface DoneStep {
    done: boolean;
    who: string;
    time: number;
    note: string;
}

/** Heightened monitoring: of a user, an account or an image, until it expires. */
export interface Watch {
    key: string;
    kind: string;
    value: string;
    reason: string;
    owner: string;
    expires: string;
    active: boolean;
}

/** A signal kind that raises nothing about the case's principal until it expires. */
export interface CaseException {
    key: string;
    signal: string;
    expires: string;
    active: boolean;
}

export interface CaseDecision {
    state: CaseState;
    history: HistoryRecord[];
    answers: Record<string, AnalystAnswer>;
    choices: Record<string, Choice>;
    steps: Record<string, DoneStep>;
    watches: Watch[];
    exceptions: CaseException[];
    now: number;
}

export interface CaseView extends CaseDecision {
    case: MachineCase;
    signals: Signal[];
    missing_signals: string[];
    followed_by: string[];
}

export interface QueueRow {
    case: MachineCase;
    state: CaseState;
}

/** Whose, and how urgent, within the other filters. */
export type Quick = 'mine' | 'nobody' | 'soon';

export interface QueueView {
    cases: QueueRow[];
    total: number;
    offset: number;
    count: number;
    all_cases: number;
    severities: Record<Severity, number>;
    states: Record<StateName, number>;
    owners: string[];
    quick: Record<Quick, number>;
    me: string;
    now: number;
}

export interface WhoAmI {
    user: string;
    roles: string[];
    capabilities: string[];
}

/** One row of a `ciw_question_*` search. */
export interface Finding {
    question: string;
    answer: Answer;
    concern: 'true' | 'false' | 'unknown';
    why: string;
    facts: string[];
    evidence_search: string;
    missing: string[];
    /** What Splunk warned of about the search that found it. */
    warnings: string[];
}

export interface Question {
    name: string;
    asks: string;
    /** The answer that speaks for escalation, where only an analyst's answer is known. */
    concernWhen: Answer;
}

export interface CardSection {
    title: string;
    questions: Question[];
}

/** The card's questions, L1's further steps, and the indicator that no question covers. */
export const CARD: CardSection[] = [
    {
        title: 'Questions for analysis',
        questions: [
            {
                name: 'known_user',
                asks: 'Was the instance creation initiated by a known and authorised user?',
                concernWhen: 'no',
            },
            {
                name: 'business_hours',
                asks: 'Was it created during regular business hours?',
                concernWhen: 'no',
            },
            {
                name: 'recognised_source',
                asks: 'Did the action come from a recognised address or location?',
                concernWhen: 'no',
            },
            {
                name: 'suspicious_changes',
                asks: 'Are there other suspicious changes, such as altered security groups?',
                concernWhen: 'yes',
            },
        ],
    },
    {
        title: 'Further steps',
        questions: [
            {
                name: 'recent_activity',
                asks: 'Is the recent activity of the user account usual for it?',
                concernWhen: 'no',
            },
            {
                name: 'listed_in_change',
                asks: 'Is the new instance listed in a capacity or change request?',
                concernWhen: 'no',
            },
            {
                name: 'other_activity',
                asks: 'Do other principals act from the same address?',
                concernWhen: 'yes',
            },
        ],
    },
    {
        title: 'Key indicators',
        questions: [
            {
                name: 'data_volume',
                asks: 'Is there a high volume of data read or written by the new instance?',
                concernWhen: 'yes',
            },
        ],
    },
];

export const QUESTIONS: Question[] = CARD.flatMap((section) => section.questions);

export function list(value: unknown): string[] {
    return (Array.isArray(value) ? value : [value])
        .filter((one) => one !== undefined && one !== null && one !== '')
        .map((one) => (typeof one === 'object' ? JSON.stringify(one) : String(one)));
}

/** What a case is about, and the strongest signal's sentence: a reason is `about: sentence`. */
export function headline(reason: string): { about: string; detail: string } {
    const at = reason.search(/[:.]\s/);
    return at === -1
        ? { about: reason, detail: '' }
        : { about: reason.slice(0, at), detail: reason.slice(at + 1).trim() };
}

export function words(name: string): string {
    return name.replace(/_/g, ' ');
}

export function sentence(name: string): string {
    const text = words(name);
    return text.charAt(0).toUpperCase() + text.slice(1);
}

const LONG_NAMES = /arn:[^:\s]*:[^:\s]*:[^:\s]*:[^:\s]*:\S+|\/subscriptions\/[^\s,;()]+/gi;

/** A text in which principals and resources are named by `shortName`. */
export function shortNames(text: string): string {
    return text.replace(LONG_NAMES, shortName);
}

const ARN = /^arn:[^:]*:[^:]*:[^:]*:[^:]*:(.+)$/;
const AZURE_ID = /^\/subscriptions\/[^/]+(?:\/resourcegroups\/[^/]+)?(?:\/providers\/[^/]+)?\/(.+)$/i;

/**
 * A principal or a resource as people say it: of an ARN the part that names it, without AWS's own
 * paths; of a resource of Azure its type and name.
 */
export function shortName(name: string): string {
    const arn = ARN.exec(name);
    if (arn) {
        return arn[1].replace(/^role\/aws-(?:reserved|service-role)\/(?:.*\/)?/, 'role/');
    }
    return AZURE_ID.exec(name)?.[1] || name;
}

export const CLOUD_NAMES: Record<string, string> = { aws: 'AWS', azure: 'Azure', gcp: 'Google Cloud' };
