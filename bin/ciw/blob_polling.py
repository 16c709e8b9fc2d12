"""Reading logs that grow in storage: a folder an hour, a shard a blob, nothing listed for ever.

Azure writes its logs as `…/y=2026/m=01/d=05/h=09/m=00/…/PT1H.json`, below a folder for each
resource, and appends to a blob for the hour that its path names ("Send Azure resource logs to a
storage account", learn.microsoft.com/azure/azure-monitor/platform/resource-logs). A blob is read
from its committed offset on in every run, until the service's own clock is past the hour by the
overlap. Behind that lies the frontier of its resource: older folders are not listed again, but
for those in which something is left.

A blob that was read before proves that it is the same one by the last bytes before the offset.
"""

from __future__ import annotations

import calendar
import hashlib
import math
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Callable

from .azure_blobs import Blob, BlobGone, BlobShorter, Container
from .blob_ahead import Ahead
from .declare import Bad, Cursor, Meta, Page, Shard
from .errors import Retriable, ShardError
from .http import Refused
from .progress import Progress

_HOUR, _DAY = 3600.0, 86400.0
_DATE = re.compile(r"/y=(\d{4})/m=(\d\d)/d=(\d\d)/h=(\d\d)/")
_DEEPEST = 24
# Folders with something left over that are remembered while the frontier moves on.
_LEFT = 200
# Bytes before the offset that tell whether a blob is still the one that was read.
_TAIL = 256
# Events of one record count as fractions of a byte, so that the position grows with each.
_FRACTION = 1 << 20


@dataclass(frozen=True)
class Work:
    """A shard's payload."""

    blob: Blob
    ahead: Ahead

    @property
    def container(self) -> Container:
        return self.ahead.container

    @property
    def url(self) -> str:
        return self.container.blob_url(self.blob)


@dataclass
class Parsed:
    """What a piece of a blob completed; `end` is the offset in the blob behind it, `count` how
    many records the piece holds, whatever became of them."""

    events: list[tuple[str, str]]
    bad: list[Bad]
    end: int
    count: int
    filtered: int = 0
    clean: bool = False


Parse = Callable[[Iterable[bytes], int, bool], Iterator[Parsed]]
"""(pieces, offset of the first in the blob, whether the blob still grows)."""


def shards(
    context: Any, container: Container, is_wanted: Callable[[str], bool] = lambda folder: True
) -> Iterator[Shard]:
    """The blobs of a container that may have grown, resource by resource, oldest first."""
    ahead = Ahead(container)
    try:
        for folder in _resources(container, "", 0):
            if context.stopping():
                return
            if is_wanted(folder):
                yield from _of_resource(context, ahead, folder)
    except (Retriable, ShardError) as error:
        yield _unlisted(container, "", error)
    finally:
        ahead.close()


def _resources(container: Container, folder: str, depth: int) -> Iterator[str]:
    """The folders that hold years, found level by level: a delimiter of one slash is all that
    accounts with a hierarchical namespace take."""
    for listing in container.listing(folder, "/"):
        for below in listing.folders:
            if below.rpartition("/")[0].rpartition("/")[2].startswith("y="):
                yield folder
                return
            if depth < _DEEPEST:
                yield from _resources(container, below, depth + 1)


def _of_resource(context: Any, ahead: Ahead, folder: str) -> Iterator[Shard]:
    container = ahead.container
    now = container.server_time
    settled_before = now - context.arguments["overlap_minutes"] * 60.0
    key = f"frontier\0{container.label}\0{folder}"
    known = context.checkpoint.get(key)
    frontier = _Frontier(context, key, known, now - context.arguments["backfill_days"] * _DAY)
    progress = Progress(context, f"{container.label}/{folder}", frontier.position, now)
    for start, end in frontier.spans(settled_before, now):
        left = False
        for shard in _of_span(context, ahead, folder, start, end, settled_before):
            yield shard
            if shard.outcome == "stopped" or context.stopping():
                return
            left = left or shard.endless or shard.outcome not in ("done", "already_done")
        frontier.reached(start, end, left, settled=end <= settled_before)
        progress.reached(start)


