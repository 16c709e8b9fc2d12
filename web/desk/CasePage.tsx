import Button from '@splunk/react-ui/Button';
import Message from '@splunk/react-ui/Message';
import { ReactNode, useCallback, useEffect, useRef, useState } from 'react';

import { ApiError, changeCase, readCase } from './api';
import { Fault, Loading } from './atoms';
import { investigate, INVESTIGATIONS, readRunbook, readSimilar } from './case/calls';
import Contain from './case/Contain';
import Investigate from './case/Investigate';
import ReportTab from './case/ReportTab';
import SimilarCases from './case/SimilarCases';
import Tabs, { panelId, tabId } from './case/Tabs';
import CaseHead from './CaseHead';
import { concernOf, judge } from './escalation';
import Help from './Help';
import { useAsked, useFindings, useKeys, useNow } from './hooks';
import { useMe } from './me';
import { CARD, CaseView, Finding, QUESTIONS, words } from './model';
import { Exceptions, History, Signals } from './Records';
import PageLink from './PageLink';
import QuestionCard from './QuestionCard';
import { goBackByKey, neighbours, visit } from './queue/place';
import { format, Route, TABS, TabName } from './route';
import RulePanel from './RulePanel';
import { moment } from './time';
import Verdict from './Verdict';

const WATCH_MS = 20_000;
const KEYS: [string, string][] = [
    ['a', 'Take the case, or assign it to me'],
    ['e', 'Escalate: write the reason'],
    ['c', 'Close: choose what it turned out to be'],
    ['Ctrl Enter', 'In Your verdict: record what is written'],
    ['Escape', 'In Your verdict: leave the field, so that keys are the page’s again'],
    ['n p', 'Next and previous case of the queue'],
    ['u', 'Back to the queue'],
    ['1 2 3 4', 'Tabs'],
];

interface Props {
    caseId: string;
    route: Route;
    go: (change: Partial<Route>) => void;
    themeToggle: ReactNode;
}

/** What somebody else did since the case was read: by the reply to a stale write, or by watching. */
interface News {
    refused: boolean;
    text: string;
}

