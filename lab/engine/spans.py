"""Spans of time and number: `5m`, `1d`, `1mon`, `100`, `1log10`, and bins without a span."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lab.engine.expressions import Typed, number
from lab.engine.frame import Frame
from lab.engine.session import Session
from lab.spl import nodes
from lab.spl.errors import NOWHERE, Span, SPLError

_UNITS = {"us": 1e-6, "ms": 1e-3, "cs": 1e-2, "ds": 1e-1, "s": 1, "m": 60, "h": 3600, "d": 86400,
          "w": 604800}
_NAMES = {"s": "s", "sec": "s", "secs": "s", "second": "s", "seconds": "s", "m": "m", "min": "m",
          "mins": "m", "minute": "m", "minutes": "m", "h": "h", "hr": "h", "hrs": "h",
          "hour": "h", "hours": "h", "d": "d", "day": "d", "days": "d", "w": "w", "week": "w",
          "weeks": "w", "mon": "mon", "month": "mon", "months": "mon", "q": "q", "qtr": "q",
          "quarter": "q", "y": "y", "yr": "y", "year": "y", "years": "y", "us": "us", "ms": "ms",
          "cs": "cs", "ds": "ds"}
_MONTHS = {"mon": 1, "q": 3, "y": 12}
_WEEK_SNAP = re.compile(r"(\d*w(?:eeks?)?)@w([0-7])?")
# Buckets are aligned to the epoch (Search Reference, timechart, aligntime), so weeks begin on a
# Thursday unless the span snaps them: w@w0 to Sunday, w@w1 to Monday.
_DAYS_TO_SUNDAY = 3


@dataclass(frozen=True)
class TimeSpan:
    """`seconds`, or `months` for what the calendar decides. `origin` is a begin of a bucket."""

    seconds: float = 0.0
    months: int = 0
    origin: float = 0.0


def time_span(text: str, span: Span) -> TimeSpan:
    snapped = _WEEK_SNAP.fullmatch(text.strip().lower())
    if snapped is not None:
        plain = time_span(snapped[1], span)
        days = _DAYS_TO_SUNDAY + int(snapped[2] or 0) % 7
        return TimeSpan(plain.seconds, origin=days * 86400.0)
    if "@" in text:
        raise SPLError(f"the lab knows no span {text!r}: only weeks can snap", span, text,
                       "for example 1w@w1, weeks that begin on Monday")
    match = re.fullmatch(r"(\d+)?([a-z]+)?", text.strip().lower())
    if not match or not (match[1] or match[2]) or match[2] and match[2] not in _NAMES:
        raise SPLError(f"{text!r} is not a span of time", span, text, "for example 5m, 1h, 1d")
    unit, count = _NAMES[match[2] or "s"], int(match[1] or 1)
    if count < 1:
        raise SPLError("a span is at least 1", span, text)
    if unit in _MONTHS:
        return TimeSpan(months=count * _MONTHS[unit])
    return TimeSpan(seconds=count * _UNITS[unit])


def time_bucket(sql: str, span: TimeSpan) -> str:
    """The begin of the bucket a time falls in, in UTC."""
    if span.months:
        months = (f"(year(make_timestamp(CAST(floor({sql}) AS BIGINT) * 1000000)) * 12"
                  f" + month(make_timestamp(CAST(floor({sql}) AS BIGINT) * 1000000)) - 1)")
        first = f"({months} - {months} % {span.months})"
        return (f"CAST(epoch(make_date(CAST({first} // 12 AS INTEGER),"
                f" CAST({first} % 12 + 1 AS INTEGER), 1)) AS DOUBLE)")
    return (f"(floor(({sql} - {span.origin!r}) / {span.seconds!r}) * {span.seconds!r}"
            f" + {span.origin!r})" if span.origin else
            f"(floor({sql} / {span.seconds!r}) * {span.seconds!r})")


def next_bucket(moment: float, span: TimeSpan) -> float:
    if not span.months:
        return moment + span.seconds
    from datetime import datetime, timezone

    start = datetime.fromtimestamp(moment, timezone.utc)
    months = start.year * 12 + start.month - 1 + span.months
    return start.replace(year=months // 12, month=months % 12 + 1).timestamp()


def bin_column(session: Session, frame: Frame, name: str, bucket: nodes.Bucket, span: Span
               ) -> tuple[Frame, str | None, str]:
    """SQL for the bucket of a field; None for SQL where the field is missing."""
    column = frame.columns.get(name)
    if column is None:
        return frame, None, "num"
    sql = number(Typed(column.sql, column.kind), span)
    if bucket.aligntime is not None:
        raise SPLError("aligntime is not supported by the lab", span, "aligntime")
    if name == "_time":
        if bucket.span is not None:
            return frame, time_bucket(sql, time_span(bucket.span, span)), "num"
        frame, chosen = automatic_time_span(session, frame, sql, bucket)
        return frame, time_bucket(sql, chosen), "num"
    if bucket.span is not None:
        return frame, _number_bucket(sql, bucket.span, span), "str"
    raise SPLError("bins of numbers need a span: how wide Splunk makes them from bins, start, end"
                   " or minspan is not documented", span, name, "write span=10")


def _number_bucket(sql: str, text: str, span: Span) -> str:
    match = re.fullmatch(r"(?P<c>\d*\.?\d*)log(?P<b>\d*\.?\d*)", text.lower())
    if match:
        raise SPLError("logarithmic spans are not supported by the lab", span, text)
    try:
        width = float(text)
    except ValueError as error:
        raise SPLError(f"{text!r} is not a span of numbers", span, text) from error
    if width <= 0:
        raise SPLError("a span is greater than 0", span, text)
    return _range_text(sql, width)


def _range_text(sql: str, width: float) -> str:
    low = f"floor({sql} / {width!r}) * {width!r}"
    return f"(spl_text({low}) || '-' || spl_text({low} + {width!r}))"


_CHOICES = (1, 5, 10, 30, 60, 300, 600, 1800, 3600, 86400, "mon")


def automatic_time_span(session: Session, frame: Frame, sql: str, bucket: nodes.Bucket
                        ) -> tuple[Frame, TimeSpan]:
    """The smallest usual span that gives at most `bins` buckets over the search's window and is not
    below `minspan` (15m gives 30m: Search Reference, timechart)."""
    frame = session.materialise(frame)
    low, high = session.fetch(f"SELECT min({sql}), max({sql}) FROM {frame.relation}")[0]
    low = session.search_earliest if session.search_earliest is not None else low
    high = session.search_latest if session.search_latest is not None else high
    length = max((high or 0) - (low or 0), 1)
    least = time_span(bucket.minspan, NOWHERE) if bucket.minspan is not None else TimeSpan()
    for choice in _CHOICES:
        if choice == "mon" or least.months:
            return frame, TimeSpan(months=1)
        if length / choice <= (bucket.bins or 100) and choice >= least.seconds:
            break
    return frame, TimeSpan(seconds=float(choice))
