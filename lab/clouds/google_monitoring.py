"""Cloud Monitoring on this machine: timeSeries.list with alignment, reduction, pages and delay."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from lab.clouds.google_discovery import GoogleStandIn
from lab.clouds.stand_in import Response

_FILTER = re.compile(r'metric\.type = "([^"]+)" AND resource\.type = "gce_instance"')
_VISIBLE_AFTER = 240
_SUMS = {"ALIGN_SUM": sum, "ALIGN_MEAN": lambda values: sum(values) / len(values)}
_ACROSS = {"REDUCE_SUM": sum, "REDUCE_MEAN": lambda values: sum(values) / len(values)}


@dataclass(frozen=True)
class Sample:
    """One sample of a metric, at the end of its minute; int values are INT64 and DELTA."""

    metric: str
    at: float
    value: float
    resource: dict[str, str]
    labels: dict[str, str] = field(default_factory=dict)
    machine_type: str = "n2-standard-4"


class Monitoring(GoogleStandIn):
    apis = (("monitoring", "v3"),)
    page_size = 100_000

    def __init__(self, clock: Callable[[], float] = time.time):
        super().__init__(clock)
        self.samples: dict[str, list[Sample]] = {}
        self.unreachable: list[str] = []
        self.methods["monitoring.projects.timeSeries.list"] = self._list

    def _list(self, parameters: dict[str, Any], body: Any) -> dict[str, Any] | Response:
        match = _FILTER.fullmatch(parameters["filter"])
        if match is None:
            return self.error(400, "INVALID_ARGUMENT", "the filter must name one metric type")
        period = int(parameters["aggregation.alignmentPeriod"].rstrip("s"))
        align = _SUMS.get(parameters["aggregation.perSeriesAligner"])
        across = _ACROSS.get(parameters["aggregation.crossSeriesReducer"])
        start, end = (_epoch(parameters[f"interval.{name}Time"]) for name in ("start", "end"))
        if period < 60 or align is None or across is None or start > end:
            return self.error(400, "INVALID_ARGUMENT", "the aggregation or interval is not valid")
        rows = self._points(parameters["projectsId"], match.group(1), start, end, period, align)
        groups: dict[tuple, dict[float, list[float]]] = {}
        for sample, at, value in rows:
            by_time = groups.setdefault(_group(sample, parameters["aggregation.groupByFields"]), {})
            by_time.setdefault(at, []).append(value)
        flat = [
            (key, at, across(values))
            for key, by_time in groups.items()
            for at, values in sorted(by_time.items(), reverse=True)
        ]
        first = int(parameters.get("pageToken") or 0)
        size = min(int(parameters.get("pageSize") or 100_000), self.page_size)
        answer: dict[str, Any] = {"unit": "By"}
        series = _series(match.group(1), flat[first : first + size], period)
        if series:
            answer["timeSeries"] = series
        if first + size < len(flat):
            answer["nextPageToken"] = str(first + size)
        if self.unreachable:
            answer["unreachable"] = [self.unreachable.pop()]
        return answer

    def _points(
        self, project: str, metric: str, start: float, end: float, period: int, align: Callable
    ) -> list[tuple[Sample, float, float]]:
        """(a sample of the series, end of the period, value), for each series and period."""
        found: dict[tuple, list[Sample]] = {}
        for sample in self.samples.get(project, ()):
            visible = sample.at + _VISIBLE_AFTER <= self.clock()
            if sample.metric == metric and start < sample.at <= end and visible:
                at = end - (end - sample.at) // period * period
                key = (*sorted(sample.resource.items()), *sorted(sample.labels.items()), at)
                found.setdefault(key, []).append(sample)
        return [
            (samples[0], key[-1], align([sample.value for sample in samples]))
            for key, samples in found.items()
        ]


def _group(sample: Sample, fields: list[str]) -> tuple:
    labels = {f"resource.labels.{name}": value for name, value in sample.resource.items()}
    labels["metadata.system_labels.machine_type"] = sample.machine_type
    return tuple((name, labels[name]) for name in fields if name in labels)


def _series(metric: str, points: list[tuple], period: int) -> list[dict[str, Any]]:
    made: dict[tuple, dict[str, Any]] = {}
    for key, at, value in points:
        whole = isinstance(value, int)
        if key not in made:
            labels = {name.rpartition(".")[2]: text for name, text in key}
            machine = labels.pop("machine_type", "")
            made[key] = {
                "metric": {"type": metric},
                "resource": {"type": "gce_instance", "labels": labels},
                "metadata": {"systemLabels": {"machine_type": machine}},
                "metricKind": "DELTA" if whole else "GAUGE",
                "valueType": "INT64" if whole else "DOUBLE",
                "points": [],
            }
        begins = at - period if whole else at
        made[key]["points"].append(
            {
                "interval": {"startTime": _text(begins), "endTime": _text(at)},
                "value": {"int64Value": str(value)} if whole else {"doubleValue": value},
            }
        )
    return list(made.values())


def _epoch(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def _text(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, timezone.utc).isoformat().replace("+00:00", "Z")
