"""VPC, Transit Gateway flow logs and Route 53 Resolver query logs of AWS, from S3 through SQS.

An object's key says what it is ("Flow log files" in the VPC user guide; "AWS resources that you
can send Resolver query logs to" in the Route 53 developer guide): .../vpcflowlogs/... or
.../vpcdnsquerylogs/.... How flow logs become events is told in ciw/flow_logs.py. A query is one
JSON line and goes out as it is, as aws:route53:resolver: Splunk_TA_aws has no source type for it
(its page "Source types").
"""

from __future__ import annotations

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

from collections.abc import Iterator
from json.decoder import JSONDecodeError, JSONDecoder
from typing import Any

from ciw import flow_logs, s3_queue
from ciw.bad_record import BadRecord
from ciw.declare import Bad, Cursor, Meta, Page, Shard, Source
from ciw.flow_logs import Layout, layout_of
from ciw.lines import Lines, lines
from ciw.main import main
from ciw.moments import iso_seconds

RESOLVER = "aws:route53:resolver"
# Below AWSLogs/<account>/ (or aws-service= with Hive-compatible prefixes), and in the file's name.
_KIND = re.compile(r"(?:^|/|_|/aws-service=)(vpcflowlogs|vpcdnsquerylogs)(?:/|_)")
# Time in a file's name: <account>_vpcflowlogs_<region>_<flow log>_YYYYMMDDTHHmmZ_<hash>.log.gz
_NAMED_TIME = re.compile(r"_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z_[^/]*\Z")
_SECONDS = re.compile(r"[0-9]{1,12}\Z")
_STRICT = JSONDecoder(strict=True).scan_once
_LENIENT = JSONDecoder(strict=False).scan_once

_PARQUET = (
    "a Parquet file: this input reads flow logs in plain text; create the flow log anew with the "
    "log file format Text (create-flow-logs --destination-options FileFormat=plain-text), a flow "
    "log's format cannot be changed"
)
_HEADERLESS = (
    "the first line is no line of field names, so what the columns mean is not known: flow log "
    "files from S3 begin with one"
)


class _Parquet(Exception):
    """The object is no text."""


def pages(context: Any, shard: Shard, cursor: Cursor | None) -> Iterator[Page]:
    """The records of one object; the cursor's position is the number of lines dealt with."""
    key = shard.payload.object.key
    found = _KIND.search(key)
    if found is None:
        context.log.warning(
            "filtered", object=shard.payload.object.uri, reason="neither flow nor resolver log"
        )
        context.count("read", 1)
        yield Page(Meta(""), [], Cursor(1, done=True), filtered=1)
        return
    skip = int(cursor.position) if cursor is not None else 0
    if found.group(1) == "vpcflowlogs":
        yield from _flows(context, shard.payload, skip)
    else:
        yield from _queries(context, shard.payload, skip)


def _flows(context: Any, work: Any, skip: int) -> Iterator[Page]:
    obj = work.object
    try:
        if obj.key.endswith(".parquet"):
            raise _Parquet
        yield from _flow_pages(context, work, skip)
    except _Parquet:
        yield _refusal(context, obj, _PARQUET)


def _refusal(context: Any, obj: Any, reason: str, excerpt: str = "") -> Page:
    meta = Meta(flow_logs.VPC, source=obj.uri, index=context.index)
    context.count("read", 1)
    bad = Bad(obj.uri, f"{reason} ({obj.uri})", 0, obj.size, "", excerpt, _where(obj))
    return Page(meta, [], Cursor(1, done=True), [bad])


def _text_only(pieces: Iterator[bytes]) -> Iterator[bytes]:
    for number, piece in enumerate(pieces):
        if number == 0 and piece.startswith(b"PAR1"):
            raise _Parquet
        yield piece


def _flow_pages(context: Any, work: Any, skip: int) -> Iterator[Page]:
    obj = work.object
    layout: Layout | None = None
    named = _named_time(obj.key)
    count = 0
    for batch in lines(_text_only(work.pieces(context.page_bytes))):
        count = batch.count
        if layout is None and batch.texts:
            layout = layout_of(batch.texts[0].rstrip("\r"))
            if layout is None:
                yield _refusal(context, obj, _HEADERLESS, batch.texts[0])
                return
        bad = [_bad(obj, record) for record in batch.bad if record.index >= skip]
        context.count("read", len(bad))
        events: list[tuple[str, str]] = []
        start = max(skip - batch.first, 1 - batch.first, 0)
        if layout is not None and start < len(batch.texts):
            texts = batch.texts[start:]
            events = _fast(texts, layout, batch.plain)
            if events:
                context.count("read", len(texts))
            else:
                context.count("read", sum(_is_row(text, layout) for text in texts))
                events = _with_care(obj, batch, start, layout, named, bad)
        if events or bad:
            sourcetype = layout.sourcetype if layout is not None else flow_logs.VPC
            meta = Meta(sourcetype, source=obj.uri, index=context.index)
            yield Page(meta, events, Cursor(batch.count), bad, clean=batch.plain)
    if not count:
        yield _refusal(context, obj, "the object is empty")


