"""CloudWatch's data points of instances: which there are, asking for them, each one once.

"GetMetricData", "MetricDataResult" and "ListMetrics" (CloudWatch API Reference): 500 queries a
call; an answer is continued by NextToken; each series says Complete, PartialData (more pages),
InternalError or Forbidden. "List the available CloudWatch metrics for your instances" (EC2 User
Guide): DiskReadBytes is of instance store volumes and EBSReadBytes of EBS volumes (Nitro); an
instance may have both, and their sum is what it read. A time names the beginning of a period.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .aws_calls import Calls
from .errors import Retriable

NAMESPACE = "AWS/EC2"
QUERIES = 500
# Seconds of the past for which RecentlyActive=PT3H lists what has had data.
_RECENT = 3 * 3600


@dataclass(frozen=True)
class Metric:
    """A metric of EC2, the statistic of a period, and the measure it counts towards."""

    name: str
    statistic: str
    measure: str


METRICS = (
    Metric("CPUUtilization", "Average", "cloud.instance.cpu.percent"),
    Metric("NetworkIn", "Sum", "cloud.instance.network.in.bytes"),
    Metric("NetworkOut", "Sum", "cloud.instance.network.out.bytes"),
    Metric("DiskReadBytes", "Sum", "cloud.instance.disk.read.bytes"),
    Metric("DiskWriteBytes", "Sum", "cloud.instance.disk.write.bytes"),
    Metric("EBSReadBytes", "Sum", "cloud.instance.disk.read.bytes"),
    Metric("EBSWriteBytes", "Sum", "cloud.instance.disk.write.bytes"),
)


@dataclass(frozen=True)
class Series:
    """One metric (its number in METRICS) of one instance."""

    instance: str
    metric: int


@dataclass(frozen=True)
class Point:
    """A series' value of the period that begins at `time` (epoch seconds)."""

    series: Series
    time: int
    value: float


@dataclass
class Answer:
    """A page of points, those whose value is no number of a period, and, at the end, the series
    that did not come to "Complete" and why."""

    points: list[Point] = field(default_factory=list)
    malformed: list[Point] = field(default_factory=list)
    failed: dict[Series, str] = field(default_factory=dict)


@dataclass
class Window:
    """The periods that are not settled yet, and which of their points have been sent.

    `start` is the first of them (epoch seconds). Each instance has an integer whose bit
    (period number * number of metrics + metric) tells that the point was sent.
    """

    start: int
    period: int
    sent: dict[str, int] = field(default_factory=dict)

    @classmethod
    def restored(cls, state: dict[str, Any], start: int, period: int) -> Window:
        """The window of a checkpoint; a new one from `start` where there is none."""
        sent = {name: int(bits, 16) for name, bits in state.get("sent", {}).items()}
        return cls(int(state.get("settled", start)), period, sent)

    @property
    def state(self) -> dict[str, Any]:
        return {
            "settled": self.start,
            "sent": {name: format(bits, "x") for name, bits in self.sent.items()},
        }

    def claim(self, point: Point) -> bool:
        """Whether the point is still to be sent; from now on it is not."""
        number = (point.time - self.start) // self.period
        if number < 0:
            return False
        bit = 1 << (number * len(METRICS) + point.series.metric)
        bits = self.sent.get(point.series.instance, 0)
        self.sent[point.series.instance] = bits | bit
        return not bits & bit

    def settle(self, until: int) -> None:
        """Forgets the periods before `until`: nothing more is expected in them."""
        periods = (until - self.start) // self.period
        if periods <= 0:
            return
        moved = {name: bits >> (periods * len(METRICS)) for name, bits in self.sent.items()}
        self.sent = {name: bits for name, bits in moved.items() if bits}
        self.start += periods * self.period


def listed(calls: Calls, since: float) -> Iterator[Series]:
    """The series that exist; those of the last three hours alone where that is enough."""
    recent = {"RecentlyActive": "PT3H"} if since > calls.server_time - _RECENT else {}
    for number, metric in enumerate(METRICS):
        answers = calls.pages(
            "list_metrics", Namespace=NAMESPACE, MetricName=metric.name,
            Dimensions=[{"Name": "InstanceId"}], **recent,
        )
        for answer in answers:
            for found in answer.get("Metrics", ()):
                dimensions = found.get("Dimensions", ())
                if [dimension["Name"] for dimension in dimensions] == ["InstanceId"]:
                    yield Series(dimensions[0]["Value"], number)


def batches(series: Iterable[Series]) -> Iterator[list[Series]]:
    """As many as one call takes, those of an instance together where they fit."""
    batch: list[Series] = []
    ordered = sorted(series, key=lambda one: (one.instance, one.metric))
    for position, one in enumerate(ordered):
        new = position == 0 or ordered[position - 1].instance != one.instance
        if len(batch) == QUERIES or (new and len(batch) > QUERIES - len(METRICS)):
            yield batch
            batch = []
        batch.append(one)
    if batch:
        yield batch


def data(calls: Calls, batch: list[Series], start: int, end: int, period: int) -> Iterator[Answer]:
    """The points of [start, end), page after page, oldest first.

    A series that did not come to "Complete" by the last page is in the last answer's `failed`.
    """
    by_id = {f"q{number}": series for number, series in enumerate(batch)}
    states: dict[Series, str] = dict.fromkeys(batch, "no result")
    answers = calls.pages(
        "get_metric_data",
        MetricDataQueries=[_query(name, series, period) for name, series in by_id.items()],
        StartTime=start, EndTime=end, ScanBy="TimestampAscending",
    )
    for answer in answers:
        for message in answer.get("Messages", ()):
            # As much as possible was done, which is not all.
            states.update(dict.fromkeys(batch, _text(message)))
        yield _read(answer, by_id, states, period)
    yield Answer(failed={one: state for one, state in states.items() if state != "Complete"})


def _query(name: str, series: Series, period: int) -> dict[str, Any]:
    metric = METRICS[series.metric]
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": NAMESPACE,
                "MetricName": metric.name,
                "Dimensions": [{"Name": "InstanceId", "Value": series.instance}],
            },
            "Period": period,
            "Stat": metric.statistic,
        },
        "ReturnData": True,
    }


def _read(
    answer: dict[str, Any], by_id: dict[str, Series], states: dict[Series, str], period: int
) -> Answer:
    read = Answer()
    for result in answer.get("MetricDataResults", ()):
        series = by_id.get(result.get("Id", ""))
        if series is None:
            raise Retriable(f"GetMetricData answered a query {result.get('Id')!r} nobody asked")
        state = result.get("StatusCode", "no status")
        notes = [_text(message) for message in result.get("Messages", ())]
        if states[series] in ("no result", "PartialData", "InternalError", "Complete"):
            states[series] = state if state == "Complete" else ": ".join([state, *notes])
        moments, values = result.get("Timestamps", ()), result.get("Values", ())
        if len(moments) != len(values):
            raise Retriable(f"GetMetricData gave {len(moments)} times for {len(values)} values")
        for moment, value in zip(moments, values):
            point = Point(series, int(moment.timestamp()), value)
            sound = math.isfinite(value) and not point.time % period
            (read.points if sound else read.malformed).append(point)
    return read


def _text(message: dict[str, Any]) -> str:
    return "{}: {}".format(message.get("Code", ""), message.get("Value", ""))
