"""Audit logging is switched off, then an instance is launched."""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.aws import organisation as org
from lab.scenarios.aws.compute import run_instances
from lab.scenarios.aws.trail import Trail
from lab.scenarios.model import Record, Scenario

IMAGE = "ami-0e5f6071829304152"


def build(seed: int, start: float) -> Iterator[Record]:
    trail = Trail(seed, f"aws_logging_impaired/{start:.0f}")
    account, region = org.DEVELOPMENT, org.HOME_REGIONS[1]
    at = start + 600 + trail.random.randrange(600)
    who = org.Principal(account, "build-agent", session="i-0f60718293041526f",
                        agent=org.BOTO_AGENT,
                        address=f"{org.STRANGER}{trail.random.randrange(20, 200)}")
    name = "regional-activity"
    arn = f"arn:aws:cloudtrail:{region}:{account}:trail/{name}"
    yield trail.call(at, who, region, "DescribeTrails", {}, source="cloudtrail", step="discovery")
    yield trail.call(at + 30, who, region, "StopLogging", {"name": arn}, None,
                     source="cloudtrail", step="logging off")
    yield trail.call(at + 60, who, region, "DeleteTrail", {"name": arn}, None,
                     source="cloudtrail", step="logging off")
    # The organisation's own trail still records what follows.
    yield run_instances(trail, at + 200, who, region, image=IMAGE, instance_type="c6i.xlarge",
                        count=2, user_data=True, role="bulk", step="launch")[0]


SCENARIO = Scenario(
    id="aws_logging_impaired",
    title="A trail is stopped and deleted, then instances are launched",
    techniques=("T1562.008", "T1578.002"),
    signals=("audit_logging_impaired", "instance_created_by_new_principal"),
    seconds=3600,
    build=build,
)
