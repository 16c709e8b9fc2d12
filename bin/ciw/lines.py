"""The lines of a text object, a piece at a time, with what was wrong between them.

Memory holds one piece and the longest line accepted; a longer one costs that one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .bad_record import BadRecord
from .errors import CorruptObject

# Bytes of the longest line accepted.
LONGEST = 1 << 20
_PLAIN = bytes(range(0x20, 0x7F)) + b"\t\n"


@dataclass
class Lines:
    """What one piece completed: lines without their ends, in the object's order.

    `first` is the number of lines before them, `offset` where they begin in the decompressed
    object, `count` the number of lines up to their end with the bad ones. `plain` says that they
    are printable ASCII: nothing in them needs sanitising, and a character is a byte. Bytes that
    are not UTF-8 are the surrogates of `surrogateescape`.
    """

    texts: list[str]
    first: int
    offset: int
    count: int
    plain: bool = True
    bad: list[BadRecord] = field(default_factory=list)

    def offset_of(self, index: int) -> int:
        """Where the line texts[index] begins, in bytes."""
        before = self.texts[:index]
        size = sum(len(text.encode("utf-8", "surrogateescape")) for text in before)
        return self.offset + size + index


def lines(pieces: Iterable[bytes], longest: int = LONGEST) -> Iterator[Lines]:
    """Batches of lines. A gzip stream that breaks off ends in a bad line that says so."""
    reader = _Reader(longest)
    cut = ""
    try:
        for piece in pieces:
            batch = reader.feed(piece)
            if batch is not None:
                yield batch
    except CorruptObject as error:
        cut = f"{error.reason} at offset {error.offset} of the decompressed object"
    batch = reader.finish(cut)
    if batch is not None:
        yield batch


class _Reader:
    def __init__(self, longest: int):
        self._longest = longest
        self._held = b""
        self._count = 0
        self._offset = 0
        self._too_long: BadRecord | None = None

    def feed(self, piece: bytes) -> Lines | None:
        bad = []
        if self._too_long is not None:
            end = piece.find(b"\n") + 1
            self._absorb(piece[:end] if end else piece)
            if not end:
                return None
            bad.append(self._close())
            piece = piece[end:]
        data = self._held + piece
        end = data.rfind(b"\n") + 1
        self._held = data[end:]
        batch = self._batch(data[: end - 1], bad) if end else None
        if len(self._held) > self._longest:
            self._open(f"a line longer than {self._longest} bytes")
        if batch is None and bad:
            batch = Lines([], self._count, self._offset, self._count, bad=bad)
        return batch

    def finish(self, cut: str) -> Lines | None:
        bad = []
        if cut and self._too_long is None:
            self._open(cut)
        if self._too_long is not None:
            bad.append(self._close())
        elif self._held:
            return self._batch(self._held, bad)
        return Lines([], self._count, self._offset, self._count, bad=bad) if bad else None

    def _batch(self, block: bytes, bad: list[BadRecord]) -> Lines:
        plain = not block.translate(None, _PLAIN)
        text = block.decode("ascii") if plain else block.decode("utf-8", "surrogateescape")
        texts = text.split("\n")
        first, offset = self._count, self._offset
        self._count += len(texts)
        self._offset += len(block) + 1
        return Lines(texts, first, offset, self._count, plain, bad)

    def _open(self, reason: str) -> None:
        self._too_long = BadRecord(self._count, self._offset, reason)
        held, self._held = self._held, b""
        self._absorb(held)

    def _absorb(self, data: bytes) -> None:
        self._too_long.absorb(data.decode("utf-8", "surrogateescape"))
        self._offset += len(data)

    def _close(self) -> BadRecord:
        bad, self._too_long = self._too_long, None
        self._count += 1
        return bad
