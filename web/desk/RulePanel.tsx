import { Rule } from './escalation';
import { words } from './model';

const VERDICTS: Record<Rule['verdict'], string> = {
    escalate: 'The card says: escalate to tier 2',
    not_required: 'The card does not call for escalation',
    undecided: 'The card cannot be decided: evidence is missing',
    pending: 'Checking the card’s rule',
};
const STATUS = { yes: 'met', no: 'not met', unknown: 'unknown', pending: 'checking' };

export default function RulePanel({ rule }: { rule: Rule }) {
    const met = rule.conditions.filter(({ status }) => status === 'yes').length;
    const unknown = rule.conditions.filter(({ status }) => status === 'unknown').length;
    return (
        <section
            className={`panel rule ${rule.verdict}`}
            aria-label="Escalation rule"
            aria-live="polite"
            data-testid="rule"
            data-verdict={rule.verdict}
        >
            <header>
                <h2>{VERDICTS[rule.verdict]}</h2>
                <span className="muted push num">
                    {met} of {rule.conditions.length} conditions met
                    {unknown > 0 && `, ${unknown} unknown`}
                </span>
            </header>
            <div className="body">
                <ul>
                    {rule.conditions.map((condition) => (
                        <li key={condition.text}>
                            <span>
                                <span className={`chip ${condition.status}`}>
                                    {STATUS[condition.status]}
                                </span>
                            </span>
                            <span>
                                {condition.text}
                                {condition.status === 'yes' && (
                                    <span className="muted">
                                        {' '}
                                        by: {condition.because.map(words).join(', ')}
                                    </span>
                                )}
                            </span>
                        </li>
                    ))}
                </ul>
            </div>
        </section>
    );
}
