"""`lab ingest`: files become events of one index and source type, by the app's props.

What cannot be indexed is put into HOME/quarantine/ingest.jsonl (file, offset, reason, text) and
counted; it never stops the records beside it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lab.app import App
from lab.conf import TRUE_WORDS
from lab.engine.store import Event
from lab.home import Home
from lab.ingest.breaking import (
    DEFAULT_LINE_BREAKER,
    Piece,
    Source,
    break_lines,
    records_start,
    split_records,
)
from lab.ingest.indextime import IndexTime
from lab.ingest.metrics import Fields, MetricError, data_point, flat_point, is_data_point
from lab.ingest.timestamp import Recogniser, TimestampError, parse_time

CLOUDTRAIL = "aws:cloudtrail"
DEFAULT_TRUNCATE = 10_000
DEFAULT_HOST = "lab"
class IngestError(Exception):
    """Nothing was indexed; the text says which argument, file or stanza, and what to do."""


@dataclass
class Report:
    """`quarantined` holds one sentence for each piece that was refused."""

    indexed: int = 0
    quarantined: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Request:
    """Where events go. Times are epoch seconds; `index_time` None means each event's own."""

    index: str
    sourcetype: str
    source: str | None = None
    host: str = DEFAULT_HOST
    time_field: str | None = None
    index_time: float | None = None


def check_index(app: App, index: str) -> None:
    if index not in app.indexes:
        raise IngestError(
            f"index {index!r} is not known: indexes.conf of the app has"
            f" {', '.join(sorted(app.indexes))}"
        )


def check_sourcetype(app: App, sourcetype: str) -> None:
    if sourcetype not in app.sourcetypes and not sourcetype.startswith("ciw:"):
        raise IngestError(
            f"source type {sourcetype!r} is not known: props.conf of the app and Splunk have"
            f" {', '.join(app.sourcetypes)}, and ciw:*"
        )


class Dater:
    """Dates and cuts the events of one (source type, source, host) as the indexer would."""

    def __init__(self, app: App, sourcetype: str, source: str, host: str):
        self.settings = dict(app.props(sourcetype, source, host))
        try:
            self.index_time = IndexTime.of(app, self.settings)
            self.recogniser = Recogniser.of(self.settings)
            self.truncate = int(self.settings.get("TRUNCATE", DEFAULT_TRUNCATE))
        except (TimestampError, ValueError) as error:
            raise IngestError(f"props.conf [{sourcetype}] {error}") from error
        self.merge = self.settings.get("SHOULD_LINEMERGE", "false").lower() in TRUE_WORDS
        self.breaker = self.settings.get("LINE_BREAKER") or DEFAULT_LINE_BREAKER
        self.json = self.settings.get("KV_MODE", "").lower() == "json"

    def cut(self, raw: str) -> str:
        """At TRUNCATE bytes, 0 meaning never."""
        if self.truncate <= 0 or len(raw) * 4 <= self.truncate:
            return raw
        data = raw.encode("utf-8", "replace")
        if len(data) <= self.truncate:
            return raw
        return data[:self.truncate].decode("utf-8", "ignore")


def json_object(text: str) -> dict:
    """The JSON object that `text` is; ValueError otherwise."""
    value = json.loads(text, strict=False)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 (callers catch ValueError alone)
    return value


def field_value(document: dict, path: str) -> object:
    """A field by its whole name, else along its dots."""
    if path in document:
        return document[path]
    current: object = document
    for part in path.split("."):
        if not isinstance(current, dict):
            return None
        current = current.get(part)
    return current


def metric_event(raw: str, dater: Dater, time_field: str | None = None
                 ) -> tuple[float | None, Fields]:
    """The time and the fields of a data point: HEC's metric JSON, or text under a metric schema.

    Raises MetricError (a ValueError) for what is neither.
    """
    schema = dater.index_time.schema
    try:
        document = json_object(raw)
    except ValueError as error:
        if schema is None:
            raise MetricError(f"the event is no metric: {error}") from error
        document = {}
    nested = document.get("fields") if document.get("event") == "metric" else document
    if isinstance(nested, dict) and is_data_point(nested):
        return parse_time(document.get("time")), flat_point(document)
    if schema is None:
        raise MetricError("no measure: a field named metric_name:<name> is needed, or"
                          " METRIC-SCHEMA-TRANSFORMS for the source type")
    moment = parse_time(field_value(document, time_field)) if time_field \
        else dater.recogniser.find(raw)
    return moment, data_point(schema.data_point(dater.index_time.fields(raw)))


def event_fields(raw: str, dater: Dater) -> Fields:
    """The indexed fields of an event for an event index. Raises MetricError for a metric."""
    if dater.index_time.schema is not None:
        raise MetricError("METRIC-SCHEMA-TRANSFORMS makes it a metric data point, which cannot go"
                          " into an event index")
    return dater.index_time.fields(raw) if dater.index_time.transforms else {}


