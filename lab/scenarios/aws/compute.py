"""Requests and responses of the EC2 calls that the scenarios make, in CloudTrail's spelling."""

from __future__ import annotations

from typing import Any

from lab.scenarios.aws.organisation import Principal
from lab.scenarios.aws.trail import Trail
from lab.scenarios.model import Machine, Record

VCPUS = {"t3.micro": 2, "t3.medium": 2, "m6i.large": 2, "c6i.xlarge": 4, "g5.12xlarge": 48,
         "p3.8xlarge": 32, "c5.24xlarge": 96}


def tag_items(tags: dict[str, str]) -> dict[str, Any]:
    return {"items": [{"key": key, "value": value} for key, value in tags.items()]}


def run_instances(trail: Trail, at: float, who: Principal, region: str, *, image: str,
                  instance_type: str, count: int = 1, tags: dict[str, str] | None = None,
                  subnet: str = "", group: str = "", user_data: bool = False, snapshot: str = "",
                  error: str = "", message: str = "", step: str = "", role: str = "idle",
                  root_snapshot: str = "") -> tuple[Record, list[str]]:
    """The record and the ids of the instances made (none on a failure).

    `snapshot` becomes a further volume of theirs, `root_snapshot` their root volume; `role` is
    what they do (lab.scenarios.behaviour).
    """
    subnet = subnet or trail.id("subnet")
    group = group or trail.id("sg")
    devices = [{"deviceName": device, "ebs": {
        "snapshotId": origin, "deleteOnTermination": True, "volumeType": "gp3"}}
        for device, origin in (("/dev/xvda", root_snapshot), ("/dev/sdf", snapshot)) if origin]
    mapping: dict[str, Any] = {"items": devices} if devices else {}
    request: dict[str, Any] = {
        "instancesSet": {"items": [{"imageId": image, "minCount": count, "maxCount": count}]},
        "instanceType": instance_type, "blockDeviceMapping": mapping,
        "monitoring": {"enabled": False}, "subnetId": subnet,
        "groupSet": {"items": [{"groupId": group}]}, "disableApiTermination": False,
        "disableApiStop": False, "clientToken": trail.uuid()}
    if user_data:
        request["userData"] = "<sensitiveDataRemoved>"
    if tags:
        request["tagSpecificationSet"] = {"items": [
            {"resourceType": "instance", "tags": tag_items(tags)["items"]}]}
    if error:
        return trail.call(at, who, region, "RunInstances", request, error=error, message=message,
                          step=step), []
    made, items, machines = [], [], []
    zone, vpc = region + "a", trail.id("vpc")
    for launch in range(count):
        instance = trail.id("i")
        made.append(instance)
        address = f"10.0.{trail.random.randrange(1, 250)}.{trail.random.randrange(4, 250)}"
        interface = trail.id("eni")
        machines.append(Machine(
            "aws", instance, (tags or {}).get("Name", ""), who.account, region, zone, interface,
            address, vpc, instance_type, image, at, role, tags=tuple((tags or {}).items())))
        items.append({
            "instanceId": instance, "imageId": image, "currentInstanceBootMode": "uefi",
            "instanceState": {"code": 0, "name": "pending"},
            "privateDnsName": f"ip-{address.replace('.', '-')}.{region}.compute.internal",
            "amiLaunchIndex": launch, "productCodes": {}, "instanceType": instance_type,
            "launchTime": int(at) * 1000, "placement": {"availabilityZone": zone,
                                                        "tenancy": "default"},
            "monitoring": {"state": "disabled"}, "subnetId": subnet, "vpcId": vpc,
            "privateIpAddress": address,
            "stateReason": {"code": "pending", "message": "pending"}, "architecture": "x86_64",
            "rootDeviceType": "ebs", "rootDeviceName": "/dev/xvda", "blockDeviceMapping": {},
            "virtualizationType": "hvm", "hypervisor": "xen", "tagSet": tag_items(tags or {}),
            "clientToken": request["clientToken"], "groupSet": {"items": [{"groupId": group}]},
            "sourceDestCheck": True, "networkInterfaceSet": {"items": [{
                "networkInterfaceId": interface, "subnetId": subnet, "vpcId": vpc,
                "ownerId": who.account, "status": "in-use", "privateIpAddress": address,
                "interfaceType": "interface", "groupSet": {"items": [{"groupId": group}]}}]},
            "ebsOptimized": False, "enaSupport": True,
            "cpuOptions": {"coreCount": max(1, VCPUS[instance_type] // 2), "threadsPerCore": 2},
            "metadataOptions": {"state": "pending", "httpTokens": "required",
                                "httpPutResponseHopLimit": 2, "httpEndpoint": "enabled"}})
    response = {"reservationId": trail.id("r"), "ownerId": who.account, "groupSet": {},
                "instancesSet": {"items": items}}
    if who.service:
        response["requesterId"] = "940372691376"
    return trail.call(at, who, region, "RunInstances", request, response, step=step,
                      machines=tuple(machines)), made


_STATES = {"TerminateInstances": (32, "shutting-down", 16, "running"),
           "StopInstances": (64, "stopping", 16, "running"),
           "StartInstances": (0, "pending", 80, "stopped")}


def change_state(trail: Trail, at: float, who: Principal, region: str, event: str,
                 instances: list[str], step: str = "") -> Record:
    """TerminateInstances, StopInstances or StartInstances."""
    code, name, before, was = _STATES[event]
    request: dict[str, Any] = {"instancesSet": {"items": [{"instanceId": i} for i in instances]}}
    if event == "StopInstances":
        request["force"] = False
    return trail.call(at, who, region, event, request, {"instancesSet": {"items": [
        {"instanceId": instance, "currentState": {"code": code, "name": name},
         "previousState": {"code": before, "name": was}} for instance in instances]}}, step=step,
        ended=tuple(instances) if event == "TerminateInstances" else ())


def create_snapshot(trail: Trail, at: float, who: Principal, region: str, volume: str,
                    tags: dict[str, str] | None = None, step: str = "") -> tuple[Record, str]:
    snapshot = trail.id("snap")
    tag_set = tag_items(tags or {})
    request: dict[str, Any] = {"volumeId": volume}
    if tags:
        request["tagSpecificationSet"] = {"items": [
            {"resourceType": "snapshot", "tags": tag_set["items"]}]}
    return trail.call(at, who, region, "CreateSnapshot", request, {
        "snapshotId": snapshot, "volumeId": volume, "status": "pending",
        "startTime": int(at) * 1000, "ownerId": who.account, "volumeSize": "100",
        "encrypted": False, "tagSet": tag_set}, step=step), snapshot


def share_snapshot(trail: Trail, at: float, who: Principal, region: str, snapshot: str,
                   account: str, step: str = "") -> Record:
    """`account` is an account id, or "all" for everybody."""
    party = {"group": "all"} if account == "all" else {"userId": account}
    return trail.call(at, who, region, "ModifySnapshotAttribute", {
        "snapshotId": snapshot, "createVolumePermission": {"add": {"items": [party]}},
        "attributeType": "CREATE_VOLUME_PERMISSION"}, {"_return": True}, step=step)


def create_volume(trail: Trail, at: float, who: Principal, region: str, snapshot: str,
                  step: str = "") -> tuple[Record, str]:
    volume = trail.id("vol")
    return trail.call(at, who, region, "CreateVolume", {
        "size": "100", "snapshotId": snapshot, "zone": region + "a", "volumeType": "gp3",
        "clientToken": trail.uuid()}, {
        "volumeId": volume, "size": "100", "snapshotId": snapshot, "zone": region + "a",
        "status": "creating", "createTime": int(at) * 1000, "volumeType": "gp3", "iops": 3000,
        "encrypted": False, "tagSet": {}, "multiAttachEnabled": False}, step=step), volume


def attach_volume(trail: Trail, at: float, who: Principal, region: str, volume: str,
                  instance: str, step: str = "") -> Record:
    return trail.call(at, who, region, "AttachVolume", {
        "volumeId": volume, "instanceId": instance, "device": "/dev/sdf",
        "deleteOnTermination": False}, {
        "volumeId": volume, "instanceId": instance, "device": "/dev/sdf", "status": "attaching",
        "attachTime": int(at) * 1000, "deleteOnTermination": False}, step=step)


def authorize_ingress(trail: Trail, at: float, who: Principal, region: str, group: str,
                      cidr: str, port: int, step: str = "") -> Record:
    return trail.call(at, who, region, "AuthorizeSecurityGroupIngress", {
        "groupId": group, "ipPermissions": {"items": [{
            "ipProtocol": "tcp", "fromPort": port, "toPort": port, "groups": {},
            "ipRanges": {"items": [{"cidrIp": cidr}]}, "ipv6Ranges": {}, "prefixListIds": {}}]}}, {
        "_return": True, "securityGroupRuleSet": {"items": [{
            "groupOwnerId": who.account, "groupId": group, "securityGroupRuleId": trail.id("sgr"),
            "isEgress": False, "ipProtocol": "tcp", "fromPort": port, "toPort": port,
            "cidrIpv4": cidr}]}}, step=step)


def describe(trail: Trail, at: float, who: Principal, region: str, event: str,
             step: str = "") -> Record:
    return trail.call(at, who, region, event, {"maxResults": 100, "filterSet": {}}, step=step)
