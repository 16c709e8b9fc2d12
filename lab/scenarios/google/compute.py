"""Requests of Compute Engine, IAM and Cloud Logging that the scenarios make.

Bodies: the REST references of compute.v1, iam.v1, logging.v2 (cloud.google.com) as audit log
entries repeat them, with `@type` in front.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab.scenarios.google.entries import AuditLog
from lab.scenarios.google.organisation import PROJECTS, Principal, account, number
from lab.scenarios.model import Machine, Record

DEBIAN = "projects/debian-cloud/global/images/debian-12-bookworm-v20241009"


def _typed(method: str, **body: Any) -> dict[str, Any]:
    return {"@type": f"type.googleapis.com/compute.{method}", **body}


def _labels(tags: Mapping[str, str] | None) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in (tags or {}).items()]


def create_instance(
    log: AuditLog, at: float, who: Principal, project: str, zone: str, name: str, *,
    machine: str = "e2-standard-2", tags: Mapping[str, str] | None = None, image: str = DEBIAN,
    boot_disk: str = "", data_disk: str = "", gpus: int = 0, service_account: str = "",
    public: bool = False, startup: bool = False, role: str = "idle", version: str = "v1",
    error: tuple[int, str] = (0, ""), late_error: tuple[int, str] = (0, ""), step: str = "",
    machine_image: str = "",
) -> tuple[list[Record], Machine]:
    """`boot_disk` and `data_disk` are existing disks (projects/…/disks/…); else a disk is made
    from `image`, unless all comes from a `machine_image` (projects/…/machineImages/…)."""
    place = f"projects/{project}/zones/{zone}"
    disk: dict[str, Any] = {"boot": True, "autoDelete": True, "mode": "READ_WRITE",
                            "type": "PERSISTENT"}
    if boot_disk:
        disk["source"] = boot_disk
    else:
        disk["initializeParams"] = {"sourceImage": image, "diskSizeGb": "20",
                                    "diskType": f"{place}/diskTypes/pd-balanced"}
    disks = [disk]
    if data_disk:
        disks.append({"source": data_disk, "mode": "READ_ONLY", "type": "PERSISTENT"})
    interface: dict[str, Any] = {
        "network": f"projects/{project}/global/networks/default",
        "subnetwork": f"projects/{project}/regions/{zone[:-2]}/subnetworks/default"}
    if public:
        interface["accessConfigs"] = [{"name": "External NAT", "type": "ONE_TO_ONE_NAT",
                                       "networkTier": "PREMIUM"}]
    request = _typed(
        "instances.insert", name=name, machineType=f"{place}/machineTypes/{machine}", disks=disks,
        networkInterfaces=[interface], canIpForward=False, deletionProtection=False,
        serviceAccounts=[{
            "email": service_account or f"{PROJECTS[project]}-compute@developer.gserviceaccount.com",
            "scopes": ["https://www.googleapis.com/auth/cloud-platform"]}])
    if machine_image:
        del request["disks"], request["serviceAccounts"]
        request["sourceMachineImage"] = machine_image
    if tags:
        request["labels"] = _labels(tags)
    if startup:
        request["metadata"] = {"items": [{"key": "startup-script"}]}
    if gpus:
        request["guestAccelerators"] = [{
            "acceleratorType": f"{place}/acceleratorTypes/nvidia-tesla-t4",
            "acceleratorCount": str(gpus)}]
        request["scheduling"] = {"onHostMaintenance": "TERMINATE", "automaticRestart": True}
    identity = number(f"{place}/{name}/{at:.0f}")
    made = Machine(
        "gcp", identity, name, project, zone[:-2], zone, "nic0",
        f"10.{128 + log.random.randrange(0, 100)}.{log.random.randrange(0, 16)}"
        f".{log.random.randrange(4, 250)}", "default", machine, image, at, role,
        tags=tuple((tags or {}).items()))
    records = log.call(
        at, who, project, f"{version}.compute.instances.insert", f"{place}/instances/{name}",
        kind="gce_instance", labels={"zone": zone, "instance_id": identity}, location=zone,
        request=request, permission="compute.instances.create", seconds=9, error=error,
        late_error=late_error, step=step, machines=(made,))
    return records, made


def instance_call(log: AuditLog, at: float, who: Principal, machine: Machine, method: str,
                  permission: str = "", step: str = "", **request: Any) -> list[Record]:
    """delete, start, stop, setMachineType, setMetadata, attachDisk, addAccessConfig…"""
    place = f"projects/{machine.account}/zones/{machine.zone}"
    return log.call(
        at, who, machine.account, f"v1.compute.instances.{method}",
        f"{place}/instances/{machine.name}", kind="gce_instance",
        labels={"zone": machine.zone, "instance_id": machine.id}, location=machine.zone,
        request=_typed(f"instances.{method}", **request),
        permission=permission or f"compute.instances.{method}", seconds=12, step=step,
        ended=(machine.id,) if method == "delete" else ())


def attach_disk(log: AuditLog, at: float, who: Principal, machine: Machine, disk: str,
                step: str = "") -> list[Record]:
    return instance_call(log, at, who, machine, "attachDisk", step=step, source=disk,
                         mode="READ_ONLY", type="PERSISTENT")


def create_snapshot(log: AuditLog, at: float, who: Principal, project: str, zone: str, name: str,
                    disk: str, tags: Mapping[str, str] | None = None,
                    step: str = "") -> tuple[list[Record], str]:
    """`disk` is the disk's short name in that zone."""
    target = f"projects/{project}/zones/{zone}/disks/{disk}"
    request = _typed("disks.createSnapshot", name=name)
    if tags:
        request["labels"] = _labels(tags)
    return log.call(
        at, who, project, "v1.compute.disks.createSnapshot", target, kind="gce_disk",
        labels={"zone": zone, "disk_id": number(target)}, location=zone, request=request,
        permission="compute.disks.createSnapshot", seconds=6, step=step,
    ), f"projects/{project}/global/snapshots/{name}"