def merged(pieces: Iterator[Piece], recogniser: Recogniser) -> Iterator[Piece]:
    """SHOULD_LINEMERGE with BREAK_ONLY_BEFORE_DATE (its default): a dated line begins an event."""
    held: Piece | None = None
    for piece in pieces:
        if held is None or recogniser.find(piece.text) is not None:
            if held is not None:
                yield held
            held = piece
        else:
            held = Piece(held.text + "\n" + piece.text, held.offset)
    if held is not None:
        yield held


def pieces_of(source: Source, request: Request, dater: Dater) -> Iterator[Piece]:
    if request.sourcetype == CLOUDTRAIL and _looks_wrapped(source):
        text = source.text()
        start = records_start(text)
        if start is not None:
            yield from split_records(text, start)
            return
    pieces = break_lines(source, dater.breaker)
    yield from merged(pieces, dater.recogniser) if dater.merge else pieces


def _looks_wrapped(source: Source) -> bool:
    """Whether the first bytes may begin `{"Records":[`; a look ahead spares large line files."""
    first = next(source.chunks(), b"")[:65536]
    source.problem = ""
    return b'"Records"' in first or len(first.splitlines()) <= 1


def ingest(home: Home, app: App, files: Sequence[Path], request: Request,
           note: Callable[[str], None] = lambda text: None) -> Report:
    """Index the files in order. Raises IngestError before anything is indexed."""
    check_index(app, request.index)
    check_sourcetype(app, request.sourcetype)
    for file in files:
        if not file.is_file():
            raise IngestError(f"{file}: there is no such file")
    report = Report()
    refused: list[dict[str, object]] = []

    def refuse(file: Path, piece: Piece, reason: str) -> None:
        sentence = f"{file}: offset {piece.offset}: {reason}"
        report.quarantined.append(sentence)
        refused.append({"file": str(file), "offset": piece.offset, "reason": reason,
                        "text": piece.text})
        note(sentence)

    metric = app.indexes[request.index].datatype == "metric"

    def events() -> Iterator[Event]:
        for file in files:
            yield from _events_of(app, file, request, metric, refuse, report)

    report.indexed = home.store.append(request.index, events())
    if refused:
        with open(home.quarantine_dir / "ingest.jsonl", "a", encoding="utf-8") as handle:
            handle.writelines(json.dumps(entry) + "\n" for entry in refused)
    for text in report.notes:
        note(text)
    return report


def _events_of(app: App, file: Path, request: Request, metric: bool,
               refuse: Callable[[Path, Piece, str], None], report: Report) -> Iterator[Event]:
    where = request.source or str(file)
    dater = Dater(app, request.sourcetype, where, request.host)
    source = Source(file)
    cut = 0
    for piece in pieces_of(source, request, dater):
        if piece.problem:
            refuse(file, piece, piece.problem)
            continue
        try:
            event = _event(piece.text, where, request, metric, dater)
        except (ValueError, RecursionError) as error:
            refuse(file, piece, str(error))
            continue
        cut += event.raw != piece.text and not metric
        yield event
    if source.problem:
        refuse(file, Piece("", 0), source.problem)
    if cut:
        report.notes.append(f"{file}: {cut} events were cut at TRUNCATE = {dater.truncate} bytes")


def _event(text: str, where: str, request: Request, metric: bool, dater: Dater) -> Event:
    if metric:
        moment, fields = metric_event(text, dater, request.time_field)
        if moment is None:
            raise ValueError("no time: field time is missing, or neither epoch seconds nor ISO 8601")
        indextime = moment if request.index_time is None else request.index_time
        return Event(moment, indextime, "", request.sourcetype, where, request.host, fields)
    document = None
    if dater.json or request.time_field or request.sourcetype == CLOUDTRAIL:
        try:
            document = json_object(text)
        except ValueError as error:
            if dater.json or request.sourcetype == CLOUDTRAIL:
                raise ValueError(f"the event is not a JSON object: {error}") from error
    raw = dater.cut(text)
    fields = event_fields(text, dater)
    if dater.recogniser.current and not request.time_field:
        moment = time.time() if request.index_time is None else request.index_time
        return Event(moment, moment, raw, request.sourcetype, where, request.host, fields)
    moment = dater.recogniser.find(raw) if dater.recogniser.explicit else None
    if moment is None and request.time_field:
        if document is None:
            raise ValueError(f"--time-field {request.time_field} needs JSON, and this is none")
        moment = parse_time(field_value(document, request.time_field))
        if moment is None:
            raise ValueError(
                f"field {request.time_field} is missing, or neither epoch seconds nor ISO 8601")
    if moment is None and not dater.recogniser.explicit:
        moment = dater.recogniser.find(raw)
    if moment is None:
        raise ValueError("no time stamp found by the source type's props; give --time-field")
    indextime = moment if request.index_time is None else request.index_time
    return Event(moment, indextime, raw, request.sourcetype, where, request.host, fields)
