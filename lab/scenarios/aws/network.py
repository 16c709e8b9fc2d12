"""Flow logs and Resolver query logs of the instances that a scenario's CloudTrail records launch.

Everything is told by the records: each launched instance has the network interface and address of
its RunInstances answer, and speaks from its start to its end. What a large malicious launch does
is mining (a pool's name, then one long steady connection); a small one moves bulk data out; all
others update themselves. Shapes: "Flow log files" and "Flow log records" in AWS's VPC user guide,
"Values that appear in VPC Resolver query logs" in the Route 53 developer guide. Accounts differ in
the format of their flow logs, as they do in life.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from lab.scenarios.aws import organisation as org
from lab.scenarios.aws.compute import VCPUS
from lab.scenarios.model import Record

# A pool that is widely documented; its addresses here are of RFC 5737.
POOL = "xmr-eu1.nanopool.org"
POOL_ADDRESS, POOL_PORT = org.STRANGER + "77", 14444
DROP_ADDRESS = org.STRANGER + "88"
MIRROR, MIRROR_ADDRESS = "packages.example.org", "198.51.100.20"

DEFAULT = ("version", "account-id", "interface-id", "srcaddr", "dstaddr", "srcport", "dstport",
           "protocol", "packets", "bytes", "start", "end", "action", "log-status")
FORMATS = {
    org.DEVELOPMENT: ("region", "vpc-id", "instance-id", "flow-direction", *DEFAULT),
    org.SANDBOX: (*DEFAULT, "vpc-id", "instance-id"),
}
_VERSIONS = {"region": "4", "flow-direction": "5", "vpc-id": "3"}
_MINING_SIZE = 32
# Seconds that a file covers. AWS writes flow logs every 5 minutes; fewer files load faster.
_FLOW_FILE, _QUERY_FILE = 900, 3600
_BOOT = 90


@dataclass(frozen=True)
class Instance:
    """`until` is the end of its life or of the span, epoch seconds; `role` benign, mining, bulk."""

    id: str
    interface: str
    address: str
    vpc: str
    account: str
    region: str
    start: float
    until: float
    role: str


@dataclass(frozen=True)
class NetworkLogs:
    """`objects`: key → gzipped content, as AWS delivers them; the numbers of records in them."""

    objects: dict[str, bytes]
    flows: int
    queries: int


def network_logs(found: Sequence[Record], end: float, seed: int) -> NetworkLogs:
    """The network logs that belong to these records, up to `end` (epoch seconds)."""
    objects: dict[str, bytes] = {}
    flows: dict[tuple[float, str, str], list[str]] = {}
    queries: dict[tuple[float, str, str, str], list[str]] = {}
    for instance in instances(found, end):
        for start, row in _flows(instance):
            window = start // _FLOW_FILE * _FLOW_FILE
            flows.setdefault((window, instance.account, instance.region), []).append(row)
        for at, text in _queries(instance):
            window = at // _QUERY_FILE * _QUERY_FILE
            place = (window, instance.account, instance.region, instance.vpc)
            queries.setdefault(place, []).append(text)
    for (window, account, region), rows in sorted(flows.items()):
        fields = FORMATS.get(account, DEFAULT)
        day, name = _name(window + _FLOW_FILE, f"{seed}/{account}/{region}/flows")
        key = (f"AWSLogs/{account}/vpcflowlogs/{region}/{day}/{account}_vpcflowlogs_{region}"
               f"_fl-{_unique(account + region)[:17]}_{name}")
        objects[key] = _packed([" ".join(fields), *rows])
    for (window, account, region, vpc), lines in sorted(queries.items()):
        day, name = _name(window + _QUERY_FILE, f"{seed}/{account}/{region}/{vpc}/queries")
        key = (f"AWSLogs/{account}/vpcdnsquerylogs/{vpc}/{day}/{vpc}_vpcdnsquerylogs_{account}"
               f"_{name}")
        objects[key] = _packed(lines)
    return NetworkLogs(objects, sum(map(len, flows.values())), sum(map(len, queries.values())))


def instances(found: Iterable[Record], end: float) -> list[Instance]:
    """The instances that successful launches among the records made, in order."""
    records = list(found)
    ended = {}
    for record in records:
        if record.body["eventName"] == "TerminateInstances" and "errorCode" not in record.body:
            for item in record.body["requestParameters"]["instancesSet"]["items"]:
                ended[item["instanceId"]] = record.time
    made = []
    for record in records:
        if record.body["eventName"] != "RunInstances" or not record.body["responseElements"]:
            continue
        role = "benign"
        if record.step == "launch":
            kind = record.body["requestParameters"]["instanceType"]
            role = "mining" if VCPUS[kind] >= _MINING_SIZE else "bulk"
        for item in record.body["responseElements"]["instancesSet"]["items"]:
            interface = item["networkInterfaceSet"]["items"][0]["networkInterfaceId"]
            until = min(ended.get(item["instanceId"], end), end)
            made.append(Instance(
                item["instanceId"], interface, item["privateIpAddress"], item["vpcId"],
                record.account, record.region, record.time + _BOOT, until, role))
    return made


def _flows(instance: Instance) -> Iterator[tuple[float, str]]:
    """(start, row) of each capture window with traffic; both directions."""
    port = 32768 + int(instance.id[-4:], 16) % 28000
    at = instance.start
    while at + 60 <= instance.until:
        number = int((at - instance.start) // 60)
        if instance.role == "mining":
            yield from _both_ways(instance, at, port, POOL_ADDRESS, POOL_PORT, 14, 1710, 1190)
        elif instance.role == "bulk" and number < 20:
            yield from _both_ways(
                instance, at, port, DROP_ADDRESS, 443, 131000, 188_743_680, 3_400_000)
        elif number % 10 == 0:
            yield from _both_ways(instance, at, port + number, MIRROR_ADDRESS, 443, 31, 5200, 48_700)
        at += 60


def _both_ways(instance: Instance, at: float, port: int, address: str, remote: int,
               packets: int, sent: int, received: int) -> Iterator[tuple[float, str]]:
    here, there = (instance.address, port), (address, remote)
    for source, destination, size, way in (
            (here, there, sent, "egress"), (there, here, received, "ingress")):
        yield at, _row(instance, {
            "srcaddr": source[0], "dstaddr": destination[0], "srcport": str(source[1]),
            "dstport": str(destination[1]), "protocol": "6", "packets": str(packets),
            "bytes": str(size), "start": f"{at:.0f}", "end": f"{at + 59:.0f}",
            "action": "ACCEPT", "log-status": "OK", "flow-direction": way})


def _row(instance: Instance, values: dict[str, str]) -> str:
    fields = FORMATS.get(instance.account, DEFAULT)
    values = {
        "version": max(_VERSIONS.get(name, "2") for name in fields),
        "account-id": instance.account, "interface-id": instance.interface,
        "instance-id": instance.id, "vpc-id": instance.vpc, "region": instance.region, **values}
    return " ".join(values[name] for name in fields)


def _queries(instance: Instance) -> Iterator[tuple[float, str]]:
    """(time, line): the resolver's cache answers what is asked again within half an hour."""
    name, address = MIRROR, MIRROR_ADDRESS
    if instance.role == "mining":
        name, address = POOL, POOL_ADDRESS
    at = instance.start - 1
    while at < instance.until:
        moment = datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        yield at, json.dumps({
            "version": "1.100000", "account_id": instance.account, "region": instance.region,
            "vpc_id": instance.vpc, "query_timestamp": moment, "query_name": name + ".",
            "query_type": "A", "query_class": "IN", "rcode": "NOERROR",
            "answers": [{"Rdata": address, "Type": "A", "Class": "IN"}],
            "srcaddr": instance.address, "srcport": str(40000 + int(at) % 20000),
            "transport": "UDP", "srcids": {"instance": instance.id}}, separators=(",", ":"))
        at += 1800


def _name(delivered: float, place: str) -> tuple[str, str]:
    """(folder of the day, end of the file's name) of what is delivered at that time."""
    moment = datetime.fromtimestamp(delivered, timezone.utc)
    unique = _unique(f"{place}/{delivered}")[:8]
    return f"{moment:%Y/%m/%d}", f"{moment:%Y%m%dT%H%MZ}_{unique}.log.gz"


def _unique(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _packed(lines: list[str]) -> bytes:
    return gzip.compress("\n".join(lines).encode() + b"\n", mtime=0)
