"""Coverage: removing a source from a scenario turns the answers that need it to unknown, by name.

One home holds mining on three clouds with all its telemetry; what is removed is removed from a copy
of it. Another holds the audit log of a working account, whole and cut.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.ingest.pipeline import Request, ingest
from lab.scenarios import events, get, records
from lab.scenarios.behaviour import machines
from tests.detections import azure_records, azure_rows, google_records, google_rows
from tests.detections.bench import DAY, HOUR, Bench
from tests.detections.records import ACCOUNT, epoch, launch, role, stop_trail

START = 1_767_600_000.0
STORIES = {"aws": "aws_gpu_mining", "azure": "azure_gpu_mining", "gcp": "google_gpu_mining"}
BACKFILLS = ("operations", "flows", "status", "ledger", "aliases")
NOON = epoch("2026-03-10T12:00:00")
AZURE_SETTING = (f"/subscriptions/{azure_records.SUBSCRIPTION}/providers/Microsoft.Insights/"
                 "diagnosticSettings/to-splunk")
GOOGLE_SINK = f"projects/{google_records.PROJECT}/sinks/to-splunk"


def cover(bench: Bench) -> None:
    for name in ("network", "metrics", "sources"):
        bench.run(f"ciw_coverage_{name}")


def rows(bench: Bench, kind: str, **where: str) -> list[dict]:
    return [row for row in bench.documents("ciw_coverage") if row["kind"] == kind
            and all(row.get(name) == value for name, value in where.items())]


@pytest.fixture(scope="module")
def mining(tmp_path_factory, app_root) -> Bench:
    """Each cloud's story to its end, collected; a case of each about all of its instances."""
    bench = Bench(tmp_path_factory.mktemp("mining"), app_root)
    found = [one for name in STORIES.values() for one in records(get(name), 1, START)]
    bench.now = START + get(STORIES["aws"]).seconds
    living = machines(found, bench.now)
    parts: dict[tuple[str, str], list[str]] = {}
    for one in (*events.audited(found), *events.flows(living, 0), *events.dns(living, 0),
                *events.measured(living, 0)):
        parts.setdefault((one.index, one.sourcetype), []).append(one.text)
    for number, ((index, sourcetype), texts) in enumerate(parts.items()):
        path = bench.root / f"{number}.jsonl"
        path.write_text("".join(text + "\n" for text in texts), "utf-8")
        ingest(bench.home, bench.app, [path], Request(index=index, sourcetype=sourcetype))
    for name in BACKFILLS:
        bench.run(f"ciw_backfill_{name}", span=(0, bench.now + DAY))
    # The inventory tells the hardware address by which Azure's flow logs know a machine.
    bench.put("ciw_instance_aliases", [
        {"_key": one.id, "cloud": "azure", "vendor_account": one.account, "alias": one.interface,
         "object_id": one.id.lower(), "last_seen": bench.now}
        for one in living if one.cloud == "azure"])
    for cloud in STORIES:
        made = [one for one in bench.documents("ciw_instances") if one["cloud"] == cloud]
        assert made
        bench.put("ciw_cases", [{
            "_key": cloud, "case_id": cloud, "cloud": cloud, "user": made[0]["user"],
            "vendor_account": made[0]["vendor_account"], "src": made[0]["src"],
            "object_id": [one["object_id"] for one in made], "opened": bench.now,
            "first_time": min(one["created"] for one in made), "authorisation": "unknown",
            "last_time": max(one["created"] for one in made) + 2 * HOUR}])
    cover(bench)
    return bench


def without(bench: Bench, tmp_path: Path, app_root: Path, *indexes: str) -> Bench:
    """A copy that never read these indexes, and has not looked at its coverage yet."""
    shutil.copytree(bench.home.path, tmp_path / "home", dirs_exist_ok=True)
    copy = Bench(tmp_path, app_root)
    copy.now = bench.now
    for index in indexes:
        for segment in copy.home.store.segments(index):
            segment.path.unlink()
    copy.home.kv.collection("ciw_coverage").delete({})
    cover(copy)
    return copy


def ask(bench: Bench, case: str, question: str = "data_volume") -> dict:
    [row] = bench.run(f"ciw_question_{question}", case_id=case)
    return row


@pytest.mark.parametrize("cloud", STORIES)
def test_with_everything_there_it_is_a_no(mining, cloud):
    answer = ask(mining, cloud)
    assert answer["answer"] == "no", answer
    assert any("fully used in 6 hour(s)" in fact or "fully used in 5 hour(s)" in fact
               for fact in answer["facts"])


