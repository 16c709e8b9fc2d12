"""What the overview reads: each search gives the columns that its panels name."""

from __future__ import annotations

import pytest

from tests.detections.bench import DAY, Bench
from tests.detections.records import ACCOUNT, epoch, launch, record, stop_trail

NOON = epoch("2026-03-10T12:00:00")


@pytest.fixture(scope="module")
def day(tmp_path_factory, app_root):
    bench = Bench(tmp_path_factory.mktemp("day"), app_root)
    bench.list("ciw_approved_creators_effective.csv",
               [["aws", ACCOUNT, "*role/pipeline", "*", "*", "*", "pipeline", "platform", "*"]])
    bench.list("ciw_known_networks_effective.csv", [["203.0.113.0/24", "office", "it", "*"]])
    bench.take([launch(NOON), launch(NOON + 1, who="pipeline", tags={"change": "CHG0001"}),
                launch(NOON + 2, userIdentity={}), launch(NOON + 3, who="pipeline"),
                launch(NOON + 4, error="Client.UnauthorizedOperation"),
                launch(NOON + 5, address="198.51.100.9"), stop_trail(NOON + 6)])
    bench.collect()
    bench.run("ciw_backfill_status", span=(NOON - DAY, NOON + DAY))
    for name in bench.app.saved_searches:
        if name.startswith("ciw_signal_"):
            bench.run(name)
    bench.run("ciw_case_builder")
    return bench


@pytest.fixture
def busy(day, tmp_path):
    return day.copy(tmp_path)


def ledger(bench):
    bench.run("ciw_backfill_ledger", span=(NOON - DAY, NOON + DAY))
    return bench.run("ciw_overview_accountability")


def test_accountability(busy):
    assert ledger(busy) == [{
        "side": "now", "instances_created": "5", "accountable_percent": "80.0",
        "approved_percent": "40.0", "change_ref_percent": "20.0", "not_accounted": "3",
        "answer": "No: 3 of 5 cannot", "answered": "no"}]
    rows = {row["how"]: row for row in busy.run("ciw_overview_accountable_by")}
    assert rows["nobody"]["whom_to_ask"] == f"aws {ACCOUNT}: nobody is listed as its owner"
    assert (rows["nobody"]["instances"], rows["nobody"]["percent"]) == ("1", "20.0")
    assert rows["the principal that created it"]["instances"] == "4"


def test_accountability_against_the_span_before(busy):
    """Two of the week before, both by the pipeline."""
    busy.take([launch(NOON - 8 * DAY, who="pipeline"), launch(NOON - 9 * DAY, who="pipeline")])
    busy.collect()
    busy.run("ciw_backfill_ledger", span=(NOON - 10 * DAY, NOON + DAY))
    before, now = busy.run("ciw_overview_accountability", span=(busy.now - 7 * DAY, busy.now))
    assert (before["side"], before["instances_created"], before["approved_percent"]) == (
        "before", "2", "100.0")
    assert (now["side"], now["instances_created"]) == ("now", "5")
    # Over all time the command takes the search's own range.
    [ever] = busy.search("| savedsearch ciw_overview_accountability")
    assert (ever["side"], ever["instances_created"]) == ("now", "7")


def test_questions_are_unknown_where_nothing_was_looked_at(bench):
    bench.now = NOON
    rows = bench.run("ciw_overview_blindness")
    assert len(rows) == 8
    assert {row["answer"] for row in rows} == {"unknown: nothing was looked at yet"}
    source = {"kind": "audit", "cloud": "aws", "vendor_account": ACCOUNT, "vendor_region": "*",
              "network": "*", "_key": "k", "coverage_key": "k", "state": "ok"}
    bench.put("ciw_coverage", [source])
    assert {row["answer"] for row in bench.run("ciw_overview_blindness")} == {"can be answered"}


def test_accountability_of_nothing(bench):
    """Nothing was looked at, so that nothing is known; with the log read, nothing was created."""
    bench.now = NOON
    [row] = bench.run("ciw_overview_accountability")
    assert (row["instances_created"], row["answer"]) == (
        "0", "Unknown: no audit log was looked at")
    assert "accountable_percent" not in row
    source = {"kind": "audit", "cloud": "aws", "vendor_account": ACCOUNT, "vendor_region": "*",
              "network": "*", "_key": "k", "coverage_key": "k"}
    bench.put("ciw_coverage", [{**source, "state": "ok"}])
    assert bench.run("ciw_overview_accountability")[0]["answer"] == "Yes: none was created"
    bench.put("ciw_coverage", [{**source, "state": "silent"}])
    assert bench.run("ciw_overview_accountability")[0]["answer"].startswith("Unknown: the audit")


