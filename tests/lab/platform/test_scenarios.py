"""Scenarios: the same seed gives the same files, native in form, with the truth kept apart."""

import gzip
import ipaddress
import json
import re

import pytest

from lab import scenarios
from lab.ingest.pipeline import Request, ingest

START = 1_700_000_000 // 300 * 300
ENVELOPE = {
    "eventVersion",
    "userIdentity",
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "requestParameters",
    "responseElements",
    "requestID",
    "eventID",
    "readOnly",
    "eventType",
    "managementEvent",
    "recipientAccountId",
    "eventCategory",
}
DOCUMENTATION = [
    ipaddress.ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
]
every = pytest.mark.parametrize("scenario", scenarios.all_scenarios(), ids=lambda s: s.id)


@every
def test_records_are_native(scenario):
    found = scenarios.records(scenario, 1, START)
    assert found
    assert len({record.body["eventID"] for record in found}) == len(found)
    for record in found:
        assert ENVELOPE <= set(record.body)
        assert START <= record.time + 60 and record.time < START + scenario.seconds
        address = record.body["sourceIPAddress"]
        if address.endswith(".amazonaws.com"):
            assert record.body["userIdentity"]["invokedBy"] == address
        else:
            assert any(ipaddress.ip_address(address) in network for network in DOCUMENTATION)
            assert record.body["tlsDetails"]["tlsVersion"]
        if "errorCode" in record.body:
            assert record.body["responseElements"] is None


@every
def test_the_same_seed_gives_the_same_bytes(scenario, tmp_path):
    first = scenarios.write(scenario, tmp_path / "a", 7, START)
    second = scenarios.write(scenario, tmp_path / "b", 7, START)
    assert [p.read_bytes() for p in first.logs] == [p.read_bytes() for p in second.logs]
    other = scenarios.write(scenario, tmp_path / "c", 8, START)
    assert [p.read_bytes() for p in first.logs] != [p.read_bytes() for p in other.logs]


@every
def test_labels_are_beside_the_logs_and_nowhere_in_them(scenario, tmp_path):
    written = scenarios.write(scenario, tmp_path / "s", 1, START)
    truth = json.loads(written.labels.read_text())
    assert written.labels.parent == tmp_path / "s"
    pattern = re.compile(
        r"AWSLogs/(\d{12})/CloudTrail/([a-z0-9-]+)/\d{4}/\d\d/\d\d/"
        r"\1_CloudTrail_\2_\d{8}T\d{4}Z_[0-9a-f]{16}\.json\.gz\Z"
    )
    ids = set()
    for path in written.logs:
        assert pattern.match(str(path.relative_to(tmp_path / "s")))
        text = gzip.decompress(path.read_bytes()).decode()
        assert not re.search(r"malicious|attack|scenario|\"step\"", text)
        ids |= {record["eventID"] for record in json.loads(text)["Records"]}
    assert len(ids) == written.records == truth["records"]
    assert {entry["eventID"] for entry in truth["malicious"]} <= ids
    assert scenario.signals or not truth["malicious"]


def test_a_scenario_can_be_ingested(home, app, tmp_path):
    written = scenarios.write(scenarios.get("aws_leaked_key_launch"), tmp_path / "s", 1, START)
    report = ingest(home, app, list(written.logs), Request("audit", "aws:cloudtrail"))
    assert (report.indexed, report.quarantined) == (written.records, [])


def test_the_snapshot_chain_holds_together():
    found = {
        record.body["eventName"]: record.body
        for record in scenarios.records(scenarios.get("aws_snapshot_exfiltration"), 1, START)
    }
    snapshot = found["CreateSnapshot"]["responseElements"]["snapshotId"]
    assert found["ModifySnapshotAttribute"]["requestParameters"]["snapshotId"] == snapshot
    assert found["CreateVolume"]["requestParameters"]["snapshotId"] == snapshot
    attach = found["AttachVolume"]["requestParameters"]
    assert attach["volumeId"] == found["CreateVolume"]["responseElements"]["volumeId"]
    launched = found["RunInstances"]["responseElements"]["instancesSet"]["items"]
    assert attach["instanceId"] == launched[0]["instanceId"]


def test_a_folder_in_use_is_left_alone(tmp_path):
    (tmp_path / "x").write_text("mine")
    with pytest.raises(scenarios.ScenarioError, match="not empty"):
        scenarios.write(scenarios.get("aws_benign_day"), tmp_path, 1, START)


def test_unknown_names_are_listed():
    with pytest.raises(scenarios.ScenarioError, match="aws_benign_day"):
        scenarios.get("nope")