def delete_snapshot(log: AuditLog, at: float, who: Principal, project: str,
                    snapshot: str) -> list[Record]:
    return log.call(
        at, who, project, "v1.compute.snapshots.delete", snapshot, kind="gce_snapshot",
        labels={"snapshot_id": number(snapshot)}, location="global",
        request=_typed("snapshots.delete"), permission="compute.snapshots.delete", seconds=4)


def share_snapshot(log: AuditLog, at: float, who: Principal, project: str, snapshot: str,
                   member: str, step: str = "") -> list[Record]:
    """`member` such as user:somebody@example.net or allAuthenticatedUsers."""
    policy = {"bindings": [{"role": "roles/compute.storageAdmin", "members": [member]}],
              "etag": "BwYexample="}
    return log.call(
        at, who, project, "v1.compute.snapshots.setIamPolicy", snapshot, kind="gce_snapshot",
        labels={"snapshot_id": number(snapshot)}, location="global",
        request=_typed("snapshots.setIamPolicy", policy=policy),
        response={"@type": "type.googleapis.com/compute.snapshots.setIamPolicy", **policy},
        permission="compute.snapshots.setIamPolicy", step=step)


def create_disk(log: AuditLog, at: float, who: Principal, project: str, zone: str, name: str,
                snapshot: str, step: str = "") -> tuple[list[Record], str]:
    target = f"projects/{project}/zones/{zone}/disks/{name}"
    return log.call(
        at, who, project, "v1.compute.disks.insert", target, kind="gce_disk",
        labels={"zone": zone, "disk_id": number(target)}, location=zone,
        request=_typed("disks.insert", name=name, sourceSnapshot=snapshot,
                       type=f"projects/{project}/zones/{zone}/diskTypes/pd-balanced"),
        permission="compute.disks.create", seconds=5, step=step), target


def firewall(log: AuditLog, at: float, who: Principal, project: str, name: str, source: str,
             port: str, step: str = "") -> list[Record]:
    target = f"projects/{project}/global/firewalls/{name}"
    return log.call(
        at, who, project, "v1.compute.firewalls.insert", target, kind="gce_firewall_rule",
        labels={"firewall_rule_id": number(target)}, location="global",
        request=_typed("firewalls.insert", name=name, direction="INGRESS", priority="1000",
                       network=f"projects/{project}/global/networks/default",
                       sourceRanges=[source], alloweds=[{"IPProtocol": "tcp", "ports": [port]}]),
        permission="compute.firewalls.create", seconds=5, step=step)


def group_call(log: AuditLog, at: float, who: Principal, project: str, zone: str, name: str,
               method: str, step: str = "", **request: Any) -> list[Record]:
    """insert, resize, patch, setInstanceTemplate of a managed instance group."""
    target = f"projects/{project}/zones/{zone}/instanceGroupManagers/{name}"
    return log.call(
        at, who, project, f"v1.compute.instanceGroupManagers.{method}", target,
        kind="gce_instance_group_manager",
        labels={"location": zone, "instance_group_manager_id": number(target),
                "instance_group_manager_name": name}, location=zone,
        request=_typed(f"instanceGroupManagers.{method}", **request),
        permission="compute.instanceGroupManagers.update", seconds=4, step=step)


