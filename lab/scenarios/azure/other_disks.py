"""Disks reached by other calls: a restore point of a machine, and signed addresses of disks.

Restore points: "Restore Points - Create", "Disks - Create Or Update" (createOption Restore);
"Disks - Grant Access" (learn.microsoft.com/rest/api/compute).
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.azure import compute
from lab.scenarios.azure import organisation as org
from lab.scenarios.azure.activity import ActivityLog
from lab.scenarios.model import Record
from lab.scenarios.twins import exception, pair, ticket

CHANGE = "CHG0092011"
HOUR = 3600
COLLECTION = "Microsoft.Compute/restorePointCollections"
POINT = COLLECTION + "/restorePoints"
_HOME = "dddd3d3d-ee4e-ff5f-aa6a-bbbbbb7b7b7b"
_EXPORTER = "user-0226@example.com"


def restored(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    """A guest; no snapshot is ever written: the disk is made of a restore point."""
    log = ActivityLog(seed, f"azure_restore_point_mounted/{start:.0f}")
    at, region = start + 600 + log.random.randrange(300), org.HOME_REGIONS[0]
    who = org.Principal("contractor-0031@example.net", app=org.PORTAL, home=_HOME,
                        address=f"{org.STRANGER}{log.random.randrange(20, 120)}")
    tags = {"change-ref": CHANGE} if twin else {}
    machine = org.resource(org.PRODUCTION, "data", compute.VM, "payroll-1")
    collection = org.resource(org.PRODUCTION, "data", COLLECTION, "rpc-1")
    request = {"location": region, "tags": tags, "properties": {"source": {"id": machine}}}
    yield from log.operation(at, who, region, collection, COLLECTION + "/write", request,
                             {"name": "rpc-1", "id": collection, **request}, code="Created",
                             step="snapshot")
    point = org.resource(org.PRODUCTION, "data", POINT, "rpc-1/rp-1")
    disk_point = f"{point}/diskRestorePoints/payroll-1-data_{log.uuid()}"
    source = org.resource(org.PRODUCTION, "data", compute.DISK, "payroll-1-data")
    yield from log.operation(at + 200, who, region, point, POINT + "/write", {
        "properties": {"excludeDisks": []}}, {
        "name": "rp-1", "id": point, "properties": {
            "provisioningState": "Creating", "consistencyMode": "ApplicationConsistent",
            "sourceMetadata": {"storageProfile": {"dataDisks": [{
                "lun": 0, "managedDisk": {"id": source},
                "diskRestorePoint": {"id": disk_point}}]}}}},
        code="Created", seconds=70, step="snapshot")
    disk = org.resource(org.DEVELOPMENT, "rg-test", compute.DISK, "test-data")
    body = {"location": region, "sku": {"name": "Premium_LRS"}, "tags": tags, "properties": {
        "creationData": {"createOption": "Restore", "sourceResourceId": disk_point}}}
    yield from log.operation(at + 1.8 * HOUR, who, region, disk, compute.DISK + "/write", body,
                             {"name": "test-data", "id": disk, "type": compute.DISK, **body},
                             code="Accepted", seconds=4, step="volume")
    yield from compute.create_vm(
        log, at + 2.5 * HOUR, who, region, org.DEVELOPMENT, "rg-test", "test-1", tags=tags,
        data_disk=disk, role="restored" if twin else "bulk", step="launch")[0]


def downloaded(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    """One disk every hour and a half: nothing is created, and no instance is touched."""
    log = ActivityLog(seed, f"azure_disks_downloaded/{start:.0f}")
    at, region = start + 600 + log.random.randrange(300), org.HOME_REGIONS[0]
    who = org.Principal(_EXPORTER, app=org.POWERSHELL,
                        address=f"{org.STRANGER}{log.random.randrange(20, 120)}")
    for number, name in enumerate(("database-1", "database-2", "payroll-1-data")):
        disk = org.resource(org.PRODUCTION, "data", compute.DISK, name)
        operation = compute.DISK + "/beginGetAccess/action"
        moment = at + number * 1.5 * HOUR
        if number == 0:
            yield from log.operation(
                moment - 60, who, region, disk, operation,
                {"access": "Read", "durationInSeconds": 3600}, code="Conflict", error="Conflict",
                message="Cannot grant access to disk database-1 since it is attached to a running"
                        " VM and its network access policy is not set.", step="refused")
        yield from log.operation(moment, who, region, disk, operation,
                                 {"access": "Read", "durationInSeconds": 3600}, code="Accepted",
                                 seconds=2, step="shared outside")


SCENARIOS = (
    *pair(restored, id="azure_restore_point_mounted", held_out=True,
          title="A guest restores a machine's disk from a restore point to another subscription",
          techniques=("T1078.004", "T1578.001", "T1578.002"),
          signals=("snapshot_to_instance_chain", "instance_created_by_new_principal",
                   "bulk_transfer_new_instance"),
          at_least="high", twin="azure_restore_exercise",
          twin_title="A guest restores a machine's disk in a recovery exercise",
          differs="it is an exercise under a change request: what it makes carries its reference,"
                  " and nothing leaves the machine",
          differs_in=(r"properties\.(requestbody|responseBody)", "role", "list"),
          twin_signals=("snapshot_to_instance_chain",),
          twin_lists=(ticket("azure", org.PRODUCTION, CHANGE, "recovery exercise"),
                      ticket("azure", org.DEVELOPMENT, CHANGE, "recovery exercise"))),
    *pair(downloaded, id="azure_disks_downloaded", held_out=True,
          title="Signed addresses of three production disks are taken over some hours",
          techniques=("T1537",), signals=("snapshot_shared_outside",), at_least="high",
          twin="azure_disks_archived",
          twin_title="The disks of a retired system are exported by someone who is listed",
          differs="the admins know the export: what tells of it is exempt for this principal",
          differs_in=("list",),
          twin_lists=(exception("snapshot_shared_outside", "azure", org.PRODUCTION, _EXPORTER,
                                "archive of a retired system"),)),
)
