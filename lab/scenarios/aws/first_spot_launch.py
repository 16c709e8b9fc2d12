"""AWS's own Spot role launches for an account for the first time."""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.aws import organisation as org
from lab.scenarios.aws.compute import run_instances
from lab.scenarios.aws.trail import Trail
from lab.scenarios.model import Record, Scenario

IMAGE = "ami-0a4152637485960b7"


def build(seed: int, start: float) -> Iterator[Record]:
    trail = Trail(seed, f"aws_first_spot_launch/{start:.0f}")
    account, region = org.PRODUCTION, org.HOME_REGIONS[0]
    at = start + 300 + trail.random.randrange(600)
    yield run_instances(trail, at, org.spot(account), region, image=IMAGE,
                        instance_type="c6i.xlarge", tags={"owner": "web-platform"})[0]



SCENARIO = Scenario(
    id="aws_first_spot_launch",
    title="The service role of Spot launches an instance for the first time",
    techniques=(),
    signals=("instance_created_by_new_principal",),
    seconds=3600,
    build=build,
)