export default function CasePage({ caseId, route, go, themeToggle }: Props) {
    const [view, setView] = useState<CaseView>();
    const { me, unknown, again } = useMe();
    const [error, setError] = useState<Error>();
    const [news, setNews] = useState<News>();
    const [fault, setFault] = useState<Error>();
    const [unseen, setUnseen] = useState<Error>();
    const [busy, setBusy] = useState('');
    const [done, setDone] = useState('');
    const tab = route.tab || TABS[0];
    const choose = useCallback((next: TabName) => go({ tab: next }), [go]);
    const [findings, ask] = useFindings(caseId, tab === 'l1');
    const [similar, compare] = useAsked(['similar'], tab === 'l1', (_, signal) =>
        readSimilar(caseId, signal)
    );
    const [story, look] = useAsked([...INVESTIGATIONS], tab === 'l2', (name, signal) =>
        investigate(name, caseId, signal)
    );
    const [book, fill] = useAsked(['runbook'], tab === 'contain', (_, signal) =>
        readRunbook(caseId, signal)
    );
    const now = useNow(view?.now);
    /** Not while a change is under way: its refusal would be told to nobody. */
    const leave = (change: Partial<Route>) => {
        if (!busy) {
            go(change);
        }
    };
    const back = () => leave({ caseId: '' });
    const { previous, next, at, of } = neighbours(caseId);
    const walk = (to?: string) => to && leave({ caseId: to, tab: TABS[0] });
    useEffect(() => visit(caseId), [caseId]);

    const load = useCallback(() => {
        readCase(caseId)
            .then((reply) => {
                setView(reply);
                setError(undefined);
                setNews(undefined);
                setFault(undefined);
            })
            .catch(setError);
    }, [caseId]);

    useEffect(load, [load]);

    const version = view?.state.version;
    const current = useRef(version);
    current.current = version;
    useEffect(() => {
        const timer = setInterval(() => {
            if (document.hidden || version === undefined || busy) {
                return;
            }
            readCase(caseId)
                .then((reply) => {
                    setUnseen(undefined);
                    // A change of one's own may have been recorded meanwhile.
                    const known = current.current ?? version;
                    const later = reply.history.filter((entry) => entry.version > known);
                    if (later.length) {
                        const who = [...new Set(later.map((entry) => entry.who))].join(', ');
                        const what = [...new Set(later.map((entry) => entry.verb))].join(', ');
                        setNews({ refused: false, text: `${who} changed this case (${what}).` });
                    }
                })
                .catch(setUnseen);
        }, WATCH_MS);
        return () => clearInterval(timer);
    }, [caseId, version, busy]);

    /** Carries a change out; true if it was recorded. What the analyst typed stays on refusal. */
    const change = async (verb: string, values: Record<string, string>): Promise<boolean> => {
        if (!view) {
            return false;
        }
        setBusy(verb);
        setDone('');
        setFault(undefined);
        try {
            const reply = await changeCase({
                case_id: caseId,
                version: view.state.version,
                verb,
                ...values,
            });
            setView({ ...view, ...reply });
            setNews(undefined);
            setDone(`Recorded: ${words(verb)}, version ${reply.state.version}.`);
            return true;
        } catch (caught) {
            const refusal = caught as ApiError;
            if (refusal.status === 409) {
                const last = refusal.body.since?.slice(-1)[0];
                const when = last ? ` Last change: ${moment(last.time)}.` : '';
                setNews({ refused: true, text: refusal.message + when });
            } else {
                setFault(refusal);
            }
            return false;
        } finally {
            setBusy('');
        }
    };

    const { acknowledge, assign } = view?.choices || {};
    const mine = Boolean(me) && view?.state.owner === me?.user;
    const take = () => {
        if (busy) {
            return;
        }
        if (acknowledge?.allowed) {
            change('acknowledge', {});
        } else if (assign?.allowed && me && !mine) {
            change('assign', { owner: me.user });
        } else {
            setDone(mine ? 'The case is yours.' : assign?.why || '');
        }
    };

    useKeys({
        u: () => {
            if (!busy) {
                goBackByKey();
                back();
            }
        },
        n: () => walk(next),
        p: () => walk(previous),
        a: take,
        ...Object.fromEntries(TABS.map((name, at) => [String(at + 1), () => choose(name)])),
    });

    const backLink = (
        <PageLink href={format({ ...route, caseId: '' }, window.location.search)} open={back}>
            ← Queue
        </PageLink>
    );

    if (!view) {
        return (
            <main>
                <div className="bar">{backLink}</div>
                {error ? <Fault error={error} retry={load} /> : <Loading what="Reading the case" />}
            </main>
        );
    }

    const found: Record<string, Finding | undefined> = {};
    Object.entries(findings).forEach(([name, state]) => {
        found[name] = state.status === 'done' ? state.finding : undefined;
    });
    const concerns = Object.fromEntries(
        QUESTIONS.map(({ name }) => {
            const failed = findings[name]?.status === 'error' && !view.answers[name];
            return [name, failed ? 'unknown' : concernOf(name, found[name], view.answers[name])];
        })
    ) as Record<string, ReturnType<typeof concernOf>>;
    const rule = judge(concerns);
    const ticked = Object.values(view.steps).filter(({ done: yes }) => yes).length;
    const notes = {
        l1: rule.verdict === 'escalate' ? 'escalate' : '',
        contain: ticked ? `${ticked} done` : '',
    };
    const readOnly = Object.values(view.choices).every((choice) => !choice.allowed);

    return (
        <main>
            <div className="bar">
                {backLink}
                <span className="muted mono">case {caseId}</span>
                {at > 0 && (
                    <span className="muted num">
                        {at} of the {of} shown
                    </span>
                )}
                {next && (
                    <PageLink
                        href={format({ ...route, caseId: next, tab: TABS[0] }, window.location.search)}
                        title="The next case of the queue (n)"
                        open={() => walk(next)}
                    >
                        Next case →
                    </PageLink>
                )}
                <span className="push muted" role="status" data-testid="done">
                    {busy ? 'Recording…' : done}
                </span>
                <Help keys={KEYS} />
                {themeToggle}
            </div>
            {news && (
                <div role="alert" data-testid="conflict" style={{ marginBottom: 12 }}>
                    <Message appearance="fill" type="warning">
                        <strong>
                            {news.refused ? 'Not recorded: the case moved on.' : 'The case moved on.'}
                        </strong>{' '}
                        <span className="wrap">{news.text}</span> What you typed is kept.{' '}
                        <Button label="Reload the case" onClick={load} />
                    </Message>
                </div>
            )}
            {fault && <Fault error={fault} />}
            {unseen && !fault && <Fault error={unseen} />}
            {error && <Fault error={error} retry={load} />}
            {unknown && <Fault error={unknown} retry={again} />}
            {readOnly && me && (
                <div style={{ marginBottom: 12 }}>
                    <Message appearance="fill" type="info">
                    You can read this case and not change it: your roles ({me.roles.join(', ')}) have
                    no capability for any verb that is possible now. An administrator can give you
                    ciw_l1 or ciw_l2.
                    </Message>
                </div>
            )}
            <CaseHead view={view} now={now} me={me} busy={busy} change={change} go={leave} />
            <Tabs tab={tab} notes={notes} choose={choose} />
            <div
                className={tab === 'report' ? '' : 'case'}
                role="tabpanel"
                id={panelId(tab)}
                aria-labelledby={tabId(tab)}
            >
                {tab === 'l1' && (
                    <div className="stack">
                        <RulePanel rule={rule} />
                        {CARD.map((section) => (
                            <section key={section.title} className="panel" aria-label={section.title}>
                                <header>
                                    <h2>{section.title}</h2>
                                </header>
                                <div
                                    className={`body questions${section.questions.length === 3 ? ' by-three' : ''}`}
                                >
                                    {section.questions.map((question) => (
                                        <QuestionCard
                                            key={question.name}
                                            caseId={caseId}
                                            question={question}
                                            state={findings[question.name]}
                                            concern={concerns[question.name]}
                                            answered={view.answers[question.name]}
                                            choice={view.choices.answer}
                                            busy={Boolean(busy)}
                                            ask={() => ask(question.name)}
                                            change={change}
                                        />
                                    ))}
                                    {section.title === 'Key indicators' && (
                                        <Indicators concerns={concerns} />
                                    )}
                                </div>
                            </section>
                        ))}
                        <SimilarCases
                            state={similar.similar}
                            again={() => compare('similar')}
                            route={route}
                            go={leave}
                        />
                        <Signals view={view} />
                    </div>
                )}
                {tab === 'l2' && (
                    <Investigate caseId={caseId} states={story} ask={look} route={route} go={leave} />
                )}
                {tab === 'contain' && (
                    <Contain
                        view={view}
                        runbook={book.runbook}
                        again={() => fill('runbook')}
                        now={now}
                        busy={Boolean(busy)}
                        change={change}
                    />
                )}
                {tab === 'report' && <ReportTab caseId={caseId} version={view.state.version} />}
                {/* Hidden rather than left out, so that what was typed stays. */}
                <div className="side" hidden={tab === 'report'}>
                    <Verdict
                        view={view}
                        rule={rule}
                        found={found}
                        me={me}
                        preferred={tab === 'contain' ? 'contain' : undefined}
                        now={now}
                        busy={busy}
                        change={change}
                    />
                    <Exceptions rows={view.exceptions} now={now} />
                    <History records={view.history} />
                </div>
            </div>
        </main>
    );
}

const INDICATORS: [string, string][] = [
    ['known_user', 'Creation by an account that seldom does this'],
    ['recognised_source', 'Requests from an unfamiliar address or region'],
    ['suspicious_changes', 'Firewall or permission change, then a launch'],
    ['data_volume', 'High volume read or written by an unfamiliar instance'],
];

function Indicators({ concerns }: { concerns: Record<string, string> }) {
    const text: Record<string, string> = {
        yes: 'present',
        no: 'not seen',
        unknown: 'unknown',
        pending: 'checking',
    };
    return (
        <div className="question">
            <h3>Indicators of the card</h3>
            <ul style={{ listStyle: 'none', padding: 0, display: 'grid', gap: 5 }}>
                {INDICATORS.map(([name, label]) => (
                    <li key={name} className="row">
                        <span className={`chip ${concerns[name]}`}>{text[concerns[name]]}</span>
                        {label}
                    </li>
                ))}
            </ul>
        </div>
    );
}
