"""AWS's inventory: moto as the independent stand-in, and what moto leaves out on our own."""

from __future__ import annotations

import json
import time
from collections import Counter

import pytest

from lab.clouds.aws import AwsStandIn
from lab.clouds.aws_api import ACCOUNT, REGION
from lab.clouds.aws_inventory import Inventory
from tests.sources.runner import configuration, run

OTHER = "444455556666"


def collector(directory, environment):
    def run_input(**arguments):
        stanza = {
            "regions": REGION, "snapshot_minutes": "5", "checkpoint": "file",
            "index": "cloud_inventory", "log_level": "DEBUG", **arguments,
        }
        return run(configuration(directory, stanza, scheme="aws_inventory"), environment)

    return run_input


@pytest.fixture
def cloud():
    with Inventory() as made:
        yield made
        assert made.violations == []


@pytest.fixture
def collect(cloud, tmp_path):
    return collector(tmp_path, cloud.environment)


def events(outcome, kind: str = "") -> list[dict]:
    found = [json.loads(text) for text in outcome.of("aws:metadata")]
    return [event for event in found if not kind or event["resource_type"] == kind]


def markers(outcome) -> dict[str, dict]:
    found = [json.loads(text) for text in outcome.of("ciw:snapshot")]
    return {marker["vendor_region"]: marker for marker in found}


def allow(*actions: str) -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def aws(monkeypatch):
    """moto without the images of Amazon's, whose snapshots it takes for the account's own."""
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    with AwsStandIn() as server:
        yield server


def test_an_account_of_moto(aws, tmp_path):
    """Everything that the input reads and moto has, with SDK calls as an admin would make them."""
    region = "us-east-1"
    ec2, iam, trail = aws.client("ec2"), aws.client("iam"), aws.client("cloudtrail")
    (instance,) = ec2.run_instances(ImageId="ami-0", MinCount=1, MaxCount=1)["Instances"]
    volume = ec2.create_volume(AvailabilityZone=region + "a", Size=8)["VolumeId"]
    shot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    ec2.modify_snapshot_attribute(
        SnapshotId=shot, Attribute="createVolumePermission", OperationType="add", UserIds=[OTHER]
    )
    own_image = ec2.create_image(InstanceId=instance["InstanceId"], Name="example")["ImageId"]
    ec2.modify_image_attribute(
        ImageId=own_image, LaunchPermission={"Add": [{"Group": "all"}]}
    )
    vpc = instance["VpcId"]
    iam.create_role(RoleName="flows", AssumeRolePolicyDocument=allow("sts:AssumeRole"))
    aws.client("logs").create_log_group(logGroupName="flows")
    ec2.create_flow_logs(
        ResourceIds=[vpc], ResourceType="VPC", TrafficType="ALL", LogGroupName="flows",
        DeliverLogsPermissionArn=f"arn:aws:iam::{ACCOUNT}:role/flows",
    )
    aws.client("s3").create_bucket(Bucket="trail-logs")
    trail.create_trail(Name="main", S3BucketName="trail-logs")
    trail.start_logging(Name="main")
    for name in ("launcher", "reader", "grouped"):
        iam.create_user(UserName=name)
    iam.put_user_policy(UserName="launcher", PolicyName="own", PolicyDocument=allow("ec2:Run*"))
    iam.create_group(GroupName="ops")
    iam.put_group_policy(GroupName="ops", PolicyName="all", PolicyDocument=allow("*"))
    iam.add_user_to_group(GroupName="ops", UserName="grouped")

    outcome = collector(tmp_path, aws.environment)(regions=region)
    assert outcome.status == 0, outcome.log
    by_id = {event["object_id"]: event for event in events(outcome)}
    found = by_id[instance["InstanceId"]]
    assert list(found)[:6] == [
        "snapshot_id", "resource_type", "cloud", "vendor_account", "vendor_region", "object_id",
    ]
    assert found["InstanceType"] == instance["InstanceType"]
    assert found["LaunchTime"].endswith("Z")
    assert [p["UserId"] for p in by_id[shot]["CreateVolumePermissions"]] == [OTHER]
    assert by_id[own_image]["LaunchPermissions"] == [{"Group": "all"}]
    assert [log["ResourceId"] for log in by_id[vpc]["FlowLogs"]] == [vpc]
    assert [log["ResourceId"] for log in by_id[instance["SubnetId"]]["FlowLogs"]] == [vpc]
    (one,) = events(outcome, "cloudtrail_trails")
    assert one["Status"]["IsLogging"] is True
    may = {
        event["UserName"]: (event["may_create_instances"], event["via"])
        for event in events(outcome, "iam_users") if "UserName" in event
    }
    assert may["launcher"] == ("yes", [{"policy": "own", "through": "inline"}])
    assert may["reader"] == ("no", [])
    assert may["grouped"] == ("yes", [{"policy": "all", "through": "group ops"}])
    (role,) = events(outcome, "iam_roles")
    assert role["created"] and role["may_create_instances"] == "no"
    ends = markers(outcome)
    assert set(ends) == {region, "global"}
    assert all(end["complete"] for end in ends.values())
    told = Counter(event["resource_type"] for event in events(outcome))
    assert {**ends[region]["counts"], **ends["global"]["counts"]} == told


