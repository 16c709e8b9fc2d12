"""CPU, network and disk of EC2 instances, out of CloudWatch: one metric event an instance and period.

A period is read when it has been over for a while by CloudWatch's own clock (with detailed
monitoring its value is not final at its end), and again for some time, for points that come late.
"""

from __future__ import annotations

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ciw import aws, aws_calls, cloudwatch, polling
from ciw.aws import Aws
from ciw.aws_calls import Account, Calls
from ciw.cloudwatch import METRICS, Point, Series, Window
from ciw.declare import Argument, Bad, Cursor, Meta, Page, Permission, Shard, Source
from ciw.errors import InvalidArgument, Retriable, ShardError
from ciw.main import main

SOURCETYPE = "ciw:metrics"
# Periods read in one go: 500 series of so many points are one answer of GetMetricData.
_CHUNK = 72
# A page costs a record of the whole window: there are points for this share of its instances.
_SHARE = 8
# Seconds after which a period is left although CloudWatch never said that its points are complete.
_GIVEN_UP = 86400
# Days for which CloudWatch keeps periods of so many seconds ("GetMetricData", API Reference).
_KEPT_DAYS = {60: 15, 300: 63}

_POLLING = {argument.name: argument for argument in polling.ARGUMENTS}
ARGUMENTS = (
    aws_calls.REGIONS,
    Argument(
        "period",
        "Period",
        "Seconds that a data point covers. 60 needs detailed monitoring; an instance without it "
        "has a point every 300 seconds all the same",
        kind="choice",
        default="300",
        choices=("60", "300"),
    ),
    Argument(
        "settle_minutes",
        "Wait",
        "Minutes that a period must be over before it is read: with detailed monitoring its value "
        "is not final at once, and each point is sent only once",
        kind="integer",
        default="5",
        minimum=0,
        maximum=60,
    ),
    _POLLING["backfill_days"],
    _POLLING["overlap_minutes"],
    *aws.ARGUMENTS,
)


@dataclass(frozen=True)
class Work:
    """A shard's payload: the clients of one account and region."""

    account: Account
    region: str
    metrics: Calls
    compute: Calls


def check(arguments: dict[str, Any]) -> None:
    kept = _KEPT_DAYS[int(arguments["period"])]
    if arguments["backfill_days"] > kept:
        raise InvalidArgument(
            f"argument backfill_days: CloudWatch keeps periods of {arguments['period']} seconds "
            f"for {kept} days"
        )


def shards(context: Any) -> Iterator[Shard]:
    arguments = context.arguments
    client = Aws(context, arguments["regions"][0])
    for account in aws_calls.accounts(context, client):
        if account.failure:
            yield Shard("account\0" + account.number, account.number, failure=account.failure)
            continue
        for region in arguments["regions"]:
            label = f"{account.number}/{region}"
            work = Work(
                account, region,
                Calls(context, client, "cloudwatch", account, region),
                Calls(context, client, "ec2", account, region),
            )
            yield Shard(
                f"metrics\0{label}\0{arguments['period']}", label, work, endless=True,
                partition=label,
            )


def pages(context: Any, shard: Shard, cursor: Cursor | None) -> Iterator[Page]:
    """All points up to the last closed period that have not been sent; a page's cursor says so."""
    work: Work = shard.payload
    period = int(context.arguments["period"])
    now = shard.server_time = _server_time(work.metrics)
    end = _floor(now - context.arguments["settle_minutes"] * 60, period)
    settled = _floor(now - context.arguments["overlap_minutes"] * 60, period)
    first = _floor(now - context.arguments["backfill_days"] * 86400, period)
    window = Window.restored(cursor.state if cursor else {}, first, period)
    reading = _Reading(context, work, window, cursor.position if cursor else 0.0)
    oldest = _floor(now - _KEPT_DAYS[period] * 86400, period) + period
    if window.start < oldest:
        context.log.warning(
            "beyond_retention", object=shard.label,
            meaning=f"CloudWatch keeps such periods for {_KEPT_DAYS[period]} days: what was "
            "before that was not read",
        )
        window.settle(oldest)
    start = window.start
    if start >= end:
        return
    types, running = _instances(context, work)
    series = set(cloudwatch.listed(work.metrics, start))
    # A new instance is listed up to a quarter of an hour late; its points are there before.
    known = {one.instance for one in series}
    series |= {
        Series(name, number)
        for name in running - known
        for number in range(len(METRICS))
    }
    while start < end and not context.stopping():
        stop = min(start + _CHUNK * period, end)
        complete = True
        for batch in cloudwatch.batches(series):
            complete = (yield from reading.batch(batch, types, start, stop)) and complete
        if start <= window.start and (complete or stop < now - _GIVEN_UP):
            if not complete:
                context.log.error(
                    "points_given_up", object=shard.label, up_to=stop,
                    meaning="CloudWatch did not give them in full for a day",
                )
            window.settle(min(stop, settled))
        # What is settled is recorded even where there was nothing to send.
        yield reading.page(types)
        start = stop


