"""CloudTrail's event history through LookupEvents: for backfill, and for accounts without a trail.

"LookupEvents" in the CloudTrail API Reference: management events of the last 90 days, region by
region, 50 a page, newest first, two requests a second for each account and region; both ends of
the time range are included. Global services (IAM, STS) are in us-east-1. CloudTrailEvent holds
the record as a trail would write it; EventId is its eventID.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from . import aws_calls, polling
from .aws import Aws
from .aws_calls import Calls
from .declare import Bad, Cursor, Meta, Page, Permission, Shard
from .errors import Retriable, ShardError
from .moments import iso_seconds
from .polling import Item, Slice

PERMISSIONS = (
    Permission("cloudtrail:LookupEvents", "every account (mode lookup)", "the event history"),
)
SERVICES = ("cloudtrail", "sts")
RETENTION_DAYS = 90
_PAGE = 50
# A little below two, for the service's clock is not this one's.
_PER_SECOND = 1.9


@dataclass(frozen=True)
class Work:
    """A shard's payload: a slice, the client to list it with, and the service's own time."""

    slice: Slice
    calls: Calls
    now: float


def shards(context: Any) -> Iterator[Shard]:
    arguments = context.arguments
    aws = Aws(context, arguments["region"] or arguments["regions"][0])
    for account in aws_calls.accounts(context, aws):
        if account.failure:
            yield Shard("account\0" + account.number, account.number, failure=account.failure)
            continue
        for region in arguments["regions"]:
            calls = Calls(context, aws, "cloudtrail", account, region, _PER_SECOND)
            yield from _region(context, calls, f"{account.number}/{region}")


def _region(context: Any, calls: Calls, partition: str) -> Iterator[Shard]:
    try:
        # Whatever it lists, the answer tells the time.
        calls.call("lookup_events", MaxResults=1)
    except (Retriable, ShardError) as error:
        yield Shard("probe\0" + partition, partition, failure=str(error))
        return
    now = calls.server_time
    if not now:
        failure = "LookupEvents answered without a Date header: the service's clock is not known"
        yield Shard("probe\0" + partition, partition, failure=failure)
        return
    for shard in polling.slices(context, partition, now):
        shard.payload = Work(shard.payload, calls, now)
        yield shard


def pages(
    context: Any, shard: Shard, cursor: Cursor | None, sourcetype: str
) -> Iterator[Page]:
    work: Work = shard.payload
    source = "cloudtrail_lookup:" + work.slice.partition
    meta = Meta(sourcetype, source=source, index=context.index)
    start = max(work.slice.start, work.now - RETENTION_DAYS * 86400.0)
    end = min(work.slice.end, work.now)
    if start > end:
        context.log.warning(
            "beyond_retention", object=shard.label,
            meaning=f"CloudTrail keeps the event history for {RETENTION_DAYS} days: what happened "
            "then can be had from a trail's bucket only",
        )
        return
    answers = (
        polling.own(context, work.slice, [_item(event, source) for event in events])
        for events in polling.counted(context, _listing(work, start, end))
    )
    yield from polling.pages(context, cursor, answers, meta)


def _listing(work: Work, start: float, end: float) -> Iterator[list[dict[str, Any]]]:
    """The events of [start, end], page by page."""
    for answer in work.calls.pages(
        "lookup_events", StartTime=start, EndTime=end, MaxResults=_PAGE
    ):
        yield answer.get("Events", [])


def _item(event: dict[str, Any], source: str) -> Item:
    text, name = event.get("CloudTrailEvent", ""), event.get("EventId", "")
    try:
        record = json.loads(text)
    except ValueError as error:
        return _bad(event, source, f"its CloudTrailEvent is not JSON ({error})")
    if not name or not isinstance(record, dict):
        return _bad(event, source, "it has no EventId or its CloudTrailEvent is no JSON object")
    return Item(name, iso_seconds(record.get("eventTime")), text)


def _bad(event: dict[str, Any], source: str, reason: str) -> Item:
    name = event.get("EventId", "")
    excerpt = json.dumps(event, default=str, ensure_ascii=False)
    bad = Bad(source, f"event {name or 'without an id'} of the event history: {reason}",
              excerpt=excerpt, size=len(excerpt))
    return Item("bad:" + (name or excerpt), "", "", bad)