class _Frontier:
    """How far the folders of a resource are done with: all before `position` but those `left`."""

    def __init__(self, context: Any, key: str, known: Cursor | None, first: float):
        self._context = context
        self._key = key
        self._unbroken = True
        self.position = known.position if known else math.floor(first / _HOUR) * _HOUR
        self._left = [tuple(span) for span in known.state["left"]] if known else []
        if known is None:
            self._commit()

    def spans(self, settled_before: float, now: float) -> Iterator[tuple[float, float]]:
        """[start, end) of what to list: what was left, whole days that are past, then hours."""
        yield from list(self._left)
        start = self.position
        while start < now:
            is_day = start % _DAY == 0 and start + _DAY <= settled_before
            end = start + (_DAY if is_day else _HOUR)
            yield start, end
            start = end

    def reached(self, start: float, end: float, left: bool, settled: bool) -> None:
        span = (start, end)
        if span in self._left:
            if left:
                return
            self._left.remove(span)
        else:
            # Without room to remember it the frontier waits.
            room = not left or len(self._left) < _LEFT
            self._unbroken = self._unbroken and settled and room
            if not self._unbroken:
                return
            self.position = end
            if left:
                self._left.append(span)
        self._commit()

    def _commit(self) -> None:
        self._context.checkpoint.commit(
            self._key, Cursor(self.position, state={"left": [list(span) for span in self._left]})
        )


def _of_span(
    context: Any, ahead: Ahead, folder: str, start: float, end: float, settled_before: float
) -> Iterator[Shard]:
    form = "y=%Y/m=%m/d=%d/" if end - start == _DAY else "y=%Y/m=%m/d=%d/h=%H/"
    prefix = folder + time.strftime(form, time.gmtime(start))
    try:
        for listing in ahead.container.listing(prefix):
            yield from ahead.each(
                _to_read(context, ahead, listing.blobs, settled_before, end > settled_before)
            )
    except (Retriable, ShardError) as error:
        yield _unlisted(ahead.container, prefix, error)


def _to_read(
    context: Any, ahead: Ahead, blobs: list[Blob], settled_before: float, is_open: bool
) -> Iterator[tuple[Shard, Blob | None, int]]:
    """(shard, its blob, where reading starts) of those that are not read to their end."""
    for blob in blobs:
        shard = _shard(ahead, blob, settled_before)
        if shard.filtered:
            yield shard, None, 0
            continue
        known = context.checkpoint.get(shard.key)
        if known is not None and known.done:
            continue
        place = _place(known)
        if not place.etag or place.etag != blob.etag:
            yield shard, blob, max(0, place.offset - _TAIL)
        elif not is_open:
            # In a folder that is past even what has not grown must be told to be at its end.
            yield shard, None, 0


def _shard(ahead: Ahead, blob: Blob, settled_before: float) -> Shard:
    label = f"{ahead.container.label}/{blob.name}"
    hour = _hour(blob.name)
    if hour is None or not blob.name.endswith(".json"):
        return Shard("", label, filtered=1)
    return Shard(
        key=f"blob\0{label}",
        label=label,
        payload=Work(blob, ahead),
        endless=hour + _HOUR > settled_before or blob.modified > settled_before,
        partition=ahead.container.label,
        server_time=ahead.container.server_time,
    )


def _hour(name: str) -> float | None:
    match = _DATE.search(name)
    if match is None:
        return None
    year, month, day, hour = (int(part) for part in match.groups())
    return float(calendar.timegm((year, month, day, hour, 0, 0)))


def _unlisted(container: Container, prefix: str, error: Exception) -> Shard:
    reason = str(error)
    if isinstance(error, Refused) and error.status == 404:
        reason += " (is the export to this account switched on?)"
    name = f"{container.label}/{prefix}"
    return Shard("list\0" + name, f"the list of {name}", failure=reason)


@dataclass(frozen=True)
class _Place:
    """How far a blob has been read: up to `offset`, and `events` of the record behind it.

    `base` is added to the offset in the cursor's position, which grows on where a blob was
    replaced by a shorter one. `etag` is that of the version that was read to its end.
    """

    base: float = 0.0
    offset: int = 0
    events: int = 0
    tail: str = ""
    etag: str = ""

    def cursor(self) -> Cursor:
        fraction = min(self.events, _FRACTION - 1) / _FRACTION
        state = {name: getattr(self, name) for name in ("base", "offset", "events", "tail", "etag")}
        return Cursor(self.base + self.offset + fraction, state=state)


