"""Azure's activity log: through Resource Manager, or as it is exported to storage accounts."""

from __future__ import annotations

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ciw import azure, azure_activity_export, polling
from ciw.azure import Azure
from ciw.azure_blobs import ARGUMENT as ACCOUNTS
from ciw.azure_blobs import READ_BLOBS
from ciw.declare import Argument, Bad, Cursor, Meta, Page, Permission, Shard, Source
from ciw.errors import InvalidArgument, Retriable, ShardError
from ciw.main import main
from ciw.moments import iso_seconds
from ciw.polling import Item, Slice
from ciw.text import compact

SOURCETYPE = "mscs:azure:audit"
# "Activity Logs - List", learn.microsoft.com/rest/api/monitor/activity-logs/list
_PATH = "/subscriptions/{}/providers/Microsoft.Insights/eventtypes/management/values"
_VERSION = "2015-04-01"

ARGUMENTS = (
    Argument(
        "mode",
        "Way in",
        "rest asks Resource Manager for each subscription's log; storage reads what diagnostic "
        "settings export to storage accounts (the container insights-activity-logs)",
        kind="choice",
        default="rest",
        choices=("rest", "storage"),
    ),
    Argument(
        "subscriptions",
        "Subscriptions",
        "Ids of the subscriptions to read, with commas; with mode = storage empty means all that "
        "the accounts hold",
        kind="list",
        pattern=azure.GUID,
        shape="a GUID",
    ),
    ACCOUNTS,
    *polling.ARGUMENTS,
    *azure.ARGUMENTS,
)


@dataclass(frozen=True)
class Work:
    """A shard's payload: a slice and the client to list it with."""

    slice: Slice
    client: Azure


def check(arguments: dict[str, Any]) -> None:
    """Raises InvalidArgument for a way in that lacks what it needs."""
    azure.check(arguments)
    needed = {"rest": "subscriptions", "storage": "storage_accounts"}[arguments["mode"]]
    if not arguments[needed]:
        raise InvalidArgument(f"argument {needed} is required with mode = {arguments['mode']}")


def shards(context: Any) -> Iterator[Shard]:
    if context.arguments["mode"] == "storage":
        return azure_activity_export.shards(context)
    return _subscriptions(context)


def _subscriptions(context: Any) -> Iterator[Shard]:
    client = Azure(context)
    try:
        for subscription in context.arguments["subscriptions"]:
            partition = subscription.lower()
            try:
                now = _server_time(context, client, partition)
            except (Retriable, ShardError) as error:
                yield Shard("probe\0" + partition, partition, failure=str(error))
                continue
            for shard in polling.slices(context, partition, now):
                shard.payload = Work(shard.payload, client)
                yield shard
    finally:
        client.close()


def _server_time(context: Any, client: Azure, subscription: str) -> float:
    """The service's clock: an answer tells it, whatever it lists."""
    for _ in _listing(client, subscription, context.now(), context.now()):
        break
    return client.server_time("management")


def pages(context: Any, shard: Shard, cursor: Cursor | None) -> Iterator[Page]:
    if context.arguments["mode"] == "storage":
        return azure_activity_export.pages(context, shard, cursor)
    part, client = shard.payload.slice, shard.payload.client
    source = f"azure_activity:{part.partition}"
    answers = (
        polling.own(context, part, [_item(event, source) for event in answer])
        for answer in polling.counted(
            context, _listing(client, part.partition, part.start, part.end)
        )
    )
    meta = Meta(SOURCETYPE, source=source, index=context.index)
    return polling.pages(context, cursor, answers, meta)


def _listing(client: Azure, subscription: str, start: float, end: float) -> Iterator[list[Any]]:
    """The rows of [start, end], both ends included."""
    first, last = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)) for at in (start, end))
    return client.values(
        "management",
        _PATH.format(subscription),
        {
            "api-version": _VERSION,
            "$filter": f"eventTimestamp ge '{first}' and eventTimestamp le '{last}'",
        },
        f"the activity log of subscription {subscription}",
    )


def _item(event: Any, source: str) -> Item:
    """An event by its eventDataId; correlationId is shared by all rows of an operation."""
    text = compact(event)
    if not isinstance(event, dict) or not event.get("eventDataId"):
        bad = Bad(source, "a row of the activity log has no eventDataId", excerpt=text)
        return Item("bad:" + text, "", "", bad)
    return Item(event["eventDataId"], iso_seconds(event.get("eventTimestamp")), text)


SOURCE = Source(
    name="azure_activity",
    title="Azure activity log (Cloud Instance Watch)",
    description="Azure's activity log of subscriptions: through Resource Manager, or from the "
    "storage accounts to which diagnostic settings export it, read while its blobs grow.",
    arguments=ARGUMENTS,
    sourcetypes=(SOURCETYPE, azure_activity_export.SOURCETYPE),
    cursor="time_overlap",
    permissions=(
        Permission(
            "Microsoft.Insights/eventtypes/values/read",
            "the subscriptions",
            "the activity log, with mode = rest",
        ),
        Permission(
            READ_BLOBS, "the storage accounts", "the exported log, with mode = storage", "data"
        ),
    ),
    exclusive=lambda arguments: True,
    interval=300,
    shards=shards,
    pages=pages,
    check=check,
)

if __name__ == "__main__":
    sys.exit(main(SOURCE))
