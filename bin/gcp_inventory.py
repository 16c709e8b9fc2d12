"""What exists in Google Cloud, its IAM policies, and who may create instances there.

Resources and policies come from Cloud Asset Inventory ("Method: assets.list"), all as of one
moment (`readTime`); what a role holds from IAM ("Method: roles.get"). The names of the types are
those of "Supported asset types".
"""

from __future__ import annotations

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from ciw import google, snapshot
from ciw.declare import Argument, Bad, Cursor, Meta, Page, Permission, Shard, Source
from ciw.errors import Retriable, ShardError
from ciw.google import Google, Pace
from ciw.http import Refused
from ciw.main import main
from ciw.polling import Item
from ciw.snapshot import End, Part

SOURCETYPE = "ciw:gcp:inventory"
POLICY = "iam_policy"
CREATOR = "instance_creator"
CREATES = "compute.instances.create"
_COMPUTE = (
    "Disk", "Firewall", "Image", "Instance", "InstanceGroupManager", "InstanceTemplate",
    "MachineImage", "Network", "Project", "RegionDisk", "Snapshot", "Subnetwork",
)
CONTAINERS = tuple(
    "cloudresourcemanager.googleapis.com/" + name for name in ("Folder", "Organization", "Project")
)
TYPES = (
    *("compute.googleapis.com/" + name for name in _COMPUTE),
    *("iam.googleapis.com/" + name for name in ("Role", "ServiceAccount", "ServiceAccountKey")),
    "logging.googleapis.com/LogSink",
    *CONTAINERS,
)
_INSTANCE = "compute.googleapis.com/Instance"
_PROJECT = re.compile(r"(?:^|/)projects/([^/]+)")
_ZONE = re.compile(r"([a-z]+(?:-[a-z]+)+\d+)-[a-z]")
_PAGE = 500
# Cloud Asset's quota is 100 for a project, which others use, too.
_REQUESTS_A_MINUTE = 60

ARGUMENTS = (
    Argument(
        "scopes",
        "Scopes",
        "What to list, with commas: projects/ID, folders/NUMBER, organizations/NUMBER. Policies "
        "above a folder or project are not listed with it: list the organisation to know all who "
        "may create instances",
        kind="list",
        required=True,
        pattern=r"projects/" + google.PROJECT + r"|(folders|organizations)/\d{1,20}",
        shape="projects/ID, folders/NUMBER or organizations/NUMBER",
    ),
    snapshot.ARGUMENT,
    *google.ARGUMENTS,
)


@dataclass(frozen=True)
class Work:
    """A part: which content of a scope to list, and with what. `roles` are those known so far:
    True, False, or None where a role could not be read."""

    content: str
    scope: str
    client: Google
    pace: Pace
    roles: dict[str, bool | None] = field(default_factory=dict)


def shards(context: Any) -> Iterator[Shard]:
    client, pace = Google(context), Pace(context, _REQUESTS_A_MINUTE)
    scopes = sorted(set(context.arguments["scopes"]))
    try:
        try:
            now = _server_time(client, scopes)
        except (Retriable, ShardError) as error:
            yield Shard("probe", "the service's time", failure=str(error))
            return
        parts = [
            (f"{scope}/{content}", Work(content, scope, client, pace))
            for scope in scopes
            for content in ("RESOURCE", "IAM_POLICY", CREATOR)
        ]
        whole = all(scope.startswith("organizations/") for scope in scopes)
        yield from snapshot.shards(
            context, "gcp_inventory", now, parts, cloud="gcp", scopes=scopes,
            inherited_policies="listed" if whole else "unknown",
        )
    finally:
        client.close()


def _server_time(client: Google, scopes: list[str]) -> float:
    """The service's clock. A scope that may not be listed tells the time, too."""
    try:
        query = {"assetTypes": [_INSTANCE], "pageSize": 1}
        client.http.json("GET", _url(client, scopes[0]), query, what="the service's time")
    except Refused:
        return client.server_time("cloudasset")
    return client.server_time("cloudasset")


def pages(context: Any, shard: Shard, cursor: Cursor | None) -> Iterator[Page]:
    if isinstance(shard.payload, End):
        return snapshot.end_pages(context, shard, cursor, "gcp_inventory:snapshot_end")
    part = shard.payload
    if part.payload.content == CREATOR:
        meta = Meta(SOURCETYPE, source="gcp_inventory:" + CREATOR, index=context.index)
        return snapshot.pages(context, shard, cursor, _creators(part), meta)
    return _assets(context, part, cursor)


