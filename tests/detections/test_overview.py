"""What the overview reads: each search gives the columns that its panels name."""

from __future__ import annotations

import pytest

from tests.detections.bench import DAY, Bench
from tests.detections.records import ACCOUNT, epoch, launch, stop_trail

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


def test_accountability(busy):
    assert busy.run("ciw_overview_accountability") == [{
        "instances_created": "5", "accountable_percent": "80.0", "approved_percent": "40.0",
        "change_ref_percent": "20.0"}]


def test_accountability_of_nothing(bench):
    bench.now = NOON
    assert bench.run("ciw_overview_accountability") == [{"instances_created": "0"}]


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
    [row] = busy.run("ciw_overview_decision_time")
    assert (row["severity"], row["cases"], row["median_hours"], row["past_due"]) == (
        "high", "1", "2.0", "0")


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