def test_with_everything_there_coverage_wants_nothing(mining):
    for kind in ("flows", "metrics"):
        states = {row["state"] for row in rows(mining, kind) if row.get("instances")}
        assert states == {"ok"}, kind
    assert {row["cloud"] for row in rows(mining, "audit")} == set(STORIES)
    assert {row["state"] for row in rows(mining, "inventory")} == {"missing"}


@pytest.mark.parametrize(("indexes", "kind", "named"), [
    (("ciw_flows", "cloud_network"), "flows", "flow logs"),
    (("cloud_metrics",), "metrics", "metrics")], ids=["flows", "metrics"])
def test_without_a_source_the_answer_is_unknown_and_names_it(
        mining, tmp_path, app_root, indexes, kind, named):
    bench = without(mining, tmp_path, app_root, *indexes)
    for cloud in STORIES:
        found = rows(bench, kind, cloud=cloud)
        assert found and {row["state"] for row in found} == {"missing"}, cloud
        answer = ask(bench, cloud)
        assert answer["answer"] == "unknown", answer
        where = f" of {cloud} account "
        assert named in answer["missing"] and where in answer["missing"], answer["missing"]
    networks = {row["network"] for row in rows(bench, kind, cloud="aws")} - {"*"}
    assert networks and all(name.startswith("vpc-") for name in networks)
    assert any(f"{named} of network {name} of aws account" in ask(bench, "aws")["missing"]
               for name in networks)


@pytest.fixture
def bulk(bench) -> Bench:
    """An instance that measures 12 GiB out in a day, of which no flow log tells."""
    bench.take([launch(NOON, instance="i-0a1b2c3d4e5f60001")])
    bench.collect()
    for name in ("ledger", "aliases"):
        bench.run(f"ciw_backfill_{name}", span=(0, NOON + DAY))
    path = bench.root / "metrics.jsonl"
    path.write_text("".join(json.dumps({
        "time": NOON + 300 * n, "cloud": "aws", "vendor_account": ACCOUNT,
        "vendor_region": "eu-west-1", "object_id": "i-0a1b2c3d4e5f60001",
        "cloud.instance.cpu.percent": 5.0, "cloud.instance.network.out.bytes": 2**30,
        "cloud.instance.network.in.bytes": 4096}) + "\n" for n in range(12)), "utf-8")
    ingest(bench.home, bench.app, [path], Request(index="cloud_metrics", sourcetype="ciw:metrics"))
    bench.put("ciw_cases", [{
        "_key": "c1", "case_id": "c1", "cloud": "aws", "vendor_account": ACCOUNT,
        "user": role("deploy"), "object_id": "i-0a1b2c3d4e5f60001", "first_time": NOON,
        "last_time": NOON + HOUR, "opened": NOON, "authorisation": "unknown"}])
    bench.now = NOON + HOUR
    return bench


def test_a_high_volume_is_told_whatever_else_is_missing(bulk):
    answer = ask(bulk, "c1")
    assert (answer["answer"], answer["concern"]) == ("yes", "true")
    assert any(fact.startswith("missing: flow logs of region eu-west-1 of aws account")
               for fact in answer["facts"])


@dataclass(frozen=True)
class Account:
    """How an account of a cloud tells that a pipeline or an intern makes an instance, and that the
    intern switches its audit log off; `switch` is how coverage names that."""

    cloud: str
    account: str
    intern: str
    instance: str
    launches: Callable[[float, str], list]
    impair: Callable[[float], list]
    take: Callable[[Bench, list], None]
    switch: str


ACCOUNTS = {
    "aws": Account(
        "aws", ACCOUNT, role("intern"), "i-0a1b2c3d4e5f60001",
        lambda moment, who: [launch(moment, who=who, instance="i-0a1b2c3d4e5f60001"
                                    if who == "intern" else "i-0a1b2c3d4e5f60002")],
        lambda moment: [stop_trail(moment, who="intern")], Bench.take,
        f"StopLogging of main by {role('intern')}"),
    "azure": Account(
        "azure", azure_records.SUBSCRIPTION, "intern@example.com",
        azure_records.machine("intern").lower(),
        lambda moment, who: azure_records.launch(
            moment, who, claims=azure_records.person(f"{who}@example.com")),
        lambda moment: azure_records.operation(
            "Microsoft.Insights/diagnosticSettings/delete", AZURE_SETTING, moment,
            claims=azure_records.person("intern@example.com")), azure_rows.take,
        f"microsoft.insights/diagnosticsettings/delete of {AZURE_SETTING.lower()}"
        " by intern@example.com"),
    "gcp": Account(
        "gcp", google_records.PROJECT, "intern@example.com",
        google_records.path("instances", "intern"),
        lambda moment, who: google_records.launch(moment, who, who=f"{who}@example.com"),
        lambda moment: [google_records.entry(
            "google.logging.v2.ConfigServiceV2.DeleteSink", moment, GOOGLE_SINK,
            who="intern@example.com", service="logging")], google_rows.take,
        f"logging.ConfigServiceV2.DeleteSink of {GOOGLE_SINK} by intern@example.com"),
}


