"""What exists in Azure subscriptions, who may create instances there, and what is being logged.

Resources and roles come from Azure Resource Graph, the export of the activity log from "Diagnostic
Settings - List" (learn.microsoft.com/rest/api/monitor/diagnostic-settings/list).
"""

from __future__ import annotations

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ciw import azure, snapshot
from ciw.azure import Azure
from ciw.azure_resource_graph import (
    NOT_VISIBLE,
    READ_SUBSCRIPTION,
    SUBSCRIPTIONS,
    of_types,
    rows,
    visible,
)
from ciw.azure_roles import granted
from ciw.declare import Bad, Cursor, Meta, Page, Permission, Shard, Source
from ciw.errors import Retriable, ShardError
from ciw.main import main
from ciw.polling import Item
from ciw.snapshot import End, Snapshot

SOURCETYPE = "ciw:azure:inventory"
RESOURCES = (
    "microsoft.compute/disks",
    "microsoft.compute/galleries",
    "microsoft.compute/galleries/images",
    "microsoft.compute/galleries/images/versions",
    "microsoft.compute/images",
    "microsoft.compute/snapshots",
    "microsoft.compute/virtualmachines",
    "microsoft.compute/virtualmachinescalesets",
    "microsoft.network/networkinterfaces",
    "microsoft.network/networksecuritygroups",
    "microsoft.network/networkwatchers/flowlogs",
    "microsoft.network/publicipaddresses",
    "microsoft.network/virtualnetworks",
)
# Instances of scale sets in uniform orchestration; those of flexible ones are virtual machines.
INSTANCES = ("microsoft.compute/virtualmachinescalesets/virtualmachines",)
ROLES = "microsoft.authorization/roledefinitions"
ASSIGNMENTS = "microsoft.authorization/roleassignments"
SETTINGS = "microsoft.insights/diagnosticsettings"
EXPORT = "activity_log_export"
_SETTINGS_VERSION = "2021-05-01-preview"


@dataclass(frozen=True)
class Work:
    """A part: what of a subscription (`row` as Resource Graph has it) to list, and with what."""

    part: str
    subscription: str
    row: dict[str, Any]
    client: Azure


def shards(context: Any) -> Iterator[Shard]:
    client = Azure(context)
    wanted = sorted({name.lower() for name in context.arguments["subscriptions"]})
    try:
        try:
            now, found = visible(client, wanted)
        except (Retriable, ShardError) as error:
            yield Shard("probe", "the subscriptions", failure=str(error))
            return
        parts: list[tuple[str, Any]] = []
        for name in wanted:
            if name not in found:
                parts.append((name, NOT_VISIBLE))
                continue
            for part in LISTINGS:
                parts.append((f"{name}/{part}", Work(part, name, found[name], client)))
        yield from snapshot.shards(
            context, "azure_inventory", now, parts, cloud="azure", vendor_account=wanted
        )
    finally:
        client.close()


def pages(context: Any, shard: Shard, cursor: Cursor | None) -> Iterator[Page]:
    if isinstance(shard.payload, End):
        return snapshot.end_pages(context, shard, cursor, "azure_inventory:snapshot_end")
    part = shard.payload
    work = part.payload
    writer = Writer(part.snapshot, work.subscription, context.index)
    answers = LISTINGS[work.part](work, writer, part.filtered)
    meta = Meta(SOURCETYPE, source="azure_inventory", index=context.index)
    return snapshot.pages(context, shard, cursor, answers, meta)


class Writer:
    """Resources as the events of one snapshot and subscription."""

    def __init__(self, current: Snapshot, subscription: str, index: str):
        self._snapshot = current
        self._subscription = subscription
        self._index = index

    def item(self, resource: Any, kind: str = "", **more: Any) -> Item:
        """`kind` names the type where the resource itself does not; `more` are further fields."""
        text = snapshot.compact(resource)
        name = resource.get("id") if isinstance(resource, dict) else None
        kind = kind or str(resource.get("type") or "").lower() if name else ""
        if not isinstance(name, str) or not kind:
            bad = Bad(
                f"azure_inventory:{self._subscription}", "a resource has no id or type",
                excerpt=text,
            )
            return Item("bad:" + text, "", "", bad)
        event = {
            "snapshot_id": self._snapshot.id,
            "resource_type": kind,
            "cloud": "azure",
            "vendor_account": self._subscription,
            "vendor_region": str(resource.get("location") or "global").lower(),
            # Azure's ids are compared without case; its services spell them differently, and
            # Monitor leaves the first slash out.
            "object_id": "/" + name.lower().lstrip("/"),
            **more,
            "resource": resource,
        }
        meta = Meta(SOURCETYPE, source="azure_inventory:" + kind, index=self._index)
        return Item(kind + "\0" + name.lower(), self._snapshot.time, snapshot.compact(event), None,
                    meta)


Answers = Iterator[list[Item]]


def resources(work: Work, writer: Writer, filtered: Counter[str]) -> Answers:
    yield [writer.item(work.row)]
    query = of_types("resources", RESOURCES)
    for answer in rows(work.client, [work.subscription], query, _what(work)):
        yield [writer.item(row) for row in answer]


def instances(work: Work, writer: Writer, filtered: Counter[str]) -> Answers:
    query = of_types("computeresources", INSTANCES)
    for answer in rows(work.client, [work.subscription], query, _what(work)):
        yield [writer.item(row) for row in answer]


