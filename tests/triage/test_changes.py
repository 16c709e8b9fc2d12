"""Claims, conflicts, crashes, bad and hostile requests, what is recorded."""

import json

import pytest
from ciw_triage import history
from ciw_triage.machine import QUESTIONS

from tests.triage.splunkd import NOW, case

ID = f"{1:016x}"


def test_a_change_records_who_when_and_why(splunkd):
    splunkd.change("lena", ID, 0, "acknowledge")
    splunkd.now += 60
    status, reply = splunkd.change("lena", ID, 1, "escalate", reason=" not in any change ")
    assert status == 200
    record = splunkd.documents("ciw_case_history")[f"{ID}:2"]
    assert (record["who"], record["time"], record["reason"]) == (
        "lena", NOW + 60, "not in any change",
    )  # fmt: skip
    assert (record["from_state"], record["to_state"]) == ("in_triage", "escalated")
    assert reply["state"]["owner"] == "lena"
    assert [entry["verb"] for entry in reply["history"]] == ["acknowledge", "escalate"]
    assert splunkd.documents("ciw_case_state")[ID]["updated_by"] == "lena"


def test_a_stale_version_is_refused_and_names_the_winner(splunkd):
    assert splunkd.change("lena", ID, 0, "acknowledge")[0] == 200
    status, reply = splunkd.change("leo", ID, 0, "escalate", reason="mine")
    assert status == 409
    assert "lena changed this case (acknowledge)" in reply["messages"][0]["text"]
    assert reply["since"][0]["who"] == "lena"
    assert reply["state"]["version"] == 1
    assert len(splunkd.documents("ciw_case_history")) == 1


def test_two_at_the_same_moment_one_wins(splunkd):
    """The other's claim is inserted after ours was checked and before ours is inserted."""
    outcome = []
    splunkd.before_insert = lambda: outcome.append(splunkd.change("leo", ID, 0, "acknowledge")[0])
    status, reply = splunkd.change("lena", ID, 0, "escalate", reason="mine")
    assert (outcome, status) == ([200], 409)
    assert reply["since"][0]["who"] == "leo"
    assert splunkd.documents("ciw_case_state")[ID]["state"] == "in_triage"


@pytest.mark.parametrize("seen_by", ["case", "queue", "change"])
def test_a_crash_between_claim_and_state_is_mended(splunkd, seen_by):
    splunkd.fail_put = True
    status, _ = splunkd.change("lena", ID, 0, "escalate", reason="before the crash")
    assert status == 500
    assert f"{ID}:1" in splunkd.documents("ciw_case_history")
    assert ID not in splunkd.documents("ciw_case_state")
    splunkd.fail_put = False
    if seen_by == "case":
        assert splunkd.ask("vera", "GET", "case", [("case_id", ID)])[1]["state"]["version"] == 1
    elif seen_by == "queue":
        reply = splunkd.ask("vera", "GET", "queue")[1]
        assert reply["cases"][0]["state"]["state"] == "escalated"
    else:
        assert splunkd.change("lena", ID, 1, "note", note="after")[0] == 200
    kept = splunkd.documents("ciw_case_state")[ID]
    assert kept["state"] == "escalated"
    assert kept["owner"] == ""
    assert kept["reason"] == "before the crash"


def test_an_outrun_state_document_is_mended(splunkd):
    """A process that stalled after its claim writes an old state over a newer one."""
    splunkd.change("lena", ID, 0, "acknowledge")
    old = dict(splunkd.documents("ciw_case_state")[ID])
    splunkd.change("lena", ID, 1, "escalate", reason="later")
    splunkd.documents("ciw_case_state")[ID] = old
    splunkd.ask("vera", "GET", "queue")
    assert splunkd.documents("ciw_case_state")[ID]["version"] == 2


def test_the_state_is_the_fold_of_the_history_in_any_order(splunkd):
    splunkd.change("lena", ID, 0, "acknowledge")
    splunkd.change("lena", ID, 1, "assign", owner="tina")
    splunkd.change("lena", ID, 2, "close", disposition="benign", reason="planned")
    splunkd.change("tina", ID, 3, "reopen", reason="again")
    records = list(splunkd.documents("ciw_case_history").values())
    state = history.fold(ID, reversed(records))
    kept = dict(splunkd.documents("ciw_case_state")[ID])
    assert kept.pop("_key") == ID
    assert state == kept
    assert (state["state"], state["owner"], state["disposition"], state["closed_time"]) == (
        "in_triage", "tina", "", 0,
    )  # fmt: skip