def _url(client: Google, scope: str) -> str:
    return f"{client.url('cloudasset')}/v1/{quote(scope, safe='/:')}/assets"


def _listing(
    part: Part, content: str, types: tuple[str, ...], token: str = ""
) -> Iterator[tuple[list[Any], str]]:
    """(assets, token of the next page) as they were when the snapshot began."""
    work = part.payload
    what = f"{content} of {work.scope}"
    query = {
        "contentType": content,
        "assetTypes": list(types),
        "readTime": part.snapshot.id,
        "pageSize": _PAGE,
    }
    url = _url(work.client, work.scope)
    listing = work.client.listing("GET", url, query, what, work.pace.wait, token)
    for answer, following in listing:
        assets = answer.get("assets", [])
        if not isinstance(assets, list):
            raise Retriable(f"{what}: the answer has no list of assets")
        yield assets, following


@dataclass
class _Place:
    """How far a listing has been read: the page's token, how many of its assets, what there was.

    A set of names would not do: an organisation has hundreds of thousands of assets.
    """

    position: float = 0.0
    token: str = ""
    skip: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    def cursor(self) -> Cursor:
        state = {"token": self.token, "skip": self.skip, "counts": dict(self.counts)}
        return Cursor(self.position, state=state)


def _assets(context: Any, part: Part, cursor: Cursor | None) -> Iterator[Page]:
    """Pages of a listing, from where the last run ended."""
    place = _Place()
    if cursor is not None:
        state = cursor.state
        counts: Counter[str] = Counter(state.get("counts", {}))
        place = _Place(cursor.position, state.get("token", ""), state.get("skip", 0), counts)
    try:
        yield from _assets_from(context, part, place)
    except Refused as error:
        if error.status != 400 or not place.token:
            raise
        # Tokens do not last for ever. What was sent comes a second time in the same snapshot.
        context.log.warning("listing_restarted", object=part.payload.scope, reason=error)
        yield from _assets_from(context, part, _Place(place.position))


def _assets_from(context: Any, part: Part, place: _Place) -> Iterator[Page]:
    work = part.payload
    meta = Meta(SOURCETYPE, source="gcp_inventory", index=context.index)
    for assets, following in _listing(part, work.content, TYPES, place.token):
        page, size = Page(meta, [], Cursor(0)), 0
        context.count("read", max(0, len(assets) - place.skip))
        for asset in assets[place.skip :]:
            kind, text = _event(part, asset)
            if page.events and size + len(text) > context.page_bytes:
                page.cursor = place.cursor()
                yield page
                page, size = Page(meta, [], Cursor(0)), 0
            place.position += 1
            place.skip += 1
            size += len(text)
            if kind:
                place.counts[kind] += 1
                page.events.append((part.snapshot.time, text))
            else:
                page.bad.append(
                    Bad(f"gcp_inventory:{work.scope}", "an asset has no name or type", excerpt=text)
                )
        if following:
            place.token, place.skip = following, 0
        page.cursor = place.cursor()
        yield page


def _event(part: Part, asset: Any) -> tuple[str, str]:
    """(type, text) of an asset's event; no type where it could not be one."""
    name = asset.get("name") if isinstance(asset, dict) else None
    kind = asset.get("assetType") if name else None
    if not isinstance(name, str) or not isinstance(kind, str) or not kind:
        return "", snapshot.compact(asset)
    resource = asset.get("resource") if isinstance(asset.get("resource"), dict) else {}
    data = resource.get("data") if isinstance(resource.get("data"), dict) else {}
    path = _path(name)
    event = {
        **_head(part, asset, name),
        "resource_type": POLICY if part.payload.content == "IAM_POLICY" else kind,
        "asset_type": kind,
        "vendor_region": _region(str(resource.get("location") or "global")),
        # Audit logs and metrics know an instance by its number.
        "object_id": str(data["id"]) if kind == _INSTANCE and data.get("id") else path,
        "resource_name": path,
        "resource": asset,
    }
    return event["resource_type"], snapshot.compact(event)


def _head(part: Part, asset: Any, name: str) -> dict[str, Any]:
    match = _PROJECT.search(name) or _PROJECT.search(part.payload.scope)
    return {
        "snapshot_id": part.snapshot.id,
        "resource_type": "",
        "cloud": "gcp",
        "vendor_account": match.group(1) if match else "",
        "scope": part.payload.scope,
    }


