"""An extent of a log that is no record, however large: its size and digest, and how it begins."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

_EXCERPT = 4096


@dataclass
class BadRecord:
    """An extent that is no record: its index among the records, offset and size in bytes."""

    index: int
    offset: int
    reason: str
    size: int = 0
    excerpt: str = ""
    digest: Any = field(default_factory=hashlib.sha256)

    def absorb(self, text: str) -> None:
        data = text.encode("utf-8", "surrogateescape")
        if len(self.excerpt) < _EXCERPT:
            self.excerpt += text[: _EXCERPT - len(self.excerpt)]
        self.digest.update(data)
        self.size += len(data)
