"""Google Cloud's audit logs: a log sink's Pub/Sub subscription, or entries.list for the past.

"Method: entries.list" and "Logging query language", Cloud Logging's REST reference, v2; its quota
of 60 requests a minute and project is on "Quotas and limits".
"""

from __future__ import annotations

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ciw import google, log_entries, polling, pubsub
from ciw.declare import Argument, Bad, Cursor, Meta, Page, Permission, Shard, Source
from ciw.errors import InvalidArgument, Retriable, ShardError
from ciw.google import Google, Pace
from ciw.main import main
from ciw.moments import iso_seconds
from ciw.polling import Item, Slice
from ciw.text import compact

_REQUESTS_A_MINUTE = 60
_SLICE = 1800.0
_LOGS = tuple(name.rpartition("/")[2] for name in log_entries.AUDIT)

ARGUMENTS = (
    Argument(
        "mode",
        "Way in",
        "pubsub reads a subscription, for everything that comes; entries asks Cloud Logging, for "
        "the past (as long as its buckets keep it) and for small projects, at 60 requests a "
        "minute. What both read comes twice, with the same insertId",
        kind="choice",
        default="pubsub",
        choices=("pubsub", "entries"),
    ),
    *pubsub.ARGUMENTS,
    Argument(
        "resources",
        "Resources",
        "With mode = entries, whose logs to read, with commas: projects/ID, folders/NUMBER, "
        "organizations/NUMBER, billingAccounts/ID. A folder or organisation has its own logs, not "
        "those of the projects in it",
        kind="list",
        pattern=r"projects/" + google.PROJECT
        + r"|(folders|organizations)/\d{1,20}|billingAccounts/[0-9A-F]{6}(-[0-9A-F]{6}){2}",
        shape="projects/ID, folders/NUMBER, organizations/NUMBER or billingAccounts/ID",
    ),
    Argument(
        "logs",
        "Audit logs",
        "With mode = entries, which audit logs to read, with commas: " + ", ".join(_LOGS),
        kind="list",
        default=", ".join(_LOGS),
        pattern="|".join(_LOGS),
        shape="one of " + ", ".join(_LOGS),
    ),
    *polling.ARGUMENTS,
    *google.ARGUMENTS,
)


@dataclass(frozen=True)
class Work:
    """A shard's payload in the mode entries: a slice and the client to list it with."""

    slice: Slice
    client: Google
    pace: Pace


def shards(context: Any) -> Iterator[Shard]:
    if context.arguments["mode"] == "pubsub":
        return pubsub.shards(context)
    return _slices(context)


def pages(context: Any, shard: Shard, cursor: Cursor | None) -> Iterator[Page]:
    if isinstance(shard.payload, Work):
        return _entries(context, shard.payload, cursor)
    source = shard.payload.subscription.name
    return pubsub.pages(
        context, shard, cursor, lambda message: log_entries.event(message, source, context.index)
    )


def _slices(context: Any) -> Iterator[Shard]:
    client, pace = Google(context), Pace(context, _REQUESTS_A_MINUTE)
    try:
        for resource in context.arguments["resources"]:
            try:
                for _ in _listing(context, client, pace, resource, context.now(), context.now()):
                    break
                now = client.server_time("logging")
            except (Retriable, ShardError) as error:
                yield Shard("probe\0" + resource, resource, failure=str(error))
                continue
            for shard in polling.slices(context, resource, now, _SLICE):
                shard.payload = Work(shard.payload, client, pace)
                yield shard
    finally:
        client.close()


def _entries(context: Any, work: Work, cursor: Cursor | None) -> Iterator[Page]:
    part = work.slice
    meta = Meta("", source=f"gcp_audit:{part.partition}", index=context.index)
    listing = _listing(context, work.client, work.pace, part.partition, part.start, part.end)
    answers = (
        [_item(entry, meta) for entry in answer] for answer in polling.counted(context, listing)
    )
    return polling.pages(context, cursor, answers, meta)


def _listing(
    context: Any, client: Google, pace: Pace, resource: str, start: float, end: float
) -> Iterator[list[Any]]:
    """The entries of [start, end); a page may be empty and yet have a next one."""
    first, last = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)) for at in (start, end))
    logs = " OR ".join(
        f'log_id("cloudaudit.googleapis.com/{name}")' for name in context.arguments["logs"]
    )
    what = f"the audit logs of {resource}"
    body = {
        "resourceNames": [resource],
        "filter": f'({logs}) AND timestamp>="{first}" AND timestamp<"{last}"',
        "orderBy": "timestamp asc",
        "pageSize": 1000,
    }
    url = client.url("logging") + "/v2/entries:list"
    for answer, _ in client.listing("POST", url, body, what, pace.wait):
        entries = answer.get("entries", [])
        if not isinstance(entries, list):
            raise Retriable(f"{what}: the answer has no list of entries")
        yield entries


def _item(entry: Any, meta: Meta) -> Item:
    """An entry by what makes it one for Cloud Logging: log, time and insertId."""
    text = compact(entry)
    keys = ("logName", "timestamp", "insertId")
    if not isinstance(entry, dict) or not all(isinstance(entry.get(key), str) for key in keys):
        bad = Bad(meta.source, "an entry lacks logName, timestamp or insertId", excerpt=text)
        return Item("bad:" + text, "", "", bad)
    identity = json.dumps([entry[key] for key in keys])
    kind = log_entries.meta_of(entry["logName"], meta.source, meta.index)
    return Item(identity, iso_seconds(entry["timestamp"]), text, meta=kind)


def check(arguments: dict[str, Any]) -> None:
    """Raises InvalidArgument for a way in that lacks what it needs."""
    google.check(arguments)
    needed = {"pubsub": "subscription", "entries": "resources"}[arguments["mode"]]
    if not arguments[needed]:
        raise InvalidArgument(f"argument {needed} is required with mode = {arguments['mode']}")


SOURCE = Source(
    name="gcp_audit",
    title="Google Cloud audit logs (Cloud Instance Watch)",
    description="Google Cloud's audit logs from a log sink's Pub/Sub subscription, or from Cloud "
    "Logging itself for the past.",
    arguments=ARGUMENTS,
    # A subscription may carry other logs, which are not thrown away.
    sourcetypes=(*log_entries.AUDIT.values(), log_entries.OTHER),
    cursor="lease_ack",
    permissions=(
        *pubsub.PERMISSIONS,
        Permission("logging.logEntries.list", "the resources", "mode = entries"),
        Permission(
            "logging.privateLogEntries.list",
            "the resources",
            "mode = entries: data_access and access_transparency, which are left out without it",
        ),
    ),
    exclusive=lambda arguments: arguments["mode"] == "entries",
    shards=shards,
    pages=pages,
    check=check,
)

if __name__ == "__main__":
    sys.exit(main(SOURCE))
