"""The aggregation functions, from the Search Reference's "Statistical and charting functions".

Each gets the non-null values in the order of their rows; a multivalue gives each of its values.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from lab.engine.values import to_number
from lab.rows.expressions import evaluate
from lab.rows.state import Row, State
from lab.rows.values import Value, number, texts
from lab.spl import nodes
from lab.spl.errors import SPLError

LIST_LIMIT = 100
EXACT_VALUES = 1000
NEEDS_TIME = frozenset(["earliest", "latest", "earliest_time", "latest_time", "rate"])


def expanded(aggregations: Sequence[nodes.Aggregation], fields: Sequence[str],
             by: Sequence[str] = ()) -> list[nodes.Aggregation]:
    """Wildcards in the argument give one aggregation for each field that they match.

    Functions of time are refused over rows without `_time`: the answer would be random
    (limits.conf.spec, check_for_invalid_time).
    """
    found: list[nodes.Aggregation] = []
    for aggregation in aggregations:
        argument = aggregation.argument
        if aggregation.function in NEEDS_TIME and "_time" not in fields:
            raise _timeless(aggregation)
        if not isinstance(argument, nodes.FieldRef) or "*" not in argument.name:
            found.append(aggregation)
            continue
        pattern = re.compile("(.*)".join(map(re.escape, argument.name.split("*"))), re.DOTALL)
        for name in fields:
            match = pattern.fullmatch(name)
            if match is None or name in by or (
                    name.startswith("_") and not argument.name.startswith("_")):
                continue
            alias = aggregation.alias
            for part in match.groups():
                alias = alias.replace("*", part, 1)
            found.append(replace(aggregation, argument=nodes.FieldRef(name), alias=alias))
    return found


def aggregate(aggregation: nodes.Aggregation, rows: Sequence[Row], state: State) -> Value:
    """The value over some rows; None is null."""
    name, argument = aggregation.function, aggregation.argument
    if name == "count" and argument is None:
        return float(len(rows))
    pairs = [(value, number(row.get("_time"))) for row in rows
             for value in _given(name, argument, row, state)]
    values = [value for value, _ in pairs]
    if name in NEEDS_TIME:
        if any(when is None for _, when in pairs):
            raise _timeless(aggregation)
        return _by_time(name, pairs)
    if name in ("perc", "exactperc", "upperperc", "median"):
        return _percentile(name, values, aggregation.parameter or 0.0)
    if name not in FUNCTIONS:
        raise SPLError(f"the row evaluator does not know the aggregation {name}",
                       aggregation.span, name)
    return FUNCTIONS[name](values)


def _timeless(aggregation: nodes.Aggregation) -> SPLError:
    return SPLError(f"{aggregation.function}() needs _time, which the rows here do not have",
                    aggregation.span, aggregation.function)


def _given(name: str, argument: nodes.Expression, row: Row, state: State) -> list[str]:
    """What a row gives. `count(eval(condition))` counts the rows where it is true."""
    value = evaluate(argument, row, state)
    if isinstance(value, bool) and name == "count":
        return ["true"] if value else []
    return texts(value)


def _numbers(values: Sequence[str]) -> list[float]:
    return [one for one in map(to_number, values) if one is not None]


def _numeric(function: Callable[[list[float]], float | None]) -> Callable[[Sequence[str]], Value]:
    """Values that are no numbers are left out; null where none is left."""

    def applied(values: Sequence[str]) -> Value:
        found = _numbers(values)
        return function(found) if found else None

    return applied


def _extreme(pick: Callable[..., Any]) -> Callable[[Sequence[str]], Value]:
    """Numbers by size come before other text, which goes by code point (Aggregate functions, max);
    shown as it was written."""

    def size(value: str) -> tuple[int, float, str]:
        number = to_number(value)
        return (1, 0.0, value) if number is None else (0, number, "")

    def applied(values: Sequence[str]) -> Value:
        return pick(values, key=size) if values else None

    return applied


def _sum(found: list[float]) -> float:
    """One after the other, as doubles (Search Reference, Aggregate functions: avg)."""
    total = 0.0
    for one in found:
        total += one
    return total


def _estimated(values: Sequence[str]) -> Value:
    """Exact below limits.conf's approx_dc_threshold of distinct values."""
    found = len(set(values))
    if found >= EXACT_VALUES:
        raise SPLError(f"estdc() is an estimate from {EXACT_VALUES} distinct values on",
                       construct="estdc")
    return float(found)


