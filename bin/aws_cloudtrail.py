"""AWS CloudTrail: log files in S3, announced through SQS, or the event history (LookupEvents)."""

from __future__ import annotations

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

from collections.abc import Iterator
from dataclasses import replace
from operator import methodcaller
from typing import Any

from ciw import aws_calls, cloudtrail_lookup, polling, s3_queue
from ciw.declare import Argument, Bad, Cursor, Meta, Page, Shard, Source
from ciw.errors import InvalidArgument
from ciw.json_records import records
from ciw.main import main
from ciw.moments import iso_times
from ciw.text import sanitise

SOURCETYPE = "aws:cloudtrail"
# AWSLogs/[organisation/]account/service/…, "CloudTrail log file examples" in AWS's user guide.
_SERVICE = re.compile(r"(?:^|/)AWSLogs/(?:o-[a-z0-9]+/)?\d{12}/([^/]+)/")
_DIGEST = "CloudTrail-Digest"
_EVENT_TIME = methodcaller("get", "eventTime")
# TRUNCATE of aws:cloudtrail in Splunk_TA_aws, in bytes.
_VENDOR_LIMIT = 8388608


# What the queue cannot do without, and the event history has no use for.
_OF_QUEUE = ("queue_url", "region", "buckets")

ARGUMENTS = (
    Argument(
        "mode",
        "Mode",
        "queue: log files of a trail (of an account or an organisation) in S3, announced through "
        "an SQS queue. lookup: the event history of each account and region (LookupEvents), for "
        "backfill and for small accounts; AWS allows two calls a second of 50 events each, so "
        "set interval to 300 or more",
        kind="choice",
        default="queue",
        choices=("queue", "lookup"),
    ),
    *(
        replace(argument, required=False, help=argument.help + ". Required in mode queue")
        if argument.name in _OF_QUEUE
        else argument
        for argument in s3_queue.ARGUMENTS
    ),
    replace(
        aws_calls.REGIONS,
        required=False,
        help=aws_calls.REGIONS.help + ". Required in mode lookup, and only there; what IAM and "
        "other global services did is in us-east-1",
    ),
    *polling.ARGUMENTS,
)


def check(arguments: dict[str, Any]) -> None:
    """Raises InvalidArgument for what single arguments cannot tell."""
    mode = arguments["mode"]
    for name in _OF_QUEUE if mode == "queue" else ("regions",):
        if not arguments[name]:
            raise InvalidArgument(f"argument {name} is required in mode {mode}")
    if mode == "queue":
        s3_queue.check(arguments)
    elif arguments["backfill_days"] > cloudtrail_lookup.RETENTION_DAYS:
        raise InvalidArgument(
            f"argument backfill_days: CloudTrail's event history holds "
            f"{cloudtrail_lookup.RETENTION_DAYS} days"
        )


def shards(context: Any) -> Iterator[Shard]:
    way = cloudtrail_lookup if context.arguments["mode"] == "lookup" else s3_queue
    return way.shards(context)


def pages(context: Any, shard: Shard, cursor: Cursor | None) -> Iterator[Page]:
    if isinstance(shard.payload, cloudtrail_lookup.Work):
        return cloudtrail_lookup.pages(context, shard, cursor, SOURCETYPE)
    return object_pages(context, shard, cursor)


def is_record(value: dict[str, Any]) -> bool:
    """Tells a CloudTrail record from an object inside one."""
    return "eventVersion" in value and ("eventTime" in value or "eventID" in value)


def holds_records(key: str) -> bool:
    """False for what AWS puts beside the trail: digests, and other services' logs."""
    match = _SERVICE.search(key)
    if match is None:
        return True
    return match.group(1).startswith("CloudTrail") and match.group(1) != _DIGEST


def object_pages(context: Any, shard: Shard, cursor: Cursor | None) -> Iterator[Page]:
    """The records of one object; the cursor's position is the number of records dealt with."""
    obj = shard.payload.object
    meta = Meta(SOURCETYPE, source=obj.uri, index=context.index)
    if not holds_records(obj.key):
        context.log.debug("filtered", object=obj.uri, reason="no CloudTrail log")
        context.count("read", 1)
        yield Page(meta, [], Cursor(1, done=True), filtered=1)
        return
    skip = known = int(cursor.position) if cursor is not None else 0
    pieces = shard.payload.pieces(context.page_bytes)
    for batch in records(pieces, skip, is_record, _EVENT_TIME):
        context.count("read", max(0, batch.count - known))
        known = max(known, batch.count)
        texts, sanitised = batch.texts, 0
        if batch.lenient or not batch.ascii:
            cleaned = [sanitise(text) for text in texts]
            texts = [text for text, _ in cleaned]
            sanitised = sum(replaced for _, replaced in cleaned)
        if batch.window > _VENDOR_LIMIT:
            _warn_of_large(context, obj.uri, texts)
        bad = [
            Bad(
                where=obj.uri,
                reason=f"{found.reason} ({obj.uri}, record {found.index})",
                offset=found.offset,
                size=found.size,
                sha256=found.digest.hexdigest(),
                excerpt=found.excerpt,
                detail={
                    "bucket": obj.bucket,
                    "key": obj.key,
                    "etag": obj.etag,
                    "version": obj.version,
                    "record": found.index,
                },
            )
            for found in batch.bad
        ]
        events = list(zip(iso_times(batch.values), texts))
        yield Page(meta, events, Cursor(batch.count), bad, sanitised=sanitised, clean=True)


def _warn_of_large(context: Any, uri: str, texts: list[str]) -> None:
    for text in texts:
        if len(text) > _VENDOR_LIMIT:
            context.log.warning(
                "large_record",
                object=uri,
                characters=len(text),
                meaning="sent whole; where Splunk_TA_aws is installed its TRUNCATE cuts it",
            )


SOURCE = Source(
    name="aws_cloudtrail",
    title="AWS CloudTrail (Cloud Instance Watch)",
    description="CloudTrail log files from S3, announced through an SQS queue, or the event "
    "history of accounts without a trail. Each record becomes one event, its text as AWS wrote it; "
    "what cannot be an event becomes one of source type ciw:quarantine, which says where it was "
    "and why.",
    arguments=ARGUMENTS,
    sourcetypes=(SOURCETYPE,),
    cursor="queue_ledger",
    permissions=tuple(
        dict.fromkeys(
            s3_queue.PERMISSIONS + cloudtrail_lookup.PERMISSIONS + aws_calls.PERMISSIONS
        )
    ),
    aws_services=tuple(dict.fromkeys(s3_queue.SERVICES + cloudtrail_lookup.SERVICES)),
    exclusive=lambda arguments: arguments["mode"] == "lookup",
    shards=shards,
    pages=pages,
    check=check,
)

if __name__ == "__main__":
    sys.exit(main(SOURCE))
