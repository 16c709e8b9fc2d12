"""Entra ID through Microsoft Graph: directory audits, sign-ins, and who exists.

"List directoryAudits", "List signIns", "List users", "List servicePrincipals" (learn.microsoft.com/
graph/api). Version v1.0 lists the sign-ins of people at a prompt only; the other kinds
(`signInEventTypes`) are in beta alone, which Microsoft calls subject to change: they are read where
the stanza asks for them. Source types are those of the Splunk Add-on for Microsoft Azure (splunk/
splunk-add-on-microsoft-azure on GitHub, wiki "Configure Azure Active Directory Sign-in inputs"),
with one of ours in its manner for service principals, which it does not read.
"""

from __future__ import annotations

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ciw import azure, polling, snapshot
from ciw.azure import Azure
from ciw.declare import Argument, Bad, Cursor, Meta, Page, Permission, Shard, Source
from ciw.errors import Retriable, ShardError
from ciw.main import main
from ciw.moments import iso_seconds
from ciw.polling import Item, Slice
from ciw.snapshot import End, Part, Snapshot

AUDIT = "azure:aad:audit"
SIGN_IN = "azure:aad:signin"
USER = "azure:aad:user"
SERVICE_PRINCIPAL = "azure:aad:serviceprincipal"
_ROWS = 999
# createdDateTime comes only where it is selected ("user resource type").
_USER_FIELDS = (
    "id,userPrincipalName,displayName,mail,userType,accountEnabled,createdDateTime,creationType,"
    "externalUserState,onPremisesSyncEnabled,onPremisesSamAccountName,department,jobTitle,"
    "companyName,country,usageLocation,lastPasswordChangeDateTime"
)


@dataclass(frozen=True)
class Log:
    """A log: where it is listed, the property to filter by, what else the filter says."""

    path: str
    moment: str
    sourcetype: str
    also: str = ""


@dataclass(frozen=True)
class Directory:
    """Objects of the directory, listed as a snapshot."""

    path: str
    kind: str
    sourcetype: str
    select: str = ""


def _sign_ins(kind: str) -> Log:
    return Log(
        "/beta/auditLogs/signIns", "createdDateTime", SIGN_IN,
        f" and signInEventTypes/any(t: t eq '{kind}')",
    )


LOGS = {
    "audits": Log("/v1.0/auditLogs/directoryAudits", "activityDateTime", AUDIT),
    "sign_ins": Log("/v1.0/auditLogs/signIns", "createdDateTime", SIGN_IN),
    "non_interactive_sign_ins": _sign_ins("nonInteractiveUser"),
    "service_principal_sign_ins": _sign_ins("servicePrincipal"),
    "managed_identity_sign_ins": _sign_ins("managedIdentity"),
}
DIRECTORIES = {
    "users": Directory("/v1.0/users", "user", USER, _USER_FIELDS),
    "service_principals": Directory(
        "/v1.0/servicePrincipals", "servicePrincipal", SERVICE_PRINCIPAL
    ),
}

ARGUMENTS = (
    Argument(
        "collect",
        "Collect",
        "What to read, with commas: audits, sign_ins (people at a prompt), users, "
        "service_principals (managed identities are among them); and, from the beta version of "
        "Microsoft Graph, non_interactive_sign_ins, service_principal_sign_ins, "
        "managed_identity_sign_ins. Sign-ins need a licence of Entra ID P1 or P2",
        kind="list",
        default="audits, sign_ins, users, service_principals",
        pattern="|".join((*LOGS, *DIRECTORIES)),
        shape="one of " + ", ".join((*LOGS, *DIRECTORIES)),
    ),
    # The service keeps its logs for 30 days, and refuses to be asked for what is older.
    replace(polling.ARGUMENTS[0], maximum=29),
    replace(polling.ARGUMENTS[1], default="60"),
    snapshot.ARGUMENT,
    *azure.ARGUMENTS,
)


@dataclass(frozen=True)
class Work:
    """A slice of a log, and the client to list it with."""

    slice: Slice
    log: Log
    client: Azure


def shards(context: Any) -> Iterator[Shard]:
    client = Azure(context)
    try:
        yield from _logs(context, client)
        yield from _directories(context, client)
    finally:
        client.close()


def _chosen(context: Any, table: dict[str, Any]) -> list[str]:
    return [name for name in table if name in context.arguments["collect"]]


def _logs(context: Any, client: Azure) -> Iterator[Shard]:
    tenant = context.arguments["tenant_id"].lower()
    for name in _chosen(context, LOGS):
        log = LOGS[name]
        try:
            # An empty stretch: the answer's date is what is wanted, and whether it is allowed.
            for _ in _listing(client, log, context.now(), context.now(), name):
                break
            now = client.server_time("graph")
        except (Retriable, ShardError) as error:
            yield Shard("probe\0" + name, name, failure=str(error))
            continue
        partition = f"{tenant}/{name}" if tenant else name
        for shard in polling.slices(context, partition, now):
            shard.payload = Work(shard.payload, log, client)
            yield shard
            if shard.outcome == "failed":
                # The later slices would fail as well; the next run begins with this one.
                break


