"""Launches by other calls: many at once, and from a machine image.

The entries of bulkInsert are those of the samples in Google's license-tracker (its own operation,
with the request; then one for each instance, the first and the last of an operation of its own,
with an empty request); one root_trigger_id in the labels of all of them, as Compute Engine has it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace

from lab.scenarios.google import compute
from lab.scenarios.google import organisation as org
from lab.scenarios.google.entries import AuditLog
from lab.scenarios.model import Machine, Record
from lab.scenarios.twins import pair, ticket

CHANGE, MOVE = "chg0093011", "chg0093012"
HOUR = 3600
_BULK = "v1.compute.instances.bulkInsert"


def bulk(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    """A user acts as a service account; there is no quota in one zone, and some in another."""
    log = AuditLog(seed, f"google_bulk_impersonated/{start:.0f}")
    project, at = org.DEVELOPMENT, start + 600 + log.random.randrange(300)
    who = org.Principal(org.account("render-farm", project),
                        f"{org.STRANGER}{log.random.randrange(20, 120)}", org.CLIENT,
                        delegation=("user-0240@example.com",))
    tags = {"change-ref": CHANGE} if twin else {}
    refused = _many(log, at, who, "asia-southeast1-b", 8, tags, refused=True)
    made = _many(log, at + 240, who, "australia-southeast1-b", 4, tags,
                 role="batch" if twin else "mining")
    for records in (list(refused), list(made)):
        trigger = str(uuid.UUID(int=log.random.getrandbits(128), version=4))
        for record in records:
            record.body["labels"] = {"compute.googleapis.com/root_trigger_id": trigger}
            yield record


def _many(log: AuditLog, at: float, who: org.Principal, zone: str, count: int,
          tags: Mapping[str, str], role: str = "", refused: bool = False) -> Iterator[Record]:
    project, kind = org.DEVELOPMENT, "g2-standard-48"
    place = f"projects/{project}/zones/{zone}"
    request = {
        "@type": "type.googleapis.com/compute.instances.bulkInsert", "count": str(count),
        "namePattern": "render-####", "instanceProperties": {
            "machineType": kind, "scheduling": {"onHostMaintenance": "TERMINATE",
                                                "provisioningModel": "SPOT"},
            "networkInterfaces": [{"network": f"projects/{project}/global/networks/default"}],
            "disks": [{"boot": True, "autoDelete": True, "mode": "READ_WRITE",
                       "type": "PERSISTENT",
                       "initializeParams": {"sourceImage": compute.DEBIAN, "diskSizeGb": "50"}}],
            **({"labels": [{"key": key, "value": value} for key, value in tags.items()]}
               if tags else {})}}
    quota = "Quota 'PREEMPTIBLE_NVIDIA_L4_GPUS' exceeded.  Limit: 0.0 in region asia-southeast1."
    yield from log.call(
        at, who, project, _BULK, f"{place}/instances", kind="audited_resource",
        labels={"method": "compute.instances.bulkInsert", "service": "compute.googleapis.com"},
        location=zone, request=request, permission="compute.instances.create", seconds=14,
        late_error=(8, quota) if refused else (0, ""), step="denied launch" if refused else "launch")
    for number in range(1, 1 if refused else count + 1):
        name = f"render-{number:04d}"
        made = Machine(
            "gcp", org.number(f"{place}/{name}/{at:.0f}"), name, project, zone[:-2], zone, "nic0",
            f"10.{128 + log.random.randrange(0, 100)}.{log.random.randrange(0, 16)}"
            f".{log.random.randrange(4, 250)}", "default", kind, compute.DEBIAN, at + 5, role,
            tags=tuple(tags.items()))
        yield from log.call(
            at + 5 + number * 0.3, who, project, _BULK, f"{place}/instances/{name}",
            kind="gce_instance", labels={"zone": zone, "instance_id": made.id}, location=zone,
            whole=True, step="launch", machines=(made,))


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
    *pair(bulk, id="google_bulk_impersonated", held_out=True,
          title="A user acts as a service account and makes spot GPU instances in bulk, which mine",
          techniques=("T1078.004", "T1578.002", "T1496.001", "T1535"),
          signals=("instance_created_by_new_principal", "instance_created_in_unapproved_region",
                   "unusual_instance_type", "cpu_spike", "mining_egress"),
          at_least="high", twin="google_bulk_research",
          twin_title="A service account makes the spot GPU instances of a research burst in bulk",
          differs="it is a burst under a change request: the call carries its reference, and the"
                  " instances compute",
          differs_in=(r"instanceProperties\.labels", "role", "list"),
          twin_signals=("instance_created_in_unapproved_region", "unusual_instance_type",
                        "cpu_spike", "instance_burst"),
          twin_lists=(ticket("gcp", org.DEVELOPMENT, CHANGE, "research burst on spot"),)),
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
