"""Somebody tries out in which regions instances could be launched, and is refused everywhere."""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.aws import organisation as org
from lab.scenarios.aws.compute import describe, run_instances
from lab.scenarios.aws.trail import Trail
from lab.scenarios.model import Record
from lab.scenarios.twins import pair

REGIONS = ("eu-west-1", "us-east-1", "us-west-2", "ap-southeast-2")
IMAGE = "ami-0f607182930415263"


def build(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    trail = Trail(seed, f"aws_denied_prober/{start:.0f}")
    account, at = org.SANDBOX, start + 900 + trail.random.randrange(600)
    who = org.user(account, "ci-test-runner", f"{org.STRANGER}{trail.random.randrange(201, 250)}",
                   org.BOTO_AGENT)
    error = "Client.UnauthorizedOperation"
    message = ("You are not authorized to perform this operation. User:"
               f" arn:aws:iam::{account}:user/{who.name} is not authorized to perform:"
               " ec2:RunInstances because no identity-based policy allows the action.")
    if twin:
        error = "Client.InvalidAMIID.NotFound"
        message = f"The image id '[{IMAGE}]' does not exist"
    for number, region in enumerate(REGIONS):
        moment = at + number * 40
        yield describe(trail, moment, who, region, "DescribeImages", step="discovery")
        yield run_instances(trail, moment + 6, who, region, image=IMAGE,
                            instance_type="c5.24xlarge", error=error, message=message,
                            step="denied launch")[0]


SCENARIOS = pair(
    build,
    id="aws_denied_prober",
    title="A key is tried out in four regions and refused in each",
    techniques=("T1578.002",),
    signals=("denied_instance_creation",),
    at_least="medium",
    twin="aws_wrong_image",
    twin_title="A test names an image that is in none of four regions",
    differs="the calls fail since they could not work, not since they are not allowed",
    differs_in=(r"error(Code|Message)",),
    seconds=3600,
)
SCENARIO = SCENARIOS[0]
