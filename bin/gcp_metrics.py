"""CPU, network and disk of Google Cloud's instances, out of Cloud Monitoring.

"Method: projects.timeSeries.list" (Cloud Monitoring's REST reference, v3); the metrics, that they
are sampled every 60 seconds and visible after up to 240, are on "Google Cloud metrics: compute".
"""

from __future__ import annotations

import json
import math
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from ciw import google, polling
from ciw.declare import Argument, Bad, Cursor, Meta, Page, Permission, Shard, Source
from ciw.errors import Retriable, ShardError
from ciw.google import Google
from ciw.http import Refused
from ciw.main import main
from ciw.moments import iso_seconds
from ciw.polling import Item, Slice

SOURCETYPE = "ciw:metrics"
_PREFIX = "compute.googleapis.com/instance/"
_SLICE = 900.0
# Seconds until a period's last sample can be seen.
_DELAY = 240
_LABELS = ("project_id", "zone", "instance_id")


@dataclass(frozen=True)
class Measure:
    """A metric of Google's as one of this app's. Bytes have a series for each disk and kind of
    traffic, which are added up; `factor` makes percents of a fraction."""

    name: str
    aligner: str
    reducer: str
    factor: int = 1


# ALIGN_SUM, not ALIGN_DELTA, which would invent values for periods without any.
MEASURES = {
    "cpu/utilization": Measure("cloud.instance.cpu.percent", "ALIGN_MEAN", "REDUCE_MEAN", 100),
    "network/received_bytes_count": Measure(
        "cloud.instance.network.in.bytes", "ALIGN_SUM", "REDUCE_SUM"
    ),
    "network/sent_bytes_count": Measure(
        "cloud.instance.network.out.bytes", "ALIGN_SUM", "REDUCE_SUM"
    ),
    "disk/read_bytes_count": Measure("cloud.instance.disk.read.bytes", "ALIGN_SUM", "REDUCE_SUM"),
    "disk/write_bytes_count": Measure("cloud.instance.disk.write.bytes", "ALIGN_SUM", "REDUCE_SUM"),
}

_POLLING = {argument.name: argument for argument in polling.ARGUMENTS}
ARGUMENTS = (
    Argument(
        "projects",
        "Projects",
        "Ids of the projects to read, with commas. That of a metrics scope has all of the scope's",
        kind="list",
        required=True,
        pattern=google.PROJECT,
        shape="a project's id",
    ),
    Argument(
        "period",
        "Period",
        "Seconds that a data point covers",
        kind="choice",
        default="300",
        choices=("60", "300"),
    ),
    _POLLING["backfill_days"],
    replace(_POLLING["overlap_minutes"], default="15"),
    *google.ARGUMENTS,
)


@dataclass(frozen=True)
class Work:
    """A shard's payload: a slice, the client, and up to when periods are closed and visible."""

    slice: Slice
    client: Google
    closed: float


def shards(context: Any) -> Iterator[Shard]:
    client = Google(context)
    period = int(context.arguments["period"])
    try:
        for project in context.arguments["projects"]:
            try:
                now = _server_time(context, client, project)
            except (Retriable, ShardError) as error:
                yield Shard("probe\0" + project, project, failure=str(error))
                continue
            closed = math.floor((now - _DELAY) / period) * float(period)
            # Points of another period are others, so they have slices of their own.
            for shard in polling.slices(context, f"{project}/{period}", now, _SLICE):
                shard.payload = Work(replace(shard.payload, partition=project), client, closed)
                yield shard
    finally:
        client.close()


def _server_time(context: Any, client: Google, project: str) -> float:
    """The service's clock: whatever it answers tells it, also that the local one is wrong."""
    now = context.now()
    try:
        for _ in _listing(context, client, project, "cpu/utilization", now - 60, now):
            break
    except Refused as error:
        if error.status != 400:
            raise
    return client.server_time("monitoring")


