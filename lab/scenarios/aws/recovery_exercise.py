"""A disaster recovery exercise: a volume is restored from a snapshot, under a change request."""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.aws import organisation as org
from lab.scenarios.aws.compute import attach_volume, create_snapshot, create_volume, run_instances
from lab.scenarios.aws.trail import Trail
from lab.scenarios.model import Record, Scenario

IMAGE = "ami-0930415263748596a"
CHANGE = "CHG0090001"


def build(seed: int, start: float) -> Iterator[Record]:
    trail = Trail(seed, f"aws_recovery_exercise/{start:.0f}")
    account, region = org.PRODUCTION, org.HOME_REGIONS[0]
    at = start + 600 + trail.random.randrange(300)
    who = org.Principal(account, "recovery-exercise", session=f"{CHANGE}-restore",
                        address=org.OFFICE + "40")
    record, snapshot = create_snapshot(trail, at, who, region, trail.id("vol"),
                                       {"Name": "recovery-exercise"})
    yield record
    record, volume = create_volume(trail, at + 300, who, region, snapshot)
    yield record
    record, instances = run_instances(
        trail, at + 420, who, region, image=IMAGE, instance_type="m6i.large",
        tags={"change-ref": CHANGE, "owner": "platform"})
    yield record
    yield attach_volume(trail, at + 480, who, region, volume, instances[0])



SCENARIO = Scenario(
    id="aws_recovery_exercise",
    title="A recovery exercise restores a snapshot to a new instance, covered by a change request",
    techniques=(),
    signals=("snapshot_to_instance_chain",),
    seconds=3600,
    build=build,
)
