"""Raw records to rows of the operation log: the traps of each field, duplicates, late arrival."""

from __future__ import annotations

import pytest

from lab.engine.run import search
from lab.runs import bind, context
from lab.scheduler import due
from tests.detections.records import ACCOUNT, epoch, launch, record, role, stop_trail

NOON = epoch("2026-03-10T12:00:00")


def row_of(bench, *records: dict) -> dict:
    bench.take(list(records))
    bench.collect()
    [row] = bench.search("`ciw_changes`")
    return row


def test_session_and_role_are_told_apart(bench):
    row = row_of(bench, launch(NOON, session="CHG0012345-deploy"))
    assert (row["user"], row["user_type"], row["user_session"], row["change_ref"]) == (
        role("deploy"), "role", "CHG0012345-deploy", "CHG0012345")


def test_role_without_session_issuer_comes_from_the_arn(bench):
    found = launch(NOON)
    del found["userIdentity"]["sessionContext"]
    assert row_of(bench, found)["user"] == role("deploy")


@pytest.mark.parametrize(("identity", "user", "kind"), [
    ({"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root"}, f"arn:aws:iam::{ACCOUNT}:root",
     "root"),
    ({"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/operator"},
     f"arn:aws:iam::{ACCOUNT}:user/operator", "human"),
    ({"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"},
     "autoscaling.amazonaws.com", "service"),
    ({"accountId": ACCOUNT, "invokedBy": "ec2.amazonaws.com"}, "ec2.amazonaws.com", "service"),
    ({}, "unknown", "unknown"),
])
def test_principals(bench, identity, user, kind):
    row = row_of(bench, launch(NOON, userIdentity=identity))
    assert (row["user"], row["user_type"]) == (user, kind)


@pytest.mark.parametrize(("agent", "source", "channel"), [
    ("APN/1.0 HashiCorp/1.0 Terraform/1.7.5", "203.0.113.10", "iac"),
    ("aws-cli/2.15.0", "203.0.113.10", "cli"),
    ("Boto3/1.34 Python/3.12", "203.0.113.10", "sdk"),
    ("Mozilla/5.0", "203.0.113.10", "console"),
    ("AWS Internal", "AWS Internal", "console"),
    ("autoscaling.amazonaws.com", "autoscaling.amazonaws.com", "autoscaling"),
    ("cloudformation.amazonaws.com", "cloudformation.amazonaws.com", "iac"),
    ("rds.amazonaws.com", "rds.amazonaws.com", "service"),
])
def test_channels(bench, agent, source, channel):
    assert row_of(bench, launch(NOON, userAgent=agent, address=source))["channel"] == channel


def test_type_in_both_shapes(bench):
    assert row_of(bench, record(
        "ModifyInstanceAttribute", NOON, {"instanceId": "i-0a1b2c3d4e5f60001",
                                          "instanceType": {"value": "p4d.24xlarge"}},
        {"_return": True}))["instance_type"] == "p4d.24xlarge"


FLEET = {"Type": "instant", "TargetCapacitySpecification": {"TotalTargetCapacity": 2},
         "TagSpecification": {"tag": 1, "ResourceType": "instance",
                              "Tag": [{"tag": 1, "Key": "change_ref", "Value": "CHG0099"}]}}


@pytest.mark.parametrize(("found", "objects", "status"), [
    ({"item": {"instanceIds": {"item": "i-0a1b2c3d4e5f60001"}}}, "i-0a1b2c3d4e5f60001", "success"),
    ({"item": {"instanceIds": {"item": ["i-0a1b2c3d4e5f60001", "i-0a1b2c3d4e5f60002"]}}},
     ["i-0a1b2c3d4e5f60001", "i-0a1b2c3d4e5f60002"], "success"),
    ({"item": [{"instanceIds": {"item": "i-0a1b2c3d4e5f60001"}},
               {"instanceIds": {"item": ["i-0a1b2c3d4e5f60002"]}}]},
     ["i-0a1b2c3d4e5f60001", "i-0a1b2c3d4e5f60002"], "success"),
    ("", "fleet-1", "failure"),
])
def test_a_fleet_names_its_instances_or_why_it_got_none(bench, found, objects, status):
    """An instant fleet that got nothing is a success of the call. RunInstances counts the others."""
    failed = {"item": {"errorCode": "InsufficientInstanceCapacity"}} if status == "failure" else ""
    row = row_of(bench, record("CreateFleet", NOON, {"CreateFleetRequest": FLEET}, {
        "CreateFleetResponse": {"fleetId": "fleet-1", "fleetInstanceSet": found,
                                "errorSet": failed}}))
    assert (row["object_id"], row["status"], row["obtained_count"]) == (objects, status, "0")
    assert (row["change_ref"], row["requested_count"]) == ("CHG0099", "2")
    assert row["result"] == ("InsufficientInstanceCapacity" if failed else "success")