def test_in_the_lab_a_resource_is_found_by_its_fields(cloud, collect, run_lab, tmp_path):
    cloud.resources[(ACCOUNT, REGION, "Volumes")].append(
        {"VolumeId": "vol-1", "Size": 8, "Tags": [{"Key": "owner", "Value": "payments"}]}
    )
    file = tmp_path / "events.json"
    file.write_text("\n".join(collect().of("aws:metadata")))
    run_lab("ingest", "--index", "cloud_inventory", "--sourcetype", "aws:metadata", str(file))
    search = "index=cloud_inventory VolumeId=vol-1 | table object_id Size Tags{}.Value snapshot_id"
    (row,) = json.loads(run_lab("search", "--format", "json", search).stdout)
    assert row["object_id"] == "vol-1"
    assert row["Size"] == "8"
    assert row["Tags{}.Value"] == "payments"


def test_a_refused_part_is_said_and_read_when_it_is_allowed(cloud, collect):
    cloud.resources[(ACCOUNT, REGION, "Snapshots")].append({"SnapshotId": "snap-1"})
    cloud.resources[(ACCOUNT, REGION, "Volumes")].append({"VolumeId": "vol-1"})
    cloud.denied = {"ec2:DescribeSnapshotAttribute"}
    outcome = collect()
    assert [event["object_id"] for event in events(outcome, "ec2_volumes")] == ["vol-1"]
    assert events(outcome, "ebs_snapshots") == []
    end = markers(outcome)[REGION]
    assert end["complete"] is False
    assert end["failed"][0]["part"].endswith("/ebs_snapshots")
    assert "UnauthorizedOperation" in end["failed"][0]["reason"]
    assert markers(outcome)["global"]["complete"] is True
    assert markers(collect()) == {}, "the same is not said twice"
    cloud.denied = set()
    again = collect()
    assert [event["object_id"] for event in events(again)] == ["snap-1"]
    assert markers(again)[REGION]["complete"] is True
    assert markers(again)[REGION]["counts"] == {"ebs_snapshots": 1, "ec2_volumes": 1}
    assert markers(collect()) == {}


def test_an_account_that_is_refused_has_its_marker(cloud, collect):
    cloud.resources[(OTHER, REGION, "Volumes")].append({"VolumeId": "vol-1"})
    cloud.denied = {"777788889999"}
    roles = ", ".join(f"{a}=arn:aws:iam::{a}:role/r" for a in (OTHER, "777788889999"))
    outcome = collect(account_roles=roles)
    ends = [json.loads(text) for text in outcome.of("ciw:snapshot")]
    whole = {(end["vendor_account"], end["vendor_region"]): end["complete"] for end in ends}
    assert whole == {
        (OTHER, REGION): True, (OTHER, "global"): True,
        ("777788889999", REGION): False, ("777788889999", "global"): False,
    }