def _path(name: str) -> str:
    """`//compute.googleapis.com/projects/p/…` as audit logs have it: from `projects/` on."""
    return name[2:].partition("/")[2] if name.startswith("//") else name


def _region(location: str) -> str:
    match = _ZONE.fullmatch(location)
    return match.group(1) if match else location


def _creators(part: Part) -> Iterator[list[Item]]:
    """One item for each principal that a policy of a project, folder or organisation gives a
    role with the permission to create instances. Members of groups are not known here."""
    meta = Meta(SOURCETYPE, source="gcp_inventory:" + CREATOR)
    for assets, _ in _listing(part, "IAM_POLICY", CONTAINERS):
        items: list[Item] = []
        for asset in assets:
            name = asset.get("name") if isinstance(asset, dict) else None
            policy = asset.get("iamPolicy") if isinstance(name, str) else None
            bindings = policy.get("bindings", []) if isinstance(policy, dict) else None
            if not isinstance(bindings, list):
                text = snapshot.compact(asset)
                bad = Bad(
                    f"gcp_inventory:{part.payload.scope}", "an asset has no name or policy",
                    excerpt=text,
                )
                items.append(Item("bad:" + text, "", "", bad))
                continue
            for binding in bindings:
                items += _granted(part, asset, binding, meta)
        yield items


def _granted(part: Part, asset: Any, binding: Any, meta: Meta) -> Iterator[Item]:
    role = binding.get("role") if isinstance(binding, dict) else None
    members = binding.get("members", []) if isinstance(role, str) else None
    if not isinstance(members, list):
        text = snapshot.compact(binding)
        bad = Bad(
            f"gcp_inventory:{part.payload.scope}", "a binding has no role or members", excerpt=text
        )
        yield Item("bad:" + text, "", "", bad)
        return
    allows = _allows(part.payload, str(role))
    if allows is False:
        part.filtered["the role does not allow to create instances"] += 1
        return
    condition = binding.get("condition")
    path = _path(asset["name"])
    for member in members:
        if str(member).startswith("deleted:"):
            part.filtered["the principal is deleted"] += 1
            continue
        event = {
            **_head(part, asset, asset["name"]),
            "resource_type": CREATOR,
            "object_id": path,
            "user": str(member).rpartition(":")[2],
            "principal": member,
            "role_name": role,
            "may_create": [CREATES],
            # A condition is not evaluated, and a role that cannot be read is not judged.
            "certainty": "unknown" if condition or allows is None else "yes",
            "condition": condition,
            "role_readable": allows is not None,
        }
        identity = snapshot.compact([path, role, member, condition])
        yield Item(identity, part.snapshot.time, snapshot.compact(event), None, meta)


def _allows(work: Work, role: str) -> bool | None:
    """Whether a role holds the permission to create instances; None where it cannot be read."""
    if role not in work.roles:
        url = f"{work.client.url('iam')}/v1/{quote(role, safe='/:')}"
        try:
            answer = work.client.http.json("GET", url, what=f"the permissions of {role}")
        except Refused:
            work.roles[role] = None
        else:
            permissions = answer.get("includedPermissions", ()) if answer else ()
            work.roles[role] = CREATES in permissions
    return work.roles[role]


SOURCE = Source(
    name="gcp_inventory",
    title="Google Cloud inventory (Cloud Instance Watch)",
    description="What exists in projects, folders and organisations, snapshot by snapshot: "
    "instances, their templates and managed groups, disks, snapshots, images, networks, firewall "
    "rules, service accounts, log sinks, IAM policies and roles, and who may create instances.",
    arguments=ARGUMENTS,
    sourcetypes=(SOURCETYPE, snapshot.SOURCETYPE),
    cursor="snapshot",
    permissions=(
        Permission("cloudasset.assets.listResource", "the scopes", "what exists"),
        Permission("cloudasset.assets.listIamPolicy", "the scopes", "policies on it"),
        Permission("iam.roles.get", "the scopes", "which roles allow to create instances"),
    ),
    exclusive=lambda arguments: True,
    index="cloud_inventory",
    interval=300,
    shards=shards,
    pages=pages,
    check=google.check,
)

if __name__ == "__main__":
    sys.exit(main(SOURCE))
