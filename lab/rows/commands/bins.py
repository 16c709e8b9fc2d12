"""bin, and the spans that it shares with timechart, chart and tstats."""

from __future__ import annotations

import math
import re
from datetime import datetime, timezone
from fractions import Fraction

from lab.rows.state import Rows, State
from lab.rows.values import number, single, text
from lab.spl import nodes
from lab.spl.errors import SPLError

_SPAN = re.compile(r"(\d*)([A-Za-z]+)(?:@w([0-7]?))?")
_SECONDS = {
    **dict.fromkeys(["s", "sec", "secs", "second", "seconds"], 1),
    **dict.fromkeys(["m", "min", "mins", "minute", "minutes"], 60),
    **dict.fromkeys(["h", "hr", "hrs", "hour", "hours"], 3600),
    **dict.fromkeys(["d", "day", "days"], 86400),
    **dict.fromkeys(["w", "week", "weeks"], 7 * 86400),
    "us": Fraction(1, 1_000_000), "ms": Fraction(1, 1000), "cs": Fraction(1, 100),
    "ds": Fraction(1, 10),
}
_MONTHS = frozenset(["mon", "month", "months"])


def seconds(span: str, node: nodes.Command) -> float:
    """The length of a span of seconds to weeks."""
    count, unit = _parts(span, node)
    if unit not in _SECONDS:
        raise SPLError(f"the row evaluator does not know the span {span!r}", node.span, span)
    return float(count * _SECONDS[unit])


def floor_time(moment: float, span: str, node: nodes.Command) -> float:
    """The begin of the bucket, in UTC. Spans of seconds to days count from the epoch."""
    count, unit = _parts(span, node)
    weekday = _SPAN.fullmatch(span)[3]
    if weekday is not None:
        # The epoch's first Sunday is its fourth day.
        begin = (3 + int(weekday or 0) % 7) * 86400
        size = count * 7 * 86400
        return float(math.floor((moment - begin) / size) * size + begin)
    if unit in _SECONDS:
        size = count * _SECONDS[unit]
        return float(math.floor(Fraction(moment) / size) * size)
    if unit in _MONTHS and count == 1:
        there = datetime.fromtimestamp(moment, timezone.utc)
        return datetime(there.year, there.month, 1, tzinfo=timezone.utc).timestamp()
    raise SPLError(f"the row evaluator does not know the span {span!r}", node.span, span)


def next_time(begin: float, span: str, node: nodes.Command) -> float:
    count, unit = _parts(span, node)
    if unit in _SECONDS:
        return float(begin + count * _SECONDS[unit])
    there = datetime.fromtimestamp(begin, timezone.utc)
    year, month = divmod(there.year * 12 + there.month, 12)
    return datetime(year, month + 1, 1, tzinfo=timezone.utc).timestamp()


def _parts(span: str, node: nodes.Command) -> tuple[int, str]:
    match = _SPAN.fullmatch(span)
    if match is None or (match[3] is not None and match[2] != "w"):
        raise SPLError(f"{span!r} is no span of time", node.span, span)
    return int(match[1] or 1), match[2].lower() if match[2] != "M" else "mon"


def range_of(value: float, size: float) -> str:
    """`0-10`: the bucket that a number lies in."""
    low = math.floor(value / size) * size
    return f"{text(low)}-{text(low + size)}"


def cut(value, name: str, bucket: nodes.Bucket, node: nodes.Command):
    """The bucket of a field's value; text that is no number stays."""
    if bucket.span is None or bucket.start is not None or bucket.end is not None \
            or bucket.aligntime is not None or bucket.minspan is not None:
        raise SPLError("the row evaluator cuts by span only", node.span, "bin")
    value = single(value)
    amount = number(value)
    if amount is None:
        return value
    if name == "_time":
        return float(floor_time(amount, bucket.span, node))
    if not re.fullmatch(r"\d+(\.\d+)?", bucket.span) or float(bucket.span) == 0:
        raise SPLError(f"the row evaluator does not know the span {bucket.span!r}", node.span,
                       bucket.span)
    return range_of(amount, float(bucket.span))


def bin_(node: nodes.Bin, rows: Rows, state: State) -> Rows:
    made = []
    for row in rows.rows:
        if row.get(node.name) is not None:
            row = {**row, node.alias: cut(row[node.name], node.name, node.bucket, node)}
        made.append(row)
    return rows.with_fields(made, [node.alias])


COMMANDS = {nodes.Bin: bin_}
