"""The desk in a real browser, against the lab's server and the real REST handler."""

from __future__ import annotations

from tests.ui.seeds import QUESTIONS


def test_from_the_queue_to_an_escalation_that_is_kept(drive, desk):
    case_id = desk.id("build-agent", "111122223333")
    seen = drive("walk", case_id=case_id)
    assert seen["rows"] == 10
    assert f"case={case_id}" in seen["address"]
    assert seen["questions"] == 8
    assert seen["rule"] == "escalate"
    assert "Say it in a sentence" in seen["refusedEmpty"]
    assert "198.51.100.20 is in no known network" in seen["reason"]
    assert seen["version"] == "4"
    assert "escalated to tier 2" in seen["kept"]
    assert "Network team saw 40 GB outbound." in seen["keptAnswer"]
    assert seen["l1MayClose"] is False

    assert "Not recorded: the case moved on." in seen["conflict"]
    assert "ciw_l1" in seen["conflict"]
    assert seen["draftKept"] == "Moved to an empty security group."
    assert seen["draftAfterReload"] == "Moved to an empty security group."

    records = desk.kv.collection("ciw_case_history").find({"case_id": case_id})
    told = sorted((row["version"], row["who"], row["verb"]) for row in records)
    assert told == [
        (1, "ciw_l1", "acknowledge"),
        (2, "ciw_l1", "answer"),
        (3, "ciw_l1", "answer"),
        (4, "ciw_l1", "escalate"),
        (5, "ciw_l2", "contain"),
    ]
    assert desk.kv.collection("ciw_case_state").get(case_id)["state"] == "contained"
    assert seen["axe"] == {"queue": [], "case": []}
    assert seen["outside"] == []
    assert [fault for fault in seen["faults"] if "409" not in fault] == []


def test_filters_keyboard_roles_and_hostile_content(drive, desk):
    seen = drive(
        "corners",
        hostile=next(
            row["case_id"]
            for row in desk.kv.collection("ciw_cases").find()
            if row["user"].startswith("<img")
        ),
        failing=desk.id("qa-runner", "777788889999"),
        clean=desk.id("terraform-ci", "111122223333"),
    )
    assert seen["focused"] == seen["first"]
    assert seen["searched"] == [desk.id("jenkins-prod", "444455556666")]
    assert seen["address"] == "?text=jenkins"
    assert seen["afterReload"] == "jenkins"
    assert (seen["high"], seen["empty"]) == (3, "No case fits these filters")
    assert seen["afterBack"] == 3
    assert "<img src=x onerror=" in seen["hostile"]
    assert seen["injected"] == 0
    assert (seen["readOnly"], seen["enabledVerbs"]) == (1, 0)
    assert "q=search%20%60ciw_changes%60" in seen["evidence"]
    assert "This search failed." in seen["failed"]
    assert "ciw_known_networks could not be read" in seen["failed"]
    assert seen["failedRule"] == "escalate"
    assert seen["cleanRule"] == "not_required"
    assert "16 lowercase hexadecimal digits" in seen["badCase"]
    assert seen["axe"] == {"light": [], "lightQueue": []}
    assert seen["outside"] == []
    assert seen["faults"] == []


def test_several_cases_are_closed_at_once_and_the_one_that_moved_on_is_named(drive, desk):
    moved = desk.id("ops-console", "444455556666")
    seen = drive("bulk", moved=moved)
    assert "needs what it turned out to be, and a reason" in seen["complaint"]
    assert seen["anew"] == 0
    assert "the signals of each of these 3 cases raise nothing" in seen["silences"]
    assert "ops-console" in seen["silences"] and "within five minutes" in seen["silences"]
    assert "2 recorded (close). 1 refused" in seen["outcome"]
    assert "ops-console: ciw_l2 changed this case (acknowledge)" in seen["outcome"]
    assert "stratus-red-team: recorded" in seen["outcome"]
    assert seen["left"] == moved
    assert seen["ticked"] == [1, 0]
    assert "The case moved on. ciw_l2 changed this case (assign)." in seen["notice"]
    states = [row["state"] for row in desk.kv.collection("ciw_case_state").find()]
    assert sorted(states) == ["closed", "closed", "in_triage"]
    # One for each kind of signal of those that were recorded, none of the one that moved on.
    silent = [(row["user"], row["signal"], row["owner"])
              for row in desk.kv.collection("ciw_exceptions").find()]
    assert sorted(silent) == [
        ("stratus-red-team", "denied_instance_creation", "ciw_l1"),
        ("svc-deploy", "instance_created_without_change_ref", "ciw_l1"),
        ("svc-deploy", "network_change_before_launch", "ciw_l1"),
    ]
    assert seen["axe"] == []
    assert [fault for fault in seen["faults"] if "409" not in fault] == []


def test_odd_documents_broken_pages_and_searches_that_never_answer(drive, desk):
    odd = [
        {
            "_key": f"{1:016x}", "severity": ["high"], "signals": "one_signal", "user": 7,
            "opened": 1e20, "sla_due": "soon", "reason": ["one", {"two": 2}], "src": {"x": None},
            "signal_ids": "gone", "mitre_id": None, "previous_case_id": [], "drill": [True],
        },
        {"_key": f"{2:016x}"},
        {"_key": f"{3:016x}", "reason": 12, "severity": {"a": 1}, "object_id": [[1], None, ""]},
    ]  # fmt: skip
    desk.kv.collection("ciw_cases").upsert_many(odd)
    seen = drive(
        "robust",
        odd=[document["_key"] for document in odd],
        good=desk.id("build-agent", "111122223333"),
        clean=desk.id("terraform-ci", "111122223333"),
    )
    assert seen["rows"] == 13
    assert 'one, {"two":2}' in seen["heads"][0] and "exercise" in seen["heads"][0]
    assert f"Case {2:016x}" in seen["heads"][1] and "none set" in seen["heads"][1]
    assert "Unknown" in seen["heads"][2]
    assert seen["faults"] == []
    assert "could not be shown: made to fail" in seen["broken"]
    assert seen["backAt"] == ""
    assert "Splunk answered 503" in seen["stranger"]
    assert "did not answer within 30 seconds" in seen["unanswered"]
    assert "did not end within 60 seconds" in seen["endless"]
    assert seen["warned"] == (
        "Splunk warned, so something may be missing here: Search peer <b>indexer-2</b> did not"
        " answer. A lookup was left out.")
    assert seen["warnedLines"] and seen["beside"] == 1
    assert seen["warnedCards"] == len(QUESTIONS)
    assert seen["warnedRule"] == "undecided"
    assert "The search says no. The question counts as unknown" in seen["warnedNo"]
    assert "It gave 0 rows instead of one. Splunk warned: Search peer" in seen["warnedNothing"]
    assert "that is not a no" in seen["warnedEmpty"]
    assert "No other instance" not in seen["warnedEmpty"]
    assert "tell an administrator: search ciw_question_business_hours" in seen["endless"]
