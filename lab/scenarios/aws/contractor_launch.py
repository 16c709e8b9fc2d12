"""A contractor's role launches its first instance in an account without an approved list."""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.aws import organisation as org
from lab.scenarios.aws.compute import authorize_ingress, run_instances
from lab.scenarios.aws.trail import Trail
from lab.scenarios.model import Record, Scenario

IMAGE = "ami-07182930415263748"


def build(seed: int, start: float) -> Iterator[Record]:
    trail = Trail(seed, f"aws_contractor_launch/{start:.0f}")
    account, region = org.STAGING, org.HOME_REGIONS[0]
    at = start + 1200 + trail.random.randrange(600)
    who = org.Principal(account, "contractor-load-test", session="load-test",
                        address=f"{org.STRANGER}{trail.random.randrange(20, 200)}")
    group = trail.id("sg")
    yield authorize_ingress(trail, at, who, region, group, f"{org.OFFICE}0/24", 8080)
    yield run_instances(trail, at + 60, who, region, image=IMAGE, instance_type="c6i.xlarge",
                        count=2, group=group)[0]



SCENARIO = Scenario(
    id="aws_contractor_launch",
    title="A contractor's role launches load generators; no list says whether that was agreed",
    techniques=(),
    signals=("instance_created_by_new_principal",),
    seconds=3600,
    build=build,
)
