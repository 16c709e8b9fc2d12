"""The card's questions: yes, no and unknown each for a reason, one row whatever happens."""

from __future__ import annotations

import pytest

from tests.detections.bench import DAY
from tests.detections.records import ACCOUNT, epoch, launch, record, role, stop_trail

NOON = epoch("2026-03-10T12:00:00")  # a Tuesday
CASE = "0123456789abcdef"
QUESTIONS = ("known_user", "business_hours", "recognised_source", "suspicious_changes",
             "recent_activity", "listed_in_change", "other_activity", "data_volume")


@pytest.fixture
def ask(bench):
    """Asks about a case of the role deploy at NOON, after its records were collected."""

    def answer(question: str, *records: dict, **case: object) -> dict:
        bench.put("ciw_cases", [{
            "_key": CASE, "case_id": CASE, "subject": f"aws|{ACCOUNT}|{role('deploy')}",
            "cloud": "aws", "vendor_account": ACCOUNT, "user": role("deploy"),
            "object_id": "i-0a1b2c3d4e5f60001", "src": "203.0.113.10", "first_time": NOON,
            "last_time": NOON, "opened": NOON, "authorisation": "unknown"} | case])
        if records:
            bench.take(list(records))
            bench.collect()
        bench.now = NOON + 3600
        [row] = bench.run(f"ciw_question_{question}", case_id=CASE)
        well_formed(row)
        return row

    return answer


def well_formed(row: dict) -> None:
    assert row["question"].endswith("?") and row["why"].endswith(".")
    assert row["answer"] in ("yes", "no", "unknown")
    assert (row["answer"] == "unknown") == ("missing" in row) == (row["concern"] == "unknown")
    assert row["concern"] in ("true", "false", "unknown")
    assert row["evidence_search"]


def status(bench, state: str = "mature", last_seen: float = NOON + DAY) -> None:
    bench.put("ciw_baseline_status", [{
        "_key": "1", "cloud": "aws", "vendor_account": ACCOUNT, "state": state,
        "covered_days": 30 if state == "mature" else 3, "first_seen": 0, "last_seen": last_seen}])


def baseline(bench, dimension: str, value: str, state: str) -> None:
    bench.put("ciw_baseline", [{
        "_key": dimension, "cloud": "aws", "vendor_account": ACCOUNT, "user": role("deploy"),
        "dimension": dimension, "value": value, "state": state, "distinct_days": 9,
        "first_seen": NOON - 30 * DAY, "last_seen": NOON - DAY}])


def outcome(row: dict) -> tuple[str, str]:
    return row["answer"], row["concern"]


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_telemetry_is_unknown(ask, question):
    row = ask(question, src=None)
    assert outcome(row) == ("unknown", "unknown")


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_such_case_is_one_unknown_row(bench, question):
    bench.now = NOON
    [row] = bench.run(f"ciw_question_{question}", case_id="f" * 16)
    assert row["answer"] == "unknown"


def test_known_user(bench, ask):
    status(bench, "learning")
    assert outcome(ask("known_user")) == ("unknown", "unknown")
    status(bench)
    assert outcome(ask("known_user")) == ("no", "true")
    baseline(bench, "creator", "instance", "trusted")
    assert outcome(ask("known_user")) == ("yes", "false")
    assert outcome(ask("known_user", authorisation="unapproved"))[0] == "yes"
    baseline(bench, "creator", "instance", "candidate")
    assert outcome(ask("known_user", authorisation="approved")) == ("yes", "false")
    assert outcome(ask("known_user", authorisation="unapproved")) == ("no", "true")
    assert outcome(ask("known_user", user="unknown")) == ("unknown", "unknown")


