"""Disks taken by way of snapshots: attached to a new instance, and booted in another project."""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.google import compute
from lab.scenarios.google import organisation as org
from lab.scenarios.google.entries import AuditLog
from lab.scenarios.model import Record
from lab.scenarios.twins import creator, exception, pair, ticket

CHANGE = "chg0093003"


def mounted(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    """Snapshot, shared with a stranger, disk, instance, attached by a call of its own."""
    log = AuditLog(seed, f"google_snapshot_exfiltration/{start:.0f}")
    project, zone = org.PRODUCTION, org.HOME_ZONES[0]
    at = start + 700 + log.random.randrange(300)
    who = org.Principal(org.account("reporting", project),
                        f"{org.STRANGER}{log.random.randrange(130, 250)}", org.GCLOUD)
    records, snapshot = compute.create_snapshot(log, at, who, project, zone, "tmp-1", "database-2",
                                                step="snapshot")
    yield from records
    yield from compute.share_snapshot(log, at + 60, who, project, snapshot,
                                      "user:somebody@example.net", step="shared outside")
    records, disk = compute.create_disk(log, at + 200, who, project, zone, "tmp-disk", snapshot,
                                        step="volume")
    yield from records
    records, machine = compute.create_instance(log, at + 320, who, project, zone, "tmp-vm",
                                               role="restored" if twin else "bulk", step="launch")
    yield from records
    yield from compute.attach_disk(log, at + 420, who, machine, disk, step="attach")


def booted(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    """A disk of another project's snapshot is the boot disk of a new instance."""
    log = AuditLog(seed, f"google_boot_disk_chain/{start:.0f}")
    zone, at = org.HOME_ZONES[0], start + 700 + log.random.randrange(300)
    who = org.Principal("user-0198@example.com",
                        f"{org.STRANGER}{log.random.randrange(20, 120)}", org.GCLOUD)
    tags = {"change-ref": CHANGE} if twin else None
    records, snapshot = compute.create_snapshot(log, at, who, org.PRODUCTION, zone, "s-1",
                                                "payroll", tags=tags, step="snapshot")
    yield from records
    records, disk = compute.create_disk(log, at + 300, who, org.SANDBOX, zone, "d-1", snapshot,
                                        step="volume")
    yield from records
    yield from compute.create_instance(log, at + 500, who, org.SANDBOX, zone, "vm-1",
                                       boot_disk=disk, tags=tags,
                                       role="restored" if twin else "bulk", step="launch")[0]


_WHO = org.account("reporting", org.PRODUCTION)
SCENARIOS = (
    *pair(mounted, id="google_snapshot_exfiltration",
          title="A snapshot is shared with a stranger, and its disk attached to a new instance",
          techniques=("T1578.001", "T1578.002", "T1537"),
          signals=("snapshot_to_instance_chain", "snapshot_shared_outside",
                   "instance_created_by_new_principal", "bulk_transfer_new_instance"),
          at_least="high", twin="google_reporting_copy",
          twin_title="The reporting account hands a snapshot to a partner and mounts its disk",
          differs="the admins know the account: it is an approved creator and exempt from what"
                  " tells of shared snapshots, and nothing leaves its machine",
          differs_in=("role", "list"), twin_signals=("snapshot_to_instance_chain",),
          twin_lists=(creator("gcp", org.PRODUCTION, _WHO, "reports for a partner"),
                      exception("snapshot_shared_outside", "gcp", org.PRODUCTION, _WHO,
                                "reports for a partner"))),
    *pair(booted, id="google_boot_disk_chain",
          title="A payroll disk's snapshot is booted in the sandbox project",
          techniques=("T1578.001", "T1578.002"),
          signals=("snapshot_to_instance_chain", "instance_created_by_new_principal",
                   "bulk_transfer_new_instance"),
          at_least="high", twin="google_recovery_exercise",
          twin_title="A recovery exercise boots a disk of production in the sandbox project",
          differs="it is an exercise under a change request: what it makes carries its reference,"
                  " and nothing leaves the instance",
          differs_in=(r"request\.labels", "role", "list"),
          twin_signals=("snapshot_to_instance_chain",),
          twin_lists=(ticket("gcp", org.PRODUCTION, CHANGE, "recovery exercise"),
                      ticket("gcp", org.SANDBOX, CHANGE, "recovery exercise"))),
)
