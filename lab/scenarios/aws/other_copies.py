"""Disks and start scripts reached by other calls: a copy in another region, an image, user data."""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.aws import organisation as org
from lab.scenarios.aws.compute import (
    attach_volume,
    change_state,
    create_snapshot,
    create_volume,
    describe,
    run_instances,
    share_snapshot,
    tag_items,
)
from lab.scenarios.aws.trail import Trail
from lab.scenarios.model import Record
from lab.scenarios.twins import pair, ticket

IMAGE = "ami-0ff60718293a4b5c6"
CHANGE = "CHG0091012"
HOUR = 3600
_REFUSED = ("You are not authorized to perform this operation. User: {arn} is not authorized to"
            " perform: ec2:ModifySnapshotAttribute on resource: arn:aws:ec2:{region}::snapshot/{id}"
            " because no identity-based policy allows the ec2:ModifySnapshotAttribute action.")


def abroad(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    """An instance's role, used from outside; a chain over two regions that takes three hours."""
    trail = Trail(seed, f"aws_disk_copied_abroad/{start:.0f}")
    account, home, away = org.PRODUCTION, org.HOME_REGIONS[0], "eu-north-1"
    at = start + 600 + trail.random.randrange(300)
    who = org.Principal(account, "orders-web", session="i-0a9b8c7d6e5f40312",
                        address=f"{org.STRANGER}{trail.random.randrange(20, 200)}")
    tags = {"change-ref": CHANGE} if twin else None
    for number, event in enumerate(("DescribeVolumes", "DescribeSnapshots", "DescribeInstances")):
        yield describe(trail, at + number * 40, who, home, event, step="discovery")
    record, snapshot = create_snapshot(trail, at + 300, who, home, trail.id("vol"), tags,
                                       step="snapshot")
    yield record
    arn = f"arn:aws:sts::{account}:assumed-role/{who.name}/{who.session}"
    refused = share_snapshot(trail, at + 900, who, home, snapshot, org.ATTACKERS_ACCOUNT,
                             step="refused")
    refused.body.update({
        "errorCode": "Client.UnauthorizedOperation", "responseElements": None,
        "errorMessage": _REFUSED.format(arn=arn, region=home, id=snapshot)})
    yield refused
    copy = trail.id("snap")
    request = {"sourceRegion": home, "sourceSnapshotId": snapshot, "destinationRegion": away,
               "encrypted": False}
    if twin:
        request["tagSpecificationSet"] = {"items": [
            {"resourceType": "snapshot", "tags": tag_items(tags)["items"]}]}
    yield trail.call(at + 1.5 * HOUR, who, away, "CopySnapshot", request, {"snapshotId": copy},
                     step="copy")
    record, volume = create_volume(trail, at + 2.2 * HOUR, who, away, copy, step="volume")
    yield record
    record, instances = run_instances(
        trail, at + 2.9 * HOUR, who, away, image=IMAGE, instance_type="t3.medium", tags=tags,
        role="restored" if twin else "bulk", step="launch")
    yield record
    yield attach_volume(trail, at + 3 * HOUR, who, away, volume, instances[0], step="attach")


def scripts(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    """One instance an hour; a start script can only be changed while the instance is stopped."""
    trail = Trail(seed, f"aws_start_scripts_changed/{start:.0f}")
    account, region = org.DEVELOPMENT, org.HOME_REGIONS[0]
    at = start + 600 + trail.random.randrange(300)
    who = org.Principal(account, "AWSReservedSSO_PowerUser_2b3c4d5e6f708192",
                        session="user-0208", path="/aws-reserved/sso.amazonaws.com/eu-west-1/",
                        address=f"{org.STRANGER}{trail.random.randrange(20, 200)}", mfa=True)
    if twin:
        who = org.deploy(account, 91013)
    for number in range(3):
        moment, instance = at + number * 1.1 * HOUR, trail.id("i")
        asked = {"instanceId": instance, "userData": "<sensitiveDataRemoved>"}
        if number == 0:
            yield trail.call(
                moment - 70, who, region, "ModifyInstanceAttribute", asked, step="refused",
                error="Client.IncorrectInstanceState",
                message=f"The instance '{instance}' is not in the 'stopped' state.")
        yield change_state(trail, moment, who, region, "StopInstances", [instance], step="changed")
        yield trail.call(moment + 80, who, region, "ModifyInstanceAttribute", asked,
                         {"_return": True}, step="changed")
        yield change_state(trail, moment + 110, who, region, "StartInstances", [instance],
                           step="changed")


def image(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    trail = Trail(seed, f"aws_image_shared/{start:.0f}")
    account, region = org.PRODUCTION, org.HOME_REGIONS[0]
    at = start + 600 + trail.random.randrange(300)
    who = org.Principal(account, "qa-automation", session="suite-77", agent=org.BOTO_AGENT,
                        address=f"{org.STRANGER}{trail.random.randrange(20, 200)}")
    instance, made = trail.id("i"), trail.id("ami")
    yield trail.call(at, who, region, "CreateImage", {
        "instanceId": instance, "name": "suite-77", "noReboot": True}, {"imageId": made},
        step="image")
    taker = org.DEVELOPMENT if twin else org.ATTACKERS_ACCOUNT
    yield trail.call(at + 1500, who, region, "ModifyImageAttribute", {
        "imageId": made, "attributeType": "launchPermission",
        "launchPermission": {"add": {"items": [{"userId": taker}]}}}, {"_return": True},
        step="shared outside")


SCENARIOS = (
    *pair(abroad, id="aws_disk_copied_abroad", held_out=True,
          title="An instance's role, used from outside, copies a disk to another region and mounts"
                " it",
          techniques=("T1552.005", "T1578.001", "T1578.002", "T1537"),
          signals=("snapshot_to_instance_chain", "instance_created_by_new_principal",
                   "instance_created_in_unapproved_region", "bulk_transfer_new_instance"),
          at_least="high", twin="aws_copy_for_recovery",
          twin_title="A disk is copied to another region and mounted in a recovery exercise",
          differs="it is an exercise under a change request: what it makes carries its reference,"
                  " and nothing leaves the instance",
          differs_in=("tag", "role", "list"),
          twin_signals=("snapshot_to_instance_chain", "instance_created_in_unapproved_region"),
          twin_lists=(ticket("aws", org.PRODUCTION, CHANGE, "recovery exercise"),)),
    *pair(scripts, id="aws_start_scripts_changed", held_out=True,
          title="The start scripts of three instances are changed, one an hour",
          techniques=("T1578.005",), signals=("instance_config_modified",), at_least="medium",
          twin="aws_start_scripts_released",
          twin_title="The pipeline changes the start scripts of three instances",
          differs="the approved pipeline does it",
          differs_in=("userIdentity", "sourceIPAddress", "userAgent"),
          twin_signals=("instance_config_modified",)),
    *pair(image, id="aws_image_shared", held_out=True, seconds=HOUR,
          title="An image is made of an instance and shared with a stranger's account",
          techniques=("T1578.001", "T1537"), signals=("snapshot_shared_outside",),
          at_least="medium", twin="aws_image_handed_over",
          twin_title="An image is made of an instance and shared with the development account",
          differs="the account that gets it is the organisation's own",
          differs_in=(r"requestParameters\.launchPermission",)),
)