SCALING = "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSService"


def machine(name, **more):
    return {"_key": name, "cloud": "aws", "vendor_account": ACCOUNT, "vendor_region": "eu-west-1",
            "object_id": name, "created": NOON - 7200, "user": "arn:aws:iam::1:role/a",
            "user_type": "role", "authorisation": "unapproved", "state": "running",
            "state_time": NOON - 7200, "instance_type": "g4dn.xlarge", **more}


@pytest.fixture
def fleet(bench):
    """Instances of a scaling group that somebody changed, of one with an owner, and of nobody."""
    bench.take([record("UpdateAutoScalingGroup", NOON - 9000, {"autoScalingGroupName": "web"},
                       who="engineer", service="autoscaling")])
    bench.collect()
    bench.now = NOON
    made = {"user": SCALING, "user_type": "service", "channel": "autoscaling",
            "authorisation": "approved"}
    bench.put("ciw_instances", [
        machine("i-1"), machine("i-2", instance_type="unheard.of"),
        machine("i-3", state="terminated", state_time=NOON - 3600),
        machine("i-4", **made, parent_id=["ami-1", "web"]),
        machine("i-5", **made, parent_id=["ami-1", "batch"], owner="data team"),
        machine("i-6", **made, parent_id=["ami-1", "lost"]),
        machine("i-7", user="unknown", user_type="unknown", owner="somebody"),
    ])
    bench.list("ciw_owners_effective.csv",
               [["aws", ACCOUNT, "platform", "pager", "7", "costs@example.com"]])
    return bench


def test_who_answers_for_what_a_service_made(fleet):
    rows = {row["how"]: row for row in fleet.run("ciw_overview_accountable_by")}
    assert {how: row["instances"] for how, row in rows.items()} == {
        "nobody": "2", "the principal that created it": "3", "the owner in its tags": "1",
        "who changed its scaling group last": "1"}
    assert rows["nobody"]["whom_to_ask"] == f"aws {ACCOUNT}: ask platform"


def test_spend_is_list_price_by_hours_and_says_what_has_no_price(fleet):
    """g4dn.xlarge is 0.526 USD an hour: i-1 two hours, i-3 one, i-7 two; i-2 has no price."""
    [row] = fleet.run("ciw_overview_spend")
    assert row == {"cloud": "aws", "vendor_account": ACCOUNT, "instances": "4", "hours": "7.0",
                   "spend": "2.63", "per_hour_now": "1.05", "unpriced": "1",
                   "oldest_price": "2026-01-19", "cost_contact": "costs@example.com"}
    [row] = fleet.run("ciw_overview_spend", span=(NOON - 1800, NOON))
    assert (row["instances"], row["spend"]) == ("3", "0.53")


def test_spend_of_unpriced_types_alone_is_not_told_as_nothing(bench):
    bench.now = NOON
    bench.put("ciw_instances", [machine("i-2", instance_type="unheard.of")])
    [row] = bench.run("ciw_overview_spend")
    assert "spend" not in row and (row["unpriced"], row["cost_contact"]) == (
        "1", "nobody is listed")


def test_egress_without_flow_logs_is_unknown(fleet):
    [row] = fleet.run("ciw_overview_egress")
    assert (row["instances"], row["unknown"], row["unknown_percent"]) == ("7", "7", "100.0")
    fleet.put("ciw_coverage", [{
        "_key": "k", "coverage_key": "k", "kind": "flows", "cloud": "aws", "network": "*",
        "vendor_account": ACCOUNT, "vendor_region": "eu-west-1", "state": "ok",
        "covered_from": NOON - DAY}])
    [row] = fleet.run("ciw_overview_egress")
    assert (row["nothing_outside"], row["unknown"], row["restricted_or_known_percent"]) == (
        "7", "0", "100.0")


def test_countries_and_what_no_map_can_show(busy):
    rows = {row["country"]: row for row in busy.run("ciw_overview_countries")}
    assert (rows["Singapore"]["changes"], rows["Singapore"]["code"]) == ("5", "SG")
    assert rows["United States"]["addresses"] == "1"


