"""Every search that the app ships, under both evaluators, on a home made of scenarios.

The row evaluator goes first and writes nothing; then the engine runs and writes, so that later
searches find signals, cases and baselines. Compared are the rows of the result, and the rows
handed to each outputlookup and collect. What the questions give as their evidence is run too.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timezone
from pathlib import Path

import pytest

from lab import lookups, monitor
from lab.engine.commands import writing
from lab.engine.run import Context
from lab.engine.run import search as engine_search
from lab.ingest.pipeline import Request, ingest
from lab.rows.run import search as rows_search
from lab.runs import bind, context, saved_search
from lab.scenarios import get, records
from lab.scenarios.aws import small_account
from lab.scenarios.writer import encode
from lab.spl import nodes
from lab.spl.errors import SPLError
from tests.detections import azure_records, google_records
from tests.detections import inventory_records as inventory
from tests.detections import records as aws_records
from tests.detections.bench import DAY, HOUR, Bench
from tests.detections.network import take_events
from tests.lab.differential import shipped
from tests.lab.differential.compare import near

START = 1_699_920_000.0
SEED = 5
INCIDENTS = ("aws_leaked_key_launch", "aws_snapshot_exfiltration", "aws_logging_impaired",
             "aws_denied_prober", "aws_public_snapshot", "aws_new_hire_launch")
LATER = {"ciw_baseline_status": 180, "ciw_ledger_instances": 180, "ciw_ledger_aliases": 180,
         "ciw_baseline_cpu": DAY}
"""What reads minutes of arrivals runs when the operation log's rows are such; the collectors
around a launch; the baseline of CPU on the day after."""
EMPTY = {"ciw_backfill_status", "ciw_backfill_ledger", "ciw_backfill_aliases",
         "ciw_backfill_inventory",
         "ciw_backfill_unfinished", "ciw_backfill_behind", "ciw_backfill_cpu"}
"""What has just been written without "backfill"."""
# Searches with an argument are run for as many cases.
CASES = 4


ANYONE = {"cloud": "aws", "vendor_account": "444455556666", "user": "*", "owner": "platform team",
          "reason": "a test", "expires": "*"}
LISTS = {
    "ciw_approved_creators": {**ANYONE, "regions": "eu-west-1;eu-west-2", "instance_types": "*",
                              "networks": "192.0.2.0/24"},
    "ciw_approved_regions": {**ANYONE, "vendor_region": "eu-west-1"},
    "ciw_known_networks": {**ANYONE, "src": "192.0.2.0/24", "label": "office"},
    "ciw_business_hours": {**ANYONE, "timezone": "UTC", "days": "1-5", "start": "08:00",
                           "end": "18:00", "holidays": ""},
    "ciw_change_requests": {**ANYONE, "change_ref": "CHG0001", "vendor_region": "*", "project": "x",
                            "instance_types": "*", "max_count": "1", "valid_from": "2023-11-01",
                            "valid_to": "2023-11-30", "summary": "a test"},
    "ciw_exceptions": {**ANYONE, "signal": "audit_logging_impaired", "object_id": "none"},
    "ciw_owners": {**ANYONE, "contact": "pager", "cost_centre": "7",
                   "cost_contact": "finance@example.com"},
    "ciw_approved_images": {**ANYONE, "image_id": "ami-1"},
    "ciw_monitoring": {**ANYONE, "image_id": "*"},
    "ciw_threat_intel": {"indicator": "203.0.113.77", "type": "ip", "label": "",
                         "source": "a test", "expires": "*"},
    "ciw_mining_pools": {"indicator": "pool.example.org", "type": "domain", "tier": "strong",
                         "source": "a test", "checked": "2023-11-01"},
}
CLOSED = {"old": 500 * DAY, "new": DAY}
"""Cases that were closed so many seconds ago."""


def fill(bench: Bench) -> None:
    """Rows in each list, an old signal of no case, and closed cases: all that else is empty."""
    for collection, document in LISTS.items():
        bench.put(collection, [document])
    bench.put("ciw_signals", [{"_key": "s", "signal_id": "s", "signal": "test", "subject": "aws|1|x",
                               "time": bench.now - 500 * DAY, "weight": 10}])
    for name, ago in CLOSED.items():
        closed = bench.now - ago
        bench.put("ciw_cases", [{
            "_key": name, "case_id": name, "subject": f"aws|1|{name}", "severity": "high",
            "severity_rank": 3, "opened": closed - 7200, "sla_due": closed - 60,
            "signal_ids": ["s"], "signals": ["test"]}])
        bench.put("ciw_case_state", [{"_key": name, "case_id": name, "state": "closed",
                                      "version": 3, "closed_time": closed, "updated": closed,
                                      "disposition": "false_positive"}])
    bench.put("ciw_baseline_cpu", [{
        "_key": "gone", "cloud": "aws", "vendor_account": "1", "kind": "instance", "name": "i-gone",
        "days": ["18000|24|240|2400|0"], "last_day": 18000, "content": "-"}])
    told(bench)
    known(bench)
    logged(bench)


def told(bench: Bench) -> None:
    """What messages tell: a critical case past its deadline, an escalated one, an instance that
    nobody approved; and a source that somebody switched off."""
    case = {"cloud": "aws", "vendor_account": "444455556666", "user": "someone", "severity_rank": 4,
            "severity": "critical", "verdict": "test", "reason": "a test", "signals": ["test"],
            "opened": bench.now - 7200, "sla_due": bench.now - 60, "signal_ids": []}
    for name in ("late", "raised"):
        bench.put("ciw_cases", [{**case, "_key": name, "case_id": name,
                                 "subject": f"aws|444455556666|{name}"}])
    bench.put("ciw_case_state", [
        {"_key": name, "case_id": name, "state": state, "owner": "analyst", "version": 1,
         "updated": bench.now - 600} for name, state in (("late", "in_triage"),
                                                         ("raised", "escalated"))])
    bench.put("ciw_case_history", [{
        "_key": "raised:1", "case_id": "raised", "version": 1, "time": bench.now - 600,
        "who": "analyst", "verb": "escalate", "from_state": "new", "to_state": "escalated",
        "reason": "a test"}])
    bench.put("ciw_instances", [{
        "_key": "i-dear", "cloud": "aws", "vendor_account": "444455556666", "object_id": "i-dear",
        "created": bench.now - 7200, "user": "someone", "user_type": "role", "state": "running",
        "authorisation": "unapproved", "instance_type": "p4d.24xlarge",
        "vendor_region": "eu-west-1", "state_time": bench.now - 7200}])
    off = digest("audit", "aws", "switched", "*", "*", kind="md5")
    bench.put("ciw_coverage", [{
        "_key": off, "coverage_key": off, "kind": "audit", "cloud": "aws",
        "vendor_account": "switched", "vendor_region": "*", "network": "*",
        "state": "switched off", "switch_at": bench.now - 9000, "switched": "StopLogging"}])


def known(bench: Bench) -> None:
    """The account of the first incident is mature; its creator was trusted with it long ago."""
    account = {"cloud": "aws", "vendor_account": bench.suspect["account"]}
    bench.put("ciw_baseline_status", [{
        **account, "_key": digest("aws", bench.suspect["account"]),
        "first_seen": bench.now - 40 * DAY, "last_seen": bench.now - DAY,
        "days": ["19600"], "covered_days": 39, "state": "mature", "updated": bench.now}])
    source = digest("audit", "aws", bench.suspect["account"], "*", "*", kind="md5")
    bench.put("ciw_coverage", [{
        **account, "_key": source, "coverage_key": source, "kind": "audit", "vendor_region": "*",
        "network": "*", "state": "ok", "first_event": bench.now - 500 * DAY,
        "last_event": bench.now - 20 * DAY}])
    old = bench.now - 60 * DAY
    bench.put("ciw_instances", [{
        **account, "_key": digest("aws", bench.suspect["account"], "i-0a1b2c3d4e5f6000d"),
        "object_id": "i-0a1b2c3d4e5f6000d", "user": bench.suspect["user"], "created": old,
        "state": "terminated", "state_time": old + HOUR, "provenance": "proved", "content": "-"}])
    bench.put("ciw_baseline", [{
        **account, "user": bench.suspect["user"],
        "_key": digest("aws", bench.suspect["account"], bench.suspect["user"], "creator",
                       "instance"),
        "dimension": "creator", "value": "instance", "first_seen": old, "last_seen": old,
        "days": [str(int(old // DAY))], "distinct_days": 1, "state": "trusted", "updated": old,
        "decided_by": "analyst", "decided_time": old, "reason": "a test"}])
    value = {**account, "user": "another", "dimension": "creator", "value": "instance",
             "_key": digest("aws", bench.suspect["account"], "another", "creator", "instance")}
    bench.put("ciw_baseline", [{
        **value, "first_seen": old, "last_seen": old, "days": [str(int(old // DAY))],
        "distinct_days": 1, "state": "candidate", "updated": old}])
    bench.put("ciw_baseline_decisions", [{
        **value, "ruling": "rejected", "ruled_by": "analyst", "ruled_time": bench.now - 600,
        "ruled_because": "a test"}])


def digest(*parts: str, kind: str = "sha256") -> str:
    """The key that the searches give a row."""
    return hashlib.new(kind, "|".join(parts).encode()).hexdigest()


def logged(bench: Bench) -> None:
    """One line of an input's log."""
    stamp = datetime.fromtimestamp(bench.now - 60, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.250Z")
    (monitor.directory(bench.home) / "ciw_aws_cloudtrail.log").write_text(
        f"{stamp} INFO event=run_end input=aws_cloudtrail stanza=aws_cloudtrail://main mode=queue"
        " interval=60 result=success emitted=10 quarantined=0 throttled=0 lag=40\n", "utf-8")
    monitor.read_new(bench.home, bench.app)


class Recorder:
    """What the engine hands to outputlookup and collect, before it is applied."""

    def __init__(self, patch: pytest.MonkeyPatch):
        self.writes: list[tuple[str, list]] = []
        write, events = lookups.write_outputlookup, writing.events_of

        def outputlookup(home, app, node: nodes.Outputlookup, fields, rows):
            self.writes.append((node.table, list(rows)))
            return write(home, app, node, fields, rows)

        def collected(rows, node: nodes.Collect, where):
            self.writes.append((node.index, list(rows)))
            return events(rows, node, where)

        patch.setattr(lookups, "write_outputlookup", outputlookup)
        patch.setattr(writing, "events_of", collected)


class Both:
    """Runs searches under both evaluators; `answered` are the names of those that gave rows."""

    def __init__(self, recorder: Recorder):
        self.recorder = recorder
        self.problems: list[str] = []
        self.ran: set[str] = set()
        self.answered: set[str] = set()
        self.written = 0

    def run(self, name: str, spl: str, where: Context):
        self.ran.add(name)
        self.recorder.writes.clear()
        try:
            rows = rows_search(spl, where)
            engine = engine_search(spl, where)
        except SPLError as error:
            self.problems.append(f"{name}: {error.message}")
            return []
        self.answered |= {name} if engine.rows else set()
        self.written += len(self.recorder.writes)
        self.problems += differences(name, engine, rows, self.recorder.writes)
        return engine.rows


@pytest.fixture(scope="module")
def bench(tmp_path_factory) -> Bench:
    root: Path = tmp_path_factory.mktemp("app_searches")
    bench = Bench(root, Path(__file__).resolve().parents[3])
    switch_on(bench)
    found = list(small_account.build(SEED, START - 2 * DAY, 2 * DAY + 3600))
    for name in INCIDENTS:
        found += records(get(name), SEED, START)
    path = root / "records.json.gz"
    path.write_bytes(encode(found))
    ingest(bench.home, bench.app, [path], Request(index="cloud_audit", sourcetype="aws:cloudtrail"))
    bench.now = max(record.time for record in found) + 600
    launches = [record for record in found if record.body.get("eventName") == "RunInstances"
                and record.body.get("responseElements")]
    bench.launched = launches[0].time
    identity = launches[0].body["userIdentity"]
    bench.suspect = {"account": launches[0].account, "user": identity.get(
        "sessionContext", {}).get("sessionIssuer", {}).get("arn", identity["arn"])}
    launch = min(launches, key=lambda record: record.time)
    made = launch.body["responseElements"]["instancesSet"]["items"][0]
    bench.instance = {
        "account": launch.account, "launched": launch.time, "id": made["instanceId"],
        "interface": made["networkInterfaceSet"]["items"][0]["networkInterfaceId"]}
    # All of one operation of Azure, and of another only the first record.
    azure = [*azure_records.launch(START - DAY, "whole"),
             azure_records.launch(START - DAY, "begun")[0]]
    bench.take_json([row.rest() for row in azure], azure_records.REST)
    # A group that a person made, and an instance that Google's agent made for it.
    bench.take_json([
        *google_records.long("v1.compute.instanceGroupManagers.insert", START - DAY,
                             google_records.path("instanceGroupManagers", "web"),
                             {"targetSize": 1}, trigger="trigger-1"),
        *map(google_records.enveloped, google_records.launch(
            START - DAY + 30, "web-a1b2", who=google_records.GROUPS, trigger="trigger-1"))],
        google_records.sourcetype())
    tamper(bench)
    speak(bench)
    survey(bench)
    fill(bench)
    return bench


def switch_on(bench: Bench) -> None:
    """What ships disabled, as an administrator enables it: in local/savedsearches.conf."""
    off = [name for name, saved in bench.app.saved_searches.items() if saved.disabled]
    (bench.home.conf_dir / "savedsearches.conf").write_text(
        "".join(f"[{name}]\ndisabled = 0\n\n" for name in off), "utf-8")
    bench.app = bench.home.app(bench.app.path)


def tamper(bench: Bench) -> None:
    """An intruder opens a firewall, launches, exposes, empowers, restores and deletes it; asks for
    quotas and redirects a scaling group. Another runs commands on the instance."""
    at, instance = bench.now - 6 * 3600, "i-0a1b2c3d4e5f6000a"
    steps = [
        ("AuthorizeSecurityGroupIngress", "ec2", {
            "groupId": "sg-0a1b2c3d4e5f60001", "ipPermissions": {"items": [{
                "ipProtocol": "tcp", "fromPort": 22, "toPort": 22,
                "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}}]}}),
        ("AssociateAddress", "ec2", {"allocationId": "eipalloc-1", "instanceId": instance}),
        ("AssociateIamInstanceProfile", "ec2", {"AssociateIamInstanceProfileRequest": {
            "InstanceId": instance, "IamInstanceProfile": {"Name": "admin"}}}),
        ("CreateReplaceRootVolumeTask", "ec2", {"CreateReplaceRootVolumeTaskRequest": {
            "InstanceId": instance, "SnapshotId": "snap-0a1b2c3d4e5f60001"}}),
        ("RequestServiceQuotaIncrease", "servicequotas", {"quotaCode": "L-1216C47A"}),
        ("UpdateAutoScalingGroup", "autoscaling", {"autoScalingGroupName": "web"}),
        ("TerminateInstances", "ec2", {"instancesSet": {"items": [{"instanceId": instance}]}}),
    ]
    bench.take([
        aws_records.launch(at + 60, instance, who="intruder"),
        aws_records.launch(at + 90, who="scaling", address="autoscaling.amazonaws.com"),
        aws_records.record("SendCommand", at + 600, {"instanceIds": [instance]}, who="another",
                           service="ssm"),
        *(aws_records.record(name, at + number * 120, request, who="intruder", service=service)
          for number, (name, service, request) in enumerate(steps))])


def speak(bench: Bench) -> None:
    """What an instance of the first launch does for five hours: it mines, and sends much once."""
    at, account = int(bench.instance["launched"]), bench.instance["account"]
    lines = [(n, src, dest, ports, size) for n in range(0, 18_000, 60)
             for src, dest, ports, size in (
                 ("10.0.0.5", "203.0.113.77", "40000 14444", 1710),
                 ("203.0.113.77", "10.0.0.5", "14444 40000", 1190),
                 *([("10.0.0.5", "198.51.100.9", "40001 443", 2_000_000_000)] if n < 600 else []))]
    take_events(bench, "aws:cloudwatchlogs:vpcflow", [
        f"2 {account} {bench.instance['interface']} {src} {dest} {ports} 6 14 {size} {at + n}"
        f" {at + n + 59} ACCEPT OK" for n, src, dest, ports, size in lines])
    moment = datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    take_events(bench, "aws:route53:resolver", [json.dumps({
        "version": "1.100000", "account_id": account, "region": "eu-west-1",
        "query_timestamp": moment, "query_name": "xmr-eu1.nanopool.org.", "query_type": "A",
        "rcode": "NOERROR", "answers": [{"Rdata": "203.0.113.77", "Type": "A", "Class": "IN"}],
        "srcaddr": "10.0.0.5", "srcport": "40001", "transport": "UDP",
        "srcids": {"instance": bench.instance["id"]}})])
    take_events(bench, "ciw:metrics", [json.dumps({
        "time": at + n, "cloud": "aws", "vendor_account": account,
        "vendor_region": "eu-west-1", "object_id": bench.instance["id"],
        "cloud.instance.cpu.percent": 97.5}) for n in range(0, 18_000, 300)], "cloud_metrics")


def survey(bench: Bench) -> None:
    """Two snapshots of the first incident's account, an hour before the day that its log covers
    ends; both have come just now. Between them an instance changed and one began by no event."""
    place = {"account": bench.suspect["account"], "region": inventory.REGION}
    at, old, new = bench.now - DAY - HOUR, "i-0a1b2c3d4e5f6000b", "i-0a1b2c3d4e5f6000c"
    first = inventory.ec2(old, at - 90 * DAY, **place)
    changed = inventory.ec2(old, at - 90 * DAY, InstanceType="m5.large",
                            PublicIpAddress="198.51.100.7", **place)
    for moment, found in ((at - 6 * HOUR, [first]),
                          (at, [changed, inventory.ec2(new, at - HOUR, **place)])):
        now = bench.now
        inventory.take_snapshot(bench, "aws", moment, found, index_time=now - 300, **place)
        bench.now = now


def arguments(bench: Bench, saved) -> list[dict[str, str]]:
    if "$case_id$" not in saved.search and "$args.case_id$" not in saved.search:
        return [{}]
    cases = sorted(document["case_id"] for document in bench.documents("ciw_cases"))
    return [{"case_id": case} for case in cases[:CASES]]


def saved_searches(bench: Bench, both: Both) -> list[str]:
    """Runs them all; gives the searches that the answers offer as evidence."""
    evidence: list[str] = []
    for name in bench.app.saved_searches:
        saved = saved_search(bench.app, name)
        now = bench.now + LATER.get(name, 0)
        if name == "ciw_collect_operations":
            now = bench.launched + 180
        if name == "ciw_collect_flows":
            now = bench.instance["launched"] + 960
        span = (0, bench.now + DAY) if name.startswith("ciw_backfill") else None
        for given in arguments(bench, saved):
            where = context(bench.home, bench.app, saved, now, span=span)
            rows = both.run(name, bind(saved, given), where)
            evidence += [row["evidence_search"] for row in rows if row.get("evidence_search")]
    return list(dict.fromkeys(evidence))


def test_every_shipped_search_gives_the_same_rows(bench, monkeypatch, capsys):
    both, app = Both(Recorder(monkeypatch)), bench.app
    evidence = saved_searches(bench, both)
    case = arguments(bench, saved_search(app, "ciw_case_signals"))[-1]["case_id"]
    others = [*shipped.dashboards(app, case), *shipped.event_types(app), *shipped.macros(app)]
    for one in others:
        earliest = bench.now - 7 * DAY if one.ranged else None
        both.run(one.name, one.spl, Context(bench.home, app, bench.now, earliest=earliest,
                                            latest=bench.now if one.ranged else None))
    for position, spl in enumerate(evidence):
        both.run(f"evidence {position}", spl, Context(bench.home, app, bench.now))
    assert not both.problems, "\n".join(both.problems[:12])
    names = {*app.saved_searches, *(one.name for one in others),
             *(f"evidence {position}" for position in range(len(evidence)))}
    assert both.ran == names
    texts = [search.search for search in app.saved_searches.values()]
    assert {name for name, _ in app.macros} <= \
        shipped.called(app, [*texts, *(one.spl for one in others)])
    empty = names - both.answered
    with capsys.disabled():
        print(f"\n{len(names)} shipped searches compared, {len(both.answered)} of them with rows")
    # Not every case's instances have flows.
    flows = {f"evidence {position}" for position, spl in enumerate(evidence) if "`ciw_flows`" in spl}
    assert flows & both.answered
    assert empty - flows == EMPTY, "\n".join([*sorted(empty), *evidence])
    assert both.written > 10


def differences(name: str, engine, rows, writes) -> list[str]:
    pairs = [(f"{name}: rows", engine.rows, rows.rows)]
    if len(writes) != len(rows.writes):
        return [f"{name}: {len(writes)} and {len(rows.writes)} writes"]
    for (table, given), (_, _, other) in zip(writes, rows.writes):
        pairs.append((f"{name}: written to {table}", given, other))
    problems = []
    for title, first, second in pairs:
        first, second = [shown(row) for row in first], [shown(row) for row in second]
        if first == second:
            continue
        at = next((i for i, pair in enumerate(zip(first, second)) if pair[0] != pair[1]), None)
        detail = "" if at is None else "".join(
            f"\n    {key}: {first[at].get(key)!r} / {second[at].get(key)!r}"
            for key in sorted({*first[at], *second[at]})
            if first[at].get(key) != second[at].get(key))
        problems.append(f"{title}: {len(first)} and {len(second)} rows, first at {at}{detail}")
    return problems


def shown(row: dict) -> dict:
    """Times come as numbers to what is written, and as ISO 8601 in a result."""
    return {key: near(value if not isinstance(value, list) or len(value) > 1 else value[0])
            for key, value in row.items() if key != "_time"}
