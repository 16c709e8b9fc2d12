"""Audit logging is switched off, then an instance is launched."""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.aws import organisation as org
from lab.scenarios.aws.compute import run_instances
from lab.scenarios.aws.trail import Trail
from lab.scenarios.model import Record
from lab.scenarios.twins import pair, ticket

IMAGE = "ami-0e5f6071829304152"
CHANGE = "CHG0091003"


def build(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    trail = Trail(seed, f"aws_logging_impaired/{start:.0f}")
    account, region = org.DEVELOPMENT, org.HOME_REGIONS[1]
    at = start + 600 + trail.random.randrange(600)
    who = org.Principal(account, "build-agent", agent=org.BOTO_AGENT,
                        session=f"{CHANGE}-trail" if twin else "i-0f60718293041526f",
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
                        count=2, user_data=True, role="restored" if twin else "bulk",
                        step="launch")[0]


SCENARIOS = pair(
    build,
    id="aws_logging_impaired",
    title="A trail is stopped and deleted, then instances are launched",
    techniques=("T1562.008", "T1578.002"),
    signals=("audit_logging_impaired", "instance_created_by_new_principal"),
    at_least="high",
    twin="aws_trail_replaced",
    twin_title="A trail is replaced and its collectors launched, under a change request",
    differs="it is done under a change request: the session is named after it, and nothing leaves"
            " the new instances",
    differs_in=(r"userIdentity\.(arn|principalId|accessKeyId)", "role", "list"),
    twin_signals=("audit_logging_impaired",),
    twin_lists=(ticket("aws", org.DEVELOPMENT, CHANGE, "replace the regional trail"),),
)
SCENARIO = SCENARIOS[0]
