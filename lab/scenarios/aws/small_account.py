"""A small account, in which instances are only stopped for the night and started again."""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.aws import organisation as org
from lab.scenarios.aws.compute import change_state, describe
from lab.scenarios.aws.trail import Trail
from lab.scenarios.model import Record, Scenario

HOUR, DAY = 3600, 86400


def build(seed: int, start: float, seconds: int = DAY,
          account: str = org.STAGING) -> Iterator[Record]:
    """`seconds` other than a day gives a longer or shorter stretch of the same life."""
    trail = Trail(seed, f"aws_small_account/{account}/{start:.0f}")
    who, region = org.scheduler(account), org.HOME_REGIONS[0]
    fleet = [trail.id("i") for _ in range(2)]
    for hour in range(-(-seconds // HOUR)):
        at = start + hour * HOUR + trail.random.randrange(HOUR - 60)
        if at >= start + seconds:
            continue
        yield describe(trail, at, who, region, "DescribeInstances")
        if hour % 12 == 0:
            event = "StartInstances" if hour % 24 else "StopInstances"
            yield change_state(trail, at + 5, who, region, event, fleet)


SCENARIO = Scenario(
    id="aws_small_account",
    title="A small account: a scheduler stops and starts two instances",
    techniques=(),
    signals=(),
    seconds=DAY,
    build=build,
)
