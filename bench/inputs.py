"""Events a second of the inputs, beside gunzip alone and beside json + EventWriter.

All ways in one run on the same files. CloudTrail's are the real ones (CIW_REAL_DATA, or shared/data
beside the repository) repeated, or synthetic ones where they are absent; the network logs are
synthetic. CIW_BENCH_EVENTS sets how many events of each kind (200,000), CIW_BENCH_KINDS which
(cloudtrail,flows,custom_flows,vnet_flows,queries). The interpreters are this one and those that
Splunk ships, where they are found.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
AIM = 6.0
FLOW_FIELDS = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start "
    "end action log-status"
)


def flow_contents(more: str = "") -> Iterator[bytes]:
    """Flow log files of the default format, or of one with `more` fields; for ever."""
    number = 0
    names = (FLOW_FIELDS + more).split()
    while True:
        rows = [" ".join(names)]
        for _ in range(5000):
            number += 1
            row = (
                f"{3 if more else 2} 123456789012 eni-{number % 40:017x} 10.0.{number % 8}."
                f"{number % 250} 198.51.100.{number % 256} {1024 + number % 60000} 443 6"
                f" {number % 90 + 1} {number * 37 % 90000 + 40} {1767607200 + number // 50}"
                f" {1767607259 + number // 50} {'REJECT' if number % 9 == 0 else 'ACCEPT'} OK"
            )
            rows.append(row + f" vpc-0abc i-{number % 40:017x}" if more else row)
        yield "\n".join(rows).encode() + b"\n"


def query_contents() -> Iterator[bytes]:
    """Resolver query log files, for ever."""
    number = 0
    while True:
        rows = []
        for _ in range(2000):
            number += 1
            record = {
                "version": "1.100000",
                "account_id": "123456789012",
                "region": "eu-central-1",
                "vpc_id": "vpc-0abc0abc0abc0abc0",
                "query_timestamp": f"2026-01-05T10:{number // 60 % 60:02d}:{number % 60:02d}Z",
                "query_name": f"host{number % 500}.example.com.",
                "query_type": "A",
                "query_class": "IN",
                "rcode": "NOERROR",
                "answers": [
                    {"Rdata": f"198.51.100.{number % 256}", "Type": "A", "Class": "IN"},
                    {"Rdata": f"203.0.113.{number % 256}", "Type": "A", "Class": "IN"},
                ],
                "srcaddr": f"10.0.0.{number % 250}",
                "srcport": str(1024 + number % 60000),
                "transport": "UDP",
                "srcids": {"instance": f"i-{number % 40:017x}"},
            }
            rows.append(json.dumps(record, separators=(",", ":")))
        yield "\n".join(rows).encode() + b"\n"


def vnet_contents() -> Iterator[bytes]:
    """VNet flow logs of an interface and hour: 60 records of 60 tuples; for ever."""
    number = 0
    account = "/subscriptions/11111111-2222-3333-4444-555555555555"
    while True:
        records = []
        for minute in range(60):
            tuples = []
            for _ in range(60):
                number += 1
                tuples.append(
                    f"{1767607200000 + number * 7},10.0.{number % 8}.{number % 250},198.51.100."
                    f"{number % 256},{1024 + number % 60000},443,6,O,{'BCED'[number % 4]},NX,"
                    f"{number % 90},{number * 37 % 90000},{number % 70},{number * 41 % 90000}"
                )
            group = {"rule": "DefaultRule_AllowInternetOutBound", "flowTuples": tuples}
            records.append(
                {
                    "time": f"2026-01-05T10:{minute:02d}:52.5625085Z",
                    "flowLogVersion": 4,
                    "flowLogGUID": "66666666-1111-2222-3333-444444444444",
                    "macAddress": f"000D3A{number % 40:06X}",
                    "category": "FlowLogFlowEvent",
                    "flowLogResourceID": account.upper() + "/RESOURCEGROUPS/NETWORKWATCHERRG/"
                    "PROVIDERS/MICROSOFT.NETWORK/NETWORKWATCHERS/NETWORKWATCHER_EASTUS/FLOWLOGS/A",
                    "targetResourceID": account + "/resourceGroups/example/providers/"
                    "Microsoft.Network/virtualNetworks/example",
                    "operationName": "FlowLogFlowEvent",
                    "flowRecords": {"flows": [{"aclID": "a" * 36, "flowGroups": [group]}]},
                }
            )
        yield json.dumps({"records": records}, separators=(",", ":")).encode()


def cloudtrail_contents() -> Iterator[bytes]:
    """CloudTrail files, for ever."""
    data = Path(os.environ.get("CIW_REAL_DATA") or ROOT.parent / "shared" / "data")
    real = sorted((data / "cloudtrail-invictus").glob("*.json"))
    if real:
        print(f"files: {len(real)} real ones, repeated")
        while True:
            for path in real:
                yield path.read_bytes()
    print("files: synthetic ones (the real data are not beside the repository)")
    while True:
        records = [_record(number) for number in range(60)]
        yield json.dumps({"Records": records}, separators=(",", ":")).encode()


def _record(number: int) -> dict:
    arn = f"arn:aws:sts::123456789012:assumed-role/deploy/session-{number}"
    return {
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": f"AROAEXAMPLE{number:08d}:session-{number}",
            "arn": arn,
            "accountId": "123456789012",
            "accessKeyId": f"ASIAEXAMPLE{number:09d}",
            "sessionContext": {"attributes": {"mfaAuthenticated": "false"}},
        },
        "eventTime": f"2026-01-05T10:00:{number % 60:02d}Z",
        "eventSource": "ec2.amazonaws.com",
        "eventName": "DescribeInstances",
        "awsRegion": "eu-central-1",
        "sourceIPAddress": f"198.51.100.{number % 256}",
        "userAgent": "aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22 md/GOOS#linux api/ec2#1.173.0",
        "requestParameters": {"instancesSet": {}, "filterSet": {"items": [{"name": "vpc-id"}] * 5}},
        "responseElements": None,
        "requestID": f"00000000-0000-4000-8000-{number:012d}",
        "eventID": f"00000000-0000-4000-9000-{number:012d}",
        "readOnly": True,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "123456789012",
        "eventCategory": "Management",
        "tlsDetails": {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256"},
    }


# By kind: what it is called, its files, the events in one.
KINDS: dict[str, tuple[str, Callable[[], Iterator[bytes]], Callable[[bytes], int]]] = {
    "cloudtrail": (
        "CloudTrail records", cloudtrail_contents, lambda data: len(json.loads(data)["Records"])
    ),
    "flows": ("VPC flows", flow_contents, lambda data: data.count(b"\n") - 1),
    "custom_flows": (
        "VPC flows of a custom format",
        lambda: flow_contents(" vpc-id instance-id"),
        lambda data: data.count(b"\n") - 1,
    ),
    "vnet_flows": ("VNet flow tuples", vnet_contents, lambda data: data.count(b",NX,")),
    "queries": ("Resolver queries", query_contents, lambda data: data.count(b"\n")),
}


def write_files(kind: str, directory: Path, events: int) -> tuple[int, int]:
    """(events, bytes of text) written as gzip files."""
    written = size = number = 0
    _, contents, count = KINDS[kind]
    for content in contents():
        (directory / f"{number:06d}.gz").write_bytes(gzip.compress(content, 6, mtime=0))
        written, size, number = written + count(content), size + len(content), number + 1
        if written >= events:
            return written, size
    raise AssertionError("contents() never ends")


def interpreters() -> dict[str, str]:
    found = {f"{sys.version_info.major}.{sys.version_info.minor}": sys.executable}
    for version in ("3.9", "3.13"):
        named = os.environ.get("CIW_PYTHON" + version.replace(".", ""))
        search = [str(ROOT / "tools" / "find-python"), version]
        done = subprocess.run(search, capture_output=True, text=True, check=False)
        path = named or (done.stdout.strip() if done.returncode == 0 else "")
        if path:
            found[version] = path
        else:
            print(f"Python {version}: not found here, left out")
    return found


def measure(python: str, kind: str, way: str, directory: Path) -> dict:
    import splunklib

    # The SDK is pure Python: the one copy serves every interpreter.
    libraries = str(Path(splunklib.__file__).parent.parent)
    script = (
        "import sys, runpy; sys.path.append(sys.argv.pop(1));"
        "runpy.run_path(sys.argv.pop(1), run_name='__main__')"
    )
    command = [python, "-c", script, libraries, str(ROOT / "bench" / "one_way.py")]
    done = subprocess.run([*command, kind, way, str(directory)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{kind}, {way} on {python} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def main() -> int:
    events = int(os.environ.get("CIW_BENCH_EVENTS", "200000"))
    kinds = os.environ.get("CIW_BENCH_KINDS") or ",".join(KINDS)
    pythons = sorted(interpreters().items())
    for kind in kinds.split(","):
        with tempfile.TemporaryDirectory() as name:
            directory = Path(name)
            count, size = write_files(kind, directory, events)
            print(f"\n{count:,} {KINDS[kind][0]}, {size / count:,.0f} bytes on average\n")
            print("Python  way                    events/s   CPU s   MB/s  peak MiB")
            for version, python in pythons:
                _compare(version, python, kind, directory, count, size)
    return 0


def _compare(
    version: str, python: str, kind: str, directory: Path, count: int, size: int
) -> None:
    ways = ("gunzip", "event_writer", "ours")
    results = {way: measure(python, kind, way, directory) for way in ways}
    for way, label in (
        ("gunzip", "gunzip alone"),
        ("event_writer", "json + EventWriter"),
        ("ours", "this input"),
    ):
        result = results[way]
        print(
            f"{version:<7} {label:<20} {count / result['seconds']:>10,.0f}"
            f" {result['cpu']:>7.1f} {size / result['seconds'] / 1e6:>6.0f}"
            f" {result['peak_kib'] / 1024:>9.0f}"
        )
    ratio = results["event_writer"]["seconds"] / results["ours"]["seconds"]
    cpu = results["event_writer"]["cpu"] / results["ours"]["cpu"]
    share = results["gunzip"]["seconds"] / results["ours"]["seconds"]
    print(
        f"{version:<7} {ratio:.1f} times json + EventWriter (aim {AIM:.0f}),"
        f" {cpu:.1f} times by CPU time; {share:.0%} of gunzip alone\n"
    )
