"""AWS CloudTrail from S3, announced through SQS (from S3, SNS or EventBridge)."""

from __future__ import annotations

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

from collections.abc import Iterator
from typing import Any

from ciw import s3_queue
from ciw.declare import Bad, Cursor, Meta, Page, Shard, Source
from ciw.json_records import records
from ciw.main import main
from ciw.moments import iso_seconds
from ciw.text import sanitise

SOURCETYPE = "aws:cloudtrail"
# AWSLogs/[organisation/]account/service/…, "CloudTrail log file examples" in AWS's user guide.
_SERVICE = re.compile(r"(?:^|/)AWSLogs/(?:o-[a-z0-9]+/)?\d{12}/([^/]+)/")
_DIGEST = "CloudTrail-Digest"
# TRUNCATE of aws:cloudtrail in Splunk_TA_aws, in bytes.
_VENDOR_LIMIT = 8388608


def is_record(value: dict[str, Any]) -> bool:
    """Tells a CloudTrail record from an object inside one."""
    return "eventVersion" in value and ("eventTime" in value or "eventID" in value)


def event_time(value: dict[str, Any]) -> str:
    return iso_seconds(value.get("eventTime"))


def holds_records(key: str) -> bool:
    """False for what AWS puts beside the trail: digests, and other services' logs."""
    match = _SERVICE.search(key)
    if match is None:
        return True
    return match.group(1).startswith("CloudTrail") and match.group(1) != _DIGEST


def pages(context: Any, shard: Shard, cursor: Cursor | None) -> Iterator[Page]:
    """The records of one object; the cursor's position is the number of records dealt with."""
    obj = shard.payload.object
    meta = Meta(SOURCETYPE, source=obj.uri, index=context.index)
    if not holds_records(obj.key):
        context.log.debug("filtered", object=obj.uri, reason="no CloudTrail log")
        yield Page(meta, [], Cursor(1, done=True), filtered=1)
        return
    skip = int(cursor.position) if cursor is not None else 0
    pieces = shard.payload.pieces(context.page_bytes)
    for batch in records(pieces, skip, is_record, event_time):
        events, sanitised = batch.records, 0
        if batch.lenient or not batch.ascii:
            cleaned = [(moment, *sanitise(text)) for moment, text in events]
            events = [(moment, text) for moment, text, _ in cleaned]
            sanitised = sum(replaced for _, _, replaced in cleaned)
        if batch.window > _VENDOR_LIMIT:
            _warn_of_large(context, obj.uri, events)
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
        yield Page(meta, events, Cursor(batch.count), bad, sanitised=sanitised, clean=True)


def _warn_of_large(context: Any, uri: str, events: list[tuple[str, str]]) -> None:
    for _, text in events:
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
    description="CloudTrail log files from S3, announced through an SQS queue. Each record becomes "
    "one event, its text as AWS wrote it; what cannot be an event becomes one of source type "
    "ciw:quarantine, which says where it was and why.",
    arguments=s3_queue.ARGUMENTS,
    sourcetypes=(SOURCETYPE,),
    cursor="queue_ledger",
    permissions=s3_queue.PERMISSIONS,
    aws_services=s3_queue.SERVICES,
    shards=s3_queue.shards,
    pages=pages,
    check=s3_queue.check,
)

if __name__ == "__main__":
    sys.exit(main(SOURCE))
