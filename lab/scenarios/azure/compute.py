"""Requests and responses of Azure Resource Manager's calls that the scenarios make.

Bodies: the REST references of Microsoft.Compute, Microsoft.Network, Microsoft.Authorization and
Microsoft.Insights (learn.microsoft.com/rest/api).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab.scenarios.azure.activity import ActivityLog
from lab.scenarios.azure.organisation import Principal, guid, resource
from lab.scenarios.model import Machine, Record

VM = "Microsoft.Compute/virtualMachines"
SCALE_SET = "Microsoft.Compute/virtualMachineScaleSets"
DISK = "Microsoft.Compute/disks"
SNAPSHOT = "Microsoft.Compute/snapshots"
INTERFACE = "Microsoft.Network/networkInterfaces"
SECURITY_GROUP = "Microsoft.Network/networkSecurityGroups"
PUBLIC_ADDRESS = "Microsoft.Network/publicIPAddresses"
UBUNTU = {"publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server",
          "version": "latest"}


def create_vm(
    log: ActivityLog, at: float, who: Principal, region: str, subscription: str, group: str,
    name: str, *, size: str = "Standard_D2s_v5", tags: Mapping[str, str] | None = None,
    image: Mapping[str, str] | None = None, os_disk: str = "", data_disk: str = "",
    identity: str = "", role: str = "idle", update: bool = False, user_data: bool = False,
    error: str = "", message: str = "", code: str = "", step: str = "", finished: bool = True,
    network: str = "vnet-main", spot: bool = False, correlation: str = "",
) -> tuple[list[Record], Machine]:
    """Creating a virtual machine (`update`: changing one), with what it is made of: an image, or
    an existing disk in place of its system disk (`os_disk`), and a data disk that is attached."""
    machine_id = resource(subscription, group, VM, name)
    interface = resource(subscription, group, INTERFACE, name + "-nic")
    disk: dict[str, Any] = {
        "osType": "Linux", "createOption": "FromImage", "caching": "ReadWrite",
        "managedDisk": {"storageAccountType": "Premium_LRS"}, "deleteOption": "Delete"}
    storage: dict[str, Any] = {"imageReference": dict(image or UBUNTU), "osDisk": disk}
    if os_disk:
        disk |= {"createOption": "Attach", "managedDisk": {"id": os_disk}}
        del storage["imageReference"]
    if data_disk:
        storage["dataDisks"] = [{"lun": 0, "createOption": "Attach",
                                 "managedDisk": {"id": data_disk}}]
    properties: dict[str, Any] = {
        "hardwareProfile": {"vmSize": size}, "storageProfile": storage,
        "networkProfile": {"networkInterfaces": [
            {"id": interface, "properties": {"primary": True}}]}}
    if not os_disk:
        properties["osProfile"] = {"computerName": name, "adminUsername": "azureuser",
                                   "linuxConfiguration": {"disablePasswordAuthentication": True}}
    if spot:
        properties |= {"priority": "Spot", "evictionPolicy": "Delete"}
    if user_data:
        properties["userData"] = "<redacted>"
    request: dict[str, Any] = {"location": region, "tags": dict(tags or {}),
                               "properties": properties}
    if identity:
        request["identity"] = {"type": "SystemAssigned"} if identity == "system" else {
            "type": "UserAssigned", "userAssignedIdentities": {identity: {}}}
    response = {
        "name": name, "id": machine_id, "type": VM, **request,
        "properties": {**properties, "vmId": guid("vm/" + machine_id),
                       "provisioningState": "Updating" if update else "Creating"}}
    machine = Machine(
        "azure", machine_id, name, subscription, region, "1",
        "000D3A" + guid("mac/" + interface)[:6].upper(),
        f"10.{1 + int(guid(subscription)[:2], 16) % 200}.{log.random.randrange(1, 250)}"
        f".{log.random.randrange(4, 250)}",
        resource(subscription, "network", "Microsoft.Network/virtualNetworks",
                 f"{network}-{region}"),
        size, next(iter(image.values())) if image and "offer" not in image else
        (image or UBUNTU)["offer"], at, role, tags=tuple((tags or {}).items()))
    rows = log.operation(
        at, who, region, machine_id, VM + "/write", request, response,
        code=code or ("OK" if update else "Created"), seconds=38, error=error, message=message,
        step=step, machines=() if update else (machine,), finished=finished,
        correlation=correlation)
    return rows, machine


def vm_action(log: ActivityLog, at: float, who: Principal, machine: Machine, action: str,
              step: str = "", request: dict[str, Any] | None = None) -> list[Record]:
    """start, deallocate, powerOff, restart, runCommand, or delete."""
    delete = action == "delete"
    return log.operation(
        at, who, machine.region, machine.id, f"{VM}/delete" if delete else f"{VM}/{action}/action",
        request, code="Accepted", seconds=45, step=step, ended=(machine.id,) if delete else ())


def scale_set(log: ActivityLog, at: float, who: Principal, region: str, subscription: str,
              group: str, name: str, capacity: int, *, size: str = "Standard_D2s_v5",
              custom_data: bool = False, update: bool = False,
              tags: Mapping[str, str] | None = None, step: str = "",
              image: Mapping[str, str] | None = None) -> list[Record]:
    profile: dict[str, Any] = {
        "storageProfile": {"imageReference": dict(image or UBUNTU)},
        "osProfile": {"computerNamePrefix": name, "adminUsername": "azureuser"}}
    if custom_data:
        profile["osProfile"]["customData"] = "<redacted>"
    request = {"location": region, "tags": dict(tags or {}),
               "sku": {"name": size, "tier": "Standard", "capacity": capacity},
               "properties": {"virtualMachineProfile": profile, "overprovision": False,
                              "upgradePolicy": {"mode": "Automatic"}}}
    name_id = resource(subscription, group, SCALE_SET, name)
    response = {"name": name, "id": name_id, **request}
    return log.operation(at, who, region, name_id, SCALE_SET + "/write", request, response,
                         code="OK" if update else "Created", seconds=60, step=step)


def create_disk(log: ActivityLog, at: float, who: Principal, region: str, subscription: str,
                group: str, name: str, source: str, step: str = "") -> tuple[list[Record], str]:
    """A disk copied from a snapshot (or disk) by its id."""
    disk = resource(subscription, group, DISK, name)
    request = {"location": region, "sku": {"name": "Premium_LRS"}, "properties": {
        "creationData": {"createOption": "Copy", "sourceResourceId": source}}}
    response = {"name": name, "id": disk, "type": DISK, **request,
                "properties": {**request["properties"], "provisioningState": "Updating",
                               "uniqueId": guid("disk/" + disk)}}
    return log.operation(at, who, region, disk, DISK + "/write", request, response,
                         code="Accepted", seconds=3, step=step), disk


def create_snapshot(log: ActivityLog, at: float, who: Principal, region: str, subscription: str,
                    group: str, name: str, source: str, *, copied: bool = False,
                    tags: Mapping[str, str] | None = None,
                    step: str = "") -> tuple[list[Record], str]:
    """A snapshot of a disk, or (`copied`) of another snapshot, perhaps another subscription's."""
    snapshot = resource(subscription, group, SNAPSHOT, name)
    request = {"location": region, "tags": dict(tags or {}), "properties": {
        "incremental": True, "creationData": {
            "createOption": "CopyStart" if copied else "Copy", "sourceResourceId": source}}}
    response = {"name": name, "id": snapshot, "type": SNAPSHOT, **request,
                "properties": {**request["properties"], "provisioningState": "Updating",
                               "uniqueId": guid("snapshot/" + snapshot)}}
    return log.operation(at, who, region, snapshot, SNAPSHOT + "/write", request, response,
                         code="Accepted", seconds=3, step=step), snapshot


