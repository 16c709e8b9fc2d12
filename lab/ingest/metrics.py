"""Metric data points: measures and dimensions out of fields, and the reasons to refuse them.

A data point is kept as an event without text whose indexed fields are its measures, named
`metric_name:<name>`, and its dimensions. The older form with `metric_name` and `_value` becomes
the same. Source: Splunk's Metrics manual, "Overview of metrics" (data point format) and "Get
metrics in from other sources" (HEC).
"""

from __future__ import annotations

from collections.abc import Mapping

from lab.engine.values import format_number, to_number

MEASURE = "metric_name:"
META = ("time", "host", "source", "sourcetype", "index")
"""Keys of a flat data point that describe it and are no dimensions."""

Fields = dict[str, "str | list[str]"]


class MetricError(ValueError):
    """The fields make no data point; the text says which of them and why."""


def measure_names(fields: Mapping[str, object]) -> list[str]:
    """The names of the metrics that are among the fields."""
    return [name[len(MEASURE):] for name in fields if name.startswith(MEASURE)]


def is_data_point(fields: Mapping[str, object]) -> bool:
    return "metric_name" in fields or any(name.startswith(MEASURE) for name in fields)


def data_point(fields: Mapping[str, str | list[str] | None]) -> Fields:
    """The measures and dimensions to be indexed. Raises MetricError.

    A dimension that begins with `_` is not indexed (Metrics manual, dimensions); neither is one
    without a value.
    """
    made: Fields = {}
    rest = dict(fields)
    if "metric_name" in rest:
        name, value = rest.pop("metric_name"), rest.pop("_value", None)
        if value is None:
            raise MetricError("metric_name has no _value beside it")
        _measure(made, name, value)
    for name, value in rest.items():
        if name.startswith(MEASURE):
            _measure(made, name[len(MEASURE):], value)
        elif value is not None and value != [] and not name.startswith("_"):
            made[name] = value
    if not measure_names(made):
        raise MetricError("no measure: a field named metric_name:<name> is needed")
    return made


def flat_point(document: Mapping[str, object]) -> Fields:
    """The fields of HEC's metric JSON: of its `fields`, or flat beside time, host and the rest.

    Raises MetricError for what holds no measure or a value that is no scalar.
    """
    fields = document.get("fields") if document.get("event") == "metric" else document
    if not isinstance(fields, Mapping):
        raise MetricError("fields is not an object")
    made: dict[str, str | list[str] | None] = {}
    for name, value in fields.items():
        if fields is document and name in META:
            continue
        if isinstance(value, (dict, list)):
            raise MetricError(f"field {name} is neither text nor a number")
        made[name] = value if value is None or isinstance(value, str) else \
            str(value).lower() if isinstance(value, bool) else str(value)
    return data_point(made)


def _measure(made: Fields, name: object, value: object) -> None:
    if not isinstance(name, str) or not name.strip():
        raise MetricError("a metric has no name")
    number = to_number(value) if isinstance(value, str) else None
    if number is None:
        raise MetricError(f"the value of metric {name!r} is {value!r}, which is no number")
    made[MEASURE + name] = format_number(number)
