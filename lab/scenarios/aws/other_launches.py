"""Launches that no call of the intruder's own makes: by a scaling group, and by a fleet.

A group that follows its template's default version needs no change of its own. A fleet of type
instant answers with its instances, and EC2 Fleet launches them with forward access sessions of the
caller (`invokedBy`). GetFederationToken: "CloudTrail userIdentity element", type FederatedUser.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lab.scenarios.aws import organisation as org
from lab.scenarios.aws.compute import describe, run_instances
from lab.scenarios.aws.trail import Trail
from lab.scenarios.model import Record
from lab.scenarios.twins import pair, ticket

IMAGE, FLEET_IMAGE = "ami-0dd4ee5ff60718293", "ami-0ee5ff607182930a1"
TEMPLATE, GROUP = "lt-0b2c3d4e5f6071829", "web-frontend"
CHANGE = "CHG0091011"
_XMLNS = "http://ec2.amazonaws.com/doc/2016-11-15/"


def default_version(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    trail = Trail(seed, f"aws_default_version_switched/{start:.0f}")
    account, region = org.DEVELOPMENT, org.HOME_REGIONS[0]
    at = start + 600 + trail.random.randrange(300)
    who = org.Principal(account, "AWSReservedSSO_DatabaseAdmin_1a2b3c4d5e6f7081",
                        session="user-0261", path="/aws-reserved/sso.amazonaws.com/eu-west-1/",
                        address=f"{org.STRANGER}{trail.random.randrange(20, 200)}", mfa=True)
    if twin:
        who = org.deploy(account, 91010)
    yield describe(trail, at - 90, who, region, "DescribeLaunchTemplates", step="discovery")
    template = {"LaunchTemplateId": TEMPLATE, "SourceVersion": "7", "LaunchTemplateData": {
        "ImageId": IMAGE, "InstanceType": "c5.24xlarge", "UserData": "<sensitiveDataRemoved>"}}
    version = {"launchTemplateId": TEMPLATE, "versionNumber": 8, "defaultVersion": False}
    yield trail.call(at, who, region, "CreateLaunchTemplateVersion",
                     {"CreateLaunchTemplateVersionRequest": template},
                     {"CreateLaunchTemplateVersionResponse": {"launchTemplateVersion": version}},
                     step="template")
    yield trail.call(at + 25, who, region, "ModifyLaunchTemplate", {
        "ModifyLaunchTemplateRequest": {"LaunchTemplateId": TEMPLATE, "SetDefaultVersion": "8"}}, {
        "ModifyLaunchTemplateResponse": {"launchTemplate": {
            "launchTemplateId": TEMPLATE, "defaultVersionNumber": 8, "latestVersionNumber": 8}}},
        step="template")
    service = org.autoscaling(account)
    for number in range(3):
        record, _ = run_instances(
            trail, at + 2400 + number * 700, service, region, image=IMAGE,
            instance_type="c5.24xlarge", role="batch" if twin else "mining", step="launch",
            tags={"aws:autoscaling:groupName": GROUP, "aws:ec2launchtemplate:id": TEMPLATE,
                  "aws:ec2launchtemplate:version": "8"})
        record.body["requestParameters"]["launchTemplate"] = {
            "launchTemplateId": TEMPLATE, "version": "8"}
        yield record


def fleet(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    trail = Trail(seed, f"aws_federated_fleet/{start:.0f}")
    account, at = org.DEVELOPMENT, start + 600 + trail.random.randrange(300)
    address = f"{org.STRANGER}{trail.random.randrange(20, 200)}"
    owner = org.user(account, "artifact-sync", address)
    name, tags = "console-session", {"change-ref": CHANGE} if twin else {}
    arn = f"arn:aws:sts::{account}:federated-user/{name}"
    yield trail.call(at, owner, org.HOME_REGIONS[1], "GetFederationToken", {
        "name": name, "durationSeconds": 129600, "policyArns": [
            {"arn": "arn:aws:iam::aws:policy/AdministratorAccess"}]}, {
        "credentials": {"accessKeyId": org.unique_id("ASIA", account + name),
                        "sessionToken": "<redacted>"},
        "federatedUser": {"federatedUserId": f"{account}:{name}", "arn": arn},
        "packedPolicySize": 2}, source="sts", step="new session")
    who = org.Principal(account, name, kind="federated", session=owner.name,
                        agent=org.BOTO_AGENT, address=address)
    service = replace(who, service="ec2fleet.amazonaws.com", address="ec2fleet.amazonaws.com",
                      agent="ec2fleet.amazonaws.com")
    for after, region, count, made in ((300, "ap-southeast-2", 6, 0), (540, "eu-north-1", 5, 5)):
        template = trail.id("lt")
        yield trail.call(at + after - 40, who, region, "CreateLaunchTemplate", {
            "CreateLaunchTemplateRequest": {
                "LaunchTemplateName": f"session-{region}", "LaunchTemplateData": {
                    "ImageId": FLEET_IMAGE, "UserData": "<sensitiveDataRemoved>"}}}, {
            "CreateLaunchTemplateResponse": {"launchTemplate": {
                "launchTemplateId": template, "defaultVersionNumber": 1,
                "latestVersionNumber": 1, "createdBy": arn}}}, step="template")
        record, instances = run_instances(
            trail, at + after + 2, service, region, image=FLEET_IMAGE,
            instance_type="g5.12xlarge", count=max(made, 1), tags=tags,
            role="batch" if twin else "mining", step="launch")
        yield _created(trail, at + after, who, region, template, count, instances[:made], tags)
        if made:
            asked = record.body["requestParameters"]
            del asked["instancesSet"]["items"][0]["imageId"]
            asked |= {"launchTemplate": {"launchTemplateId": template, "version": "1"},
                      "instanceMarketOptions": {"marketType": "spot"}}
            for item in record.body["responseElements"]["instancesSet"]["items"]:
                item["instanceLifecycle"] = "spot"
            yield record


def _created(trail: Trail, at: float, who: org.Principal, region: str, template: str, count: int,
             instances: list[str], tags: dict[str, str]) -> Record:
    """CreateFleet, with the instances it got, or why it got none: both are a success."""
    used = {"launchTemplateSpecification": {"launchTemplateId": template, "version": "1"},
            "overrides": {"instanceType": "g5.12xlarge"}}
    request = {
        "Type": "instant", "ClientToken": trail.uuid(),
        "SpotOptions": {"AllocationStrategy": "capacity-optimized"},
        "TargetCapacitySpecification": {"TotalTargetCapacity": count,
                                        "DefaultTargetCapacityType": "spot"},
        "LaunchTemplateConfigs": {"tag": 1, "LaunchTemplateSpecification": {
            "LaunchTemplateId": template, "Version": "1"},
            "Overrides": {"tag": 1, "InstanceType": "g5.12xlarge"}}}
    if tags:
        request["TagSpecification"] = {"tag": 1, "ResourceType": "instance", "Tag": [
            {"tag": number, "Key": key, "Value": value}
            for number, (key, value) in enumerate(tags.items(), 1)]}
    answer = {"xmlns": _XMLNS, "fleetId": "fleet-" + trail.uuid(), "errorSet": "",
              "fleetInstanceSet": ""}
    if instances:
        answer["fleetInstanceSet"] = {"item": {
            "instanceIds": {"item": instances}, "instanceType": "g5.12xlarge",
            "lifecycle": "spot", "launchTemplateAndOverrides": used}}
    else:
        answer["errorSet"] = {"item": {
            "errorCode": "InsufficientInstanceCapacity", "lifecycle": "spot",
            "errorMessage": "There is no Spot capacity available that matches your request.",
            "launchTemplateAndOverrides": used}}
    return trail.call(at, who, region, "CreateFleet", {"CreateFleetRequest": request},
                      {"CreateFleetResponse": answer}, step="launch")


SCENARIOS = (
    *pair(default_version, id="aws_default_version_switched", held_out=True,
          title="A template's default version is switched, and the group that follows it mines",
          techniques=("T1578.005", "T1578.002", "T1496.001"),
          signals=("autoscaling_redirected", "cpu_spike", "mining_egress"), at_least="high",
          twin="aws_default_version_released",
          twin_title="The pipeline releases a new default version of a group's template",
          differs="the approved pipeline does it, and the instances do their work",
          differs_in=("userIdentity", "sourceIPAddress", "userAgent", "role"),
          twin_signals=("cpu_spike", "unusual_instance_type")),
    *pair(fleet, id="aws_federated_fleet", held_out=True,
          title="A leaked key's federated session gets a fleet of spot instances in a new region",
          techniques=("T1078.004", "T1578.002", "T1496.001", "T1535"),
          signals=("instance_created_by_new_principal", "instance_created_in_unapproved_region",
                   "unusual_instance_type", "cpu_spike", "mining_egress"),
          at_least="high", twin="aws_federated_research",
          twin_title="A federated session gets the spot instances of a research burst",
          differs="the launches are those of a change request: they carry its reference, and"
                  " compute",
          differs_in=("(?i)tag", "role", "list"),
          twin_signals=("instance_created_in_unapproved_region", "unusual_instance_type",
                        "cpu_spike", "instance_burst"),
          twin_lists=(ticket("aws", org.DEVELOPMENT, CHANGE, "research burst on spot"),)),
)