def _variance(sample: bool) -> Callable[[list[float]], float | None]:
    def applied(found: list[float]) -> float | None:
        size = len(found)
        if sample and size < 2:
            return 0.0
        mean = math.fsum(found) / size
        return math.fsum((one - mean) ** 2 for one in found) / (size - sample)

    return applied


def _percentile(name: str, values: Sequence[str], percent: float) -> Value:
    """exactperc: nearest rank; median: the higher of the middle two; perc: between the two ranks,
    refused where Splunk estimates (Search Reference, Aggregate functions)."""
    found = sorted(_numbers(values))
    if not found:
        return None
    if name != "exactperc" and len(set(found)) > EXACT_VALUES:
        raise SPLError(f"{name}() is an estimate over more than {EXACT_VALUES} distinct values",
                       construct=name)
    if name == "exactperc":
        return found[min(len(found) - 1, math.floor(percent / 100 * len(found)))]
    if name == "median":
        return found[len(found) // 2]
    place = (len(found) - 1) * percent / 100
    below, above = found[math.floor(place)], found[math.ceil(place)]
    return below + (place - math.floor(place)) * (above - below)


def _list(values: Sequence[str]) -> Value:
    if len(values) > LIST_LIMIT:
        raise SPLError(f"list() stops at {LIST_LIMIT} values; here are {len(values)}",
                       construct="list")
    return list(values) or None


def _mode(values: Sequence[str]) -> Value:
    """The most frequent value; which of several is not documented."""
    if not values:
        return None
    counts: dict[str, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    most = max(counts.values())
    if list(counts.values()).count(most) > 1:
        raise SPLError("mode() has several equally frequent values here", construct="mode")
    return max(counts, key=counts.__getitem__)


def _by_time(name: str, pairs: list[tuple[str, float]]) -> Value:
    """Of equal times the one seen last is the earlier: events come newest first."""
    if not pairs:
        return None
    first = pairs[0]
    last = pairs[0]
    for pair in pairs[1:]:
        if pair[1] > last[1]:
            last = pair
        if pair[1] <= first[1]:
            first = pair
    if name == "rate":
        low, high = to_number(first[0]), to_number(last[0])
        if low is None or high is None or last[1] == first[1]:
            return None
        return (high - low) / (last[1] - first[1])
    chosen = first if name.startswith("earliest") else last
    return chosen[1] if name.endswith("_time") else chosen[0]


FUNCTIONS: dict[str, Callable[[Sequence[str]], Value]] = {
    "count": lambda values: float(len(values)),
    "dc": lambda values: float(len(set(values))), "estdc": _estimated,
    "sum": _numeric(_sum), "avg": _numeric(lambda v: _sum(v) / len(v)),
    "sumsq": _numeric(lambda v: math.fsum(one * one for one in v)),
    "min": _extreme(min), "max": _extreme(max), "range": _numeric(lambda v: max(v) - min(v)),
    "mode": _mode,
    "stdev": _numeric(lambda v: math.sqrt(_variance(True)(v))),
    "stdevp": _numeric(lambda v: math.sqrt(_variance(False)(v))),
    "var": _numeric(_variance(True)), "varp": _numeric(_variance(False)),
    "values": lambda values: sorted(set(values)) or None, "list": _list,
    "first": lambda values: values[0] if values else None,
    "last": lambda values: values[-1] if values else None,
}
