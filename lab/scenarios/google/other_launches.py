"""Launches by other calls: from a machine image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lab.scenarios.google import compute
from lab.scenarios.google import organisation as org
from lab.scenarios.google.entries import AuditLog
from lab.scenarios.model import Record
from lab.scenarios.twins import pair, ticket

MOVE = "chg0093012"
HOUR = 3600


def moved(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    """No snapshot and no disk: a machine image holds all disks of its source."""
    log = AuditLog(seed, f"google_machine_image_moved/{start:.0f}")
    zone, at = org.HOME_ZONES[0], start + 600 + log.random.randrange(300)
    who = org.Principal("user-0233@example.com", f"{org.STRANGER}{log.random.randrange(20, 120)}",
                        org.GCLOUD)
    tags = {"change-ref": MOVE} if twin else {}
    image = f"projects/{org.PRODUCTION}/global/machineImages/mi-1"
    request = {"@type": "type.googleapis.com/compute.machineImages.insert", "name": "mi-1",
               "sourceInstance": f"projects/{org.PRODUCTION}/zones/{zone}/instances/payroll-1",
               **({"description": MOVE.upper()} if twin else {})}
    yield from log.call(
        at, who, org.PRODUCTION, "v1.compute.machineImages.insert", image,
        kind="audited_resource", labels={"method": "compute.machineImages.insert",
                                         "service": "compute.googleapis.com"},
        location="global", request=request, permission="compute.machineImages.create", seconds=90,
        step="snapshot")
    yield from compute.create_instance(
        log, at + 2.4 * HOUR, replace(who, agent=org.CONSOLE), org.DEVELOPMENT, zone, "copy-1",
        tags=tags, machine_image=image, role="restored" if twin else "bulk", step="launch")[0]


SCENARIOS = (
    *pair(moved, id="google_machine_image_moved", held_out=True,
          title="A payroll machine's image becomes an instance of another project",
          techniques=("T1578.001", "T1578.002"),
          signals=("snapshot_to_instance_chain", "instance_created_by_new_principal",
                   "bulk_transfer_new_instance"),
          at_least="high", twin="google_machine_exercise",
          twin_title="A recovery exercise makes an instance of a machine's image",
          differs="it is an exercise under a change request: what it makes carries its reference,"
                  " and nothing leaves the instance",
          differs_in=(r"request\.(labels|description)", "role", "list"),
          twin_signals=("snapshot_to_instance_chain",),
          twin_lists=(ticket("gcp", org.PRODUCTION, MOVE, "recovery exercise"),
                      ticket("gcp", org.DEVELOPMENT, MOVE, "recovery exercise"))),
)
