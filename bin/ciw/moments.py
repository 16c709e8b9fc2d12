"""Times in the providers' records as epoch seconds in text, ready for the stream."""

from __future__ import annotations

import calendar
import re
from functools import lru_cache
from typing import Any

_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d):(\d\d):(\d\d)(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?\Z",
    re.ASCII,
)
_KEPT = 4096
_LONGEST = len("2023-07-10T11:42:36.123456789+00:00")


class _Known(dict):
    """Audit records come in runs of the same second, so recent answers are kept."""

    def __missing__(self, value: Any) -> str:
        if value.__class__ is not str or len(value) > _LONGEST:
            return ""
        if len(self) >= _KEPT:
            self.clear()
        answer = self[value] = _convert(value)
        return answer


_known = _Known()


def iso_seconds(value: Any) -> str:
    """`2023-07-10T11:42:36Z` as "1688989356"; "" for what is no ISO 8601 time (then splunkd
    finds the time by the source type's settings). Without an offset UTC is meant.
    """
    try:
        return _known[value]
    except TypeError:  # a list or an object
        return ""


def iso_times(values: list[Any]) -> list[str]:
    """`iso_seconds` of each."""
    try:
        return [*map(_known.__getitem__, values)]
    except TypeError:
        return [*map(iso_seconds, values)]


def _convert(value: str) -> str:
    match = _ISO.match(value)
    if match is None:
        return ""
    date, *clock, fraction, zone = match.groups()
    hour, minute, second = map(int, clock)
    midnight = _midnight(date)
    if midnight is None or hour > 23 or minute > 59 or second > 60:
        return ""
    epoch = midnight + 3600 * hour + 60 * minute + second
    if zone and zone != "Z":
        hours, minutes = int(zone[1:3]), int(zone[-2:])
        offset = 3600 * hours + 60 * minutes
        epoch -= offset if zone[0] == "+" else -offset
    return f"{epoch}{fraction or ''}"


@lru_cache(maxsize=64)
def _midnight(date: str) -> int | None:
    """Epoch seconds at which a day began; None for what is none."""
    year, month, day = map(int, date.split("-"))
    if not (1970 <= year <= 2100 and 1 <= month <= 12 and 1 <= day <= 31):
        return None
    return calendar.timegm((year, month, day, 0, 0, 0))