def instance_template(log: AuditLog, at: float, who: Principal, project: str, name: str,
                      machine: str, image: str = DEBIAN, startup: bool = False,
                      step: str = "") -> list[Record]:
    target = f"projects/{project}/global/instanceTemplates/{name}"
    properties: dict[str, Any] = {
        "machineType": machine,
        "disks": [{"boot": True, "initializeParams": {"sourceImage": image}}],
        "networkInterfaces": [{"network": f"projects/{project}/global/networks/default"}]}
    if startup:
        properties["metadata"] = {"items": [{"key": "startup-script"}]}
    return log.call(
        at, who, project, "v1.compute.instanceTemplates.insert", target,
        kind="gce_instance_template",
        labels={"instance_template_id": number(target), "instance_template_name": name},
        location="global",
        request=_typed("instanceTemplates.insert", name=name, properties=properties),
        permission="compute.instanceTemplates.create", seconds=3, step=step)


def create_service_account(log: AuditLog, at: float, who: Principal, project: str, name: str,
                           step: str = "") -> list[Record]:
    email = account(name, project)
    return log.call(
        at, who, project, "google.iam.admin.v1.CreateServiceAccount", f"projects/{project}",
        kind="service_account", labels={"email_id": email, "unique_id": number(email)},
        location="", service="iam",
        request={"@type": "type.googleapis.com/google.iam.admin.v1.CreateServiceAccountRequest",
                 "account_id": name, "name": f"projects/{project}"},
        response={"@type": "type.googleapis.com/google.iam.admin.v1.ServiceAccount",
                  "email": email, "unique_id": number(email), "project_id": project,
                  "name": f"projects/{project}/serviceAccounts/{email}"},
        permission="iam.serviceAccounts.create", step=step)


def create_key(log: AuditLog, at: float, who: Principal, project: str, name: str,
               step: str = "") -> tuple[list[Record], str]:
    email, key = account(name, project), f"{log.random.getrandbits(160):040x}"
    target = f"projects/-/serviceAccounts/{number(email)}"
    return log.call(
        at, who, project, "google.iam.admin.v1.CreateServiceAccountKey", target,
        kind="service_account", labels={"email_id": email, "unique_id": number(email)},
        location="", service="iam",
        request={"@type": "type.googleapis.com/google.iam.admin.v1.CreateServiceAccountKeyRequest",
                 "name": f"projects/-/serviceAccounts/{email}", "private_key_type": 2},
        response={"@type": "type.googleapis.com/google.iam.admin.v1.ServiceAccountKey",
                  "name": f"projects/{project}/serviceAccounts/{email}/keys/{key}"},
        permission="iam.serviceAccountKeys.create", step=step), key


def set_policy(log: AuditLog, at: float, who: Principal, project: str, member: str, role: str,
               step: str = "") -> list[Record]:
    """Gives `member` a role on the project."""
    delta = [{"action": "ADD", "role": role, "member": member}]
    records = log.call(
        at, who, project, "SetIamPolicy", f"projects/{project}", kind="project", labels={},
        location="", service="resourcemanager",
        request={"@type": "type.googleapis.com/google.iam.v1.SetIamPolicyRequest",
                 "resource": project,
                 "policy": {"bindings": [{"role": role, "members": [member]}]}},
        permission="resourcemanager.projects.setIamPolicy", step=step)
    records[0].body["protoPayload"]["serviceData"] = {
        "@type": "type.googleapis.com/google.iam.v1.logging.AuditData",
        "policyDelta": {"bindingDeltas": delta}}
    return records


def sink_call(log: AuditLog, at: float, who: Principal, project: str, name: str, method: str,
              step: str = "", **sink: Any) -> list[Record]:
    """CreateSink, UpdateSink, DeleteSink."""
    target = f"projects/{project}/sinks/{name}"
    kind = f"google.logging.v2.{method}Request"
    request: dict[str, Any] = {"@type": "type.googleapis.com/" + kind, "sinkName": target}
    if sink:
        request["sink"] = {"name": name, **sink}
    return log.call(
        at, who, project, f"google.logging.v2.ConfigServiceV2.{method}", target,
        kind="logging_sink", labels={"name": name, "destination": ""}, location="",
        service="logging", request=request,
        permission=f"logging.sinks.{method.removesuffix('Sink').lower()}", step=step)


def subnet_flow_logs(log: AuditLog, at: float, who: Principal, project: str, region: str,
                     enabled: bool, step: str = "") -> list[Record]:
    target = f"projects/{project}/regions/{region}/subnetworks/default"
    return log.call(
        at, who, project, "v1.compute.subnetworks.patch", target, kind="gce_subnetwork",
        labels={"location": region, "subnetwork_id": number(target),
                "subnetwork_name": "default"}, location=region,
        request=_typed("subnetworks.patch", enableFlowLogs=enabled,
                       logConfig={"enable": enabled}),
        permission="compute.subnetworks.update", seconds=4, step=step)
