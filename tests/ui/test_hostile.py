"""A case whose every value is hostile, on every page, beside one of plain values; and a case of plain
values whose records are hostile: what principals may choose reaches L2 through the logs."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.detections import records
from tests.detections.bench import DAY, HOUR, Bench
from tests.detections.network import take_events
from tests.ui.conftest import PASSWORD
from tests.ui.test_units import call  # noqa: F401  (a fixture)

EVIL = (
    "=cmd|'/C calc'!A0 <script>window.pwned=1</script><img src=x onerror=\"window.pwned=1\">"
    " [link](javascript:window.pwned=1) ![x](https://evil.example.com/x.png)"
    ' \\" | delete | search index=* [| makeresults] `ciw_changes` $env:user$ \u202egnitset\u202c'
)
LONG = "=" + "A" * 10_240
HOSTILE, PLAIN, LOGGED = "f" * 16, "0" * 16, "e" * 16
# Kinds are the app's own words, never a log's: charts have them as names of series, which the
# official renderer takes as markup.
SIGNALS = ("denied_instance_creation", "mining_egress")
FORMULA = re.compile(r"[=+\-@\t\r\n]")
INSTANCE, NEEDLE = "i-0a1b2c3d4e5f60009", "<script>window.pwned=1</script>"


def documents(case_id: str, value: str, long: str, now: float) -> dict[str, list[dict]]:
    """A case with all that belongs to it, in which every free value is `value` or `long`."""
    at = int(now) - 1800
    ids = [f"{case_id}:{number}" for number in (1, 2)]
    place = {"cloud": "aws", "vendor_account": long, "vendor_region": value, "user": value}
    return {
        "ciw_cases": [{
            **place, "_key": case_id, "case_id": case_id, "subject": value,
            "object_id": [value, f"{value} 2", long], "src": [value, "198.51.100.7"],
            "owner": value, "severity": "high", "severity_rank": 3, "verdict": value,
            "mitre_id": [value], "signals": list(SIGNALS), "signal_ids": ids,
            "signal_count": 2, "reason": f"{value}: {value}", "opened": at, "first_time": at,
            "last_time": at, "updated": at, "sla_due": at + 3600, "previous_case_id": "",
            "drill": "false"}],
        "ciw_signals": [{
            **place, "_key": key, "signal_id": key, "signal": name, "mitre_id": value,
            "weight": 80, "reason": value, "time": at, "src": value, "object_id": value}
            for key, name in zip(ids, SIGNALS, strict=True)],
        "ciw_case_state": [{
            "_key": case_id, "case_id": case_id, "state": "in_triage", "owner": value,
            "disposition": "", "version": 1, "updated": at, "updated_by": value, "reason": value}],
        "ciw_case_history": [{
            "_key": f"{case_id}:1", "case_id": case_id, "version": 1, "time": at, "who": value,
            "verb": "assign", "from_state": "in_triage", "to_state": "in_triage", "reason": value,
            "detail": json.dumps({"owner": value, "note": value})}],
        "ciw_instances": [{
            **place, "_key": f"{case_id}{number}", "object_id": object_id, "created": at,
            "user_type": "role", "authorisation": "unapproved", "state": "running",
            "state_time": at, "instance_type": value, "image_id": value, "src": value}
            for number, object_id in enumerate((value, long))],
        "ciw_baseline": [{
            **place, "_key": f"{case_id}{case_id}{number}", "dimension": "image", "value": shown,
            "state": "candidate", "first_seen": at, "last_seen": at, "distinct_days": 1}
            for number, shown in enumerate((value, long))],
        "ciw_change_requests": [{
            "_key": case_id, "change_ref": value, "cloud": "aws", "vendor_account": long,
            "vendor_region": value, "user": value, "project": value, "instance_types": value,
            "max_count": "", "valid_from": "2026-01-01", "valid_to": "2099-01-01",
            "summary": value, "owner": value}],
        "ciw_coverage": [{
            "_key": case_id, "coverage_key": case_id, "kind": "audit", "cloud": "aws",
            "vendor_account": value, "vendor_region": "*", "network": "*", "state": "silent",
            "what_to_do": value, "last_event": at}],
    }  # fmt: skip


def log(bench: Bench, at: int) -> None:
    """What a role of a hostile name did, with what it named so: a group, a key, a tag, an address
    that its instance asks the name server for. The ledger knows another instance of it."""
    who = {"who": EVIL}
    bench.take([
        records.record("CreateSecurityGroup", at, {"groupName": EVIL}, {"groupId": EVIL}, **who),
        records.record("AuthorizeSecurityGroupIngress", at + 1, {
            "groupId": EVIL, "ipProtocol": "tcp", "fromPort": 22, "toPort": 22,
            "cidrIp": "0.0.0.0/0"}, {"_return": True}, **who),
        records.record("CreateSnapshot", at + 2, {"volumeId": EVIL},
                       {"snapshotId": LONG, "volumeId": EVIL}, **who),
        records.record("CreateVolume", at + 3, {"snapshotId": LONG}, {"volumeId": EVIL}, **who),
        records.launch(at + 4, INSTANCE, tags={"change": EVIL}, request={
            "instancesSet": {"items": [{"imageId": EVIL}]}}, **who)])
    bench.collect()
    bench.run("ciw_backfill_ledger", span=(at - HOUR, at + DAY))
    take_events(bench, "aws:route53:resolver", [json.dumps({
        "version": "1.100000", "account_id": records.ACCOUNT, "region": "eu-west-1",
        "query_timestamp": records.iso(at + 60), "query_name": f"{NEEDLE}.example.com.",
        "query_type": "A", "rcode": "NOERROR", "answers": [], "srcaddr": "10.0.0.5",
        "srcport": "40001", "transport": "UDP", "srcids": {"instance": INSTANCE}})])
    take_events(bench, "aws:cloudwatchlogs:vpcflow", [
        (f"2 {records.ACCOUNT} eni-0a1b2c3d4e5f60001 10.0.0.5 198.51.100.9 40000 443 6 14 1710 {at + 60}"
         f" {at + 119} ACCEPT OK")])
    bench.run("ciw_backfill_flows", span=(at - HOUR, at + DAY))
    place = {"cloud": "aws", "vendor_account": records.ACCOUNT, "user": records.role(EVIL)}
    bench.put("ciw_instances", [{
        **place, "_key": LOGGED, "object_id": EVIL, "vendor_region": EVIL, "created": at,
        "user_type": "role", "state": "running", "state_time": at, "instance_type": EVIL}])
    bench.put("ciw_cases", [{
        **place, "_key": LOGGED, "case_id": LOGGED, "subject": "x", "severity": "low",
        "severity_rank": 1, "object_id": [INSTANCE], "src": ["203.0.113.10"], "reason": "x",
        "opened": at + HOUR / 2, "first_time": at, "last_time": at + 300, "sla_due": at + DAY,
        "signals": ["mining_egress"], "signal_ids": [], "drill": "false"}])


@pytest.fixture
def desk(renderer, tmp_path, app_root, monkeypatch):
    """A server with the cases; the searches are the shipped ones, over the records of one."""
    monkeypatch.setenv("LAB_PASSWORD", PASSWORD)
    import lab.server

    bench, now = Bench(tmp_path, app_root), time.time()
    home, app = bench.home, bench.app
    log(bench, int(now) - HOUR)
    for case_id, value, long in ((HOSTILE, EVIL, LONG), (PLAIN, "plain", "plain")):
        for collection, rows in documents(case_id, value, long, now).items():
            home.kv.collection(collection).upsert_many(rows)
    with lab.server.start(home, app) as server:
        yield SimpleNamespace(url=server.url, kv=home.kv, app=app)


def commands(address: str, app) -> list[str]:
    """The commands of the search that a link opens."""
    from lab.spl.parse import parse

    (search,) = parse_qs(address.lstrip("?"))["q"]
    return [type(command).__name__ for command in parse(search, app).commands]


def cells(text: str) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]


def test_hostile_values_are_text_on_every_page(drive, desk):
    seen = drive(
        "hostile",
        cases={"hostile": HOSTILE, "plain": PLAIN},
        logged=LOGGED,
        dashboards=[
            ["overview", ""], ["investigation", f"?form.case_id={HOSTILE}"], ["coverage", ""],
        ],
    )  # fmt: skip
    for name, page in seen["pages"].items():
        assert (page["run"], page["injected"]) == (False, 0), name
        # A report is escaped, and a form shows its values in fields.
        assert page["shown"] or name in ("report", "form"), name
    assert {name: page["faults"] for name, page in seen["pages"].items() if page["faults"]} == {}
    assert {name: page["wide"] for name, page in seen["pages"].items() if page["wide"] > 0} == {}
    assert seen["dialogs"] == 0
    assert seen["outside"] == []
    assert seen["faults"] == []

    hostile, plain = (
        [commands(link, desk.app) for link in seen["links"][who]] for who in ("hostile", "plain")
    )
    assert hostile == plain and hostile
    assert len({tuple(commands(link, desk.app)) for link in seen["operations"]}) == 1
    assert "javascript:" in str(parse_qs(seen["operations"][0])) or "javascript:" in str(
        parse_qs(seen["operations"][-1])
    )

    for text in (seen["csv"], seen["listCsv"]):
        assert "window.pwned" in text
        assert [cell[:40] for cell in cells(text) if FORMULA.match(cell)] == []
    outside_code = re.sub(r"(`+).+?\1", "", seen["report"])
    assert "window.pwned" in seen["report"]
    assert not re.search(r"(?<!\\)<(script|img)|(?<!\\)\]\((javascript|http)", outside_code)

    shown = {panel for panel, text in seen["logged"].items() if NEEDLE in text}
    assert {"Timeline", "The principal’s last 30 days", "Lineage", "Related instances"} <= shown
    assert {"viz_timeline", "viz_principal", "viz_lineage_table", "viz_flows", "viz_related"} <= shown
    assert max(map(len, seen["logged"].values())) > len(LONG)
    search = parse_qs(urlsplit(seen["related"]).query)["q"][0]
    assert commands(urlsplit(seen["related"]).query, desk.app) == ["Inputlookup"]
    assert search.startswith('| inputlookup ciw_instances where object_id="=cmd')


def test_a_link_holds_whatever_value_as_one_word(call, desk):  # noqa: F811
    values = ["plain", EVIL, LONG, 'a"b', "a\\", "`ciw_changes`", "*", 'x" OR "1"="1', "$user$"]
    links = call(
        "links.ts",
        *[
            ["operationsSearch", {"cloud": "aws", "vendor_account": "1", "user": value}]
            for value in values
        ],
    )
    from lab.spl.parse import parse

    lists = {tuple(type(one).__name__ for one in parse(f"search {link}", desk.app).commands)
             for link in links}  # fmt: skip
    assert len(lists) == 1
