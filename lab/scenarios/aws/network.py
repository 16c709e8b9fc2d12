"""Flow logs and Resolver query logs of AWS, as they are delivered to S3.

Shapes: "Flow log files" and "Flow log records" in AWS's VPC user guide, "Values that appear in VPC
Resolver query logs" in the Route 53 developer guide. Accounts differ in the format of their flow
logs, as they do in life.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone

from lab.scenarios.aws import organisation as org
from lab.scenarios.behaviour import Exchange, exchanges, queries
from lab.scenarios.model import Machine

DEFAULT = ("version", "account-id", "interface-id", "srcaddr", "dstaddr", "srcport", "dstport",
           "protocol", "packets", "bytes", "start", "end", "action", "log-status")
FORMATS = {
    org.DEVELOPMENT: ("region", "vpc-id", "instance-id", "flow-direction", *DEFAULT),
    org.SANDBOX: (*DEFAULT, "vpc-id", "instance-id"),
}
INTERVAL = 60
_VERSIONS = {"region": "4", "flow-direction": "5", "vpc-id": "3"}
# Seconds that a file covers. AWS writes flow logs every 5 minutes; fewer files load faster.
_FLOW_FILE, _QUERY_FILE = 3600, 6 * 3600


@dataclass(frozen=True)
class NetworkLogs:
    """`objects`: key → gzipped content, as AWS delivers them; the numbers of records in them."""

    objects: dict[str, bytes]
    flows: int
    queries: int


def network_logs(found: Iterable[Machine], begin: float, seed: int) -> NetworkLogs:
    """The network logs of what these machines did from `begin` on (epoch seconds)."""
    objects: dict[str, bytes] = {}
    flows: dict[tuple[float, str, str], list[str]] = {}
    asked: dict[tuple[float, str, str, str], list[str]] = {}
    for machine in found:
        for start, row in flow_rows(machine, begin):
            window = start // _FLOW_FILE * _FLOW_FILE
            flows.setdefault((window, machine.account, machine.region), []).append(row)
        for at, text in query_lines(machine, begin):
            place = (at // _QUERY_FILE * _QUERY_FILE, machine.account, machine.region,
                     machine.network)
            asked.setdefault(place, []).append(text)
    for (window, account, region), rows in sorted(flows.items()):
        fields = FORMATS.get(account, DEFAULT)
        day, name = _name(window + _FLOW_FILE, f"{seed}/{account}/{region}/flows")
        key = (f"AWSLogs/{account}/vpcflowlogs/{region}/{day}/{account}_vpcflowlogs_{region}"
               f"_fl-{_unique(account + region)[:17]}_{name}")
        objects[key] = _packed([" ".join(fields), *rows])
    for (window, account, region, vpc), lines in sorted(asked.items()):
        day, name = _name(window + _QUERY_FILE, f"{seed}/{account}/{region}/{vpc}/queries")
        key = (f"AWSLogs/{account}/vpcdnsquerylogs/{vpc}/{day}/{vpc}_vpcdnsquerylogs_{account}"
               f"_{name}")
        objects[key] = _packed(lines)
    return NetworkLogs(objects, sum(map(len, flows.values())), sum(map(len, asked.values())))


def flow_rows(machine: Machine, begin: float) -> Iterator[tuple[float, str]]:
    """(start, row) of each capture window with traffic; both directions."""
    for exchange in exchanges(machine, begin, INTERVAL):
        own, other = exchange.port, exchange.talk.port
        if exchange.talk.opened_by_peer:
            own, other = other, own
        here, there = (machine.address, own), (exchange.talk.address, other)
        for source, destination, size, way in (
                (here, there, exchange.sent, "egress"), (there, here, exchange.received, "ingress")):
            yield exchange.start, _row(exchange, {
                "srcaddr": source[0], "dstaddr": destination[0], "srcport": str(source[1]),
                "dstport": str(destination[1]), "bytes": str(size), "flow-direction": way})


def _row(exchange: Exchange, values: dict[str, str]) -> str:
    machine = exchange.machine
    fields = FORMATS.get(machine.account, DEFAULT)
    values = {
        "version": max(_VERSIONS.get(name, "2") for name in fields), "protocol": "6",
        "account-id": machine.account, "interface-id": machine.interface,
        "instance-id": machine.id, "vpc-id": machine.network, "region": machine.region,
        "packets": str(exchange.packets), "start": f"{exchange.start:.0f}",
        "end": f"{exchange.end:.0f}", "action": "ACCEPT", "log-status": "OK", **values}
    return " ".join(values[name] for name in fields)


def query_lines(machine: Machine, begin: float) -> Iterator[tuple[float, str]]:
    """(time, line) of each question that the resolver's cache did not answer."""
    for at, talk in queries(machine, begin):
        moment = datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        yield at, json.dumps({
            "version": "1.100000", "account_id": machine.account, "region": machine.region,
            "vpc_id": machine.network, "query_timestamp": moment, "query_name": talk.host + ".",
            "query_type": "A", "query_class": "IN", "rcode": "NOERROR",
            "answers": [{"Rdata": talk.address, "Type": "A", "Class": "IN"}],
            "srcaddr": machine.address, "srcport": str(40000 + int(at) % 20000),
            "transport": "UDP", "srcids": {"instance": machine.id}}, separators=(",", ":"))


def _name(delivered: float, place: str) -> tuple[str, str]:
    """(folder of the day, end of the file's name) of what is delivered at that time."""
    moment = datetime.fromtimestamp(delivered, timezone.utc)
    unique = _unique(f"{place}/{delivered}")[:8]
    return f"{moment:%Y/%m/%d}", f"{moment:%Y%m%dT%H%MZ}_{unique}.log.gz"


def _unique(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _packed(lines: list[str]) -> bytes:
    return gzip.compress("\n".join(lines).encode() + b"\n", mtime=0)