def test_several_instances_and_what_they_derive_from(bench):
    found = launch(NOON, tags={"owner": "payments", "change_ref": "CHG0099"}, request={
        "launchTemplate": {"launchTemplateId": "lt-0a1b2c3d4e5f60001"},
        "blockDeviceMapping": {"items": [{"ebs": {"snapshotId": "snap-0a1b2c3d4e5f60001"}}]}})
    found["responseElements"]["instancesSet"]["items"] = [
        {"instanceId": "i-0a1b2c3d4e5f60001",
         "tagSet": {"items": [{"key": "aws:autoscaling:groupName", "value": "web"}]}},
        {"instanceId": "i-0a1b2c3d4e5f60002"}]
    found["requestParameters"]["instancesSet"]["items"][0]["maxCount"] = 5
    row = row_of(bench, found)
    assert row["object_id"] == ["i-0a1b2c3d4e5f60001", "i-0a1b2c3d4e5f60002"]
    assert set(row["parent_id"]) == {"ami-0a1b2c3d4e5f60001", "snap-0a1b2c3d4e5f60001",
                                     "lt-0a1b2c3d4e5f60001", "web"}
    assert (row["requested_count"], row["obtained_count"]) == ("5", "2")
    assert (row["owner"], row["change_ref"]) == ("payments", "CHG0099")


def test_a_long_record_is_read_to_its_end(bench):
    """Splunk's automatic extraction stops at 5,000 characters; what comes later must not be lost."""
    found = launch(NOON)
    found["responseElements"]["instancesSet"]["items"] = [
        {"instanceId": f"i-{number:017x}", "padding": "x" * 400} for number in range(60)]
    row = row_of(bench, found)
    assert len(row["object_id"]) == 60 and row["operation_id"] == found["eventID"]
    assert row["obtained_count"] == "60" and row["vendor_account"] == ACCOUNT


def test_dry_run_is_a_failure(bench):
    row = row_of(bench, launch(NOON, error="Client.DryRunOperation"))
    assert (row["action"], row["status"], row["result"], row["obtained_count"]) == (
        "created", "failure", "Client.DryRunOperation", "0")


def rule(**more: object) -> dict:
    return {"ipProtocol": "tcp", "fromPort": 20, "toPort": 25, **more}


@pytest.mark.parametrize(("request_", "exposure"), [
    ({"ipPermissions": {}, "ipProtocol": "tcp", "fromPort": 22, "toPort": 22,
      "cidrIp": "0.0.0.0/0"}, "0.0.0.0/0 tcp/22"),
    ({"ipPermissions": {"items": [rule(ipRanges={"items": [{"cidrIp": "0.0.0.0/0"}]})]}},
     "0.0.0.0/0 tcp/20-25"),
    ({"ipPermissions": {"items": [rule(ipv6Ranges={"items": [{"cidrIpv6": "::/0"}]})]}},
     "::/0 tcp/20-25"),
    ({"ipPermissions": {"items": [{"ipProtocol": "-1", "ipRanges": {
        "items": [{"cidrIp": "0.0.0.0/0"}]}, "ipv6Ranges": {"items": [{"cidrIpv6": "::/0"}]}}]}},
     ["0.0.0.0/0 all", "::/0 all"]),
    ({"ipPermissions": {"items": [rule(ipRanges={"items": [{"cidrIp": "10.0.0.0/8"}]})]}}, None),
])
def test_exposure(bench, request_, exposure):
    row = row_of(bench, record("AuthorizeSecurityGroupIngress", NOON,
                               {"groupId": "sg-0a1b2c3d4e5f60001"} | request_, {"_return": True}))
    assert row.get("exposure") == exposure


def test_cims_names_are_in_the_row(bench):
    """As indexed fields: tstats and data models of other apps see them, our props they do not."""
    bench.take([launch(NOON, "i-0a1b2c3d4e5f60001")])
    bench.collect()
    assert bench.search("| tstats count WHERE index=ciw_operations object=i-0a1b2c3d4e5f60001 "
                        "change_type=cloud BY vendor_product") == [
        {"vendor_product": "AWS CloudTrail", "count": "1"}]


def test_the_instance_that_a_volume_is_attached_to(bench):
    row = row_of(bench, record("AttachVolume", NOON, {
        "volumeId": "vol-0a1b2c3d4e5f60001", "instanceId": "i-0a1b2c3d4e5f60001"}, {}))
    assert (row["action"], row["object_category"], row["object_id"], row["dest"]) == (
        "attached", "volume", "vol-0a1b2c3d4e5f60001", "i-0a1b2c3d4e5f60001")


def test_other_operations_stay_out(bench):
    bench.take([record("DescribeInstances", NOON), launch(NOON),
                record("RunInstances", NOON, service="unrelated")])
    bench.collect()
    assert len(bench.search("`ciw_changes`")) == 1


def test_a_record_delivered_twice_is_one_operation(bench):
    found = launch(NOON)
    bench.take([found], index_time=NOON + 60)
    bench.take([found], index_time=NOON + 3600)
    bench.collect()
    bench.collect()
    assert [row["version"] for row in bench.search("`ciw_changes`")] == [str(int(NOON + 3600))]
    [counted] = bench.search("| `ciw_operation_log` action=created BY operation_id version "
                             "| `ciw_latest` | stats count")
    assert counted == {"count": "1"}


def test_the_schedule_takes_late_records_once(bench):
    """An event three hours late, one on the edge of a window: each in the log once."""
    late = NOON + 3 * 3600
    bench.take([stop_trail(NOON)], index_time=NOON)
    bench.take([launch(NOON + 1)], index_time=late)
    bench.take([launch(NOON + 240)], index_time=NOON + 240)
    # The runs in between have nothing to see.
    for start in (NOON - 300, late - 300):
        for moment, saved in due(bench.app, start, start + 1500):
            if saved.name == "ciw_collect_operations":
                search(bind(saved, {}), context(bench.home, bench.app, saved, moment,
                                                visible_before=moment))
    assert len(bench.search("index=ciw_operations")) == 3