def test_a_resource_that_vanishes_is_left_out_and_counted(cloud, collect):
    for name in ("snap-1", "snap-2"):
        cloud.resources[(ACCOUNT, REGION, "Snapshots")].append({"SnapshotId": name})
    cloud.permissions["snap-2"] = [{"Group": "all"}]
    cloud.vanished = {"snap-1"}
    outcome = collect()
    (event,) = events(outcome, "ebs_snapshots")
    assert event["CreateVolumePermissions"] == [{"Group": "all"}]
    assert markers(outcome)[REGION]["complete"] is True
    assert outcome.counts["filtered"] == 1


def test_pages_regions_and_a_new_snapshot(cloud, collect):
    cloud.page_size = 3
    for number in range(10):
        cloud.resources[(ACCOUNT, REGION, "Instances")].append({"InstanceId": f"i-{number}"})
    cloud.resources[(ACCOUNT, "us-east-1", "Instances")].append({"InstanceId": "i-us"})
    outcome = collect(regions=f"{REGION}, us-east-1")
    assert len(events(outcome, "ec2_instances")) == 11
    assert {event["OwnerId"] for event in events(outcome, "ec2_instances")} == {ACCOUNT}
    assert collect(regions=f"{REGION}, us-east-1").events == []
    clock = cloud.clock
    cloud.clock = lambda: clock() + 301
    again = collect(regions=f"{REGION}, us-east-1")
    assert len(events(again, "ec2_instances")) == 11
    first, second = ({event["snapshot_id"] for event in events(o)} for o in (outcome, again))
    assert len(first) == len(second) == 1 and first != second


def test_last_use_and_policies_that_cannot_be_read(cloud, collect):
    arn = f"arn:aws:iam::{ACCOUNT}:user/dana"
    created = time.time()
    cloud.iam[(ACCOUNT, "User")].append(
        {
            "UserName": "dana", "Arn": arn, "CreateDate": created,
            "AttachedManagedPolicies": [{"PolicyName": "gone", "PolicyArn": "arn:aws:iam::aws:policy/gone"}],
        }
    )
    cloud.report = [
        {
            "user": "dana", "arn": arn, "password_last_used": "2026-01-05T10:00:00+00:00",
            "access_key_1_last_used_date": "2026-02-05T10:00:00+00:00",
        }
    ]
    cloud.report_delay = 1
    outcome = collect()
    assert outcome.status == 0, outcome.log
    root, dana = events(outcome, "iam_users")
    assert root["object_id"] == f"arn:aws:iam::{ACCOUNT}:root"
    assert root["may_create_instances"] == "yes"
    assert root["last_used"] is None
    assert dana["last_used"] == "2026-02-05T10:00:00.000Z"
    assert dana["may_create_instances"] == "unknown"
    assert dana["unknowns"] == ["policy arn:aws:iam::aws:policy/gone was not given"]
    assert dana["not_evaluated"]


def test_a_resource_without_an_id_is_quarantined(cloud, collect):
    cloud.resources[(ACCOUNT, REGION, "Volumes")] += [{"Size": 8}, {"VolumeId": "vol-1"}]
    outcome = collect()
    assert [event["object_id"] for event in events(outcome, "ec2_volumes")] == ["vol-1"]
    (bad,) = outcome.quarantined
    assert bad["reason"] == "a resource has no id"
    assert markers(outcome)[REGION]["counts"] == {"ec2_volumes": 1}


def test_every_call_is_declared(cloud, collect):
    """The least-privilege policy grants what is called, and nothing else."""
    import aws_inventory

    cloud.resources[(ACCOUNT, REGION, "Snapshots")].append({"SnapshotId": "snap-1"})
    cloud.resources[(ACCOUNT, REGION, "Images")].append({"ImageId": "ami-1"})
    cloud.resources[(ACCOUNT, REGION, "trailList")].append({"TrailARN": f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/main"})
    collect(account_roles=f"{ACCOUNT}=arn:aws:iam::{ACCOUNT}:role/r")
    called = {f"{call.service}:{call.operation}" for call in cloud.operations}
    assert called == {permission.action for permission in aws_inventory.SOURCE.permissions}
