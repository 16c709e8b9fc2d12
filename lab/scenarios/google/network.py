"""VPC flow logs and Cloud DNS query logs of Google Cloud, as log entries.

"About VPC Flow Logs records" and "Use logging and monitoring" of Cloud DNS (cloud.google.com).
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Iterator
from typing import Any

from lab.scenarios.behaviour import Exchange, exchanges, queries
from lab.scenarios.google.entries import log_name
from lab.scenarios.google.organisation import number
from lab.scenarios.model import Machine

INTERVAL = 300
_FLOWS, _DNS = "compute.googleapis.com/vpc_flows", "dns.googleapis.com/dns_queries"


def flow_entries(found: Iterable[Machine], begin: float) -> Iterator[tuple[float, dict[str, Any]]]:
    """(time, entry): both directions, each reported by the machine."""
    for machine in found:
        for exchange in exchanges(machine, begin, INTERVAL):
            yield exchange.end, _flow(exchange, outwards=True)
            yield exchange.end, _flow(exchange, outwards=False)


def _flow(exchange: Exchange, outwards: bool) -> dict[str, Any]:
    machine, talk = exchange.machine, exchange.talk
    own, other = exchange.port, talk.port
    if talk.opened_by_peer:
        own, other = talk.port, exchange.port
    here, there = (machine.address, own), (talk.address, other)
    source, destination = (here, there) if outwards else (there, here)
    side = "src" if outwards else "dest"
    other_side = "dest" if outwards else "src"
    payload = {
        "connection": {"src_ip": source[0], "src_port": source[1], "dest_ip": destination[0],
                       "dest_port": destination[1], "protocol": 6},
        "bytes_sent": str(exchange.sent if outwards else exchange.received),
        "packets_sent": str(exchange.packets), "reporter": side.upper(),
        "start_time": _iso(exchange.start), "end_time": _iso(exchange.end),
        f"{side}_instance": {"project_id": machine.account, "region": machine.region,
                             "vm_name": machine.name, "zone": machine.zone},
        f"{side}_vpc": {"project_id": machine.account, "subnetwork_name": "default",
                        "vpc_name": machine.network}}
    if not talk.address.startswith("10."):
        payload[f"{other_side}_location"] = {"asn": 64496, "continent": "Europe",
                                             "country": "nld"}
    labels = {"location": machine.zone, "project_id": machine.account,
              "subnetwork_name": "default",
              "subnetwork_id": number(f"{machine.account}/{machine.region}/default")}
    return _entry(machine, exchange.end, _FLOWS, payload, "gce_subnetwork", labels,
                  f"{side}/{talk.address}/{own}")


def dns_entries(found: Iterable[Machine], begin: float) -> Iterator[tuple[float, dict[str, Any]]]:
    for machine in found:
        for at, talk in queries(machine, begin):
            payload = {
                "authAnswer": False, "protocol": "UDP", "queryName": talk.host + ".",
                "queryType": "A", "rdata": f"{talk.host}.\t300\tIN\ta\t{talk.address}",
                "responseCode": "NOERROR", "serverLatency": 4, "sourceIP": machine.address,
                "sourceNetwork": machine.network, "vmInstanceId": int(machine.id),
                "vmInstanceIdString": machine.id, "vmInstanceName": machine.name,
                "vmProjectId": machine.account, "vmZoneName": machine.zone}
            labels = {"location": machine.region, "project_id": machine.account,
                      "source_type": "gce-vm", "target_name": "", "target_type": "external"}
            yield at, _entry(machine, at, _DNS, payload, "dns_query", labels, talk.host)


def _entry(machine: Machine, at: float, log: str, payload: dict[str, Any], kind: str,
           labels: dict[str, str], what: str) -> dict[str, Any]:
    unique = hashlib.sha256(f"{machine.id}/{at}/{what}".encode()).hexdigest()[:16]
    return {"insertId": unique, "jsonPayload": payload, "logName": log_name(machine.account, log),
            "receiveTimestamp": _iso(at + 9), "resource": {"type": kind, "labels": labels},
            "timestamp": _iso(at + 5), **({"severity": "INFO"} if log == _DNS else {})}


def message(entry: dict[str, Any]) -> bytes:
    """The entry as a log sink publishes it."""
    return json.dumps(entry, separators=(",", ":")).encode()


def _iso(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at * 1000) % 1000:03d}Z"
