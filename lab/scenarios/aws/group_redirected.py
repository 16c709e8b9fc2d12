"""A scaling group gets a new version of its launch template, and launches what the intruder wants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lab.scenarios.aws import organisation as org
from lab.scenarios.aws.compute import run_instances
from lab.scenarios.aws.trail import Trail
from lab.scenarios.model import Record
from lab.scenarios.twins import pair

IMAGE = "ami-0cc3dd4ee5ff60718"
TEMPLATE = "lt-0a1b2c3d4e5f60718"
GROUP = "web-frontend"


def build(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    trail = Trail(seed, f"aws_group_redirected/{start:.0f}")
    account, region = org.PRODUCTION, org.HOME_REGIONS[0]
    at = start + 600 + trail.random.randrange(300)
    who = org.Principal(account, "support-access", session="console", agent=org.CLI_AGENT,
                        address=f"{org.STRANGER}{trail.random.randrange(20, 200)}")
    if twin:
        who = org.deploy(account, 91006)
    yield trail.call(at, who, region, "CreateLaunchTemplateVersion", {
        "CreateLaunchTemplateVersionRequest": {
            "LaunchTemplateId": TEMPLATE, "LaunchTemplateData": {
                "ImageId": IMAGE, "InstanceType": "c5.24xlarge",
                "UserData": "<sensitiveDataRemoved>"}}}, {
        "CreateLaunchTemplateVersionResponse": {"launchTemplateVersion": {
            "launchTemplateId": TEMPLATE, "versionNumber": 7, "defaultVersion": False}}},
        step="template")
    yield trail.call(at + 40, who, region, "UpdateAutoScalingGroup", {
        "autoScalingGroupName": GROUP, "maxSize": 12, "launchTemplate": {
            "launchTemplateId": TEMPLATE, "version": "7"}}, None, source="autoscaling",
        step="group")
    yield trail.call(at + 60, who, region, "SetDesiredCapacity", {
        "autoScalingGroupName": GROUP, "desiredCapacity": 8, "honorCooldown": False}, None,
        source="autoscaling", step="group")
    service = replace(org.autoscaling(account))
    for number in range(4):
        yield run_instances(trail, at + 120 + number * 20, service, region, image=IMAGE,
                            instance_type="c5.24xlarge",
                            tags={"aws:autoscaling:groupName": GROUP},
                            role="batch" if twin else "mining", step="launch")[0]


SCENARIOS = pair(
    build,
    id="aws_group_redirected",
    title="An intruder points a scaling group at another template, which mines",
    techniques=("T1578.005", "T1578.002", "T1496.001"),
    signals=("autoscaling_redirected", "cpu_spike", "mining_egress"),
    at_least="high",
    twin="aws_group_updated",
    twin_title="The pipeline gives a scaling group a new version of its template",
    differs="the approved pipeline does it, and the instances do their work",
    differs_in=(r"userIdentity", "sourceIPAddress", "userAgent", "role"),
    twin_signals=("cpu_spike", "unusual_instance_type"),
)
