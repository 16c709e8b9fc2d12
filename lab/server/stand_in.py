"""A search engine for tests and measurements of the pages: every search is taken, none is run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any


class StandIn:
    """What the server asks of an engine (lab/engine/run.py); a subclass gives the rows."""

    def rows_of(self, spl: str) -> list[dict[str, Any]]:
        """The rows of a search; an exception makes the search fail with its text."""
        raise NotImplementedError

    def context(self, **values: Any) -> SimpleNamespace:
        return SimpleNamespace(**values)

    def resolve(self, modifier: str, now: float) -> float:
        return now

    def describe(self, error: Exception, spl: str) -> str:
        return str(error)

    def check(self, spl: str, context: SimpleNamespace) -> None:
        """Every search is taken."""

    def search(self, spl: str, context: SimpleNamespace) -> SimpleNamespace:
        rows = self.rows_of(spl)
        return SimpleNamespace(
            fields=list(dict.fromkeys(name for row in rows for name in row)), rows=rows,
            is_events=False, messages=[], scanned=len(rows), effects=[],
        )  # fmt: skip
