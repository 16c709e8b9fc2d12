"""Snapshots of inventories for tests, as the inputs emit them (tests/sources/golden/*_inventory)."""

from __future__ import annotations

import json

from tests.detections import azure_records, google_records
from tests.detections.network import take_events
from tests.detections.records import ACCOUNT, iso

REGION = "eu-west-1"
SCOPE = "organizations/123456789012"
SOURCETYPES = {"aws": "aws:metadata", "azure": "ciw:azure:inventory", "gcp": "ciw:gcp:inventory"}


def ec2(instance: str, launched: float, account: str = ACCOUNT, region: str = REGION,
        **more: object) -> dict:
    """One of DescribeInstances; `more` are its own fields."""
    return {
        "resource_type": "ec2_instances", "cloud": "aws", "vendor_account": account,
        "vendor_region": region, "object_id": instance, "InstanceId": instance,
        "ImageId": "ami-0a1b2c3d4e5f60001", "InstanceType": "t3.micro",
        "LaunchTime": stamp(launched), "VpcId": "vpc-0a1b2c3d4e5f60001",
        "SecurityGroups": [{"GroupId": "sg-0a1b2c3d4e5f60001", "GroupName": "web"}],
        "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled",
                            "HttpPutResponseHopLimit": 1},
        "NetworkInterfaces": [{"NetworkInterfaceId": "eni-" + instance[2:],
                               "Attachment": {"AttachTime": stamp(launched), "DeviceIndex": 0}}],
        "State": {"Code": 16, "Name": "running"}} | more


def trail(account: str = ACCOUNT, region: str = REGION, logging: bool = True) -> dict:
    name = f"arn:aws:cloudtrail:{region}:{account}:trail/main"
    return {"resource_type": "cloudtrail_trails", "cloud": "aws", "vendor_account": account,
            "vendor_region": region, "object_id": name, "TrailARN": name,
            "Status": {"IsLogging": logging}}


def vm(name: str, made: float, properties: dict | None = None, **more: object) -> dict:
    """A machine as Resource Graph lists it; `more` are fields beside its properties."""
    found = azure_records.machine(name)
    return _azure(found, "microsoft.compute/virtualmachines", {
        "hardwareProfile": {"vmSize": "Standard_D2s_v5"}, "timeCreated": iso(made),
        "storageProfile": {"imageReference": {
            "publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server",
            "version": "latest"}},
        "extended": {"instanceView": {"powerState": {"code": "PowerState/running"}}},
        **(properties or {})}, **more)


def nic(name: str, of: str, **properties: object) -> dict:
    return _azure(azure_records.resource("Microsoft.Network/networkInterfaces", name),
                  "microsoft.network/networkinterfaces", {
                      "macAddress": "00-0D-3A-F8-78-56", "ipConfigurations": [],
                      "virtualMachine": {"id": azure_records.machine(of)}, **properties})


def _azure(name: str, kind: str, properties: dict, **more: object) -> dict:
    return {"resource_type": kind, "cloud": "azure",
            "vendor_account": azure_records.SUBSCRIPTION, "vendor_region": "westeurope",
            "object_id": name.lower(),
            "resource": {"id": name, "type": kind, "location": "westeurope",
                         "properties": properties, **more}}


def gce(name: str, made: float, **data: object) -> dict:
    """An instance as Cloud Asset Inventory lists it."""
    path = google_records.path("instances", name)
    number = google_records.instance_number(name)
    size = google_records.path("machineTypes", "n2-standard-4")
    return _google(path, "compute.googleapis.com/Instance", number, {
        "id": number, "name": name, "status": "RUNNING",
        "machineType": google_records.url(size),
        "creationTimestamp": iso(made)[:-1] + ".000-00:00",
        "networkInterfaces": [{"network": google_records.url(
            f"projects/{google_records.PROJECT}/global/networks/default")}],
        "serviceAccounts": [{"email": google_records.ROBOT}]} | data)


def gce_disk(name: str, of: str, image: str = "debian-12-v1") -> dict:
    path = google_records.path("disks", name)
    return _google(path, "compute.googleapis.com/Disk", path, {
        "name": name, "users": [google_records.url(google_records.path("instances", of))],
        "sourceImage": google_records.url(f"projects/debian-cloud/global/images/{image}")})


def _google(path: str, kind: str, name: str, data: dict) -> dict:
    return {"resource_type": kind, "cloud": "gcp", "vendor_account": google_records.PROJECT,
            "scope": SCOPE, "asset_type": kind, "vendor_region": "europe-west3",
            "object_id": name, "resource_name": path,
            "resource": {"name": "//compute.googleapis.com/" + path, "assetType": kind,
                         "resource": {"version": "v1", "data": data}}}


def stamp(moment: float) -> str:
    return iso(moment)[:-1] + ".000Z"


def end(cloud: str, complete: bool = True, account: str = ACCOUNT, region: str = REGION) -> dict:
    """The end of a snapshot of everything that these records are of."""
    covers = {
        "aws": {"snapshot": f"aws_inventory/{account}/{region}", "cloud": "aws",
                "vendor_account": account, "vendor_region": region},
        "azure": {"snapshot": "azure_inventory", "cloud": "azure",
                  "vendor_account": [azure_records.SUBSCRIPTION]},
        "gcp": {"snapshot": "gcp_inventory", "cloud": "gcp", "scopes": [SCOPE],
                "inherited_policies": "listed"}}
    return {"resource_type": "snapshot_end", **covers[cloud], "complete": complete, "counts": {},
            "failed": []}


def take_snapshot(bench, cloud: str, moment: float, records: list[dict], complete: bool = True,
                  index_time: float | None = None, **place: str) -> None:
    """Indexes a snapshot that began at `moment`, and its end."""
    if cloud == "aws" and all(one["resource_type"] != "cloudtrail_trails" for one in records):
        records = [*records, trail(**place)]
    take_records(bench, SOURCETYPES[cloud], moment, records, index_time)
    take_records(bench, "ciw:snapshot", moment, [end(cloud, complete, **place)], index_time)
    bench.now = max(bench.now, (index_time or moment) + 600)


def take_records(bench, sourcetype: str, moment: float, records: list[dict],
                 index_time: float | None = None) -> None:
    lines = [json.dumps({"snapshot_id": iso(moment), **one}, separators=(",", ":"))
             for one in records]
    take_events(bench, sourcetype, lines, "cloud_inventory", index_time)
