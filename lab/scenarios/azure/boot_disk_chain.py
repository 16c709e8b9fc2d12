"""A snapshot copied to another subscription becomes the system disk of a machine: no image, and
no disk is ever attached by a call of its own."""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.azure import compute
from lab.scenarios.azure import organisation as org
from lab.scenarios.azure.activity import ActivityLog
from lab.scenarios.model import Record
from lab.scenarios.twins import pair, ticket

CHANGE = "CHG0092003"


def build(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    log = ActivityLog(seed, f"azure_boot_disk_chain/{start:.0f}")
    at, region = start + 600 + log.random.randrange(300), org.HOME_REGIONS[0]
    who = org.Principal("user-0198@example.com",
                        address=f"{org.STRANGER}{log.random.randrange(20, 120)}")
    source = org.resource(org.PRODUCTION, "data", compute.DISK, "payroll-os")
    tags = {"change-ref": CHANGE} if twin else None
    rows, snapshot = compute.create_snapshot(log, at, who, region, org.PRODUCTION, "rg-a", "s-1",
                                             source, tags=tags, step="snapshot")
    yield from rows
    rows, copy = compute.create_snapshot(log, at + 240, who, region, org.SANDBOX, "rg-b", "s-2",
                                         snapshot, copied=True, tags=tags, step="copy")
    yield from rows
    rows, disk = compute.create_disk(log, at + 600, who, region, org.SANDBOX, "rg-b", "d-1", copy,
                                     step="volume")
    yield from rows
    yield from compute.create_vm(log, at + 800, who, region, org.SANDBOX, "rg-b", "vm-1",
                                 os_disk=disk, tags=tags, role="restored" if twin else "bulk",
                                 step="launch")[0]


SCENARIOS = pair(
    build,
    id="azure_boot_disk_chain",
    title="A system disk's snapshot is copied to another subscription and booted there",
    techniques=("T1578.001", "T1578.002"),
    signals=("snapshot_to_instance_chain", "instance_created_by_new_principal",
             "bulk_transfer_new_instance"),
    at_least="high",
    twin="azure_recovery_exercise",
    twin_title="A recovery exercise boots a copied system disk in another subscription",
    differs="it is an exercise under a change request: what it makes carries its reference, and"
            " nothing leaves the machine",
    differs_in=(r"properties\.(requestbody|responseBody)", "role", "list"),
    twin_signals=("snapshot_to_instance_chain",),
    twin_lists=(ticket("azure", org.PRODUCTION, CHANGE, "recovery exercise"),
                ticket("azure", org.SANDBOX, CHANGE, "recovery exercise")),
)
