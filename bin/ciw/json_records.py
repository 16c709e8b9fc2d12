"""The records of a JSON document such as `{"Records": [ … ]}`, each as its original text.

The standard library's scanner (C) finds each record's extent and checks that it is JSON; the text
between is kept as it came. Where a record is not JSON, reading goes on at the next thing that
looks like one: one bad record costs one record. Memory holds the largest record and one piece.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from json.decoder import JSONDecodeError, JSONDecoder
from typing import Any, Callable

from .bad_record import BadRecord
from .errors import CorruptObject

_STRICT = JSONDecoder(strict=True).scan_once
_LENIENT = JSONDecoder(strict=False).scan_once
_BLANKS = re.compile(r"[ \t\r\n]*")
_CANDIDATE = re.compile(r",[ \t\r\n]*(?=\{)")
# A literal, number or escape cut at the end of the window fails this close to it.
_NEAR_END = 24
# Attempts to find the next record behind a bad one before only sure signs count.
_ATTEMPTS = 2000


class _Incomplete(Exception):
    """The value may go on beyond the text at hand."""


class _Malformed(Exception):
    """The value is not JSON."""


@dataclass
class Batch:
    """What one piece completed: what `extract` took of each record, and its original text.

    `count` is the number of records (good or bad) up to its end, `window` the length of the text
    they were found in, `ascii` that all of that is ASCII. `end` is the offset behind its last
    record, in the bytes of the pieces.
    """

    count: int
    values: list[Any] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    bad: list[BadRecord] = field(default_factory=list)
    lenient: int = 0
    ascii: bool = False
    window: int = 0
    end: int = 0


def records(
    pieces: Iterable[bytes],
    skip: int,
    is_record: Callable[[dict[str, Any]], bool],
    extract: Callable[[dict[str, Any]], Any],
    limit: int = 16 << 20,
    list_name: str = "Records",
    growing: bool = False,
) -> Iterator[Batch]:
    """Batches of the records after the first `skip`.

    Of a `growing` document the end is still to come: what is incomplete there is left alone.

    `is_record` tells a record from any object inside one, for going on behind a bad record.
    `extract` takes what is needed of a parsed record, which is then let go at once: keeping the
    parsed records of a piece alive costs nearly as much as parsing them.
    `limit` is the largest record accepted, in characters. `lenient` counts records with raw
    control characters inside strings, which are accepted.
    """
    reader = _Reader(skip, is_record, extract, limit, list_name)
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    # Each piece is read when the next one is known, so that the last one ends the document.
    held, cut, failure, iterator = b"", "", None, iter(pieces)
    while True:
        try:
            piece = next(iterator, None)
        except CorruptObject as error:
            piece = None
            cut = f"{error.reason} at offset {error.offset} of the decompressed object"
        except Exception as error:  # noqa: BLE001 (raised below: what came before it is good)
            piece, failure = None, error
        if piece is None:
            break
        if held:
            batch = reader.feed(decoder.decode(held))
            if batch.texts or batch.bad:
                yield batch
        held = piece
    growing = growing or failure is not None
    batch = reader.feed(decoder.decode(held, not growing), True, growing, cut)
    if batch.texts or batch.bad:
        yield batch
    if failure is not None:
        raise failure


class _Reader:
    """A state machine over a window of text: head, item, separator, after (the list), bad."""

    def __init__(
        self,
        skip: int,
        is_record: Callable[[dict[str, Any]], bool],
        extract: Callable[[dict[str, Any]], Any],
        limit: int,
        list_name: str,
    ):
        self._extract = extract
        self._skip = skip
        self._is_record = is_record
        self._limit = limit
        self._list_name = list_name
        self._opening = '{"' + list_name + '":['
        self._state = self._document
        self._text = ""
        self._pos = 0
        self._base = 0
        self._wanted = 0
        self._count = 0
        self._lists = 0
        self._bad: Any = None
        self._final = False
        self._last = False
        self._cut = ""
        self._end = 0
        self._batch = Batch(0)

    def feed(
        self, text: str, last: bool = False, growing: bool = False, cut: str = ""
    ) -> Batch:
        """What `text` completes. The `last` text is all there is, for now where it is `growing`."""
        self._text = self._text[self._pos :] + text
        self._pos = 0
        self._end = 0
        self._last = last
        self._final = final = last and not growing
        self._cut = cut
        self._batch = batch = Batch(self._count)
        batch.ascii, batch.window = self._text.isascii(), len(self._text)
        # Looking again at a long incomplete value only when the window has doubled keeps the
        # work linear in its length.
        if len(self._text) >= self._wanted or last:
            self._wanted = 0
            try:
                while self._state():
                    pass
            except _Incomplete:
                self._await_more()
        if final:
            self._finish()
        batch.end = self._base + _size(self._text, self._end)
        self._base += _size(self._text, self._pos)
        batch.count = self._count
        return batch

    def _await_more(self) -> None:
        """The window ends inside a value: more text is needed, unless it is already too much."""
        held = len(self._text) - self._pos
        self._wanted = min(2 * held, self._limit + 1)
        if held > self._limit and self._bad is None:
            inside_list = self._state in (self._items, self._item)
            self._open_bad(f"a value larger than {self._limit} characters")
            self._state = self._seek if inside_list else self._lost
            self._wanted = 0

    def _finish(self) -> None:
        rest = self._text[self._pos :]
        if self._bad is not None:
            self._bad.absorb(rest)
            self._close_bad()
        elif rest.strip(" \t\r\n") or self._cut or self._state != self._document:
            self._open_bad("the object ends in the middle of its JSON")
            self._bad.absorb(rest)
            self._close_bad()
        elif self._state == self._document and not self._lists:
            self._open_bad("the object is empty")
            self._close_bad()
        self._pos = self._end = len(self._text)

    # Each state consumes from the window and returns True when another step may follow.

    def _document(self) -> bool:
        """Before `{` of a document (there may be several after one another)."""
        if self._base == 0 and self._pos == 0 and self._text.startswith("\ufeff"):
            self._pos = 1
        if not self._blanks():
            return False
        if self._text.startswith(self._opening, self._pos):
            # What every file of a trail begins with.
            return self._list(self._pos + len(self._opening))
        if self._text[self._pos] != "{":
            self._open_bad("not a JSON object")
            self._state = self._lost
            return True
        self._pos += 1
        self._state = self._member
        return True

    def _member(self) -> bool:
        """Before a member of the document or its closing brace."""
        if not self._blanks():
            return False
        text = self._text
        if text[self._pos] in ",}":
            self._pos += 1
            if text[self._pos - 1] == "}":
                self._end_document()
            return True
        start = self._pos
        try:
            if text[start] != '"':
                raise _Malformed("a member's name is expected")
            name, end = self._scan(start)
            end = _BLANKS.match(text, end).end()
            if end >= len(text):
                raise _Incomplete
            if text[end] != ":":
                raise _Malformed("a colon is expected")
            end = _BLANKS.match(text, end + 1).end()
            if end >= len(text):
                raise _Incomplete
            if name == self._list_name and text[end] == "[":
                return self._list(end + 1)
            _, end = self._scan(end)
            if end >= len(text) and not self._final:
                raise _Incomplete
        except _Malformed as error:
            self._open_bad(f"not JSON: {error}")
            self._state = self._lost
            return True
        self._pos = end
        return True

    def _list(self, start: int) -> bool:
        self._pos = start
        self._lists += 1
        self._state = self._first_item
        return True

    def _end_document(self) -> None:
        if not self._lists:
            self._open_bad(f"a JSON object without a list {self._list_name!r}")
            self._bad.absorb(self._text[: self._pos])
            self._close_bad()
            self._lists = 1
        self._state = self._document

    def _first_item(self) -> bool:
        """Behind `[`: an empty list is one too."""
        if not self._blanks():
            return False
        if self._text[self._pos] == "]":
            self._pos += 1
            self._state = self._member
        else:
            self._state = self._items
        return True

    def _items(self) -> bool:
        """The fast path: record after record, as long as nothing is special about one."""
        if not self._blanks():
            return False
        text, pos, scan = self._text, self._pos, _STRICT
        extract, value_of, text_of = self._extract, self._batch.values, self._batch.texts
        skip, count, behind = self._skip, self._count, self._end
        found, failure = None, None
        last = self._last_start()
        try:
            while pos <= last:
                found = value, end = scan(text, pos)
                if text[end] != "," or value.__class__ is not dict:
                    break
                if count >= skip:
                    value_of.append(extract(value))
                    text_of.append(text[pos:end])
                count += 1
                behind = end
                pos = end + 1
                if text[pos] != "{":
                    pos = _BLANKS.match(text, pos).end()
            else:
                self._pos, self._count, self._end = pos, count, behind
                return False
        except (JSONDecodeError, StopIteration, RecursionError) as error:
            found, failure = None, error
        except IndexError:
            # The window ends behind this value or before the next one.
            found = None
        self._pos, self._count, self._end = pos, count, behind
        return self._item(found, failure)

    def _last_start(self) -> int:
        """Behind this place in the window nothing begins that is likely to end in it.

        Scanning half a record is work for nothing. Records that begin otherwise are scanned.
        """
        place = -1 if self._last else self._text.rfind("},{", self._pos)
        return place + 1 if place >= 0 else len(self._text)

    def _item(
        self, found: tuple[Any, int] | None = None, failure: Exception | None = None
    ) -> bool:
        """One record, whatever may be special about it; `found` or `failure` if it was scanned."""
        if not self._blanks():
            return False
        start = self._pos
        try:
            value, end = found or self._scan(start, failure)
            end_of_value = end
            end = _BLANKS.match(self._text, end).end()
            if end >= len(self._text):
                if not self._final:
                    raise _Incomplete
                # Cut right behind a record, which is whole if it is an object.
                return self._accept(start, end_of_value, value)
            if self._text[end] not in ",]":
                raise _Malformed("a comma or bracket is expected after the record")
        except _Malformed as error:
            self._open_bad(f"not JSON: {error}")
            self._state = self._seek
            return True
        self._accept(start, end_of_value, value)
        self._pos = end + 1
        self._state = self._items if self._text[end] == "," else self._member
        return True

    def _accept(self, start: int, end: int, value: Any) -> bool:
        if isinstance(value, dict):
            if self._count >= self._skip:
                self._batch.values.append(self._extract(value))
                self._batch.texts.append(self._text[start:end])
            self._count += 1
        else:
            self._open_bad("a record that is no JSON object")
            self._bad.absorb(self._text[start:end])
            self._close_bad()
        self._pos = self._end = end
        return False

    def _seek(self) -> bool:
        """Inside a bad record: looks for the next good one."""
        attempts = 0
        text, start = self._text, self._pos
        for match in _CANDIDATE.finditer(text, start):
            attempts += 1
            place = match.end()
            if attempts > _ATTEMPTS and not text.startswith('{"event', place):
                continue
            try:
                value, end = self._scan(place)
                end = _BLANKS.match(text, end).end()
                if end >= len(text):
                    raise _Incomplete
            except _Malformed:
                continue
            except _Incomplete:
                if self._final:
                    return False
                if len(text) - place > self._limit:
                    continue
                self._bad.absorb(text[start : match.start()])
                self._pos = match.start()
                raise
            if text[end] in ",]" and isinstance(value, dict) and self._is_record(value):
                self._bad.absorb(text[start : match.start()])
                self._close_bad()
                self._pos = self._end = place
                self._state = self._items
                return True
        if self._final:
            return False
        # What is left may hold the start of a candidate.
        kept = max(start, len(text) - 64)
        self._bad.absorb(text[start:kept])
        self._pos = kept
        return False

    def _lost(self) -> bool:
        """The document is no JSON at all: everything to its end belongs to the bad extent."""
        self._bad.absorb(self._text[self._pos :])
        self._pos = len(self._text)
        return False

    def _blanks(self) -> bool:
        """Skips white space; False when the window ends with it."""
        self._pos = _BLANKS.match(self._text, self._pos).end()
        return self._pos < len(self._text)

    def _scan(self, start: int, failure: Exception | None = None) -> tuple[Any, int]:
        """(value, end) of what begins at `start`; `failure` where that is known to be no JSON."""
        try:
            try:
                if failure is not None:
                    raise failure
                return _STRICT(self._text, start)
            except JSONDecodeError as error:
                if not error.msg.startswith("Invalid control character"):
                    raise
                value = _LENIENT(self._text, start)
                self._batch.lenient += 1
                return value
        except JSONDecodeError as error:
            place, message = error.pos, error.msg
        except StopIteration as error:
            place, message = error.value, "a value is expected"
        except RecursionError:
            raise _Malformed("nested too deeply")
        at_end = message.startswith("Unterminated string") or place + _NEAR_END >= len(self._text)
        if at_end and not (self._final and self._ends_whole()):
            raise _Incomplete
        offset = self._base + _size(self._text, place)
        raise _Malformed(f"{message} at offset {offset}")

    def _ends_whole(self) -> bool:
        """A document that ends as it should was not cut: a bracket is missing inside."""
        return not self._cut and self._text.rstrip(" \t\r\n").endswith("]}")

    def _open_bad(self, reason: str) -> None:
        offset = self._base + _size(self._text, self._pos)
        if self._final and self._cut:
            reason = self._cut
        self._bad = BadRecord(self._count, offset, reason)

    def _close_bad(self) -> None:
        if self._count >= self._skip:
            self._batch.bad.append(self._bad)
        self._count += 1
        self._bad = None


def _size(text: str, end: int) -> int:
    """The bytes of the first `end` characters."""
    return end if text.isascii() else len(text[:end].encode("utf-8", "surrogateescape"))
