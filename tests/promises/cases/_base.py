"""What all cases have in common: a stand-in whose clock can be moved, and things put into it."""

from __future__ import annotations

import time
from collections import Counter
from typing import ClassVar

# What stands in a record where bytes that are no UTF-8 shall be, and as many such bytes.
WRONG_ENCODING = "~wrong-encoding~"
_NOT_UTF8 = b"\xff\xfe\xc3(\xed\xa0\x80\xf5" + b"\xff" * 8


def raw(content: bytes) -> bytes:
    """The content with bytes in place of WRONG_ENCODING; its length stays."""
    return content.replace(WRONG_ENCODING.encode(), _NOT_UTF8)


class CloudCase:
    """A subclass has `put_one`, `put_bad`, `identities`; see tests/promises/case.py."""

    way = "answers"
    secrets: ClassVar[dict[tuple[str, str], str]] = {}
    without: ClassVar[dict[str, str]] = {}

    def __init__(self) -> None:
        self.ahead = 0.0
        self._made = 0

    def clock(self) -> float:
        """The service's own time."""
        return time.time() + self.ahead

    @property
    def environment(self) -> dict[str, str]:
        return self.stand_in.environment

    def put(self, number: int) -> list[str]:
        return [name for _ in range(number) for name in self.put_one()]

    def put_text(self, text: str) -> list[str]:
        return self.put_one(text)

    def remaining(self) -> int:
        return 0

    def pass_time(self, seconds: float) -> None:
        self.ahead += seconds

    def close(self) -> None:
        self.stand_in.close()


class Snapshots:
    """Counts a resource in the first snapshot that has it: each lists it once."""

    kind = "snapshot"

    def __init__(self) -> None:
        self._first: dict[str, str] = {}

    def count(self, found: list[tuple[str, str]]) -> Counter[str]:
        """How often each name came, of (name, snapshot) pairs."""
        return Counter(
            name for name, snapshot in found if self._first.setdefault(name, snapshot) == snapshot
        )