def roles(work: Work, writer: Writer, filtered: Counter[str]) -> Answers:
    """Roles that allow the creation of instances, and who has them: also by assignments on the
    management groups above the subscription."""
    creating: dict[str, tuple[str, list[str]]] = {}
    for answer in _authorization(work, ROLES):
        items = []
        for row in answer:
            try:
                may_create = granted(_properties(row))
            except TypeError as error:
                text = snapshot.compact(row)
                items.append(
                    Item("bad:" + text, "", "",
                         Bad(f"azure_inventory:{work.subscription}", str(error), excerpt=text))
                )
                continue
            if not may_create:
                filtered["the role does not allow to create instances"] += 1
                continue
            name = str(_properties(row).get("roleName") or "")
            creating[_last(row.get("id"))] = (name, may_create)
            items.append(writer.item(row, role_name=name, may_create=may_create))
        yield items
    for answer in _authorization(work, ASSIGNMENTS):
        items = []
        for row in answer:
            role = creating.get(_last(_properties(row).get("roleDefinitionId")))
            if role is None:
                filtered["the role does not allow to create instances"] += 1
            else:
                items.append(writer.item(row, role_name=role[0], may_create=role[1]))
        yield items


def _authorization(work: Work, kind: str) -> Iterator[list[dict[str, Any]]]:
    query = of_types("authorizationresources", [kind])
    return rows(
        work.client, [work.subscription], query, _what(work), scope="AtScopeAboveAndBelow"
    )


def settings(work: Work, writer: Writer, filtered: Counter[str]) -> Answers:
    """The subscription's diagnostic settings, and in one event whether its activity log goes
    anywhere at all: that there is none is a finding too."""
    found: list[Any] = []
    for answer in work.client.values(
        "management",
        f"/subscriptions/{work.subscription}/providers/Microsoft.Insights/diagnosticSettings",
        {"api-version": _SETTINGS_VERSION},
        _what(work),
    ):
        found += answer
        yield [writer.item(setting, SETTINGS) for setting in answer]
    categories = sorted(
        {
            str(log.get("category"))
            for setting in found
            for log in _properties(setting).get("logs") or ()
            if isinstance(log, dict) and log.get("enabled") is True
        }
    )
    summary = {
        "id": f"/subscriptions/{work.subscription}",
        "enabled": bool(categories),
        "categories": categories,
        "settings": sorted(str(s.get("name")) for s in found if isinstance(s, dict)),
    }
    yield [writer.item(summary, EXPORT)]


LISTINGS = {
    "resources": resources,
    "instances": instances,
    "roles": roles,
    "settings": settings,
}


def _what(work: Work) -> str:
    return f"{work.part} of subscription {work.subscription}"


def _properties(row: Any) -> dict[str, Any]:
    properties = row.get("properties") if isinstance(row, dict) else None
    return properties if isinstance(properties, dict) else {}


def _last(path: Any) -> str:
    """A role definition's GUID; its id begins with a subscription or with /providers."""
    return str(path or "").rpartition("/")[2].lower()


def _read(kind: str, why: str) -> Permission:
    return Permission(kind + "/read", "the subscriptions", why)


SOURCE = Source(
    name="azure_inventory",
    title="Azure inventory (Cloud Instance Watch)",
    description="What exists in subscriptions, snapshot by snapshot: virtual machines, scale sets, "
    "disks, snapshots, images, networks and their rules and flow logs; the roles that allow to "
    "create instances and who has them; whether the activity log is exported.",
    arguments=(SUBSCRIPTIONS, snapshot.ARGUMENT, *azure.ARGUMENTS),
    sourcetypes=(SOURCETYPE, snapshot.SOURCETYPE),
    cursor="snapshot",
    permissions=(
        READ_SUBSCRIPTION,
        _read("Microsoft.Compute/disks", "disks"),
        _read("Microsoft.Compute/galleries", "image galleries"),
        _read("Microsoft.Compute/galleries/images", "their images"),
        _read("Microsoft.Compute/galleries/images/versions", "their versions"),
        _read("Microsoft.Compute/images", "images"),
        _read("Microsoft.Compute/snapshots", "snapshots of disks"),
        _read("Microsoft.Compute/virtualMachines", "virtual machines"),
        _read("Microsoft.Compute/virtualMachineScaleSets", "scale sets"),
        _read("Microsoft.Compute/virtualMachineScaleSets/virtualMachines", "their instances"),
        _read("Microsoft.Network/networkInterfaces", "network interfaces"),
        _read("Microsoft.Network/networkSecurityGroups", "rules of networks"),
        _read("Microsoft.Network/networkWatchers/flowLogs", "settings of flow logs"),
        _read("Microsoft.Network/publicIPAddresses", "public addresses"),
        _read("Microsoft.Network/virtualNetworks", "networks"),
        _read("Microsoft.Authorization/roleDefinitions", "who may create instances"),
        _read("Microsoft.Authorization/roleAssignments", "who may create instances"),
        _read("Microsoft.Insights/diagnosticSettings", "whether the activity log is exported"),
    ),
    exclusive=lambda arguments: True,
    index="cloud_inventory",
    interval=300,
    shards=shards,
    pages=pages,
    check=azure.check,
)

if __name__ == "__main__":
    sys.exit(main(SOURCE))
