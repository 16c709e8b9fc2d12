"""date_hour and its kin: the clock of the time stamp that stands in an event.

"Use default fields" (Knowledge Manager Manual): only events with a time stamp of their own have
these fields, and they are the date and time as written there, whatever its time zone. Splunk
keeps them in the index; here they are read from the event when a search names them. date_zone is
not kept: the page does not say in which unit it is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pyarrow as pa

from lab.engine import segments as columns_of
from lab.engine.store import Segment
from lab.ingest.timestamp import Recogniser
from lab.spl.errors import SPLError

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september",
           "october", "november", "december")
_PARTS: dict[str, Callable[[datetime], str]] = {
    "date_hour": lambda clock: str(clock.hour),
    "date_mday": lambda clock: str(clock.day),
    "date_minute": lambda clock: str(clock.minute),
    "date_month": lambda clock: _MONTHS[clock.month - 1],
    "date_second": lambda clock: str(clock.second),
    "date_wday": lambda clock: _WEEKDAYS[clock.weekday()],
    "date_year": lambda clock: str(clock.year),
}
DATE_FIELDS = frozenset(_PARTS)
_SAME_MOMENT = 0.001
"""Seconds; an event whose _time is another one was not dated by its time stamp."""


def date_columns(segment: Segment, app, names: set[str], rows: list[int] | None = None
                 ) -> dict[str, pa.Array]:
    """Those of DATE_FIELDS that are named, for all events of the segment or those at `rows`."""
    wanted = sorted(names & DATE_FIELDS)
    if not wanted:
        return {}
    stored = columns_of.stored(segment, ["_raw", "_time", "sourcetype", "source", "host"])
    if rows is not None:
        stored = {name: column.take(pa.array(rows, pa.int64())) for name, column in stored.items()}
    texts = (stored[name].to_pylist() for name in ("_raw", "_time", "sourcetype", "source", "host"))
    recognisers: dict[tuple[str, str, str], Recogniser] = {}
    clocks = []
    for raw, when, *kind in zip(*texts):
        key = tuple(kind)
        if key not in recognisers:
            recognisers[key] = Recogniser.of(dict(app.props(*key)))
        clocks.append(_clock(recognisers[key], raw, when, wanted[0], kind[0]))
    return {name: pa.array([None if clock is None else _PARTS[name](clock) for clock in clocks],
                           pa.string()) for name in wanted}


def _clock(recogniser: Recogniser, raw: str, when: float, name: str, sourcetype: str
           ) -> datetime | None:
    found = recogniser.moment(raw)
    if found is None or abs(found.epoch - when) >= _SAME_MOMENT:
        return None
    if found.clock is None:
        raise SPLError(
            f"{name}: events of {sourcetype} are dated by a number, and the page does not say"
            " which hour of the day that is", construct=name,
            hint="work from _time with strftime()")
    return found.clock
