"""A snapshot of production is shared with everybody, from the office."""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.aws import organisation as org
from lab.scenarios.aws.compute import create_snapshot, share_snapshot
from lab.scenarios.aws.trail import Trail
from lab.scenarios.model import Record, Scenario


def build(seed: int, start: float) -> Iterator[Record]:
    trail = Trail(seed, f"aws_public_snapshot/{start:.0f}")
    account, region = org.PRODUCTION, org.HOME_REGIONS[0]
    at = start + 600 + trail.random.randrange(600)
    who = org.Principal(account, "data-publishing", session="release", address=org.OFFICE + "61")
    record, snapshot = create_snapshot(trail, at, who, region, trail.id("vol"),
                                       {"Name": "open-data-release"}, step="snapshot")
    yield record
    yield share_snapshot(trail, at + 300, who, region, snapshot, "all", step="shared outside")



SCENARIO = Scenario(
    id="aws_public_snapshot",
    title="A snapshot of production is made public",
    techniques=("T1537",),
    signals=("snapshot_shared_outside",),
    seconds=3600,
    build=build,
)
