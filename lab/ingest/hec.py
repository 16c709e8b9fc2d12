"""Payloads of the HTTP Event Collector, and what it answers to bad ones.

`parse_events` takes the body of services/collector/event: JSON objects one behind the other (or
in an array), each with `event` and optionally time, host, source, sourcetype, index and fields.
`parse_raw` takes the body of services/collector/raw. `deliver` indexes what they give.

A payload is read in order: the events before the bad one are accepted (`HecError.accepted`), and
`invalid-event-number` counts them. Sources: Splunk's manual Getting Data In, "Format events for
HTTP Event Collector" and "Troubleshoot HTTP Event Collector" (the codes).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from lab.app import App
from lab.engine.store import Event
from lab.home import Home
from lab.ingest.breaking import Source, break_lines
from lab.ingest.metrics import Fields, MetricError, data_point, is_data_point
from lab.ingest.pipeline import Dater, IngestError, event_fields, merged, metric_event

NO_DATA = (5, "No data")
INVALID_DATA_FORMAT = (6, "Invalid data format")
INCORRECT_INDEX = (7, "Incorrect index")
EVENT_REQUIRED = (12, "Event field is required")
EVENT_BLANK = (13, "Event field cannot be blank")
INDEXED_FIELDS = (15, "Error in handling indexed fields")

HTTP_STATUS = 400
"""Of every refusal of a payload."""

_KEYS = frozenset(("time", "host", "source", "sourcetype", "index", "event", "fields"))
_SPACE = re.compile(r"[ \t\r\n]*")
_TIME = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True)
class HecEvent:
    """One event of a payload; None where the payload leaves a value to the token's defaults.

    `time` is epoch seconds; `raw` the event's text, JSON as it was sent.
    """

    raw: str
    time: float | None = None
    host: str | None = None
    source: str | None = None
    sourcetype: str | None = None
    index: str | None = None
    fields: dict[str, str | list[str]] = field(default_factory=dict)

    @property
    def is_metric(self) -> bool:
        return self.raw == "metric" and is_data_point(self.fields)


class HecError(Exception):
    """A payload that is refused, with HEC's `code` and `text`.

    `event_number` is the place of the bad event, None where the whole payload is meant; `accepted`
    are the events before it, which HEC indexes all the same.
    """

    def __init__(self, problem: tuple[int, str], event_number: int | None = None,
                 accepted: list[HecEvent] | None = None):
        self.code, self.text = problem
        self.event_number = event_number
        self.accepted = accepted or []
        super().__init__(f"{self.text} (code {self.code})")

    def body(self) -> dict[str, object]:
        """The answer's JSON."""
        answer: dict[str, object] = {"text": self.text, "code": self.code}
        if self.event_number is not None:
            answer["invalid-event-number"] = self.event_number
        return answer


class _Number(str):
    """A JSON number with its digits as they were sent."""