@pytest.mark.parametrize(("row", "outcome_"), [
    (["aws", "*", "*", "UTC", "1-5", "08:00", "18:00", "*"], ("yes", "false")),
    (["aws", "*", "*", "UTC", "1-5", "08:00", "12:00", "*"], ("no", "true")),
    (["aws", "*", "*", "UTC", "1;3;5", "08:00", "18:00", "*"], ("no", "true")),
    (["aws", "*", "*", "UTC", "2", "08:00", "18:00", "2026-03-10"], ("no", "true")),
    (["aws", "*", "*", "+09:00", "1-5", "08:00", "18:00", "*"], ("no", "true")),
    (["aws", "*", "*", "-05:30", "1-5", "06:00", "07:00", "*"], ("yes", "false")),
    (["gcp", "*", "*", "UTC", "1-5", "08:00", "18:00", "*"], ("unknown", "unknown")),
])
def test_business_hours(bench, ask, row, outcome_):
    bench.list("ciw_business_hours_effective.csv", [row])
    assert outcome(ask("business_hours", launch(NOON))) == outcome_


def test_recognised_source(bench, ask):
    assert outcome(ask("recognised_source")) == ("unknown", "unknown")
    status(bench)
    assert outcome(ask("recognised_source")) == ("no", "true")
    baseline(bench, "source", "203.0.113.10", "trusted")
    assert outcome(ask("recognised_source")) == ("yes", "false")
    both = ask("recognised_source", src=["203.0.113.10", "198.51.100.7"])
    assert outcome(both) == ("no", "true") and len(both["facts"]) == 2
    bench.list("ciw_known_networks_effective.csv", [["198.51.100.0/24", "office", "it", "*"]])
    assert outcome(ask("recognised_source", src=["203.0.113.10", "198.51.100.7"])) == (
        "yes", "false")


def test_a_listed_threat_is_not_recognised_whatever_the_baseline_says(bench, ask):
    baseline(bench, "source", "203.0.113.10", "trusted")
    bench.list("ciw_threat_intel_effective.csv", [
        ["203.0.113.10", "ip", "proxy of an attacker", "own", "*", "203.0.113.10/32", "nothing"]])
    row = ask("recognised_source")
    assert outcome(row) == ("no", "true")
    assert row["facts"] == "203.0.113.10: listed as proxy of an attacker (own)"


def test_suspicious_changes(bench, ask):
    assert outcome(ask("suspicious_changes", launch(NOON))) == ("unknown", "unknown")
    status(bench)
    assert outcome(ask("suspicious_changes")) == ("no", "false")
    row = ask("suspicious_changes", record(
        "AuthorizeSecurityGroupIngress", NOON + 60,
        {"groupId": "sg-0a1b2c3d4e5f60001", "ipProtocol": "tcp", "fromPort": 22, "toPort": 22,
         "cidrIp": "0.0.0.0/0"}, {"_return": True}))
    assert outcome(row) == ("yes", "true")
    assert row["facts"] == ("opened 0.0.0.0/0 tcp/22 by AuthorizeSecurityGroupIngress on "
                            "sg-0a1b2c3d4e5f60001")


def test_suspicious_changes_are_unknown_where_the_log_ends_before_the_case(bench, ask):
    status(bench, last_seen=NOON - 3600)
    assert ask("suspicious_changes", launch(NOON))["answer"] == "unknown"


def test_changes_of_others_and_failures_are_not_the_principals(bench, ask):
    status(bench)
    row = ask("suspicious_changes", launch(NOON), stop_trail(NOON, who="other"),
              stop_trail(NOON, error="AccessDenied"))
    assert outcome(row) == ("no", "false")


def test_recent_activity(bench, ask):
    status(bench)
    assert ask("recent_activity", launch(NOON))["answer"] == "unknown"
    assert outcome(ask("recent_activity", launch(NOON - 3 * DAY))) == ("yes", "false")
    row = ask("recent_activity", stop_trail(NOON))
    assert outcome(row) == ("no", "true")
    assert any("StopLogging" in fact and "not used" in fact for fact in row["facts"])