def _is_row(text: str, layout: Layout) -> bool:
    """A blank line is no record, nor is a header in the middle."""
    return bool(text.strip()) and text.rstrip("\r") != layout.header


def _fast(texts: list[str], layout: Layout, plain: bool) -> list[tuple[str, str]]:
    """Events of lines of which nothing is special; none where one is."""
    if not (plain and layout.times):
        return []
    rows = [text.split(" ") for text in texts]
    if {*map(len, rows)} != {layout.width}:
        return []
    column = layout.times[0]
    moments = [row[column] for row in rows]
    if not "".join(moments).isdigit() or not all(moments) or len(max(moments, key=len)) > 12:
        return []
    return list(zip(moments, texts if layout.render is None else layout.render(rows)))


def _with_care(
    obj: Any, batch: Lines, start: int, layout: Layout, fallback: str, bad: list[Bad]
) -> list[tuple[str, str]]:
    """Line by line: capture windows without data, wrong rows, a header in the middle."""
    events = []
    for number, line in enumerate(batch.texts[start:], start):
        text = line.rstrip("\r")
        if not _is_row(line, layout):
            continue
        row = text.split(" ")
        if len(row) != layout.width or "" in row:
            reason = f"{len(row)} columns where the file's header has {layout.width}"
            record = BadRecord(batch.first + number, batch.offset_of(number), reason)
            record.absorb(line)
            bad.append(_bad(obj, record))
            continue
        moments = (row[column] for column in layout.times)
        moment = next((moment for moment in moments if _SECONDS.match(moment)), fallback)
        events.append((moment, text if layout.render is None else layout.render([row])[0]))
    return events


def _queries(context: Any, work: Any, skip: int) -> Iterator[Page]:
    obj = work.object
    meta = Meta(RESOLVER, source=obj.uri, index=context.index)
    named = _named_time(obj.key)
    count = 0
    for batch in lines(work.pieces(context.page_bytes)):
        count = batch.count
        bad = [_bad(obj, record) for record in batch.bad if record.index >= skip]
        events = []
        lenient = False
        start = max(skip - batch.first, 0)
        rows = sum(1 for text in batch.texts[start:] if text.strip())
        context.count("read", len(bad) + rows)
        for number in range(start, len(batch.texts)):
            text = batch.texts[number].strip()
            try:
                value, end = _STRICT(text, 0)
            except (JSONDecodeError, StopIteration, RecursionError):
                if not text:
                    continue
                value, end = _raw_controls(text)
                lenient = lenient or end > 0
            if end == len(text) and value.__class__ is dict:
                events.append((iso_seconds(value.get("query_timestamp")) or named, text))
                continue
            record = BadRecord(
                batch.first + number, batch.offset_of(number), "a line that is no JSON object"
            )
            record.absorb(text)
            bad.append(_bad(obj, record))
        if events or bad:
            clean = batch.plain and not lenient
            yield Page(meta, events, Cursor(batch.count), bad, clean=clean)
    if not count:
        yield _refusal(context, obj, "the object is empty")


def _raw_controls(text: str) -> tuple[Any, int]:
    """What a line holds that has raw control characters inside strings; 0 where it is no JSON."""
    try:
        return _LENIENT(text, 0)
    except (JSONDecodeError, StopIteration, RecursionError):
        return None, 0


def _named_time(key: str) -> str:
    """The time in a file's name, for records without one; "" where there is none."""
    found = _NAMED_TIME.search(key)
    return iso_seconds("{}-{}-{}T{}:{}:00Z".format(*found.groups())) if found else ""


def _bad(obj: Any, record: BadRecord) -> Bad:
    return Bad(
        where=obj.uri,
        reason=f"{record.reason} ({obj.uri}, line {record.index})",
        offset=record.offset,
        size=record.size,
        sha256=record.digest.hexdigest(),
        excerpt=record.excerpt,
        detail={**_where(obj), "line": record.index},
    )


def _where(obj: Any) -> dict[str, Any]:
    return {"bucket": obj.bucket, "key": obj.key, "etag": obj.etag, "version": obj.version}


SOURCE = Source(
    name="aws_network_logs",
    title="AWS network logs (Cloud Instance Watch)",
    description="VPC and Transit Gateway flow logs (plain text, any format) and Route 53 Resolver "
    "query logs from S3, announced through an SQS queue. Each line becomes one event; the columns "
    "of a flow log are read by the file's own header.",
    arguments=s3_queue.ARGUMENTS,
    sourcetypes=(flow_logs.VPC, flow_logs.TRANSIT_GATEWAY, RESOLVER),
    cursor="queue_ledger",
    permissions=s3_queue.PERMISSIONS,
    aws_services=s3_queue.SERVICES,
    shards=s3_queue.shards,
    pages=pages,
    index="cloud_network",
    check=s3_queue.check,
)

if __name__ == "__main__":
    sys.exit(main(SOURCE))
