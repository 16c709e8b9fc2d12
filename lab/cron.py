"""Cron schedules with five fields: minute, hour, day of month, month, day of week (0 and 7 Sunday).

Numbers, `*`, lists, ranges and steps; no names of months or days, as savedsearches.conf.spec
says. Where both day fields are restricted a day that fits either is taken, as cron does.
Times are UTC, the lab's time zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache

_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12),
           ("day of week", 0, 7))
_HORIZON = timedelta(days=366 * 5)


class CronError(ValueError):
    """A schedule that is not one; the text names the field."""


@dataclass(frozen=True)
class Cron:
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    any_weekday: bool

    def fits_day(self, moment: datetime) -> bool:
        if moment.month not in self.months:
            return False
        by_date = moment.day in self.days
        by_weekday = moment.isoweekday() % 7 in self.weekdays
        if self.any_day or self.any_weekday:
            return by_date and by_weekday
        return by_date or by_weekday

    def times(self, after: float, until: float) -> Iterator[float]:
        """Epoch seconds of the runs later than `after` and not later than `until`."""
        start = datetime.fromtimestamp(after, timezone.utc)
        day = start.replace(hour=0, minute=0, second=0, microsecond=0)
        last = min(until, (start + _HORIZON).timestamp())
        while day.timestamp() <= last:
            if self.fits_day(day):
                for hour in sorted(self.hours):
                    for minute in sorted(self.minutes):
                        moment = day.replace(hour=hour, minute=minute).timestamp()
                        if after < moment <= until:
                            yield moment
            day += timedelta(days=1)


@lru_cache(maxsize=256)
def parse(text: str) -> Cron:
    """Raises CronError."""
    parts = text.split()
    if len(parts) != len(_FIELDS):
        raise CronError(f"cron_schedule {text!r} has {len(parts)} fields, not five")
    sets = [_values(part, *field) for part, field in zip(parts, _FIELDS)]
    weekdays = frozenset(day % 7 for day in sets[4])
    return Cron(sets[0], sets[1], sets[2], sets[3], weekdays,
                parts[2].startswith("*"), parts[4].startswith("*"))


def _values(text: str, name: str, low: int, high: int) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        body, slash, step_text = part.partition("/")
        step = _number(step_text, name, 1, high, text) if slash else 1
        if body == "*":
            first, last = low, high
        else:
            begin, dash, end = body.partition("-")
            first = _number(begin, name, low, high, text)
            last = _number(end, name, low, high, text) if dash else (high if slash else first)
            if last < first:
                raise CronError(f"cron_schedule: {name} {text!r} has a range that runs backwards")
        found.update(range(first, last + 1, step))
    return frozenset(found)


def _number(text: str, name: str, low: int, high: int, whole: str) -> int:
    if not text.isdigit() or not low <= int(text) <= high:
        raise CronError(f"cron_schedule: {name} {whole!r} is not within {low} to {high}")
    return int(text)