def test_listed_in_change(bench, ask):
    status(bench)
    listed = ["CHG0012345", "aws", "*", "*", "*", "web", "*", "4", "2026-03-10", "2026-03-10",
              "more web servers", "web"]
    assert ask("listed_in_change", launch(NOON, tags={"change": "CHG0012345"}))["answer"] == (
        "unknown")
    bench.list("ciw_change_requests_effective.csv", [listed])
    assert outcome(ask("listed_in_change")) == ("yes", "false")
    bench.list("ciw_change_requests_effective.csv", [[*listed[:8], "2026-03-11", *listed[9:]]])
    assert outcome(ask("listed_in_change")) == ("no", "true")


def test_other_activity(bench, ask):
    status(bench)
    assert outcome(ask("other_activity", launch(NOON))) == ("no", "false")
    assert outcome(ask("other_activity", launch(NOON, who="other"))) == ("yes", "true")
    bench.list("ciw_known_networks_effective.csv", [["203.0.113.0/24", "office", "it", "*"]])
    assert outcome(ask("other_activity")) == ("yes", "false")


COVER = {"cloud": "aws", "vendor_account": ACCOUNT, "updated": NOON + 1800}


def audit_row(bench, **row: object) -> None:
    bench.put("ciw_coverage", [COVER | {
        "_key": "audit", "coverage_key": "audit", "kind": "audit", "vendor_region": "*",
        "network": "*", "told": "the audit log of aws account: nothing since noon",
        "covered_until": NOON - 60} | row])


@pytest.mark.parametrize(("question", "records"), [
    ("known_user", []), ("recognised_source", []), ("suspicious_changes", [launch(NOON)]),
    ("recent_activity", [launch(NOON - 3 * DAY), launch(NOON)]), ("other_activity", [launch(NOON)])])
def test_a_no_is_unknown_where_the_audit_log_has_ended(bench, ask, question, records):
    status(bench, last_seen=NOON)
    audit_row(bench)
    row = ask(question, *records)
    assert row["answer"] == "unknown"
    assert row["missing"] == "the audit log of aws account: nothing since noon"
    audit_row(bench, covered_until=None)
    assert ask(question)["answer"] in ("yes", "no")


def test_what_is_seen_stays_seen_where_the_audit_log_has_ended(bench, ask):
    status(bench, last_seen=NOON)
    audit_row(bench)
    assert outcome(ask("suspicious_changes", launch(NOON), stop_trail(NOON))) == ("yes", "true")
    assert outcome(ask("other_activity", launch(NOON, who="other"))) == ("yes", "true")
    assert outcome(ask("known_user", authorisation="unapproved")) == ("no", "true")


def test_a_case_without_a_principal_asks_about_its_instance(ask):
    row = ask("recent_activity", launch(NOON, instance="i-0a1b2c3d4e5f60001"),
              launch(NOON, instance="i-0a1b2c3d4e5f60002", who="other"), user="unknown")
    assert row["facts"].startswith("RunInstances: 1 time(s)")


def test_every_question_of_the_desk_has_its_search(bench):
    searches = {name.removeprefix("ciw_question_") for name in bench.app.saved_searches
                if name.startswith("ciw_question_")}
    assert searches == set(QUESTIONS)


def test_a_cases_signals_and_operations(bench, ask):
    ask("recent_activity", launch(NOON), launch(NOON - 3 * DAY), signal_ids=["b", "a"])
    bench.put("ciw_signals", [{"_key": key, "signal_id": key, "signal": "denied_instance_creation",
                               "weight": weight, "time": NOON} for key, weight in
                              (("a", 10), ("b", 60), ("c", 90))])
    assert [row["signal_id"] for row in bench.run("ciw_case_signals", case_id=CASE)] == ["b", "a"]
    [operation] = bench.run("ciw_case_operations", case_id=CASE)
    assert operation["command"] == "RunInstances"


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_logged_value_becomes_spl_in_the_link_to_the_events(ask, question):
    hostile = 'x" | delete | search "`ciw_changes`'
    row = ask(question, user=hostile, src=["203.0.113.10", hostile])
    assert "delete" not in row["evidence_search"]
    assert CASE in row["evidence_search"] or "203.0.113.10" in row["evidence_search"]
