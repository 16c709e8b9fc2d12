"""The server's one door to the search engine; tests put a stand-in of the same shape here."""

from __future__ import annotations

from typing import Any


class LabEngine:
    """lab.engine.run, imported when the first search runs (DuckDB takes a while to load)."""

    def context(self, **values: Any) -> Any:
        from lab.engine.run import Context

        return Context(**values)

    def check(self, spl: str, context: Any) -> None:
        """SPLError where the search cannot be parsed."""
        from lab.spl.parse import parse

        parse(spl, context.app)

    def search(self, spl: str, context: Any) -> Any:
        from lab.engine.run import search

        return search(spl, context)

    def post_process(self, spl: str, base: Any, context: Any) -> Any:
        """A post-process search begins with a command, with or without a pipe before it."""
        from lab.engine.run import post_process

        text = spl.strip()
        return post_process(text if text.startswith("|") else f"| {text}", base, context)

    def resolve(self, modifier: str, now: float) -> float:
        from lab.spl.timemodifier import resolve

        return resolve(modifier, now)

    def describe(self, error: Exception, spl: str) -> str | None:
        """What an error of the SPL itself says to the user; None for any other error."""
        from lab.spl.errors import SPLError, render

        return render(error, spl) if isinstance(error, SPLError) else None
