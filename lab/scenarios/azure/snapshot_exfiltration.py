"""A database disk copied by way of a snapshot: into a disk, onto a new machine, and downloaded."""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.azure import compute
from lab.scenarios.azure import organisation as org
from lab.scenarios.azure.activity import ActivityLog
from lab.scenarios.model import Record
from lab.scenarios.twins import creator, exception, pair


def build(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    log = ActivityLog(seed, f"azure_snapshot_exfiltration/{start:.0f}")
    at = start + 900 + log.random.randrange(400)
    who = org.Principal("svc-reporting", "ServicePrincipal", org.guid("app/svc-reporting"),
                        f"{org.STRANGER}{log.random.randrange(130, 250)}")
    region, group = org.HOME_REGIONS[0], "rg-temp"
    source = org.resource(org.PRODUCTION, "data", compute.DISK, "database-2")
    rows, snapshot = compute.create_snapshot(log, at, who, region, org.PRODUCTION, group, "tmp-1",
                                             source, step="snapshot")
    yield from rows
    yield from compute.disk_access(log, at + 120, who, region, snapshot, step="shared outside")
    # The copy lies in another subscription than its source.
    rows, disk = compute.create_disk(log, at + 260, who, region, org.DEVELOPMENT, group, "tmp-disk",
                                     snapshot, step="volume")
    yield from rows
    rows, _ = compute.create_vm(
        log, at + 400, who, region, org.DEVELOPMENT, group, "tmp-vm", data_disk=disk,
        role="restored" if twin else "bulk", step="launch")
    yield from rows


_WHO = org.Principal("svc-reporting", "ServicePrincipal", org.guid("app/svc-reporting"))
SCENARIOS = pair(
    build,
    id="azure_snapshot_exfiltration",
    title="A snapshot of a database disk becomes a disk on a new machine of another subscription",
    techniques=("T1578.001", "T1578.002", "T1537"),
    signals=("snapshot_to_instance_chain", "snapshot_shared_outside",
             "instance_created_by_new_principal", "bulk_transfer_new_instance"),
    at_least="high",
    twin="azure_reporting_copy",
    twin_title="The reporting application copies a database disk, as the admins have listed",
    differs="the admins know the application: it is an approved creator and exempt from what tells"
            " of shared snapshots, and nothing leaves its machine",
    differs_in=("role", "list"),
    twin_signals=("snapshot_to_instance_chain",),
    twin_lists=tuple(
        row for name in (_WHO.object_id, _WHO.app) for row in (
            creator("azure", "*", name, "nightly reports"),
            exception("snapshot_shared_outside", "azure", "*", name, "nightly reports"))),
)
