"""One run of a saved search: its arguments, its windows seen from `now`, its effects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from lab.app import App, SavedSearch
from lab.home import Home
from lab.spl.timemodifier import resolve

if TYPE_CHECKING:
    from lab.engine.run import Context, Result

_ARGUMENT = re.compile(r"\$(args\.)?(?P<name>[\w.-]+)\$")


class UnknownSavedSearch(Exception):
    """No saved search of that name, or one that may not be run; the text says what there is."""


def saved_search(app: App, name: str) -> SavedSearch:
    found = app.saved_searches.get(name)
    if found is None:
        known = ", ".join(app.saved_searches) or "none"
        raise UnknownSavedSearch(f"saved search {name!r} is not in savedsearches.conf; there are:"
                                 f" {known}")
    if found.disabled:
        raise UnknownSavedSearch(f"saved search {name!r} is disabled ({found.where})")
    return found


def bind(saved: SavedSearch, arguments: Mapping[str, str]) -> str:
    """The search with `$name$` and `$args.name$` put in; every argument must fit exactly."""
    named = {match["name"] for match in _ARGUMENT.finditer(saved.search)}
    if set(arguments) != named:
        takes = ", ".join(sorted(named)) or "none"
        raise UnknownSavedSearch(
            f"saved search {saved.name!r} takes the arguments: {takes}; given:"
            f" {', '.join(sorted(arguments)) or 'none'}"
        )
    return _ARGUMENT.sub(lambda match: arguments[match["name"]], saved.search)


def moment(modifier: str | None, now: float) -> float | None:
    """Epoch seconds of a window's bound; None where it leaves its side open."""
    if modifier is None or modifier.strip() in ("", "0"):
        return None
    return resolve(modifier, now)


def context(home: Home, app: App, saved: SavedSearch, now: float,
            visible_before: float | None = None,
            span: tuple[float, float] | None = None) -> Context:
    """The context of a run at `now`; `span` stands in for the search's own event-time window."""
    from lab.engine.run import Context

    earliest, latest = span or (moment(saved.earliest, now), moment(saved.latest, now))
    return Context(
        home=home, app=app, now=now, earliest=earliest, latest=latest,
        index_earliest=moment(saved.index_earliest, now),
        index_latest=moment(saved.index_latest, now), visible_before=visible_before,
    )


def run(home: Home, app: App, name: str, now: float,
        arguments: Mapping[str, str] | None = None) -> Result:
    """Raises UnknownSavedSearch and SPLError."""
    from lab.engine.run import search

    saved = saved_search(app, name)
    return search(bind(saved, arguments or {}), context(home, app, saved, now))
