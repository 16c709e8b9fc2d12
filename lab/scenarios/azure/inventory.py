"""What exists in Azure's subscriptions at a moment, as Resource Graph lists it.

"Azure Resource Graph table and resource type reference" (learn.microsoft.com).
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from lab.scenarios.azure import organisation as org
from lab.scenarios.azure.compute import INTERFACE
from lab.scenarios.model import Machine

CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
"""The built-in role Contributor ("Azure built-in roles", learn.microsoft.com)."""
UNLOGGED = (org.SANDBOX,)
"""Subscriptions whose networks have no flow logs."""


def resources(found: Iterable[Machine], at: float) -> dict[str, list[dict[str, Any]]]:
    """Table → rows, at that time (epoch seconds)."""
    rows: list[dict[str, Any]] = []
    networks: dict[str, Machine] = {}
    for machine in found:
        if machine.start <= at < machine.until:
            rows += [_machine(machine), _interface(machine)]
            networks[machine.network] = machine
    for network, machine in sorted(networks.items()):
        rows.append(_row(network, "microsoft.network/virtualnetworks", machine.region,
                         {"addressSpace": {"addressPrefixes": ["10.0.0.0/8"]}}))
        if machine.account not in UNLOGGED:
            name = f"NetworkWatcher_{machine.region}/{network.rpartition('/')[2]}"
            log = org.resource(machine.account, "NetworkWatcherRG",
                               "Microsoft.Network/networkWatchers/flowLogs", name)
            rows.append(_row(log, "microsoft.network/networkwatchers/flowlogs", machine.region, {
                "enabled": True, "targetResourceId": network, "format": {"type": "JSON",
                                                                         "version": 4}}))
    return {"resources": rows, "computeresources": [], "authorizationresources": _roles()}


def settings(subscription: str) -> list[dict[str, Any]]:
    """The diagnostic settings of a subscription."""
    return [{
        "id": f"subscriptions/{subscription}/providers/microsoft.insights/diagnosticSettings/audit",
        "name": "audit", "properties": {
            "storageAccountId": org.resource(org.PRODUCTION, "logging",
                                             "Microsoft.Storage/storageAccounts", "exampleaudit"),
            "logs": [{"category": name, "enabled": True} for name in (
                "Administrative", "Security", "Policy", "Autoscale")]}}]


def _machine(machine: Machine) -> dict[str, Any]:
    group = machine.id.split("/")[4]
    properties = {
        "vmId": org.guid("vm/" + machine.id), "hardwareProfile": {"vmSize": machine.kind},
        "provisioningState": "Succeeded", "timeCreated": _iso(machine.start),
        "storageProfile": {"imageReference": {"offer": machine.image, "version": "latest"}},
        "networkProfile": {"networkInterfaces": [
            {"id": org.resource(machine.account, group, INTERFACE, machine.name + "-nic")}]}}
    return {**_row(machine.id, "microsoft.compute/virtualmachines", machine.region, properties),
            "tags": dict(machine.tags)}


def _interface(machine: Machine) -> dict[str, Any]:
    group, mac = machine.id.split("/")[4], machine.interface
    target = org.resource(machine.account, group, INTERFACE, machine.name + "-nic")
    return _row(target, INTERFACE.lower(), machine.region, {
        "macAddress": "-".join(mac[at:at + 2] for at in range(0, 12, 2)),
        "virtualMachine": {"id": machine.id},
        "ipConfigurations": [{"name": "ipconfig1", "properties": {
            "privateIPAddress": machine.address, "primary": True,
            "subnet": {"id": machine.network + "/subnets/default"}}}]})


def _roles() -> list[dict[str, Any]]:
    rows = []
    for subscription in org.SUBSCRIPTIONS:
        scope = f"/subscriptions/{subscription}"
        definition = f"/providers/Microsoft.Authorization/RoleDefinitions/{CONTRIBUTOR}"
        rows.append({
            "id": definition, "type": "microsoft.authorization/roledefinitions", "name": CONTRIBUTOR,
            "subscriptionId": subscription, "properties": {
                "roleName": "Contributor", "type": "BuiltInRole", "permissions": [{
                    "actions": ["*"], "dataActions": [], "notDataActions": [],
                    "notActions": ["Microsoft.Authorization/*/Delete",
                                   "Microsoft.Authorization/*/Write"]}]}})
        for who in (org.deploy(), org.administrator(141), org.administrator(142)):
            name = org.guid(f"assignment/{subscription}/{who.name}")
            rows.append({
                "id": f"{scope}/providers/Microsoft.Authorization/RoleAssignments/{name}",
                "type": "microsoft.authorization/roleassignments", "name": name,
                "location": "global", "subscriptionId": subscription, "properties": {
                    "principalId": who.object_id, "principalType": who.kind, "scope": scope,
                    "roleDefinitionId": scope + definition}})
    return rows


def _row(name: str, kind: str, region: str, properties: dict[str, Any]) -> dict[str, Any]:
    parts = name.split("/")
    return {"id": name, "name": parts[-1], "type": kind, "location": region,
            "resourceGroup": parts[4].lower(), "subscriptionId": parts[2],
            "properties": properties}


def _iso(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + ".0000000Z"