def _refused_constant(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


_decoder = json.JSONDecoder(parse_int=_Number, parse_float=_Number,
                            parse_constant=_refused_constant, strict=False)


class _Refused(Exception):
    def __init__(self, problem: tuple[int, str]):
        super().__init__(problem[1])
        self.problem = problem


def parse_events(data: bytes, allowed: Callable[[str], bool] = lambda index: True
                 ) -> list[HecEvent]:
    """The events of a payload of services/collector[/event].

    `allowed` says whether the token may write to an index that an event names. Raises HecError.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise HecError(INVALID_DATA_FORMAT, 0) from error
    events: list[HecEvent] = []
    try:
        for keys in _objects(text):
            event = _event(text, keys)
            if event.index is not None and not allowed(event.index):
                # Splunk counts the event that names the wrong index among those read.
                raise HecError(INCORRECT_INDEX, len(events) + 1, events)
            events.append(event)
    except _Refused as refused:
        raise HecError(refused.problem, len(events), events) from refused
    except RecursionError as error:
        raise HecError(INVALID_DATA_FORMAT, len(events), events) from error
    if not events:
        raise HecError(NO_DATA)
    return events


_Keys = dict[str, tuple[Any, int, int]]


def _objects(text: str) -> Iterator[_Keys]:
    """The payload's objects: for each of their keys the value and where its text stands."""
    at = _skip(text, 0)
    in_array = text[at:at + 1] == "["
    if in_array:
        at = _skip(text, at + 1)
    while at < len(text):
        if in_array and text[at] == "]":
            if _skip(text, at + 1) < len(text):
                raise _Refused(INVALID_DATA_FORMAT)
            return
        keys, at = _object(text, at)
        yield keys
        at = _skip(text, at)
        if in_array:
            if text[at:at + 1] not in (",", "]"):
                raise _Refused(INVALID_DATA_FORMAT)
            at = _skip(text, at + (text[at] == ","))
    if in_array:
        raise _Refused(INVALID_DATA_FORMAT)


def _skip(text: str, at: int) -> int:
    return _SPACE.match(text, at).end()


def _object(text: str, at: int) -> tuple[_Keys, int]:
    if text[at] != "{":
        raise _Refused(INVALID_DATA_FORMAT)
    keys: _Keys = {}
    at = _skip(text, at + 1)
    while text[at:at + 1] != "}":
        try:
            key, at = _decoder.raw_decode(text, at)
            at = _skip(text, at)
            if type(key) is not str or text[at:at + 1] != ":":
                raise _Refused(INVALID_DATA_FORMAT)
            start = _skip(text, at + 1)
            value, end = _decoder.raw_decode(text, start)
        except ValueError as error:
            raise _Refused(INVALID_DATA_FORMAT) from error
        keys[key] = (value, start, end)
        at = _skip(text, end)
        if text[at:at + 1] == ",":
            at = _skip(text, at + 1)
            if text[at:at + 1] != '"':
                raise _Refused(INVALID_DATA_FORMAT)
        elif text[at:at + 1] != "}":
            raise _Refused(INVALID_DATA_FORMAT)
    return keys, at + 1


def _event(text: str, keys: _Keys) -> HecEvent:
    if not keys.keys() <= _KEYS:
        raise _Refused(INVALID_DATA_FORMAT)
    if "event" not in keys or keys["event"][0] is None:
        raise _Refused(EVENT_REQUIRED)
    value, start, end = keys["event"]
    if value == "":
        raise _Refused(EVENT_BLANK)
    raw = str(value) if isinstance(value, str) else text[start:end]
    given: dict[str, str | None] = {}
    for name in ("host", "source", "sourcetype", "index"):
        found = keys[name][0] if name in keys else None
        if found is not None and type(found) is not str:
            raise _Refused(INVALID_DATA_FORMAT)
        given[name] = found or None
    return HecEvent(raw, _time(keys), fields=_fields(keys), **given)


def _time(keys: _Keys) -> float | None:
    """Epoch seconds with decimals, as a number or text; HEC knows no exponents."""
    value = keys["time"][0] if "time" in keys else None
    if value is None:
        return None
    if not isinstance(value, str) or not _TIME.fullmatch(value.strip()):
        raise _Refused(INDEXED_FIELDS)
    return float(value)


def _fields(keys: _Keys) -> dict[str, str | list[str]]:
    """Indexed fields: one level, each a value or an array of values."""
    given = keys["fields"][0] if "fields" in keys else {}
    if not isinstance(given, dict):
        raise _Refused(INDEXED_FIELDS)
    return {name: [_scalar(part) for part in value] if isinstance(value, list)
            else _scalar(value) for name, value in given.items()}


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return str(value)
    raise _Refused(INDEXED_FIELDS)


# --- raw payloads ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Defaults:
    """What a token gives to events that do not say themselves."""

    index: str
    sourcetype: str = "httpevent"
    source: str = "http:lab"
    host: str = "lab"


class _Body(Source):
    def __init__(self, data: bytes):
        self.problem = ""
        self._data = data

    def chunks(self) -> Iterator[bytes]:
        yield self._data


def parse_raw(data: bytes, app: App, defaults: Defaults) -> list[HecEvent]:
    """The events of a payload of services/collector/raw, broken and dated by the source type's
    props. Raises HecError for an empty one, IngestError for props that the lab cannot follow."""
    if not data.strip():
        raise HecError(NO_DATA)
    dater = Dater(app, defaults.sourcetype, defaults.source, defaults.host)
    pieces = break_lines(_Body(data), dater.breaker)
    if dater.merge:
        pieces = merged(pieces, dater.recogniser)
    events = []
    for piece in pieces:
        raw = dater.cut(piece.text)
        events.append(HecEvent(raw, dater.recogniser.find(raw), defaults.host, defaults.source,
                               defaults.sourcetype, defaults.index))
    return events


# --- indexing --------------------------------------------------------------------------------


@dataclass
class Delivery:
    """`indexed` counts by index; `dropped` has one sentence for each event not indexed."""

    indexed: dict[str, int] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)


def deliver(home: Home, app: App, events: list[HecEvent], defaults: Defaults, now: float
            ) -> Delivery:
    """Index the events; `now` is their index time, and their time where they have none.

    A data point for an event index, and an event for a metric index, is dropped with the reason:
    the indexer does that behind HEC's back, which answers Success.
    """
    delivery = Delivery()
    batches: dict[str, list[Event]] = {}
    daters: dict[tuple[str, str, str], Dater] = {}
    for event in events:
        index = event.index or defaults.index
        definition = app.indexes.get(index)
        key = (event.sourcetype or defaults.sourcetype, event.source or defaults.source,
               event.host or defaults.host)
        try:
            if definition is None:
                raise MetricError("the index is not known")
            if key not in daters:
                daters[key] = Dater(app, *key)
            raw, fields = _indexed(event, definition.datatype, daters[key])
        except (MetricError, IngestError) as error:
            delivery.dropped.append(f"index {index}: {error}")
            continue
        moment = now if event.time is None else event.time
        batches.setdefault(index, []).append(Event(moment, now, raw, *key, fields))
    for index, made in batches.items():
        delivery.indexed[index] = home.store.append(index, made)
    return delivery


def _indexed(event: HecEvent, datatype: str, dater: Dater) -> tuple[str, Fields]:
    """The text and the indexed fields: those of the payload, and those of index-time transforms."""
    if datatype == "metric":
        if is_data_point(event.fields) or dater.index_time.schema is None:
            return "", data_point(event.fields)
        return "", metric_event(event.raw, dater)[1]
    if event.is_metric:
        raise MetricError("a metric data point cannot go into an event index")
    return dater.cut(event.raw), {**event_fields(event.raw, dater), **event.fields}
