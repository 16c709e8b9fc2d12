"""Time modifiers: `-7d@d`, `@w1`, `now`, epoch seconds, `%m/%d/%Y:%H:%M:%S`.

Search Reference, "Time modifiers for search": an amount without a number counts as one, `s` is
the default unit, a snap truncates to the unit's begin, offsets and snaps are applied from left to
right (`-1d@d+2h`). `@w` and `@w0` and `@w7` are Sunday. Real-time modifiers are refused.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo

from lab.spl.errors import NOWHERE, Span, SPLError

ABSOLUTE = "%m/%d/%Y:%H:%M:%S"

_UNITS = {
    "us": "microsecond", "ms": "millisecond", "cs": "centisecond", "ds": "decisecond",
    "s": "second", "sec": "second", "secs": "second", "second": "second", "seconds": "second",
    "m": "minute", "min": "minute", "mins": "minute", "minute": "minute", "minutes": "minute",
    "h": "hour", "hr": "hour", "hrs": "hour", "hour": "hour", "hours": "hour",
    "d": "day", "day": "day", "days": "day",
    "w": "week", "week": "week", "weeks": "week",
    "mon": "month", "month": "month", "months": "month",
    "q": "quarter", "qtr": "quarter", "qtrs": "quarter", "quarter": "quarter",
    "quarters": "quarter",
    "y": "year", "yr": "year", "yrs": "year", "year": "year", "years": "year",
}
_SECONDS = {
    "microsecond": 1e-6, "millisecond": 1e-3, "centisecond": 1e-2, "decisecond": 1e-1,
    "second": 1, "minute": 60, "hour": 3600,
}
_EPOCH = re.compile(r"-?\d+(\.\d+)?")
_STEP = re.compile(r"(?P<sign>[+-])(?P<count>\d*)(?P<unit>[A-Za-z]*)|@(?P<snap>[A-Za-z]+)(?P<day>[0-7])?")


def resolve(
    modifier: str, now: float, tz: tzinfo = timezone.utc, timeformat: str | None = None,
    span: Span = NOWHERE,
) -> float:
    """Epoch seconds of `modifier` seen from `now`. SPLError when it is none, or real-time.

    `timeformat` is the strptime format of absolute times (default `%m/%d/%Y:%H:%M:%S`).
    """
    text = modifier.strip()
    if text.lower().startswith("rt"):
        raise _bad(modifier, span, "real-time windows are refused: a search here runs once")
    if timeformat is not None and not text.lower().startswith("now"):
        if timeformat == "%s" and _EPOCH.fullmatch(text):
            return float(text)
        moment = _absolute(text, timeformat, tz)
        if moment is not None:
            return moment
    if _EPOCH.fullmatch(text) and not text.startswith("-"):
        return float(text)
    moment = _absolute(text, ABSOLUTE, tz)
    if moment is not None:
        return moment
    steps = re.sub(r"\Anow(\(\))?", "", text, flags=re.IGNORECASE)
    if not steps and not text:
        raise _bad(modifier, span, "a time modifier is empty")
    try:
        return _walk(steps, now, tz, modifier, span)
    except (OverflowError, ValueError, OSError) as error:
        raise _bad(modifier, span, "the time lies outside of the calendar") from error


def check(modifier: str, span: Span) -> None:
    """Raise SPLError unless `modifier` can be resolved."""
    resolve(modifier, 1_700_000_000.0, span=span)


def _bad(modifier: str, span: Span, reason: str) -> SPLError:
    return SPLError(
        f"{modifier!r} is no time modifier: {reason}", span, construct=modifier,
        hint="for example -24h, -7d@d, @w1, now, 1700000000 or 10/19/2025:13:00:00",
    )


def _absolute(text: str, timeformat: str, tz: tzinfo) -> float | None:
    try:
        moment = datetime.strptime(text, timeformat)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=tz)).timestamp()


def _walk(steps: str, now: float, tz: tzinfo, modifier: str, span: Span) -> float:
    moment, position = now, 0
    while position < len(steps):
        match = _STEP.match(steps, position)
        if match is None:
            raise _bad(modifier, span, f"{steps[position:]!r} is neither an offset nor a snap")
        if match["snap"] is not None:
            unit = _UNITS.get(match["snap"].lower())
            if unit is None or (match["day"] is not None and unit != "week"):
                raise _bad(modifier, span, f"{match[0]!r} snaps to no unit of time")
            moment = _snap(moment, unit, int(match["day"] or 0), tz)
        else:
            unit = _UNITS.get((match["unit"] or "s").lower())
            if unit is None:
                raise _bad(modifier, span, f"{match['unit']!r} is no unit of time")
            if len(match["count"]) > 12:
                raise _bad(modifier, span, "the offset is too large")
            count = int(match["count"] or 1)
            moment = _shift(moment, -count if match["sign"] == "-" else count, unit, tz)
        position = match.end()
    return moment


def _shift(moment: float, count: int, unit: str, tz: tzinfo) -> float:
    """Seconds to hours are elapsed time; days and longer keep the wall clock."""
    if unit in _SECONDS:
        return moment + count * _SECONDS[unit]
    local = datetime.fromtimestamp(moment, tz)
    if unit in ("day", "week"):
        return _wall(local + timedelta(days=count * (7 if unit == "week" else 1)), tz)
    months = count * {"month": 1, "quarter": 3, "year": 12}[unit]
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    day = local.day
    while True:
        try:
            return _wall(local.replace(year=year, month=month + 1, day=day), tz)
        except ValueError:
            day -= 1
            if day < 28:
                raise


def _wall(local: datetime, tz: tzinfo) -> float:
    return local.replace(tzinfo=None).replace(tzinfo=tz).timestamp()


def _snap(moment: float, unit: str, weekday: int, tz: tzinfo) -> float:
    """Down to the begin of the unit; `weekday` 0 and 7 are Sunday."""
    if unit in _SECONDS and unit != "minute" and unit != "hour":
        size = _SECONDS[unit]
        steps = moment // 1 if size == 1 else int(moment / size + 1e-9)
        return float(steps * size)
    local = datetime.fromtimestamp(moment, tz).replace(second=0, microsecond=0)
    if unit == "minute":
        return local.timestamp()
    local = local.replace(minute=0)
    if unit == "hour":
        return local.timestamp()
    local = local.replace(hour=0)
    if unit == "week":
        local -= timedelta(days=(local.isoweekday() - weekday) % 7)
    elif unit == "month":
        local = local.replace(day=1)
    elif unit == "quarter":
        local = local.replace(day=1, month=(local.month - 1) // 3 * 3 + 1)
    elif unit == "year":
        local = local.replace(day=1, month=1)
    return _wall(local, tz)
