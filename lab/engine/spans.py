"""Spans of time and number: `5m`, `1d`, `1mon`, `100`, `1log10`, and bins without a span."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from lab.engine.expressions import Typed, number
from lab.engine.frame import Frame
from lab.engine.session import Session
from lab.spl import nodes
from lab.spl.errors import NOWHERE, Span, SPLError
from lab.spl.timemodifier import resolve

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
    if name == "_time":
        frame, chosen = chosen_time_span(session, frame, sql, bucket, span)
        return frame, time_bucket(sql, chosen), "num"
    if bucket.aligntime is not None:
        raise SPLError("aligntime is valid for bins of time only", span, "aligntime")
    if bucket.span is not None:
        return frame, _number_bucket(sql, bucket.span, span), "str"
    raise SPLError("bins of numbers need a span: how wide Splunk makes them from bins, start, end"
                   " or minspan is not documented", span, name, "write span=10")


def chosen_time_span(session: Session, frame: Frame, sql: str, bucket: nodes.Bucket, span: Span
                     ) -> tuple[Frame, TimeSpan]:
    """The span as given, else by the window; its bins begin where aligntime says."""
    if bucket.span is not None:
        chosen = time_span(bucket.span, span)
        whole_days = re.fullmatch(r"\d*(d|days?)", bucket.span.strip().lower()) is not None
    else:
        frame, chosen = automatic_time_span(session, frame, sql, bucket)
        whole_days = chosen.seconds == _UNITS["d"]
    if bucket.aligntime is None or chosen.months or whole_days:
        return frame, chosen
    return frame, replace(chosen, origin=_aligned(session, bucket.aligntime, span))


def _aligned(session: Session, text: str, span: Span) -> float:
    """`earliest`, `latest` (of the search's time range) or a time."""
    if text not in ("earliest", "latest"):
        return resolve(text, session.context.now, span=span)
    moment = session.search_earliest if text == "earliest" else session.search_latest
    if moment is None:
        raise SPLError(f"aligntime={text}: the time range of the search has no {text}", span,
                       "aligntime", "give the search one, or align to a time such as @d+3h")
    return moment


def _log_bucket(sql: str, coefficient: float, base: float, span: Span, text: str) -> str:
    """Ranges from `coefficient * base^n` to `coefficient * base^(n + 1)`."""
    if not (1 <= coefficient < base and base > 1):
        raise SPLError(f"span={text}: the coefficient is at least 1 and less than the base, which is"
                       " greater than 1", span, text, "for example span=log10 or span=2log10")
    low, high = (f"{coefficient!r} * pow({base!r}, n{more})" for more in ("", " + 1"))
    # The logarithm of a bin's own edge may come out a little below its whole number.
    exact = (f"round(ln({{0}} / {coefficient!r}) / ln({base!r}))")
    steps = (f"CASE WHEN {coefficient!r} * pow({base!r}, {exact}) = {{0}} THEN {exact}"
             f" ELSE floor(ln({{0}} / {coefficient!r}) / ln({base!r})) END").format("v")
    label = f"[spl_text({low}) || '-' || spl_text({high}) FOR n IN [{steps}]][1]"
    return (f"[CASE WHEN v <= 0 THEN error('SPL:span={text}: no page says in which bin"
            f" a number lies that is not greater than 0') ELSE {label} END FOR v IN [{sql}]][1]")


def _number_bucket(sql: str, text: str, span: Span) -> str:
    match = re.fullmatch(r"(?P<c>\d*\.?\d*)log(?P<b>\d*\.?\d*)", text.lower())
    if match:
        return _log_bucket(sql, float(match["c"] or 1), float(match["b"] or 10), span, text)
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
