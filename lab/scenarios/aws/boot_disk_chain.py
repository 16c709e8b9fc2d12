"""A snapshot is shared with another account, copied there, and booted: no volume is ever attached.

A launch from a snapshot in the block device mapping has no CreateVolume and no AttachVolume.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.aws import organisation as org
from lab.scenarios.aws.compute import create_snapshot, run_instances, share_snapshot
from lab.scenarios.aws.trail import Trail
from lab.scenarios.model import Record
from lab.scenarios.twins import pair, ticket

IMAGE = "ami-0bb2cc3dd4ee5ff60"
CHANGE = "CHG0091005"


def build(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    trail = Trail(seed, f"aws_boot_disk_chain/{start:.0f}")
    region, at = org.HOME_REGIONS[0], start + 600 + trail.random.randrange(300)
    address = f"{org.STRANGER}{trail.random.randrange(20, 200)}"

    def principal(account: str) -> org.Principal:
        return org.Principal(account, "analytics-export", agent=org.CLI_AGENT, address=address,
                             session=f"{CHANGE}-move" if twin else "export")

    owner, taker = principal(org.PRODUCTION), principal(org.SANDBOX)
    record, snapshot = create_snapshot(trail, at, owner, region, trail.id("vol"), step="snapshot")
    yield record
    yield share_snapshot(trail, at + 90, owner, region, snapshot, org.SANDBOX,
                         step="shared onwards")
    copy = trail.id("snap")
    yield trail.call(at + 300, taker, region, "CopySnapshot", {
        "sourceRegion": region, "sourceSnapshotId": snapshot, "destinationRegion": region,
        "encrypted": False}, {"snapshotId": copy}, step="copy")
    yield run_instances(trail, at + 900, taker, region, image=IMAGE, instance_type="t3.medium",
                        root_snapshot=copy, role="restored" if twin else "bulk",
                        step="launch")[0]


SCENARIOS = pair(
    build,
    id="aws_boot_disk_chain",
    title="A production snapshot is copied to the sandbox account and booted there",
    techniques=("T1578.001", "T1578.002"),
    signals=("snapshot_to_instance_chain", "bulk_transfer_new_instance"),
    at_least="high",
    twin="aws_account_move",
    twin_title="A system is moved to the sandbox account under a change request",
    differs="it is a move under a change request: the sessions are named after it, and nothing"
            " leaves the new instance",
    differs_in=(r"userIdentity\.(arn|principalId|accessKeyId)", "role", "list"),
    twin_signals=("snapshot_to_instance_chain",),
    twin_lists=(ticket("aws", org.PRODUCTION, CHANGE, "move the archive to the sandbox"),
                ticket("aws", org.SANDBOX, CHANGE, "move the archive to the sandbox")),
)