def pages(context: Any, shard: Shard, cursor: Cursor | None) -> Iterator[Page]:
    part, client = shard.payload.slice, shard.payload.client
    end = min(part.end, shard.payload.closed)
    kinds = MEASURES if end > part.start else ()
    meta = Meta(SOURCETYPE, source=f"gcp_metrics:{part.partition}", index=context.index)

    def answers() -> Iterator[list[Item]]:
        for kind in kinds:
            for series in _listing(context, client, part.partition, kind, part.start, end):
                yield [item for each in series for item in _items(context, kind, each, meta)]

    return polling.pages(context, cursor, answers(), meta)


def _listing(
    context: Any, client: Google, project: str, kind: str, start: float, end: float
) -> Iterator[list[Any]]:
    """The series of (start, end], one point for each period."""
    measure = MEASURES[kind]
    what = f"{kind} of project {project}"
    query = {
        "filter": f'metric.type = "{_PREFIX}{kind}" AND resource.type = "gce_instance"',
        "interval.startTime": _iso(start),
        "interval.endTime": _iso(end),
        "aggregation.alignmentPeriod": context.arguments["period"] + "s",
        "aggregation.perSeriesAligner": measure.aligner,
        "aggregation.crossSeriesReducer": measure.reducer,
        "aggregation.groupByFields": [
            *(f"resource.labels.{label}" for label in _LABELS),
            "metadata.system_labels.machine_type",
        ],
        "view": "FULL",
        "pageSize": 10000,
    }
    url = f"{client.url('monitoring')}/v3/projects/{quote(project, safe=':')}/timeSeries"
    missing = []
    for answer, _ in client.listing("GET", url, query, what):
        series = answer.get("timeSeries", [])
        if not isinstance(series, list):
            raise Retriable(f"{what}: the answer has no list of time series")
        missing += answer.get("executionErrors", [])
        missing += answer.get("unreachable", [])
        yield series
    if missing:
        # What there is has been read; the rest is asked for again.
        raise Retriable(f"{what}: the answer is incomplete: {json.dumps(missing)[:500]}")


def _items(context: Any, kind: str, series: Any, meta: Meta) -> Iterator[Item]:
    """A data point for each point of a series, at the start of its period."""
    try:
        labels = series["resource"]["labels"]
        project, zone, instance = (str(labels[name]) for name in _LABELS)
        machine = (series.get("metadata") or {}).get("systemLabels", {}).get("machine_type")
        points = [
            (float(iso_seconds(point["interval"]["endTime"])), _number(point["value"]))
            for point in series["points"]
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        context.count("read", 1)
        text = json.dumps(series, ensure_ascii=False, separators=(",", ":"))
        reason = f"a time series is not as documented: {type(error).__name__}: {error}"
        yield Item("bad:" + text, "", "", Bad(meta.source, reason, excerpt=text))
        return
    context.count("read", len(points))
    measure = MEASURES[kind]
    for end, value in points:
        start = end - int(context.arguments["period"])
        record: dict[str, Any] = {
            "time": int(start),
            "cloud": "gcp",
            "vendor_account": project,
            "vendor_region": zone.rpartition("-")[0] or zone,
            "object_id": instance,
        }
        if isinstance(machine, str) and machine:
            record["instance_type"] = machine
        record[measure.name] = round(value * measure.factor, 6)
        text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
        yield Item(f"{kind}/{project}/{instance}/{end:.0f}", f"{start:.0f}", text)


def _number(value: dict[str, Any]) -> float:
    """A point's value: 64-bit integers come as text."""
    number = value["doubleValue"] if "doubleValue" in value else int(value["int64Value"])
    if not math.isfinite(number):
        raise ValueError(f"the value {number} is no number")
    return number


def _iso(epoch: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch))


SOURCE = Source(
    name="gcp_metrics",
    title="Google Cloud instance metrics (Cloud Instance Watch)",
    description="CPU, network and disk of Google Cloud's instances, out of Cloud Monitoring.",
    arguments=ARGUMENTS,
    sourcetypes=(SOURCETYPE,),
    cursor="period",
    permissions=(
        Permission("monitoring.timeSeries.list", "the projects", "the data points of instances"),
    ),
    exclusive=lambda arguments: True,
    index="cloud_metrics",
    interval=300,
    shards=shards,
    pages=pages,
    check=google.check,
)

if __name__ == "__main__":
    sys.exit(main(SOURCE))