@pytest.fixture(params=ACCOUNTS)
def account(request) -> Account:
    return ACCOUNTS[request.param]


def working(bench: Bench, until: float, account: Account = ACCOUNTS["aws"]) -> None:
    """A pipeline's launch each hour from two days before NOON up to `until`, and another's."""
    hours = range(int((until - NOON) // HOUR) + 48)
    account.take(bench, [*account.launches(NOON, "intern"), *(
        one for hour in hours
        for one in account.launches(NOON - 2 * DAY + hour * HOUR, "pipeline"))])
    bench.collect()
    bench.run("ciw_backfill_status", span=(0, NOON + 2 * DAY))
    bench.put("ciw_cases", [{
        "_key": "c1", "case_id": "c1", "cloud": account.cloud, "vendor_account": account.account,
        "user": account.intern, "src": "203.0.113.10", "object_id": account.instance,
        "first_time": NOON, "last_time": NOON, "opened": NOON, "authorisation": "unknown"}])


def test_the_tail_of_an_audit_log(bench, account):
    """Whole, nothing suspicious is a no; cut an hour after the launch, it is unknown, though less
    than a day has passed: this account is never silent for that long."""
    working(bench, NOON + 5 * HOUR, account)
    bench.now = NOON + 5 * HOUR
    cover(bench)
    [row] = rows(bench, "audit")
    assert row["state"] == "ok" and "covered_until" not in row
    assert ask(bench, "c1", "suspicious_changes")["answer"] == "no"
    bench.now = NOON + 9 * HOUR
    cover(bench)
    [row] = rows(bench, "audit")
    assert row["state"] == "silent"
    # Azure and Google tell an operation's end some seconds after its begin.
    assert 0 <= row["last_event"] - (NOON + 4 * HOUR) < 60
    assert row["covered_until"] == row["last_event"]
    answer = ask(bench, "c1", "suspicious_changes")
    assert answer["answer"] == "unknown"
    assert answer["missing"] == (f"the audit log of {account.cloud} account {account.account}:"
                                 " nothing since 2026-03-10 16:00")


def test_an_audit_log_that_is_switched_off(bench, account):
    working(bench, NOON + HOUR, account)
    account.take(bench, account.impair(NOON + HOUR))
    bench.collect()
    bench.now = NOON + 1.5 * HOUR
    cover(bench)
    [row] = rows(bench, "audit")
    assert row["state"] == "switched off"
    assert row["switched"] == f"{account.switch} on 2026-03-10 13:00"
    answer = ask(bench, "c1", "suspicious_changes")
    assert answer["answer"] == "yes"
    answer = ask(bench, "c1", "other_activity")
    assert answer["answer"] in ("yes", "unknown")
    account.take(bench, account.launches(NOON + 3 * HOUR, "pipeline"))
    bench.collect()
    cover(bench)
    [row] = rows(bench, "audit")
    assert row["state"] == "ok" and row["switched"].startswith(account.switch)


def test_an_account_without_an_audit_log_is_named(bench):
    bench.list("ciw_owners_effective.csv", [
        ["aws", "444455556666", "platform", "*", "*", "*"], ["aws", "*", "all", "*", "*", "*"]])
    bench.now = NOON
    cover(bench)
    found = {(row["kind"], row["vendor_account"]): row["state"]
             for row in bench.documents("ciw_coverage")}
    assert found == {("audit", "444455556666"): "missing", ("inventory", "*"): "missing"}


def test_creations_that_name_nobody_are_counted(bench):
    unplaced = launch(NOON)
    del unplaced["sourceIPAddress"]
    bench.take([launch(NOON), launch(NOON, tags={"owner": "web"}), launch(NOON, userIdentity={}),
                unplaced])
    bench.collect()
    cover(bench)
    [row] = rows(bench, "audit")
    assert (row["creations"], row["without_principal"], row["without_address"],
            row["without_owner"]) == (4, 25, 25, 75)


def test_a_second_run_writes_the_same(mining):
    before = {row["_key"]: row for row in mining.documents("ciw_coverage")}
    cover(mining)
    assert {row["_key"]: row for row in mining.documents("ciw_coverage")} == before


def test_what_is_frozen_is_not_counted_as_reach(bench):
    working(bench, NOON)
    cover(bench)
    [row] = rows(bench, "audit")
    bench.put("ciw_coverage", [row | {"first_event": NOON - 300 * DAY, "_key": row["_key"]}])
    bench.run("ciw_coverage_reach")
    [row] = rows(bench, "audit")
    assert row["first_event"] == NOON - 2 * DAY
