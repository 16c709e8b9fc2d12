"""Somebody tries out in which regions instances could be launched, and is refused everywhere."""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.aws import organisation as org
from lab.scenarios.aws.compute import describe, run_instances
from lab.scenarios.aws.trail import Trail
from lab.scenarios.model import Record, Scenario

REGIONS = ("eu-west-1", "us-east-1", "us-west-2", "ap-southeast-2")
IMAGE = "ami-0f607182930415263"


def build(seed: int, start: float) -> Iterator[Record]:
    trail = Trail(seed, f"aws_denied_prober/{start:.0f}")
    account, at = org.SANDBOX, start + 900 + trail.random.randrange(600)
    who = org.user(account, "ci-test-runner", f"{org.STRANGER}{trail.random.randrange(201, 250)}",
                   org.BOTO_AGENT)
    for number, region in enumerate(REGIONS):
        moment = at + number * 40
        yield describe(trail, moment, who, region, "DescribeImages", step="discovery")
        yield run_instances(
            trail, moment + 6, who, region, image=IMAGE, instance_type="c5.24xlarge",
            error="Client.UnauthorizedOperation",
            message="You are not authorized to perform this operation. User:"
                    f" arn:aws:iam::{account}:user/{who.name} is not authorized to perform:"
                    " ec2:RunInstances because no identity-based policy allows the action.",
            step="denied launch")[0]



SCENARIO = Scenario(
    id="aws_denied_prober",
    title="A key is tried out in four regions and refused in each",
    techniques=("T1578.002",),
    signals=("denied_instance_creation",),
    seconds=3600,
    build=build,
)
