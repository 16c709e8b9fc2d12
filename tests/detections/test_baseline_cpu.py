"""The baseline of CPU by instance and by peers, and what cpu_spike makes of it."""

from __future__ import annotations

import json

import pytest

from tests.detections.bench import DAY, HOUR, Bench
from tests.detections.network import take_events
from tests.detections.records import ACCOUNT, epoch, launch, role

TODAY = epoch("2026-03-20T00:00:00")
NOW = TODAY + 23 * HOUR
LONG_LIVED = {"web": 5, "once": 1}
"""Instances that run since twelve days ago."""
SHORT_LIVED = ("batch", "gang")
"""Who launches four instances every day, each for six hours at full use."""


def name(who: str, ago: int, number: int = 0) -> str:
    return f"i-{who}-{ago}-{number}"


def launches() -> list[dict]:
    found = [created(who, ago, number) for who in SHORT_LIVED for ago in range(12, -1, -1)
             for number in range(4 if ago else 1)]
    found += [created(who, 12, number) for who, count in LONG_LIVED.items()
              for number in range(count)]
    return [*found, created("web", 0, 5), created("intruder", 0, 0)]


def created(who: str, ago: int, number: int) -> dict:
    kind = "c5.large" if who in (*SHORT_LIVED, "intruder") else "m5.large"
    return launch(TODAY - ago * DAY + HOUR, name(who, ago, number), who=who,
                  request={"instanceType": kind})


def measured(instance: str, ago: int, hours: range, percent: float) -> list[str]:
    return [json.dumps({
        "time": TODAY - ago * DAY + hour * HOUR, "cloud": "aws", "vendor_account": ACCOUNT,
        "vendor_region": "eu-west-1", "object_id": instance,
        "cloud.instance.cpu.percent": percent}) for hour in hours]


def cpu() -> list[str]:
    lines = []
    for who in SHORT_LIVED:
        for ago in range(12, -1, -1):
            for number in range(4 if ago else 1):
                lines += measured(name(who, ago, number), ago, range(2, 8), 97)
    for who, count in LONG_LIVED.items():
        for number in range(count):
            for ago in range(11, -1, -1):
                lines += measured(name(who, 12, number), ago, range(10), 5)
    for ago in (0, 1):
        lines += measured(name("once", 12), ago, range(10, 18), 97)
    for fresh in (name("web", 0, 5), name("intruder", 0)):
        lines += measured(fresh, 0, range(2, 8), 97)
    return lines


@pytest.fixture(scope="module")
def home(tmp_path_factory, app_root) -> Bench:
    bench = Bench(tmp_path_factory.mktemp("cpu"), app_root)
    bench.take(launches())
    take_events(bench, "ciw:metrics", cpu(), "cloud_metrics")
    bench.now = NOW
    bench.collect()
    bench.put("ciw_cases", [{
        "_key": "c1", "case_id": "c1", "subject": f"aws|{ACCOUNT}|{role('gang')}", "cloud": "aws",
        "vendor_account": ACCOUNT, "user": role("gang"), "first_time": TODAY - 12 * DAY,
        "signals": ["instance_created_by_new_principal"]}])
    for what, end in (("ledger", NOW), ("cpu", NOW)):
        bench.run(f"ciw_backfill_{what}", span=(0, end))
    bench.run("ciw_signal_cpu_spike")
    return bench


def reasons(bench: Bench) -> dict[tuple[str, bool], str]:
    """(instance, whether of today) → why."""
    return {(row["object_id"], row["time"] > TODAY): row["reason"]
            for row in bench.documents("ciw_signals")}


def row(bench: Bench, key: str) -> dict:
    [found] = [row for row in bench.documents("ciw_baseline_cpu") if row["name"] == key]
    return found


def test_short_lived_workers_are_usual_by_their_peers(home):
    peers = row(home, f"{role('batch')} c5.large")
    assert (peers["members"], peers["known_days"], peers["busy_days"], peers["state"]) == (
        48, 12, 12, "trusted")
    assert not [found for found, _ in reasons(home) if found.startswith("i-batch-")]


def test_another_creators_instances_of_the_type_are_no_peers(home):
    assert "no days before to compare" in reasons(home)[name("intruder", 0), True]


def test_peers_of_a_case_are_no_excuse(home):
    assert not [row for row in home.documents("ciw_baseline_cpu")
                if row["kind"] == "peers" and role("gang") in row["name"] and row["known_days"]]
    assert (name("gang", 0), True) in reasons(home)


def test_quiet_peers_speak_against_a_young_instance(home):
    assert "; its 5 peers: 5%;" in reasons(home)[name("web", 0, 5), True]


def test_one_full_day_is_not_yet_usual(home):
    found = reasons(home)
    assert (name("once", 12), False) in found and (name("once", 12), True) in found
    assert "1 of its 11 day(s) before were such" in found[name("once", 12), True]


def test_quiet_instances_and_those_without_measures_raise_nothing(home):
    assert {found.split("-")[1] for found, _ in reasons(home)} == {"once", "web", "gang", "intruder"}


def test_the_daily_run_finds_what_the_backfill_made(home):
    before = home.documents("ciw_baseline_cpu")
    home.now = TODAY + 9 * HOUR
    home.run("ciw_baseline_cpu")
    assert home.documents("ciw_baseline_cpu") == before


def test_late_hours_complete_their_day(home):
    assert row(home, name("once", 12))["days"][-1].split("|")[1] == "18"
    take_events(home, "ciw:metrics", measured(name("once", 12), 1, range(18, 24), 5),
                "cloud_metrics")
    home.now = TODAY + 9 * HOUR
    home.run("ciw_baseline_cpu")
    days = row(home, name("once", 12))["days"]
    assert days[-1].split("|")[1] == "24" and len(days) == 11
    assert len({day.split("|")[0] for day in days}) == 11


def test_forgotten_rows_are_pruned(home):
    count = len(home.documents("ciw_baseline_cpu"))
    home.put("ciw_baseline_cpu", [{
        "_key": "old", "cloud": "aws", "vendor_account": ACCOUNT, "kind": "instance",
        "name": "i-old", "days": ["19000|24|240|2400|0"], "last_day": 19000}])
    home.run("ciw_prune_baseline_cpu")
    left = home.documents("ciw_baseline_cpu")
    assert len(left) == count and "i-old" not in {found["name"] for found in left}
    keys = {found["_key"] for found in left}
    home.run("ciw_baseline_cpu")
    assert {found["_key"] for found in home.documents("ciw_baseline_cpu")} == keys
