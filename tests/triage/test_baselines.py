"""Values of baselines behind the endpoint: who may decide, conflicts, records, filters."""

from __future__ import annotations

import pytest

from tests.triage.splunkd import NOW, case


def value(number, **values):
    document = {
        "_key": f"value-{number}", "cloud": "aws", "vendor_account": "111122223333",
        "user": f"role-{number}", "dimension": "creator", "value": "instance",
        "first_seen": NOW - 9 * 86400, "last_seen": NOW - number, "days": ["19000"],
        "distinct_days": number, "state": "candidate", "updated": NOW,
    }  # fmt: skip
    return document | values


@pytest.fixture
def values(splunkd):
    splunkd.add(
        "ciw_baseline",
        value(1),
        value(2),
        value(3, state="trusted", dimension="region", value="eu-west-1"),
        value(4, state="learning", cloud="gcp"),
        value(5, state="rejected", decided_by="ada", decided_time=NOW - 60, reason="stolen"),
    )
    return splunkd


def ask(splunkd, user="tina", **query):
    return splunkd.ask(user, "GET", "baseline", list(query.items()))


def decide(splunkd, user="tina", **change):
    body = {"key": "value-1", "verb": "approve", "was_state": "candidate", "reason": "our pipeline"}
    return splunkd.ask(user, "POST", "baseline", body=body | change)


def test_candidates_come_first_and_counts_tell_what_a_filter_would_show(values):
    status, reply = ask(values)
    assert status == 200
    assert [row["key"] for row in reply["rows"]] == [f"value-{n}" for n in (2, 1, 4, 3, 5)]
    assert reply["states"] == {
        "candidate": 2, "learning": 1, "trusted": 1, "rejected": 1, "expired": 0,
    }  # fmt: skip
    assert (reply["dimensions"]["region"], reply["may_decide"]) == (1, True)
    assert reply["rows"][0]["wanted_days"] == 5
    reply = ask(values, user="vera", state="candidate,trusted", dimension="creator")[1]
    assert (reply["total"], reply["states"]["trusted"], reply["dimensions"]["region"]) == (2, 0, 1)
    assert (reply["may_decide"], "ciw_baseline_decide" in reply["why"]) == (False, True)
    assert ask(values, text="ROLE-3 eu-")[1]["total"] == 1
    assert [r["key"] for r in ask(values, sort="user", offset="1", count="2")[1]["rows"]] == [
        "value-2", "value-3",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "bad"),
    [("state", "new"), ("cloud", "x"), ("dimension", "x"), ("sort", "x"), ("count", "201"),
     ("offset", "-1"), ("offset", "9" * 5000), ("text", "\x00")],
)  # fmt: skip
def test_a_bad_parameter_is_named(values, field, bad):
    status, reply = ask(values, **{field: bad})
    assert (status, reply["field"]) == (400, field)


@pytest.mark.parametrize(
    ("verb", "state"), [("approve", "trusted"), ("reject", "rejected"), ("expire", "expired")]
)
def test_a_decision_is_recorded_and_shown_at_once(values, verb, state):
    before = dict(values.documents("ciw_baseline"))
    status, reply = decide(values, verb=verb)
    assert (status, reply["state"], reply["decided_by"], reply["reason"]) == (
        200, state, "tina", "our pipeline",
    )  # fmt: skip
    assert ask(values, text="role-1")[1]["rows"][0]["state"] == state
    assert values.documents("ciw_baseline") == before, "that has one writer, its search"
    [decision] = values.documents("ciw_baseline_decisions").values()
    assert (decision["_key"], decision["ruling"], decision["ruled_time"]) == ("value-1", state, NOW)
    [record] = values.documents("ciw_list_history").values()
    assert (record["list"], record["row_key"], record["action"], record["who"], record["done"]) == (
        "ciw_baseline_decisions", "value-1", verb, "tina", "yes",
    )  # fmt: skip


def test_two_at_once_one_wins(values):
    outcome = []
    values.before_insert = lambda: outcome.append(decide(values, user="ada", verb="reject")[0])
    assert (decide(values)[0], outcome) == (409, [200])
    assert ask(values, text="role-1")[1]["rows"][0]["state"] == "rejected"


def test_a_stale_decision_is_refused_and_told_by_whom(values):
    decide(values, user="ada", verb="reject")
    values.now += 60
    status, reply = decide(values)
    assert (status, reply["field"], reply["row"]["decided_by"]) == (409, "was_state", "ada")
    assert decide(values, was_state="rejected")[0] == 200


@pytest.mark.parametrize(
    ("field", "bad", "status"),
    [("key", "value-9", 404), ("key", "../x", 400), ("key", None, 400), ("verb", "trust", 400),
     ("was_state", "new", 400), ("was_state", None, 400), ("reason", " ", 400),
     ("reason", None, 400), ("reason", "x" * 4001, 400)],
)  # fmt: skip
def test_a_bad_decision_is_refused(values, field, bad, status):
    found, reply = decide(values, **{field: bad})
    assert (found, reply["field"]) == (status, field)
    assert not values.documents("ciw_list_history")


def test_a_decision_of_a_process_that_died_is_made_at_the_next_reading(values):
    for fatal in range(1, 4):
        values.documents("ciw_list_history").clear()
        values.documents("ciw_baseline_decisions").clear()
        values.writes_left = fatal
        decide(values)
        values.writes_left = None
        assert ask(values, text="role-1")[1]["rows"][0]["state"] == "trusted"


def test_the_cases_that_speak_against_a_value_stand_beside_it(values):
    values.add(
        "ciw_cases",
        case(1, user="role-1"),
        case(2, user=["role-1", "x"]),
        case(3, user="role-1"),
        case(4, user="role-1", vendor_account="999900001111"),
    )
    values.add(
        "ciw_case_state",
        {"_key": f"{2:016x}", "state": "closed", "disposition": "true_positive"},
        {"_key": f"{3:016x}", "state": "closed", "disposition": "benign"},
    )
    [row] = ask(values, text="role-1")[1]["rows"]
    assert row["cases"] == [f"{1:016x}", f"{2:016x}"]