def test_open_cases_and_their_age(busy):
    counts = {row["severity"]: row["count"] for row in busy.run("ciw_overview_open_cases")}
    assert counts == {"critical": "0", "high": "1", "medium": "0", "low": "0"}
    [row] = busy.run("ciw_overview_case_age")
    assert row == {"severity": "high", "under 1 hour": "1", "1 to 4 hours": "0",
                   "4 to 24 hours": "0", "over 24 hours": "0"}
    [case] = busy.documents("ciw_cases")
    busy.put("ciw_case_state", [{"_key": case["case_id"], "case_id": case["case_id"],
                                 "state": "closed", "owner": "analyst",
                                 "closed_time": case["opened"] + 7200}])
    counts = {row["severity"]: row["count"] for row in busy.run("ciw_overview_open_cases")}
    assert counts["high"] == "0"
    busy.put("ciw_case_history", [
        {"_key": f"{case['case_id']}:{number}", "case_id": case["case_id"], "version": number,
         "time": case["opened"] + hours * 3600, "who": "analyst", "verb": verb,
         "from_state": before, "to_state": after}
        for number, (hours, verb, before, after) in enumerate((
            (1, "acknowledge", "new", "in_triage"), (1.5, "note", "in_triage", "in_triage"),
            (2, "escalate", "in_triage", "escalated"), (5, "contain", "escalated", "contained"),
            (6, "close", "contained", "closed")), 1)])
    busy.now = case["opened"] + 7 * 3600
    [row] = busy.run("ciw_overview_response")
    assert row == {"severity": "high", "cases": "1", "acknowledge_hours": "1.0",
                   "decide_hours": "2.0", "contain_hours": "5.0", "longest_hours": "2.0",
                   "past_due": "0", "overdue": "0"}


def test_a_case_that_nobody_decided_in_time_is_overdue(busy):
    [case] = busy.documents("ciw_cases")
    busy.now = case["sla_due"] + 60
    [row] = busy.run("ciw_overview_response")
    assert (row["severity"], row["overdue"], row["cases"]) == ("high", "1", "0")


def test_newest_cases(busy):
    rows = busy.run("ciw_overview_newest_cases")
    assert all(set(row) == {"case_id", "severity", "opened", "state", "cloud", "vendor_account",
                            "user", "reason"} for row in rows)
    assert {row["state"] for row in rows} == {"new"}


def test_over_time(busy):
    creations = busy.run("ciw_overview_creations")
    assert sum(float(row["success"]) for row in creations) == 5
    assert sum(float(row["failure"]) for row in creations) == 1
    assert sum(float(row["audit_logging_impaired"])
               for row in busy.run("ciw_overview_signals")) == 1


def test_sources(busy):
    rows = {row["src"]: row for row in busy.run("ciw_overview_sources")}
    assert rows["203.0.113.10"]["network"] == "office"
    assert rows["198.51.100.9"]["network"] == "unknown"
    assert (rows["203.0.113.10"]["principals"], rows["203.0.113.10"]["changes"]) == ("3", "5")


def test_coverage_says_when_nothing_was_looked_at(bench):
    bench.now = NOON
    [row] = bench.run("ciw_overview_coverage")
    assert (row["telemetry"], row["state"], row["questions"]) == (
        "every source", "missing", "every question")
    assert row["what_to_do"].startswith("Nothing was looked at yet")


def test_coverage_names_what_is_silent_and_missing(busy):
    busy.put("ciw_list_problems", [{
        "_key": "1", "list": "owners", "place": "lookups/ciw_owners.csv row 2", "column": "cloud",
        "problem": "amazon is none of aws, azure, gcp", "effect": "left out",
        "what_to_do": "Correct cloud of it."}])
    for later, audit in ((2 * 3600, "switched off"), (30 * 3600, "silent")):
        busy.now = NOON + later
        if audit == "silent":
            busy.take([launch(NOON + 3 * 3600)])
            busy.collect()
            busy.now = NOON + later
        busy.run("ciw_backfill_ledger", span=(NOON - DAY, busy.now))
        for name in ("network", "metrics", "sources"):
            busy.run(f"ciw_coverage_{name}")
        rows = busy.run("ciw_overview_coverage")
        gaps = {(row["telemetry"], row["state"], row["account"]) for row in rows}
        assert gaps == {
            ("audit log", audit, f"aws {ACCOUNT}"), ("inventory", "missing", "aws"),
            *((f"{kind} of eu-west-1", "missing", f"aws {ACCOUNT}")
              for kind in ("flow logs", "DNS queries", "metrics")),
            ("list owners", "left out", "all")}
        assert all(row["questions"] and row["what_to_do"].endswith(".") for row in rows)
