"""Native files of every kind of input: what a cloud stores, or what one call of its API answers.

CloudTrail's are the real ones (CIW_REAL_DATA, or shared/data beside the repository) repeated, or
synthetic ones where they are absent. Network logs are synthetic; the records of the other kinds are
those of the golden pairs, each with an id of its own.
"""

from __future__ import annotations

import base64
import gzip
import itertools
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "sources" / "golden"
START = 1767607200
FLOW_FIELDS = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start "
    "end action log-status"
)


@dataclass(frozen=True)
class Kind:
    """What is measured: `files` gives (content, events in it) for ever.

    Behind a slash in a kind's name stands in what way its files are other ones of the same kind.
    """

    title: str
    files: Callable[[], Iterator[tuple[bytes, int]]]


def packed(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def cloudtrail(size: int = 0) -> Iterator[tuple[bytes, int]]:
    """The files as they are (1 to 394 records, 53 in the mean), or their records `size` a file."""
    data = Path(os.environ.get("CIW_REAL_DATA") or ROOT.parent / "shared" / "data")
    contents = [path.read_bytes() for path in sorted((data / "cloudtrail-invictus").glob("*.json"))]
    if not contents:
        print("CloudTrail: synthetic records (the real data are not beside the repository)")
        contents = [packed({"Records": [_cloudtrail_record(number) for number in range(60)]})]
    if not size:
        yield from itertools.cycle([(one, len(json.loads(one)["Records"])) for one in contents])
    # As text: what this process holds counts as the peak of those that it starts.
    texts = [packed(record) for one in contents for record in json.loads(one)["Records"]]
    endless = itertools.cycle(texts)
    while True:
        yield b'{"Records":[' + b",".join(itertools.islice(endless, size)) + b"]}", size


def _cloudtrail_record(number: int) -> dict:
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


def vpc_flows(more: str = "") -> Iterator[tuple[bytes, int]]:
    """Files of the default format, or of one with `more` fields."""
    numbers = itertools.count(1)
    names = (FLOW_FIELDS + more).split()
    while True:
        rows = [" ".join(names)]
        for number in itertools.islice(numbers, 5000):
            row = (
                f"{3 if more else 2} 123456789012 eni-{number % 40:017x} 10.0.{number % 8}."
                f"{number % 250} 198.51.100.{number % 256} {1024 + number % 60000} 443 6"
                f" {number % 90 + 1} {number * 37 % 90000 + 40} {START + number // 50}"
                f" {START + 59 + number // 50} {'REJECT' if number % 9 == 0 else 'ACCEPT'} OK"
            )
            rows.append(row + f" vpc-0abc i-{number % 40:017x}" if more else row)
        yield "\n".join(rows).encode() + b"\n", 5000


def queries() -> Iterator[tuple[bytes, int]]:
    """Resolver query logs."""
    numbers = itertools.count(1)
    while True:
        rows = [
            packed(
                {
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
            )
            for number in itertools.islice(numbers, 2000)
        ]
        yield b"\n".join(rows) + b"\n", len(rows)


def vnet_flows() -> Iterator[tuple[bytes, int]]:
    """An interface and hour: 60 records of 60 tuples."""
    numbers = itertools.count(1)
    account = "/subscriptions/11111111-2222-3333-4444-555555555555"
    while True:
        records = []
        for minute in range(60):
            tuples = [
                f"{1000 * START + number * 7},10.0.{number % 8}.{number % 250},198.51.100."
                f"{number % 256},{1024 + number % 60000},443,6,O,{'BCED'[number % 4]},NX,"
                f"{number % 90},{number * 37 % 90000},{number % 70},{number * 41 % 90000}"
                for number in itertools.islice(numbers, 60)
            ]
            group = {"rule": "DefaultRule_AllowInternetOutBound", "flowTuples": tuples}
            records.append(
                {
                    "time": f"2026-01-05T10:{minute:02d}:52.5625085Z",
                    "flowLogVersion": 4,
                    "flowLogGUID": "66666666-1111-2222-3333-444444444444",
                    "macAddress": f"000D3A{minute % 40:06X}",
                    "category": "FlowLogFlowEvent",
                    "flowLogResourceID": account.upper() + "/RESOURCEGROUPS/NETWORKWATCHERRG/"
                    "PROVIDERS/MICROSOFT.NETWORK/NETWORKWATCHERS/NETWORKWATCHER_EASTUS/FLOWLOGS/A",
                    "targetResourceID": account + "/resourceGroups/example/providers/"
                    "Microsoft.Network/virtualNetworks/example",
                    "operationName": "FlowLogFlowEvent",
                    "flowRecords": {"flows": [{"aclID": "a" * 36, "flowGroups": [group]}]},
                }
            )
        yield packed({"records": records}), 3600


def nsg_flows() -> Iterator[tuple[bytes, int]]:
    """A security group and hour, version 2: 60 records of 60 tuples."""
    numbers = itertools.count(1)
    while True:
        records = []
        for minute in range(60):
            tuples = [
                f"{START + number // 50},10.0.{number % 8}.{number % 250},198.51.100."
                f"{number % 256},{1024 + number % 60000},443,T,O,A,{'BCE'[number % 3]},"
                + (",,," if number % 3 == 0 else f"{number % 90},{number * 37 % 90000},7,4100")
                for number in itertools.islice(numbers, 60)
            ]
            flows = [{"mac": f"000D3A{minute % 40:06X}", "flowTuples": tuples}]
            rules = [{"rule": "DefaultRule_AllowInternetOutBound", "flows": flows}]
            records.append(
                {
                    "time": f"2026-01-05T10:{minute:02d}:52.5625085Z",
                    "systemId": "55555555-4444-3333-2222-111111111111",
                    "category": "NetworkSecurityGroupFlowEvent",
                    "resourceId": "/SUBSCRIPTIONS/11111111-2222-3333-4444-555555555555/"
                    "RESOURCEGROUPS/EXAMPLE/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/A",
                    "operationName": "NetworkSecurityGroupFlowEvents",
                    "properties": {"Version": 2, "flows": rules},
                }
            )
        yield packed({"records": records}), 3600


def golden(path: str) -> str:
    return (GOLDEN / path).read_text("utf-8-sig")


def activity_export() -> Iterator[tuple[bytes, int]]:
    """The activity log as it is exported to storage: a record a line."""
    lines = golden("azure_activity_storage/export.json").split("\n")
    records = [line.strip() for line in lines if '"correlationId"' in line and '"time"' in line]
    content = "\n".join(itertools.islice(itertools.cycle(records), 400)) + "\n"
    return itertools.repeat((content.encode(), 400))


def _values(record: dict[str, Any], key: str, size: int) -> Iterator[tuple[bytes, int]]:
    """Answers `{"value": […]}` of one record with ids of its own."""
    numbers = itertools.count()
    while True:
        values = [
            {**record, key: f"{number:08d}-0000-4000-8000-000000000000"}
            for number in itertools.islice(numbers, size)
        ]
        yield packed({"value": values}), size


def activity() -> Iterator[tuple[bytes, int]]:
    """Answers of the activity log's REST API."""
    account = "/subscriptions/11111111-2222-3333-4444-555555555555"
    machine = account + "/resourceGroups/example/providers/Microsoft.Compute/virtualMachines/vm-1"
    text = {"value": "Microsoft.Compute/virtualMachines/write", "localizedValue": "Create a VM"}
    record = {
        "eventDataId": "",
        "eventTimestamp": "2026-01-05T10:02:03.4567891Z",
        "submissionTimestamp": "2026-01-05T10:04:05.4567891Z",
        "authorization": {"action": text["value"], "scope": machine},
        "caller": "operator@example.com",
        "channels": "Operation",
        "claims": {
            "aud": "https://management.core.windows.net/", "ipaddr": "203.0.113.7",
            "name": "Operator", "http://schemas.microsoft.com/identity/claims/scope":
            "user_impersonation", "appid": "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
        },
        "category": {"value": "Administrative", "localizedValue": "Administrative"},
        "correlationId": "c0000000-0000-4000-8000-000000000000",
        "eventName": {"value": "EndRequest", "localizedValue": "End request"},
        "httpRequest": {"clientRequestId": "d0", "clientIpAddress": "203.0.113.7", "method": "PUT"},
        "id": machine + "/events/e0/ticks/639032256000000000",
        "level": "Informational",
        "operationId": "e0000000-0000-4000-8000-000000000000",
        "operationName": text,
        "properties": {"statusCode": "Created", "serviceRequestId": None, "message": text["value"]},
        "resourceGroupName": "example",
        "resourceId": machine,
        "status": {"value": "Succeeded", "localizedValue": "Succeeded"},
        "subscriptionId": account.rpartition("/")[2],
    }
    return _values(record, "eventDataId", 200)


def entra() -> Iterator[tuple[bytes, int]]:
    """Answers of Microsoft Graph: directory audits."""
    service = json.loads(golden("azure_identity/tenant.json"))["service"]
    return _values(service["audits"][0], "id", 500)


def pulls(path: str, size: int) -> Iterator[tuple[bytes, int]]:
    """Answers of Pub/Sub's pull: messages with entries of Cloud Logging."""
    entry = golden_messages(path)[0]
    numbers = itertools.count()
    while True:
        messages = []
        for number in itertools.islice(numbers, size):
            entry["insertId"] = f"entry-{number}"
            minute, second = divmod(number // 10 % 3600, 60)
            entry["timestamp"] = f"2026-01-05T10:{minute:02d}:{second:02d}.{number:09d}Z"
            message = {
                "data": base64.b64encode(packed(entry)).decode(),
                "messageId": str(10**15 + number),
                "publishTime": "2026-01-05T10:00:11.001Z",
                "attributes": {"logging.googleapis.com/timestamp": "2026-01-05T10:00:10.5Z"},
            }
            messages.append({"ackId": f"{number:0150d}", "message": message})
        yield packed({"receivedMessages": messages}), size


def golden_messages(path: str) -> list[dict[str, Any]]:
    return [json.loads(text) for text in json.loads(golden(path))["messages"][:1]]


def gcp_metrics() -> Iterator[tuple[bytes, int]]:
    """Answers of timeSeries.list: an hour of 100 instances' CPU."""
    series = json.loads(golden("gcp_metrics/series.json"))["timeSeries"][0]
    many = []
    for number in range(100):
        one = json.loads(json.dumps(series))
        one["resource"]["labels"]["instance_id"] = str(10**18 + number)
        one["points"] = [
            {
                "interval": dict.fromkeys(
                    ("startTime", "endTime"), f"2026-01-05T10:{5 * step:02d}:00Z"
                ),
                "value": {"doubleValue": number * step / 1217},
            }
            for step in range(11, -1, -1)
        ]
        many.append(one)
    return itertools.repeat((packed({"timeSeries": many}), 1200))


def gcp_inventory() -> Iterator[tuple[bytes, int]]:
    """Answers of Cloud Asset's assets.list."""
    asset = json.loads(golden("gcp_inventory/assets.json"))["assets"][0]
    many = [{**asset, "name": f"{asset['name']}{number}"} for number in range(1000)]
    return itertools.repeat((packed({"assets": many}), len(many)))


KINDS: dict[str, Kind] = {
    "cloudtrail": Kind("CloudTrail records", cloudtrail),
    "cloudtrail/5": Kind("CloudTrail, 5 a file", lambda: cloudtrail(5)),
    "cloudtrail/50": Kind("CloudTrail, 50 a file", lambda: cloudtrail(50)),
    "cloudtrail/500": Kind("CloudTrail, 500 a file", lambda: cloudtrail(500)),
    "cloudtrail/5000": Kind("CloudTrail, 5,000 a file", lambda: cloudtrail(5000)),
    "flows": Kind("VPC flows, default format", vpc_flows),
    "custom_flows": Kind("VPC flows, custom format", lambda: vpc_flows(" vpc-id instance-id")),
    "queries": Kind("Resolver queries", queries),
    "activity": Kind("Azure activity, REST", activity),
    "activity_export": Kind("Azure activity, export", activity_export),
    "entra": Kind("Entra directory audits", entra),
    "vnet_flows": Kind("VNet flow tuples", vnet_flows),
    "nsg_flows": Kind("NSG flow tuples", nsg_flows),
    "gcp_audit": Kind("GCP audit, Pub/Sub", lambda: pulls("gcp_audit/pubsub.json", 500)),
    "gcp_flows": Kind("GCP VPC flows, Pub/Sub", lambda: pulls("gcp_network_logs/pubsub.json", 500)),
    "metrics": Kind("GCP data points", gcp_metrics),
    "inventory": Kind("GCP assets", gcp_inventory),
}


def write(kind: str, directory: Path, events: int) -> tuple[int, int]:
    """(events, bytes of text) written as gzip files; at least `events`."""
    written = size = 0
    for number, (content, count) in enumerate(KINDS[kind].files()):
        (directory / f"{number:06d}.gz").write_bytes(gzip.compress(content, 6, mtime=0))
        written, size = written + count, size + len(content)
        if written >= events:
            break
    return written, size
