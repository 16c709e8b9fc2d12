"""The state machine and the capabilities as tables: a change of either must change these."""

import configparser
import json

import pytest
from ciw_triage import machine

from tests.triage.splunkd import APP, capabilities_of, case

ID = f"{1:016x}"

# verb: {from state: to state}
MOVES = {
    "acknowledge": {"new": "in_triage"},
    "assign": {s: s for s in ("new", "in_triage", "escalated", "contained")},
    "answer": {
        "new": "in_triage",
        "in_triage": "in_triage",
        "escalated": "escalated",
        "contained": "contained",
    },
    "note": {s: s for s in machine.STATES},
    "escalate": {"new": "escalated", "in_triage": "escalated"},
    "contain": {"in_triage": "contained", "escalated": "contained"},
    "step": {s: s for s in ("in_triage", "escalated", "contained", "closed")},
    "watch": {s: s for s in ("new", "in_triage", "escalated", "contained")},
    "unwatch": {s: s for s in machine.STATES},
    "close": {s: "closed" for s in ("new", "in_triage", "escalated", "contained")},
    "reopen": {"closed": "in_triage"},
}

# role: verbs from the first state that allows them
ALLOWED = {
    "user": set(),
    "ciw_viewer": set(),
    "ciw_l1": {"acknowledge", "assign", "answer", "note", "escalate", "close"},
    "ciw_l2": set(MOVES),
    "ciw_admin": set(MOVES),
    "admin": set(MOVES),
}

FIELDS = {
    "assign": {"owner": "tina"},
    "answer": {"question": "known_user", "answer": "no"},
    "note": {"note": "asked the owner"},
    "escalate": {"reason": "not in any change"},
    "contain": {"reason": "security group emptied"},
    "step": {"step": "stop_instance", "done": "yes"},
    "watch": {
        "watch_kind": "user", "watch_value": "someone", "days": "7", "reason": "key was seen",
    },
    "unwatch": {"watch": f"{ID}:1", "reason": "over"},
    "close": {"disposition": "benign", "reason": "planned"},
    "reopen": {"reason": "seen again"},
}  # fmt: skip
WATCHED = {"list": "ciw_monitoring", "key": f"{ID}:1", "row": {"user": "a", "expires": "2000-01-01"}}


def put_in_state(splunkd, state, verb=""):
    """A history that leads to the state, as one record; of a watch where the verb ends one."""
    if state != "new" or verb == "unwatch":
        detail = {"watch_kind": "user", "watch_value": "a", "effects": [WATCHED]}
        splunkd.add(
            "ciw_case_history",
            {
                "_key": f"{ID}:1", "case_id": ID, "version": 1, "time": 1, "who": "setup",
                "verb": "watch" if verb == "unwatch" else "note", "from_state": "new",
                "to_state": state, "reason": "",
                "detail": json.dumps(detail if verb == "unwatch" else {}),
            },
        )  # fmt: skip
        return 1
    return 0


@pytest.mark.parametrize("state", machine.STATES)
@pytest.mark.parametrize("verb", machine.VERBS)
def test_every_verb_from_every_state(splunkd, verb, state):
    version = put_in_state(splunkd, state, verb)
    status, reply = splunkd.change("ada", ID, version, verb, **FIELDS.get(verb, {}))
    expected = MOVES[verb].get(state)
    if expected:
        assert (status, reply["state"]["state"]) == (200, expected)
        assert reply["state"]["version"] == version + 1
        assert splunkd.documents("ciw_case_state")[ID]["state"] == expected
    else:
        assert status == 409
        assert machine.label(state) in reply["messages"][0]["text"]
        assert f"{ID}:{version + 1}" not in splunkd.documents("ciw_case_history")


@pytest.mark.parametrize("verb", machine.VERBS)
@pytest.mark.parametrize("role", ALLOWED)
def test_every_role_and_verb(splunkd, role, verb):
    version = put_in_state(splunkd, next(iter(MOVES[verb])), verb)
    user = splunkd.user("someone", role)
    status, reply = splunkd.change(user, ID, version, verb, **FIELDS.get(verb, {}))
    if verb in ALLOWED[role]:
        assert status == 200, reply
    else:
        assert status == 403
        assert reply["capability"].startswith("ciw_case_")
        assert len(splunkd.documents("ciw_case_history")) == version


@pytest.mark.parametrize("state", ["escalated", "contained"])
def test_l1_does_not_close_what_went_to_l2(splunkd, state):
    version = put_in_state(splunkd, state)
    closing = {"disposition": "benign", "reason": "planned"}
    assert splunkd.change("lena", ID, version, "close", **closing)[0] == 403
    assert splunkd.change("tina", ID, version, "close", **closing)[0] == 200


def test_the_desk_is_offered_what_would_succeed(splunkd):
    for state in machine.STATES:
        for role in ALLOWED:
            offered = machine.choices(state, capabilities_of(role))
            for verb in machine.VERBS:
                found = machine.transition(verb, state)
                allowed = bool(found) and found.capability in capabilities_of(role)
                assert offered[verb]["allowed"] == allowed
                assert bool(offered[verb]["why"]) != allowed


def test_capabilities_of_the_machine_are_those_of_authorize_conf():
    conf = configparser.ConfigParser(interpolation=None)
    conf.read(APP / "default" / "authorize.conf")
    declared = {s.partition("::")[2] for s in conf.sections() if s.startswith("capability::")}
    assert declared == set(machine.CAPABILITIES)


def test_reopening_is_refused_while_a_later_case_is_open(splunkd):
    version = put_in_state(splunkd, "closed")
    splunkd.add("ciw_cases", case(2, previous_case_id=ID))
    status, reply = splunkd.change("tina", ID, version, "reopen", reason="again")
    assert (status, reply["followed_by"]) == (409, f"{2:016x}")
    splunkd.change("tina", f"{2:016x}", 0, "close", disposition="benign", reason="same as before")
    assert splunkd.change("tina", ID, version, "reopen", reason="again")[0] == 200
