"""The platform role replaces a trail, under a change request."""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.aws import organisation as org
from lab.scenarios.aws.trail import Trail
from lab.scenarios.model import Record, Scenario

CHANGE = "CHG0090002"


def build(seed: int, start: float) -> Iterator[Record]:
    trail = Trail(seed, f"aws_logging_maintenance/{start:.0f}")
    account, region = org.DEVELOPMENT, org.HOME_REGIONS[0]
    at = start + 600 + trail.random.randrange(600)
    who = org.Principal(account, "platform-deploy", session=f"{CHANGE}-trail",
                        agent=org.TERRAFORM_AGENT, address=org.PIPELINE)
    arn = f"arn:aws:cloudtrail:{region}:{account}:trail/legacy-activity"
    yield trail.call(at, who, region, "StopLogging", {"name": arn}, None, source="cloudtrail")
    yield trail.call(at + 20, who, region, "DeleteTrail", {"name": arn}, None,
                     source="cloudtrail")



SCENARIO = Scenario(
    id="aws_logging_maintenance",
    title="The deployment role retires a trail under a change request",
    techniques=(),
    signals=("audit_logging_impaired",),
    seconds=3600,
    build=build,
)
