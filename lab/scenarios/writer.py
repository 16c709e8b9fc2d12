"""`lab scenario write`: a scenario's records, kind by kind, as providers deliver them.

OUT/AWSLogs/…            CloudTrail, flow logs and Resolver query logs, as in a bucket
OUT/azure/activity/…     rows of the activity log, as Resource Manager lists them; one a line
OUT/azure/entra/…        directory audits and sign-ins, as Microsoft Graph lists them
OUT/azure/<container>/…  blobs: the exported activity log, flow logs of virtual networks
OUT/google/<project>/…   log entries: audit, flows, DNS queries
OUT/metrics, inventory   data points and resources by cloud
OUT/lists                rows that the organisation's admins have filled in
OUT/labels.json          what is malicious and what should be found; nowhere else
"""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from lab.scenarios import forms, lists
from lab.scenarios.aws import inventory as aws_inventory
from lab.scenarios.aws import network as aws_network
from lab.scenarios.aws.writer import deliveries, encode
from lab.scenarios.azure import inventory as azure_inventory
from lab.scenarios.azure import network as azure_network
from lab.scenarios.azure.activity import exported
from lab.scenarios.behaviour import machines
from lab.scenarios.events import metrics
from lab.scenarios.google import inventory as google_inventory
from lab.scenarios.google import network as google_network
from lab.scenarios.model import Machine, Record, Scenario, Written

TELEMETRY_SECONDS = 86400

__all__ = ["deliveries", "encode", "labels", "write_files"]


def labels(scenario: Scenario, records: Sequence[Record], seed: int) -> dict[str, Any]:
    """The truth: which records are malicious, and what should be raised."""
    dated = [record.body[forms.form(record).time] for record in records]
    return {
        "scenario": scenario.id, "title": scenario.title, "seed": seed,
        "techniques": list(scenario.techniques), "expected_signals": list(scenario.signals),
        "severity_at_least": scenario.at_least, "severity_at_most": scenario.at_most,
        "twin_of": scenario.twin_of, "differs": scenario.differs,
        "first": dated[0], "last": dated[-1], "records": len(records),
        "malicious": [
            {"eventID": forms.identity(record), "eventName": forms.operation(record),
             "eventTime": record.body[forms.form(record).time], "form": record.form,
             "account": record.account, "region": record.region, "step": record.step}
            for record in records if record.step],
    }


def write_files(scenario: Scenario, records: Sequence[Record], out: Path, seed: int,
                start: float) -> Written:
    """The scenario ends `seconds` after `start`, and with it the life of what it made. Of a long
    one the telemetry is that of its last day."""
    end = start + scenario.seconds
    begin = max(0.0, end - TELEMETRY_SECONDS)
    trail = [record for record in records if record.form == "cloudtrail"]
    logs = [_put(out / name, encode(group)) for name, group in deliveries(trail, seed).items()]
    files = len(logs)
    living = machines(records, end)
    by_cloud = {cloud: [one for one in living if one.cloud == cloud]
                for cloud in ("aws", "azure", "gcp")}
    others = {
        **aws_network.network_logs(by_cloud["aws"], begin, seed).objects,
        **_azure(records, by_cloud["azure"], begin), **_google(records, by_cloud["gcp"], begin),
        **_measured(by_cloud, begin, end), **_lists(scenario, records, start)}
    for name, content in others.items():
        _put(out / name, content)
        files += 1
    truth = _put(out / "labels.json",
                 (json.dumps(labels(scenario, records, seed), indent=1) + "\n").encode())
    return Written(len(records), files, truth, tuple(logs))


def _azure(records: Sequence[Record], living: Sequence[Machine],
           begin: float) -> dict[str, bytes]:
    rows: dict[str, list[Any]] = {}
    for record in records:
        if record.form == "azure_activity":
            name = f"azure/activity/{record.account}.jsonl"
            rows.setdefault(name, []).append(record.body)
            hour = time.strftime("y=%Y/m=%m/d=%d/h=%H", time.gmtime(record.time))
            blob = (f"azure/insights-activity-logs/resourceId=/SUBSCRIPTIONS/"
                    f"{record.account.upper()}/{hour}/m=00/PT1H.json")
            rows.setdefault(blob, []).append(exported(record.body))
        elif record.form in ("entra_audit", "entra_sign_in"):
            name = {"entra_audit": "directoryAudits", "entra_sign_in": "signIns"}[record.form]
            rows.setdefault(f"azure/entra/{name}.jsonl", []).append(record.body)
    blobs = {f"azure/{azure_network.CONTAINER}/{name}": content
             for name, content in azure_network.blobs(living, begin).items()}
    return {**{name: _lines(found) for name, found in rows.items()}, **blobs}


def _google(records: Sequence[Record], living: Sequence[Machine],
            begin: float) -> dict[str, bytes]:
    rows: dict[str, list[Any]] = {}
    for record in records:
        if record.form == "log_entry":
            rows.setdefault(f"google/{record.account}/activity.jsonl", []).append(record.body)
    for name, made in (("vpc_flows", google_network.flow_entries),
                       ("dns_queries", google_network.dns_entries)):
        for machine in living:
            for _, entry in made([machine], begin):
                path = f"google/{machine.account}/{name}.jsonl"
                rows.setdefault(path, []).append(entry)
    return {name: _lines(found) for name, found in rows.items()}


def _measured(by_cloud: dict[str, list[Machine]], begin: float, end: float) -> dict[str, bytes]:
    rows: dict[str, list[Any]] = {}
    for cloud, living in by_cloud.items():
        if not living:
            continue
        rows[f"metrics/{cloud}.jsonl"] = [point for _, point in metrics(living, begin)]
    aws = aws_inventory.resources(by_cloud["aws"], end - 1)
    azure = azure_inventory.resources(by_cloud["azure"], end - 1)["resources"]
    google = google_inventory.assets(by_cloud["gcp"], end - 1)
    rows["inventory/aws.jsonl"] = [
        {"account": account, "region": region, "list": name, "resource": one}
        for (account, region, name), found in aws.items() for one in found]
    if by_cloud["azure"]:
        rows["inventory/azure.jsonl"] = azure
    if by_cloud["gcp"]:
        rows["inventory/gcp.jsonl"] = [one for found in google.values() for one in found]
    return {name: _lines(found) for name, found in rows.items() if found}


def _lists(scenario: Scenario, records: Sequence[Record], start: float) -> dict[str, bytes]:
    found = lists.merged(lists.standing(), {"ciw_change_requests": lists.deployments(records)},
                         lists.own(scenario, start))
    made = {}
    for name, rows in found.items():
        columns = list(dict.fromkeys(column for row in rows for column in row))
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        made[f"lists/{name}.csv"] = text.getvalue().encode()
    return made


def _lines(found: Iterable[Any]) -> bytes:
    return b"".join(json.dumps(one, separators=(",", ":"), default=str).encode() + b"\n"
                    for one in found)


def _put(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
