"""Records and telemetry as events, as the app's inputs emit them, for ingestion without a cloud.

What each input makes of its provider's records is written down in its golden pairs; the forms here
are the same, so that a long past can be had without stand-ins.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lab.scenarios import forms, snapshots
from lab.scenarios.aws import network as aws_network
from lab.scenarios.azure import network as azure_network
from lab.scenarios.behaviour import exchanges, samples
from lab.scenarios.google import network as google_network
from lab.scenarios.model import Machine, Record


@dataclass(frozen=True)
class Emitted:
    """`text` of the event, dated `time` (epoch seconds)."""

    time: float
    index: str
    sourcetype: str
    source: str
    text: str


def audited(found: Iterable[Record]) -> Iterator[Emitted]:
    """Audit and identity records."""
    for record in found:
        form = forms.form(record)
        yield Emitted(record.time, form.index, form.sourcetype, _source(record), forms.text(record))


def _source(record: Record) -> str:
    return {"cloudtrail": f"s3://organisation-trail-logs/AWSLogs/{record.account}",
            "azure_activity": f"azure_activity:{record.account}",
            "entra_audit": "azure_identity:audits", "entra_sign_in": "azure_identity:sign_ins",
            "log_entry": f"gcp_audit:projects/{record.account}"}[record.form]


def flows(found: Iterable[Machine], begin: float) -> Iterator[Emitted]:
    """Flow records of the machines from `begin` on, of all clouds."""
    for machine in found:
        if machine.cloud == "aws":
            yield from _aws_flows(machine, begin)
        elif machine.cloud == "azure":
            for exchange in exchanges(machine, begin, azure_network.INTERVAL):
                yield from _tuples(azure_network.record(exchange), machine)
        else:
            source = f"projects/{machine.account}/subscriptions/splunk-network"
            for at, entry in google_network.flow_entries([machine], begin):
                yield Emitted(at + 5, "cloud_network", "google:gcp:compute:vpc_flows", source,
                              _envelope(entry))


def dns(found: Iterable[Machine], begin: float) -> Iterator[Emitted]:
    """DNS queries; Azure's flow logs have none beside them."""
    for machine in found:
        if machine.cloud == "aws":
            for at, line in aws_network.query_lines(machine, begin):
                yield Emitted(at, "cloud_network", "aws:route53:resolver",
                              f"s3://network-logs/AWSLogs/{machine.account}/vpcdnsquerylogs", line)
        elif machine.cloud == "gcp":
            source = f"projects/{machine.account}/subscriptions/splunk-network"
            for at, entry in google_network.dns_entries([machine], begin):
                yield Emitted(at + 5, "cloud_network", "google:gcp:pubsub:platform", source,
                              _envelope(entry))


def metrics(found: Iterable[Machine], begin: float) -> Iterator[tuple[float, dict[str, Any]]]:
    """(time, data point) in the one vocabulary of metrics."""
    for machine in found:
        name = machine.id.lower() if machine.cloud == "azure" else machine.id
        for sample in samples(machine, begin):
            yield sample.time, {
                "time": sample.time, "cloud": machine.cloud, "vendor_account": machine.account,
                "vendor_region": machine.region, "object_id": name,
                "instance_type": machine.kind, "cloud.instance.cpu.percent": sample.cpu,
                "cloud.instance.network.in.bytes": sample.received,
                "cloud.instance.network.out.bytes": sample.sent,
                "cloud.instance.disk.read.bytes": sample.read,
                "cloud.instance.disk.write.bytes": sample.written}


def measured(found: Iterable[Machine], begin: float) -> Iterator[Emitted]:
    for at, point in metrics(found, begin):
        yield Emitted(at, "cloud_metrics", "ciw:metrics", f"{point['cloud']}_metrics:past",
                      json.dumps(point, separators=(",", ":")))


def listed(found: Iterable[Machine], at: float,
           clouds: Sequence[str] = ("azure",)) -> Iterator[Emitted]:
    """What exists at that time, as the inventories' snapshots of it. Azure's alone unless said
    otherwise: its flow logs name machines by what only the inventory tells."""
    for sourcetype, source, text in snapshots.rows(
            [machine for machine in found if machine.cloud in clouds], at):
        yield Emitted(at, "cloud_inventory", sourcetype, source, text)


def _aws_flows(machine: Machine, begin: float) -> Iterator[Emitted]:
    """The default columns first, then what else the format has, as name=value."""
    fields = aws_network.FORMATS.get(machine.account, aws_network.DEFAULT)
    source = (f"s3://network-logs/AWSLogs/{machine.account}/vpcflowlogs/{machine.region}"
              "/past.log.gz")
    for at, row in aws_network.flow_rows(machine, begin):
        values = dict(zip(fields, row.split(" "), strict=True))
        version = values["version"]
        more = [f"{name.replace('-', '_')}={value}" for name, value in values.items()
                if name not in aws_network.DEFAULT]
        if more:
            more.insert(0, f"format_version={version}")
        first = [("2" if name == "version" else values[name]) for name in aws_network.DEFAULT]
        yield Emitted(at, "cloud_network", "aws:cloudwatchlogs:vpcflow", source,
                      " ".join([*first, *more]))


def _tuples(record: dict[str, Any], machine: Machine) -> Iterator[Emitted]:
    """One event for each flow tuple."""
    source = f"https://{azure_network.ACCOUNT}.blob.core.windows.net/{azure_network.CONTAINER}/past"
    for flow in record["flowRecords"]["flows"]:
        for group in flow["flowGroups"]:
            for text in group["flowTuples"]:
                (at, src, dest, src_port, dest_port, protocol, way, state, encryption, *counts) = \
                    text.split(",")
                event = {
                    "time": int(at), "src_ip": src, "dest_ip": dest, "src_port": int(src_port),
                    "dest_port": int(dest_port), "protocol_code": protocol, "flowDirection": way,
                    "flowState": state, "flowEncryption": encryption}
                names = ("packetsSent", "bytesSent", "packetsReceived", "bytesReceived")
                event |= dict(zip(names, map(int, counts), strict=True))
                event |= {name: record[name] for name in (
                    "flowLogVersion", "macAddress", "flowLogResourceID", "targetResourceID")}
                event |= {"aclID": flow["aclID"], "rule": group["rule"],
                          "recordTime": record["time"]}
                yield Emitted(int(at) / 1000, "cloud_network", "mscs:vnet:flow", source,
                              json.dumps(event, separators=(",", ":")))


def _envelope(entry: dict[str, Any]) -> str:
    """A log sink's message, as the input writes it."""
    text = json.dumps(entry, separators=(",", ":"))
    published = json.dumps(entry["receiveTimestamp"])
    return f'{{"publish_time":{published},"data":{text},"attributes":{{}}}}'