def _place(cursor: Cursor | None) -> _Place:
    return _Place(**cursor.state) if cursor is not None and cursor.state else _Place()


def pages(
    context: Any, shard: Shard, cursor: Cursor | None, parse: Parse, meta: Meta
) -> Iterator[Page]:
    """Pages of what came behind the committed offset."""
    work: Work = shard.payload
    place = _place(cursor)
    if work.blob.size == 0 or (place.etag and place.etag == work.blob.etag):
        return
    try:
        yield from _pages(context, shard, place, parse, meta)
    except _Replaced:
        context.log.warning(
            "blob_replaced",
            object=shard.label,
            after=place.offset,
            meaning="it is another one than was read before, and is read from its start",
        )
        again = _Place(base=math.floor(place.base + place.offset) + 1.0)
        yield from _pages(context, shard, again, parse, meta)
    except BlobGone:
        context.log.warning(
            "blob_deleted",
            object=shard.label,
            read=place.offset,
            size=work.blob.size,
            meaning="it was deleted before it was read to its end",
        )


class _Replaced(Exception):
    """The blob does not hold what was read before."""


def _pages(
    context: Any, shard: Shard, place: _Place, parse: Parse, meta: Meta
) -> Iterator[Page]:
    tape = _Tape(shard.payload, place, context.page_bytes)
    for parsed in parse(tape.pieces(), place.offset, shard.endless):
        known = min(place.events, len(parsed.events))
        context.count("read", parsed.count)
        context.count("repeated", known)
        *parts, rest = _groups(parsed.events, known, context.page_bytes)
        sent = known
        for part in parts:
            sent += len(part)
            yield Page(meta, part, replace(place, events=sent).cursor(), clean=parsed.clean)
        place = replace(
            place, offset=parsed.end, events=place.events - known, tail=tape.tail(parsed.end)
        )
        # What is bad goes with the page that ends the piece: it is told once.
        yield Page(
            meta, rest, place.cursor(), parsed.bad, parsed.filtered, clean=parsed.clean
        )
    final = replace(place, etag=tape.etag).cursor()
    # Of one that is done with the checkpoint need not know how to go on.
    yield Page(meta, [], final if shard.endless else Cursor(final.position))


def _groups(
    events: list[tuple[str, str]], start: int, size: int
) -> Iterator[list[tuple[str, str]]]:
    """The events from `start` on in groups of about `size` characters; one group at least."""
    length, first = 0, start
    for index in range(start, len(events)):
        if length and length + len(events[index][1]) > size:
            yield events[first:index]
            length, first = 0, index
        length += len(events[index][1])
    yield events[first:] if first or start else events


class _Tape:
    """The bytes of a blob behind its place, with what proves that the blob is still the same."""

    def __init__(self, work: Work, place: _Place, piece: int):
        self._work = work
        self._place = place
        self._piece = piece
        self._start = max(0, place.offset - _TAIL)
        self._recent = bytearray()
        self.etag = ""

    def pieces(self) -> Iterator[bytes]:
        """Raises _Replaced, BlobGone, Retriable, ShardError."""
        is_checked = False
        try:
            for content, etag in self._work.ahead.read(self._work.blob, self._start):
                self._recent += content
                self.etag = etag.strip('"')
                if not is_checked:
                    content = content[self._check() :]
                    is_checked = True
                for at in range(0, len(content), self._piece):
                    yield content[at : at + self._piece]
        except BlobShorter as error:
            if self._place.offset:
                raise _Replaced from error

    def _check(self) -> int:
        """The number of bytes before the offset, which were read before."""
        offset = self._place.offset
        before = offset - self._start
        if offset and (len(self._recent) < before or self._digest(offset) != self._place.tail):
            raise _Replaced
        return before

    def tail(self, end: int) -> str:
        """The mark of the bytes before `end`; what lies before them is let go."""
        digest = self._digest(end)
        kept = max(0, end - _TAIL)
        del self._recent[: kept - self._start]
        self._start = kept
        return digest

    def _digest(self, end: int) -> str:
        piece = self._recent[max(0, end - _TAIL - self._start) : end - self._start]
        return hashlib.sha256(piece).hexdigest()[:16]