def _directories(context: Any, client: Azure) -> Iterator[Shard]:
    chosen = _chosen(context, DIRECTORIES)
    if not chosen:
        return
    try:
        if not client.http("graph").server_time:
            query = {"$top": "1", "$select": "id"}
            for _ in client.values("graph", DIRECTORIES[chosen[0]].path, query, chosen[0]):
                break
        now = client.server_time("graph")
    except (Retriable, ShardError) as error:
        yield Shard("probe\0directory", "the directory", failure=str(error))
        return
    parts = [(name, (DIRECTORIES[name], client)) for name in chosen]
    tenant = context.arguments["tenant_id"].lower()
    yield from snapshot.shards(
        context, "azure_identity", now, parts, cloud="azure", vendor_account=tenant
    )


def pages(context: Any, shard: Shard, cursor: Cursor | None) -> Iterator[Page]:
    if isinstance(shard.payload, End):
        return snapshot.end_pages(context, shard, cursor, "azure_identity:snapshot_end")
    if isinstance(shard.payload, Part):
        return _directory_pages(context, shard, cursor)
    work = shard.payload
    part = work.slice
    name = part.partition.rpartition("/")[2]
    answers = (
        polling.own(context, part, [_item(record, work.log, name) for record in answer])
        for answer in polling.counted(
            context, _listing(work.client, work.log, part.start, part.end, name)
        )
    )
    meta = Meta(work.log.sourcetype, source=f"azure_identity:{name}", index=context.index)
    return polling.pages(context, cursor, answers, meta)


def _listing(
    client: Azure, log: Log, start: float, end: float, what: str
) -> Iterator[list[Any]]:
    """The records of [start, end], both ends included: the service knows ge and le only."""
    first, last = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)) for at in (start, end))
    query = {
        "$filter": f"{log.moment} ge {first} and {log.moment} le {last}{log.also}",
        "$top": str(_ROWS),
    }
    return client.values("graph", log.path, query, what)


def _item(record: Any, log: Log, name: str) -> Item:
    text = snapshot.compact(record)
    if not isinstance(record, dict) or not record.get("id"):
        bad = Bad("azure_identity:" + name, "a record has no id", excerpt=text)
        return Item("bad:" + text, "", "", bad)
    return Item(str(record["id"]), iso_seconds(record.get(log.moment)), text)


def _directory_pages(context: Any, shard: Shard, cursor: Cursor | None) -> Iterator[Page]:
    directory, client = shard.payload.payload
    query = {"$top": str(_ROWS)}
    if directory.select:
        query["$select"] = directory.select
    answers = (
        [_object(item, directory, shard.payload.snapshot, context.index) for item in answer]
        for answer in client.values("graph", directory.path, query, directory.path)
    )
    meta = Meta(directory.sourcetype, source="azure_identity", index=context.index)
    return snapshot.pages(context, shard, cursor, answers, meta)


def _object(thing: Any, directory: Directory, current: Snapshot, index: str) -> Item:
    """The object as Graph describes it, with the snapshot it belongs to."""
    text = snapshot.compact(thing)
    if not isinstance(thing, dict) or not thing.get("id"):
        bad = Bad("azure_identity:" + directory.kind, "an object has no id", excerpt=text)
        return Item("bad:" + text, "", "", bad)
    event = {"snapshot_id": current.id, "resource_type": directory.kind, **thing}
    meta = Meta(directory.sourcetype, source="azure_identity:" + directory.kind, index=index)
    return Item(str(thing["id"]), current.time, snapshot.compact(event), None, meta)


SOURCE = Source(
    name="azure_identity",
    title="Entra ID (Cloud Instance Watch)",
    description="Directory audits and sign-ins of Entra ID as they come, and users and service "
    "principals with their dates of creation, snapshot by snapshot; through Microsoft Graph.",
    arguments=ARGUMENTS,
    sourcetypes=(AUDIT, SIGN_IN, USER, SERVICE_PRINCIPAL, snapshot.SOURCETYPE),
    cursor="time_overlap",
    permissions=(
        Permission("AuditLog.Read.All", "the tenant", "directory audits and sign-ins", "graph"),
        Permission(
            "Directory.Read.All", "the tenant",
            "users and service principals; sign-ins ask for it too", "graph",
        ),
    ),
    exclusive=lambda arguments: True,
    index="cloud_identity",
    interval=300,
    shards=shards,
    pages=pages,
    check=azure.check,
)

if __name__ == "__main__":
    sys.exit(main(SOURCE))