def test_answers_keep_the_latest_and_who_gave_it(splunkd):
    splunkd.change("lena", ID, 0, "answer", question="known_user", answer="yes", note="HR list")
    splunkd.change(
        "leo", ID, 1, "answer", question="known_user", answer="no", machine_answer="unknown"
    )
    reply = splunkd.ask("vera", "GET", "case", [("case_id", ID)])[1]
    assert reply["answers"]["known_user"]["answer"] == "no"
    assert reply["answers"]["known_user"]["who"] == "leo"
    assert reply["answers"]["known_user"]["machine_answer"] == "unknown"
    assert reply["state"]["owner"] == "lena"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("case_id", "../../etc/passwd"),
        ("case_id", ID.upper().replace("0", "A")),
        ("case_id", ID + "\n"),
        ("case_id", '0" OR 1=1 | delete'),
        ("case_id", {"$ne": ""}),
        ("case_id", None),
        ("version", "0"),
        ("version", -1),
        ("version", True),
        ("version", 10**9),
        ("version", None),
        ("verb", "delete"),
        ("verb", None),
        ("verb", ["close"]),
        ("reason", ""),
        ("reason", "   \n"),
        ("reason", None),
        ("reason", 7),
        ("reason", "x" * 4001),
        ("reason", "bell\x07"),
        ("reason", "lone \ud800"),
        ("disposition", "whatever"),
        ("disposition", None),
        ("extra", "field"),
    ],
)
def test_a_bad_field_is_refused_and_named(splunkd, field, value):
    body = {
        "case_id": ID, "version": 0, "verb": "close", "disposition": "benign", "reason": "planned",
    }  # fmt: skip
    body[field] = value
    status, reply = splunkd.ask("ada", "POST", "case", body=body)
    assert status == 400
    assert reply["field"] == field
    assert not splunkd.documents("ciw_case_history")


@pytest.mark.parametrize("owner", ["two words", "a/b", "a:b", "x" * 121, '"; | delete'])
def test_an_owner_is_a_user_name(splunkd, owner):
    status, reply = splunkd.change("lena", ID, 0, "assign", owner=owner)
    assert (status, reply["field"]) == (400, "owner")


@pytest.mark.parametrize("owner", ["tina", "DOMAIN\\tina", "tina@example.com", ""])
def test_an_owner_can_be_set_and_taken_away(splunkd, owner):
    assert splunkd.change("lena", ID, 0, "assign", owner=owner)[1]["state"]["owner"] == owner


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "=cmd|' /C calc'!A0", "[x](javascript:1)", "$env:user$ | delete"],
)
def test_hostile_text_is_kept_as_text(splunkd, text):
    status, reply = splunkd.change("lena", ID, 0, "note", note=text)
    assert status == 200
    assert json.loads(reply["history"][0]["detail"])["note"] == text


@pytest.mark.parametrize("raw", ["", "{", "[]", '"text"', "null", "x" * 70000])
def test_a_body_that_is_not_an_object_is_refused(splunkd, raw):
    assert splunkd.ask("ada", "POST", "case", raw=raw)[0] == 400


def test_paths_and_methods(splunkd):
    assert splunkd.ask("ada", "GET", "nothing")[0] == 404
    assert splunkd.ask("ada", "POST", "queue", body={})[0] == 405
    assert splunkd.ask("ada", "DELETE", "case")[0] == 405
    assert splunkd.ask("ada", "GET", "case", [("case_id", "..%2f")])[0] == 400
    assert splunkd.ask("ada", "GET", "case", [("case_id", f"{9:016x}")])[0] == 404


def test_whoami_tells_role_and_capabilities(splunkd):
    reply = splunkd.ask("lena", "GET", "whoami")[1]
    assert (reply["user"], reply["roles"]) == ("lena", ["ciw_l1"])
    assert "ciw_case_escalate" in reply["capabilities"]
    assert "ciw_case_contain" not in reply["capabilities"]
    assert reply["questions"] == list(QUESTIONS)


def test_a_user_without_the_app_role_sees_nothing(splunkd):
    for path in ("whoami", "queue"):
        status, reply = splunkd.ask("stranger", "GET", path)
        assert status == 403
        assert "ciw_case_view" in reply["messages"][0]["text"]


def test_the_case_lists_its_signals_strongest_first_and_those_gone(splunkd):
    splunkd.add("ciw_cases", case(3, signal_ids=["a", "b", "gone"]))
    splunkd.add("ciw_signals", {"_key": "a", "weight": 20}, {"_key": "b", "weight": "80"})
    reply = splunkd.ask("vera", "GET", "case", [("case_id", f"{3:016x}")])[1]
    assert [signal["_key"] for signal in reply["signals"]] == ["b", "a"]
    assert reply["missing_signals"] == ["gone"]


def test_a_body_nested_too_deeply_is_a_bad_request(splunkd):
    status, reply = splunkd.ask("lena", "POST", "case", raw="[" * 60000)
    assert status == 400
    assert "nested" in reply["messages"][0]["text"]


def test_a_slow_reading_does_not_write_an_old_state_over_a_newer_one(splunkd, monkeypatch):
    """A reading that took its history before a change finds the newer document after it."""
    from ciw_triage.cases import Cases

    splunkd.change("lena", ID, 0, "acknowledge")
    taken = Cases._records

    def slow(self, case_id):
        records = taken(self, case_id)
        monkeypatch.setattr(Cases, "_records", taken)
        splunkd.change("leo", ID, 1, "escalate", reason="meanwhile")
        return records

    monkeypatch.setattr(Cases, "_records", slow)
    splunkd.ask("vera", "GET", "case", [("case_id", ID)])
    assert splunkd.documents("ciw_case_state")[ID]["version"] == 2
