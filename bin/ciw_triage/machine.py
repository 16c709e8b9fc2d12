"""The state machine of a case, as data.

A case without a state document is `new`, version 0, unowned. Every verb that is carried out adds
one history record and raises the version by one, also where the state stays the same.
"""

from __future__ import annotations

from dataclasses import dataclass

STATES = ("new", "in_triage", "escalated", "contained", "closed")
OPEN_STATES = STATES[:-1]
DISPOSITIONS = ("true_positive", "benign", "false_positive", "undetermined")
ANSWERS = ("yes", "no", "unknown")
VIEW = "ciw_case_view"
ADD_EXCEPTION = "ciw_exception_add"
EDIT_LISTS = "ciw_list_edit"
DECIDE_BASELINES = "ciw_baseline_decide"
WATCH_KINDS = ("user", "account", "image")
# Days for which an exception or a watch may be asked for.
LONGEST_DAYS = 90

# The questions of the triage card, as the desk shows them; an answer names one of these. Each is
# also a saved search ciw_question_<name>.
QUESTIONS = (
    "known_user",
    "business_hours",
    "recognised_source",
    "suspicious_changes",
    "recent_activity",
    "listed_in_change",
    "other_activity",
    "data_volume",
)


@dataclass(frozen=True)
class Transition:
    """`to_state` None keeps the state. `takes`: the case becomes the caller's if nobody's.

    `requires` names the fields a request must carry besides case_id, version and verb;
    `accepts` those it may carry.
    """

    verb: str
    from_states: tuple[str, ...]
    to_state: str | None
    capability: str
    requires: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ()
    takes: bool = False


TRANSITIONS = (
    Transition("acknowledge", ("new",), "in_triage", "ciw_case_acknowledge", takes=True),
    Transition("assign", OPEN_STATES, None, "ciw_case_assign", ("owner",), ("reason",)),
    Transition(
        "answer",
        ("new",),
        "in_triage",
        "ciw_case_answer",
        ("question", "answer"),
        ("note", "machine_answer"),
        takes=True,
    ),
    Transition(
        "answer",
        ("in_triage", "escalated", "contained"),
        None,
        "ciw_case_answer",
        ("question", "answer"),
        ("note", "machine_answer"),
    ),
    Transition("note", STATES, None, "ciw_case_note", ("note",)),
    Transition(
        "escalate", ("new", "in_triage"), "escalated", "ciw_case_escalate", ("reason",), ("owner",)
    ),
    Transition("contain", ("in_triage", "escalated"), "contained", "ciw_case_contain", ("reason",)),
    # What was done of the runbook or the review, ticked or taken back.
    Transition(
        "step",
        ("in_triage", "escalated", "contained", "closed"),
        None,
        "ciw_case_contain",
        ("step", "done"),
        ("note",),
    ),
    Transition(
        "watch",
        OPEN_STATES,
        None,
        "ciw_case_watch",
        ("watch_kind", "watch_value", "days", "reason"),
    ),
    Transition("unwatch", STATES, None, "ciw_case_watch", ("watch", "reason")),
    # With exception_days the capability ADD_EXCEPTION too.
    Transition(
        "close",
        ("new", "in_triage"),
        "closed",
        "ciw_case_close",
        ("disposition", "reason"),
        ("exception_days",),
        takes=True,
    ),
    # A case that went to L2 is L2's to close.
    Transition(
        "close",
        ("escalated", "contained"),
        "closed",
        "ciw_case_close_escalated",
        ("disposition", "reason"),
        ("exception_days",),
        takes=True,
    ),
    Transition("reopen", ("closed",), "in_triage", "ciw_case_reopen", ("reason",)),
)

VERBS = tuple(dict.fromkeys(transition.verb for transition in TRANSITIONS))
CAPABILITIES = (VIEW,) + tuple(dict.fromkeys(t.capability for t in TRANSITIONS)) + (
    ADD_EXCEPTION,
    EDIT_LISTS,
    DECIDE_BASELINES,
)


def transition(verb, state):
    """The transition of this verb from this state, or None."""
    for candidate in TRANSITIONS:
        if candidate.verb == verb and state in candidate.from_states:
            return candidate
    return None


def from_states(verb):
    """Every state the verb starts from, in the order of the case's life."""
    found = {state for t in TRANSITIONS if t.verb == verb for state in t.from_states}
    return tuple(state for state in STATES if state in found)


def choices(state, capabilities):
    """What the desk may offer: for every verb whether it is allowed now and if not, why.

    >>> choices("closed", frozenset())["reopen"]["allowed"]
    False
    """
    offered = {}
    for verb in VERBS:
        found = transition(verb, state)
        if found is None:
            why = "Not possible while the case is {}; from: {}.".format(
                label(state), ", ".join(label(s) for s in from_states(verb))
            )
        elif found.capability not in capabilities:
            why = f"Your roles lack the capability {found.capability}."
        else:
            why = ""
        offered[verb] = {
            "allowed": not why,
            "why": why,
            "requires": list(found.requires) if found else [],
        }
    return offered


def label(state):
    return state.replace("_", " ")
