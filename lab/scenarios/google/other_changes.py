"""An image for everybody, and keys for every instance of a project.

A workforce identity has a principalSubject and no principalEmail ("Workforce Identity Federation:
example logs"); what a call changes of metadata is told by its keys in `metadata`
(GceProjectAuditMetadata), values are left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.google import compute
from lab.scenarios.google import organisation as org
from lab.scenarios.google.entries import AuditLog
from lab.scenarios.model import Machine, Record
from lab.scenarios.twins import pair

HOUR = 3600
_WORKFORCE = "principal://iam.googleapis.com/locations/global/workforcePools/example-staff/subject/"


def published(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    log = AuditLog(seed, f"google_image_published/{start:.0f}")
    project, zone = org.PRODUCTION, org.HOME_ZONES[0]
    at, image = start + 600 + log.random.randrange(300), f"projects/{project}/global/images/base-9"
    who = org.Principal(_WORKFORCE + "user-0254@example.com",
                        f"{org.STRANGER}{log.random.randrange(20, 120)}", org.CONSOLE)
    labels = {"image_id": org.number(image)}
    yield from log.call(
        at, who, project, "v1.compute.images.insert", image, kind="gce_image", labels=labels,
        location="global", request={
            "@type": "type.googleapis.com/compute.images.insert", "name": "base-9",
            "sourceDisk": f"projects/{project}/zones/{zone}/disks/database-3"},
        permission="compute.images.create", seconds=40, step="image")
    member = f"serviceAccount:{org.deploy(project).email}" if twin else "allAuthenticatedUsers"
    policy = {"bindings": [{"role": "roles/compute.imageUser", "members": [member]}],
              "etag": "BwYexample="}
    yield from log.call(
        at + 1300, who, project, "v1.compute.images.setIamPolicy", image, kind="gce_image",
        labels=labels, location="global",
        request={"@type": "type.googleapis.com/compute.images.setIamPolicy", "policy": policy},
        response={"@type": "type.googleapis.com/compute.images.setIamPolicy", **policy},
        permission="compute.images.setIamPolicy", step="shared outside")


def keys(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    """Keys and a start script for all; then two instances are reset, so that the script runs."""
    log = AuditLog(seed, f"google_project_keys/{start:.0f}")
    project, zone = org.PRODUCTION, org.HOME_ZONES[0]
    at = start + 600 + log.random.randrange(300)
    who = org.Principal("user-0247@example.com", f"{org.STRANGER}{log.random.randrange(20, 120)}",
                        org.GCLOUD)
    if twin:
        who = org.deploy(project)
    delta = {"@type": "type.googleapis.com/google.cloud.audit.GceProjectAuditMetadata",
             "projectMetadataDelta": {"addedMetadataKeys": ["startup-script"],
                                      "modifiedMetadataKeys": ["ssh-keys"]}}
    method = "compute.projects.setCommonInstanceMetadata"
    for record in log.call(
            at, who, project, f"v1.{method}", f"projects/{project}", kind="gce_project",
            labels={}, location="global", request={"@type": f"type.googleapis.com/{method}"},
            permission="compute.projects.setCommonInstanceMetadata", seconds=5, step="changed"):
        record.body["protoPayload"]["metadata"] = delta
        yield record
    for number in (1, 2):
        name = f"report-{number}"
        machine = Machine("gcp", org.number(name + "-keys"), name, project, zone[:-2], zone, "nic0",
                          f"10.130.0.{20 + number}", "default", "e2-standard-2", compute.DEBIAN,
                          start)
        yield from compute.instance_call(log, at + number * 0.6 * HOUR, who, machine, "reset",
                                         step="changed")


SCENARIOS = (
    *pair(published, id="google_image_published", held_out=True, seconds=HOUR,
          title="A federated user makes an image of a database's disk, for everybody to use",
          techniques=("T1578.001", "T1537"), signals=("snapshot_shared_outside",),
          at_least="high", twin="google_image_for_pipeline",
          twin_title="A federated user makes an image of a disk, for the pipeline to use",
          differs="who may use it is the project's own pipeline",
          differs_in=(r"policy\.bindings", r"response\.bindings")),
    *pair(keys, id="google_project_keys", held_out=True,
          title="A project's instances all get an intruder's keys and start script",
          techniques=("T1578.005", "T1098.004"), signals=("instance_config_modified",),
          at_least="medium", twin="google_project_keys_rotated",
          twin_title="The pipeline rotates the keys of a project's instances",
          differs="the approved pipeline does it",
          differs_in=(r"authenticationInfo", r"requestMetadata\.(callerIp|callerSupplied)",
                      r"response\.user"),
          twin_signals=("instance_config_modified",)),
)