def delete(log: ActivityLog, at: float, who: Principal, region: str, target: str, kind: str,
           step: str = "") -> list[Record]:
    return log.operation(at, who, region, target, kind + "/delete", code="Accepted", seconds=2,
                         step=step)


def disk_access(log: ActivityLog, at: float, who: Principal, region: str, target: str,
                step: str = "") -> list[Record]:
    """A signed address under which a snapshot can be downloaded (beginGetAccess)."""
    return log.operation(
        at, who, region, target, SNAPSHOT + "/beginGetAccess/action",
        {"access": "Read", "durationInSeconds": 86400}, code="Accepted", seconds=2, step=step)


def security_rule(log: ActivityLog, at: float, who: Principal, region: str, subscription: str,
                  group: str, security_group: str, name: str, *, source: str, port: str,
                  step: str = "") -> list[Record]:
    """A rule that lets `source` (an address prefix, * or Internet) in on `port`."""
    rule = resource(subscription, group, SECURITY_GROUP + "/securityRules",
                    f"{security_group}/{name}")
    request = {"properties": {
        "protocol": "Tcp", "sourcePortRange": "*", "destinationPortRange": port,
        "sourceAddressPrefix": source, "destinationAddressPrefix": "*", "access": "Allow",
        "priority": 310, "direction": "Inbound"}}
    response = {"name": name, "id": rule,
                "properties": {**request["properties"], "provisioningState": "Succeeded"}}
    return log.operation(at, who, region, rule, SECURITY_GROUP + "/securityRules/write", request,
                         response, code="Created", seconds=2, step=step)


def network_interface(log: ActivityLog, at: float, who: Principal, machine: Machine, group: str,
                      public: bool = False, step: str = "") -> list[Record]:
    """The interface that a machine gets before it is created."""
    name = machine.name + "-nic"
    target = resource(machine.account, group, INTERFACE, name)
    settings: dict[str, Any] = {
        "privateIPAllocationMethod": "Dynamic", "primary": True,
        "subnet": {"id": machine.network + "/subnets/default"}}
    if public:
        settings["publicIPAddress"] = {
            "id": resource(machine.account, group, PUBLIC_ADDRESS, machine.name + "-ip")}
    request = {"location": machine.region, "properties": {
        "ipConfigurations": [{"name": "ipconfig1", "properties": settings}]}}
    return log.operation(at, who, machine.region, target, INTERFACE + "/write", request,
                         {"name": name, "id": target, **request}, code="Created", step=step)


def role_assignment(log: ActivityLog, at: float, who: Principal, subscription: str,
                    principal: str, role: str, step: str = "", kind: str = "User") -> list[Record]:
    """`role` is the id of a role definition, `principal` an object id of Entra."""
    name = log.uuid()
    target = (f"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleAssignments/"
              f"{name}")
    definition = (f"/subscriptions/{subscription}/providers/Microsoft.Authorization"
                  f"/roleDefinitions/{role}")
    request = {"Id": name, "Properties": {
        "PrincipalId": principal, "PrincipalType": kind, "RoleDefinitionId": definition,
        "Scope": f"/subscriptions/{subscription}"}}
    return log.operation(at, who, "global", target,
                         "Microsoft.Authorization/roleAssignments/write", request, request,
                         code="Created", step=step)


def delete_diagnostic_setting(log: ActivityLog, at: float, who: Principal, subscription: str,
                              name: str, step: str = "") -> list[Record]:
    target = f"/subscriptions/{subscription}/providers/microsoft.insights/diagnosticSettings/{name}"
    return log.operation(at, who, "global", target, "Microsoft.Insights/diagnosticSettings/delete",
                         step=step)
