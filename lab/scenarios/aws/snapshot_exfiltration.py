"""Disk contents taken by way of snapshots: copied into an instance, and shared with a stranger."""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.aws import organisation as org
from lab.scenarios.aws.compute import (
    attach_volume,
    create_snapshot,
    create_volume,
    describe,
    run_instances,
    share_snapshot,
)
from lab.scenarios.aws.trail import Trail
from lab.scenarios.model import Record
from lab.scenarios.twins import pair, ticket

IMAGE = "ami-0d4e5f60718293041"
CHANGE = "CHG0091002"


def build(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    trail = Trail(seed, f"aws_snapshot_exfiltration/{start:.0f}")
    account, region = org.PRODUCTION, org.HOME_REGIONS[0]
    at = start + 900 + trail.random.randrange(600)
    who = org.Principal(account, "data-migration", agent=org.CLI_AGENT,
                        session=f"{CHANGE}-migration" if twin else "maintenance",
                        address=f"{org.STRANGER}{trail.random.randrange(20, 200)}")
    yield describe(trail, at, who, region, "DescribeVolumes", step="discovery")
    record, snapshot = create_snapshot(trail, at + 60, who, region, trail.id("vol"),
                                       step="snapshot")
    yield record
    yield share_snapshot(trail, at + 240, who, region, snapshot, org.ATTACKERS_ACCOUNT,
                         step="shared outside")
    record, volume = create_volume(trail, at + 420, who, region, snapshot, step="volume")
    yield record
    record, instances = run_instances(trail, at + 480, who, region, image=IMAGE,
                                      instance_type="t3.medium",
                                      role="restored" if twin else "bulk", step="launch")
    yield record
    yield attach_volume(trail, at + 560, who, region, volume, instances[0], step="attach")


SCENARIOS = pair(
    build,
    id="aws_snapshot_exfiltration",
    title="A snapshot is shared with a stranger's account and mounted on a new instance",
    techniques=("T1578.001", "T1578.002", "T1537"),
    signals=("snapshot_to_instance_chain", "snapshot_shared_outside",
             "instance_created_by_new_principal", "bulk_transfer_new_instance"),
    at_least="high",
    twin="aws_announced_migration",
    twin_title="A snapshot is handed to a partner and mounted on a new instance, as announced",
    differs="it is a migration under a change request: the sessions are named after it, and"
            " nothing leaves the new instance",
    differs_in=(r"userIdentity\.(arn|principalId|accessKeyId)", "role", "list"),
    twin_signals=("snapshot_to_instance_chain", "snapshot_shared_outside"),
    twin_lists=(ticket("aws", org.PRODUCTION, CHANGE, "hand the archive over to the partner"),),
)
SCENARIO = SCENARIOS[0]
