"""Google's logs: messages as the events they become, and what those give at search time."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import gcp_audit
import gcp_network_logs
import pytest
from ciw.declare import Shard
from ciw.emit import encode_page
from ciw.log import Log
from ciw.log_entries import sourcetype
from ciw.pubsub import Received, Work

from lab.engine.run import Context, search
from lab.home import Home
from lab.ingest.pipeline import Request, ingest

GOLDEN = Path(__file__).parent / "golden"
INPUTS = {"gcp_audit": gcp_audit, "gcp_network_logs": gcp_network_logs}
NAME = "projects/example-project/subscriptions/logs"
AUDIT = "google:gcp:pubsub:audit:"


class Subscription:
    """One pull gives all messages, the next none."""

    name = NAME
    server_time = 0.0

    def __init__(self, texts: list[str]):
        self._texts = texts

    def receive(self):
        texts, self._texts = self._texts, []
        contents = [
            Received(str(number), text, "2026-01-05T10:00:11.001Z", {"region": "eu"})
            for number, text in enumerate(texts)
        ]
        return ["held"] * len(texts), contents


def emitted(name: str) -> bytes:
    texts = json.loads((GOLDEN / name / "pubsub.json").read_text("utf-8"))["messages"]
    context = SimpleNamespace(
        index="cloud_audit", page_bytes=1 << 17, log=Log(io.StringIO()),
        arguments={"mode": "pubsub", "ack_deadline": 60, "max_messages": 10},
        stopping=lambda: False, count=lambda name, number: None,
        checkpoint=SimpleNamespace(get=lambda key: None),
    )
    nothing = SimpleNamespace(hold=lambda messages: None, drop=lambda messages: None)
    shard = Shard(NAME, NAME, Work(Subscription(texts), nothing))
    stream = b""
    for page in INPUTS[name].pages(context, shard, None):
        stream += encode_page(page, f"{name}://main")[0]
    return stream


@pytest.mark.parametrize("name", INPUTS)
def test_messages_become_exactly_these_events(name):
    """Events only: a quarantine event has the time of the test in it."""
    events = b"".join(
        line for line in emitted(name).splitlines(keepends=True) if b"ciw:quarantine" not in line
    )
    assert events == (GOLDEN / name / "pubsub.xml").read_bytes()


def test_what_is_no_entry_is_quarantined():
    told = [json.loads(e.findtext("data")) for e in elements("gcp_audit", "ciw:quarantine")]
    assert [each["reason"].split(":")[0] for each in told] == [
        "the message is no log entry", "the message is not JSON",
    ]


@pytest.mark.parametrize(
    ("log_name", "wanted"),
    [
        ("projects/p/logs/cloudaudit.googleapis.com%2Factivity", AUDIT + "admin_activity"),
        ("projects/example.com:p/logs/cloudaudit.googleapis.com%2Fpolicy", AUDIT + "policy_denied"),
        ("folders/1/logs/cloudaudit.googleapis.com%2fdata_access", AUDIT + "data_access"),
        ("organizations/1/logs/cloudaudit.googleapis.com/system_event",
         "google:gcp:pubsub:platform"),
        ("projects/p/logs/mycloudaudit.googleapis.com%2Factivity", "google:gcp:pubsub:platform"),
        ("projects/p/logs/dns.googleapis.com%2Fdns_queries", "google:gcp:pubsub:platform"),
        ("nothing", "google:gcp:pubsub:platform"),
    ],
)
def test_source_types_by_the_whole_name_of_a_log(log_name, wanted):
    assert sourcetype(log_name) == wanted


def elements(name: str, kind: str) -> list:
    stream = ElementTree.fromstring(b"<stream>" + emitted(name) + b"</stream>")
    return [each for each in stream if each.findtext("sourcetype") == kind]


@pytest.fixture(params=["in the envelope", "bare"])
def rows(request, tmp_path, app_root):
    """The fields of a pair's events, in the add-on's envelope and as bare entries."""
    home = Home(tmp_path / "home")
    app = home.app(app_root)

    def of(name: str, kind: str) -> list[dict]:
        texts = [each.findtext("data") for each in elements(name, kind)]
        if request.param == "bare":
            texts = [json.dumps(json.loads(text)["data"]) for text in texts]
        path = tmp_path / "events.json"
        path.write_text("\n".join(texts) + "\n", encoding="utf-8")
        ingest(home, app, [path], Request(index="cloud_audit", sourcetype=kind))
        spl = f"search index=cloud_audit sourcetype={kind} | sort 0 _time"
        return search(spl, Context(home=home, app=app, now=4e9)).rows

    return of


def picked(row: dict, names: str) -> dict:
    return {name: row.get(name) for name in names.split()}


def test_an_operation_and_who_did_it(rows):
    first, last, policy = rows("gcp_audit", AUDIT + "admin_activity")
    assert picked(first, "cloud vendor_account vendor_region command status result user user_type "
                  "src channel object_id operation_id instance_type image_id") == {
        "cloud": "gcp", "vendor_account": "example.com:example-project",
        "vendor_region": "europe-west3", "command": "compute.instances.insert",
        "status": "success", "result": "success", "user": "operator@example.com",
        "user_type": "human", "src": "203.0.113.7", "channel": "cli",
        "object_id": "1000000000000000001", "operation_id": "operation-1767607200000-0001",
        "instance_type": "n2-standard-4",
        "image_id": "projects/debian-cloud/global/images/family/debian-12",
    }
    assert first["_time"].startswith("2026-01-05T10:00:00.123")
    assert picked(last, "command status result user_type channel vendor_region") == {
        "command": "compute.instances.insert", "status": "failure", "result": "QUOTA_EXCEEDED",
        "user_type": "service", "channel": "autoscaling", "vendor_region": "us-central1",
    }
    assert policy["command"] == "SetIamPolicy" and policy["vendor_account"] == "example-project"


@pytest.mark.parametrize(
    ("kind", "account", "moment"),
    [
        (AUDIT + "policy_denied", "123456789012", "10:00:03"),
        (AUDIT + "data_access", "123456789012", "10:00:04"),
        (AUDIT + "system_event", "example-project", "10:00:05"),
        ("google:gcp:pubsub:access_transparency", "012345-6789AB-CDEF01", "10:00:06"),
    ],
)
def test_every_kind_of_audit_log_has_its_time_and_account(rows, kind, account, moment):
    (row,) = rows("gcp_audit", kind)
    assert row["vendor_account"] == account
    assert row["_time"].startswith("2026-01-05T" + moment)


def test_flows_by_their_reporter(rows):
    names = ("vendor_account vendor_region object_id direction src src_port dest dest_port "
             "protocol bytes bytes_in bytes_out packets reporter")
    found = {row["reporter"]: picked(row, names)
             for row in rows("gcp_network_logs", "google:gcp:compute:vpc_flows")}
    assert found["SRC"] == {
        "vendor_account": "example-project", "vendor_region": "europe-west3",
        "object_id": "projects/example-project/zones/europe-west3-a/instances/example-1",
        "direction": "outbound", "src": "10.0.0.2", "src_port": "41234", "dest": "198.51.100.20",
        "dest_port": "3333", "protocol": "tcp", "bytes": "5342", "bytes_in": None,
        "bytes_out": "5342", "packets": "17", "reporter": "SRC",
    }
    assert found["DEST"] == {
        "vendor_account": "service-project", "vendor_region": "us-central1",
        "object_id": "projects/service-project/zones/us-central1-b/instances/example-2",
        "direction": "inbound", "src": "2001:db8::9", "src_port": None, "dest": "2001:db8::7",
        "dest_port": None, "protocol": "ipv6-icmp", "bytes": "104", "bytes_in": "104",
        "bytes_out": None, "packets": "1", "reporter": "DEST",
    }
    assert found["SRC_GATEWAY"]["object_id"] is None
    assert found["SRC_GATEWAY"]["protocol"] == "udp"


def test_queries_of_names(rows):
    queries, other = rows("gcp_network_logs", "google:gcp:pubsub:platform")
    assert picked(queries, "query record_type reply_code src answer object_id vendor_account "
                  "vendor_region transport") == {
        "query": "pool.example.org", "record_type": "A", "reply_code": "NOERROR",
        "src": "10.0.0.2", "answer": ["edge.example.org.", "198.51.100.20"],
        "object_id": "1000000000000000001", "vendor_account": "example-project",
        "vendor_region": "europe-west3", "transport": "udp",
    }
    assert other.get("query") is None and other["vendor_account"] == "example-project"