def _floor(moment: float, period: int) -> int:
    return int(moment // period) * period


def _server_time(calls: Calls) -> float:
    """The service's clock: an answer tells it, whatever it lists."""
    calls.call(
        "list_metrics", Namespace=cloudwatch.NAMESPACE, MetricName=METRICS[0].name,
        RecentlyActive="PT3H",
    )
    if not calls.server_time:
        raise Retriable("ListMetrics answered without a Date header: the clock is not known")
    return calls.server_time


def _instances(context: Any, work: Work) -> tuple[dict[str, str], set[str]]:
    """(types of the instances that are there, those that run); none, with a warning, where that
    may not be asked."""
    types, running = {}, set()
    try:
        for answer in work.compute.pages("describe_instances", MaxResults=1000):
            for reservation in answer.get("Reservations", ()):
                for instance in reservation.get("Instances", ()):
                    types[instance["InstanceId"]] = instance.get("InstanceType", "")
                    if instance.get("State", {}).get("Name") == "running":
                        running.add(instance["InstanceId"])
    except ShardError as error:
        context.log.warning(
            "instance_types_unknown", object=f"{work.account.number}/{work.region}", reason=error,
            meaning="the dimension instance_type is left out, and a new instance's first points "
            "come a quarter of an hour later",
        )
    return types, running


class _Reading:
    """One run's reading of one account and region: points become lines, lines become pages."""

    def __init__(self, context: Any, work: Work, window: Window, position: float):
        self._context = context
        self._work = work
        self._window = window
        self._position = position
        self._source = f"aws_metrics:{work.account.number}/{work.region}"
        self._meta = Meta(SOURCETYPE, source=self._source, index=context.index)
        self._points: list[Point] = []
        self._places: set[tuple[int, str]] = set()
        self._bad: list[Bad] = []

    def batch(
        self, batch: list[Series], types: dict[str, str], start: int, stop: int
    ) -> Iterator[Page]:
        """Pages of what is new in one call's answers; returns whether that was everything."""
        period = self._window.period
        complete = True
        for answer in cloudwatch.data(self._work.metrics, batch, start, stop, period):
            for series, state in answer.failed.items():
                complete = False
                self._context.log.warning(
                    "series_incomplete", object=f"{self._source}/{series.instance}",
                    metric=METRICS[series.metric].name, reason=state, action="read again next time",
                )
            self._context.count("incomplete", len(answer.failed))
            malformed = [point for point in answer.malformed if self._window.claim(point)]
            points = [point for point in answer.points if self._window.claim(point)]
            self._count(points, len(malformed))
            self._bad += [self._quarantine(point) for point in malformed]
            self._points += points
            if len(self._points) > len(self._window.sent) / _SHARE:
                yield self.page(types)
        return complete

    def _count(self, points: list[Point], malformed: int) -> None:
        """What is new of an answer, in events: an instance and period is one."""
        places = {(point.time, point.series.instance) for point in points} - self._places
        self._places |= places
        self._context.count("read", len(places) + malformed)

    def page(self, types: dict[str, str]) -> Page:
        """What was found since the last page."""
        events, bad = self._lines(self._points, types), self._bad
        self._points, self._bad = [], []
        self._places.clear()
        self._position += len(events) + len(bad)
        return Page(self._meta, events, Cursor(self._position, state=self._window.state), bad)

    def _lines(self, points: list[Point], types: dict[str, str]) -> list[tuple[str, str]]:
        """One JSON object for each instance and period; both kinds of disk add up."""
        grouped: dict[tuple[int, str], dict[str, float]] = {}
        for point in points:
            measures = grouped.setdefault((point.time, point.series.instance), {})
            measure = METRICS[point.series.metric].measure
            measures[measure] = measures.get(measure, 0.0) + point.value
        lines = []
        for (time, instance), measures in sorted(grouped.items()):
            document: dict[str, Any] = {
                "time": time,
                "cloud": "aws",
                "vendor_account": self._work.account.number,
                "vendor_region": self._work.region,
                "object_id": instance,
            }
            if types.get(instance):
                document["instance_type"] = types[instance]
            for measure, value in sorted(measures.items()):
                document[measure] = int(value) if value == int(value) else value
            lines.append((str(time), json.dumps(document, separators=(",", ":"))))
        return lines

    def _quarantine(self, point: Point) -> Bad:
        name = METRICS[point.series.metric].name
        reason = f"{name} of {point.series.instance} at {point.time}: {point.value!r} is no value"
        return Bad(self._source, reason + " of a period", excerpt=repr(point))


SOURCE = Source(
    name="aws_metrics",
    title="AWS instance metrics (Cloud Instance Watch)",
    description="CPU, network and disk of EC2 instances from CloudWatch: an event for each "
    "instance and period, which the source type ciw:metrics makes into metrics. CloudWatch "
    "charges for each metric asked for: seven an instance and run.",
    arguments=ARGUMENTS,
    sourcetypes=(SOURCETYPE,),
    cursor="period",
    permissions=(
        Permission("cloudwatch:GetMetricData", "*", "the data points"),
        Permission("cloudwatch:ListMetrics", "*", "which instances have any, and the clock"),
        Permission("ec2:DescribeInstances", "*", "instance types, and instances not listed yet"),
        *aws_calls.PERMISSIONS,
    ),
    aws_services=("cloudwatch", "ec2", "sts"),
    exclusive=lambda arguments: True,
    index="cloud_metrics",
    interval=300,
    shards=shards,
    pages=pages,
    check=check,
)

if __name__ == "__main__":
    sys.exit(main(SOURCE))
