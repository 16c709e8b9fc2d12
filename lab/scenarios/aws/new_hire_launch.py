"""A new engineer creates a first instance from the office; the ticket exists, the tag was forgotten."""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.aws import organisation as org
from lab.scenarios.aws.compute import describe, run_instances
from lab.scenarios.aws.trail import Trail
from lab.scenarios.model import Record, Scenario

IMAGE = "ami-08293041526374859"


def build(seed: int, start: float) -> Iterator[Record]:
    trail = Trail(seed, f"aws_new_hire_launch/{start:.0f}")
    account, region = org.DEVELOPMENT, org.HOME_REGIONS[0]
    at = start + 300 + trail.random.randrange(600)
    who = org.Principal(account, "AWSReservedSSO_Engineer_1b2c3d4e5f607182", session="user-0231",
                        path="/aws-reserved/sso.amazonaws.com/eu-west-1/",
                        agent=org.CONSOLE_AGENT, address=org.OFFICE + "77", mfa=True)
    yield trail.console_login(at, who, "us-east-1")
    yield describe(trail, at + 45, who, region, "DescribeImages")
    yield run_instances(trail, at + 240, who, region, image=IMAGE, instance_type="t3.micro",
                        tags={"Name": "first-steps", "owner": "web-platform"})[0]



SCENARIO = Scenario(
    id="aws_new_hire_launch",
    title="A new engineer launches a first instance and forgets to tag the ticket",
    techniques=(),
    signals=("instance_created_by_new_principal",),
    seconds=3600,
    build=build,
)
