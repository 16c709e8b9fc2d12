"""A log of one JSON object a line, from an offset on, each line kept as it came."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any, Callable

from .blob_polling import Parsed
from .declare import Bad

_LIMIT = 16 << 20
_EXCERPT = 4096
_BOM = "\ufeff"


def parse(
    pieces: Iterable[bytes],
    offset: int,
    growing: bool,
    moment: Callable[[dict[str, Any]], str],
    where: str,
) -> Iterator[Parsed]:
    """The lines of each piece; `moment` gives a record's time.

    A last line without its end is taken where it is whole, left alone where the log still grows,
    and bad where it does not. A line larger than 16 MB is bad, and not held.
    """
    reader = _Reader(offset, moment, where)
    for piece in pieces:
        parsed = reader.feed(piece)
        if parsed.end:
            yield parsed
    parsed = reader.finish(growing)
    if parsed.end:
        yield parsed


class _Reader:
    def __init__(self, offset: int, moment: Callable[[dict[str, Any]], str], where: str):
        self._offset = offset
        self._moment = moment
        self._where = where
        self._held: list[bytes] = []
        self._size = 0
        self._digest: Any = None
        self._parsed = Parsed([], [], 0, 0)

    def feed(self, piece: bytes) -> Parsed:
        """What the lines are that end in this piece; `end` is 0 where none does."""
        self._parsed = Parsed([], [], 0, 0)
        *lines, rest = piece.split(b"\n")
        for line in lines:
            self._hold(line)
            self._line(1)
        self._hold(rest)
        return self._parsed

    def finish(self, growing: bool) -> Parsed:
        self._parsed = Parsed([], [], 0, 0)
        if self._size and not (growing and not self._is_whole()):
            self._line(0)
        return self._parsed

    def _hold(self, part: bytes) -> None:
        self._size += len(part)
        if self._digest is not None:
            self._digest.update(part)
            return
        self._held.append(part)
        if self._size > _LIMIT:
            content = b"".join(self._held)
            self._digest = hashlib.sha256(content)
            self._held = [content[:_EXCERPT]]

    def _is_whole(self) -> bool:
        try:
            return self._digest is None and isinstance(json.loads(b"".join(self._held)), dict)
        except ValueError:
            return False

    def _line(self, ending: int) -> None:
        content, size, digest = b"".join(self._held), self._size, self._digest
        self._held, self._size, self._digest = [], 0, None
        start, self._offset = self._offset, self._offset + size + ending
        self._parsed.end = self._offset
        if digest is not None:
            self._parsed.count += 1
            self._bad(start, size, digest, content, f"a line larger than {_LIMIT} bytes")
            return
        text = content.decode("utf-8", "surrogateescape").lstrip(_BOM).strip()
        if not text:
            return
        self._parsed.count += 1
        try:
            record = json.loads(text, strict=False)
            reason = "" if isinstance(record, dict) else "a line that is no JSON object"
        except (ValueError, RecursionError) as error:
            reason = f"a line that is not JSON: {error}"
        if reason:
            self._bad(start, size, hashlib.sha256(content), content, reason)
        else:
            self._parsed.events.append((self._moment(record), text))

    def _bad(self, start: int, size: int, digest: Any, content: bytes, reason: str) -> None:
        excerpt = content[:_EXCERPT].decode("utf-8", "surrogateescape")
        self._parsed.bad.append(
            Bad(self._where, reason, start, size, digest.hexdigest(), excerpt)
        )
