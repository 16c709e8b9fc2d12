"""The schedule, simulated: every scheduled search at its cron times over a span, in order.

A span is (from, to]: consecutive spans run every time once. A run at T has now = T and sees only
rows with _indextime < T, so what other searches collect at T is seen at the next time. Searches
due at the same minute run in the order of savedsearches.conf; `schedule_priority` and skew do not
change that, since in the simulation nothing waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from lab.app import App, SavedSearch
from lab.cron import CronError
from lab.cron import parse as parse_cron
from lab.home import Home
from lab.runs import bind, context
from lab.skipping import provably_idle
from lab.spl.errors import SPLError, render

if TYPE_CHECKING:
    from lab.spl.nodes import Pipeline

BACKFILL_PREFIX = "ciw_backfill_"


class RunFailed(Exception):
    """A run that ended in an error; `search` names it and `at` is its time."""

    def __init__(self, name: str, at: float, error: SPLError, text: str):
        super().__init__(f"saved search {name} at {shown(at)}: {render(error, text)}")
        self.name = name
        self.at = at
        self.error = error


@dataclass
class Tally:
    """What one search did over the span."""

    runs: int = 0
    idle: int = 0
    rows: int = 0
    seconds: float = 0.0
    effects: list[str] = field(default_factory=list)


@dataclass
class Summary:
    searches: dict[str, Tally] = field(default_factory=dict)

    def lines(self) -> Iterable[str]:
        width = max([len(name) for name in self.searches] or [0])
        for name, tally in self.searches.items():
            yield (f"{name:<{width}}  {tally.runs:>5} runs  {tally.idle:>5} left out"
                   f"  {tally.rows:>7} rows  {len(tally.effects):>5} effects"
                   f"  {tally.seconds:>7.2f} s")
        runs = sum(tally.runs for tally in self.searches.values())
        idle = sum(tally.idle for tally in self.searches.values())
        rows = sum(tally.rows for tally in self.searches.values())
        yield f"{runs} runs, {idle} left out as provably idle, {rows} rows"


def shown(moment: float) -> str:
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def due(app: App, start: float, end: float) -> list[tuple[float, SavedSearch]]:
    """(time, search) for every run over (start, end], in order. CronError names the stanza."""
    runs = []
    for saved in app.saved_searches.values():
        if not saved.scheduled or saved.disabled:
            continue
        try:
            cron = parse_cron(saved.cron_schedule)
        except CronError as error:
            raise CronError(f"{saved.where}: [{saved.name}] {error}") from error
        runs += [(moment, saved.position, saved) for moment in cron.times(start, end)]
    runs.sort(key=lambda run: run[:2])
    return [(moment, saved) for moment, _, saved in runs]


class _Plans:
    """Parsed searches; None where a search cannot be parsed beforehand (it says so when run)."""

    def __init__(self, app: App):
        self._app = app
        self._parsed: dict[str, Pipeline] = {}

    def of(self, name: str, text: str) -> Pipeline:
        if name not in self._parsed:
            from lab.spl.parse import parse

            self._parsed[name] = parse(text, self._app)
        return self._parsed[name]


def run_schedule(home: Home, app: App, start: float, end: float, leave_out: bool = True,
                 progress: Callable[[str], None] = lambda text: None) -> Summary:
    """Runs it all. Raises RunFailed at the first run that ends in an error."""
    import time

    from lab.engine.run import search

    summary, plans = Summary(), _Plans(app)
    for moment, saved in due(app, start, end):
        tally = summary.searches.setdefault(saved.name, Tally())
        text = bind(saved, {})
        began = time.perf_counter()
        try:
            at = context(home, app, saved, moment, visible_before=moment)
            if leave_out and provably_idle(plans.of(saved.name, text), at):
                tally.idle += 1
                continue
            result = search(text, at)
        except SPLError as error:
            raise RunFailed(saved.name, moment, error, text) from error
        finally:
            tally.seconds += time.perf_counter() - began
        tally.runs += 1
        tally.rows += len(result.rows)
        tally.effects += result.effects
        for effect in result.effects:
            progress(f"{shown(moment)} {saved.name}: {effect}")
        for message in result.messages:
            progress(f"{shown(moment)} {saved.name}: {message}")
    return summary


def run_backfill(home: Home, app: App, start: float, end: float,
                 progress: Callable[[str], None] = lambda text: None) -> Summary:
    """The backfill searches over [start, end), in file order, as run at `end`."""
    import time

    from lab.engine.run import search

    summary = Summary()
    for name, saved in app.saved_searches.items():
        if not name.startswith(BACKFILL_PREFIX) or saved.disabled:
            continue
        text, began = bind(saved, {}), time.perf_counter()
        tally = summary.searches.setdefault(name, Tally())
        try:
            result = search(text, context(home, app, saved, end, span=(start, end)))
        except SPLError as error:
            raise RunFailed(name, end, error, text) from error
        tally.seconds = time.perf_counter() - began
        tally.runs, tally.rows, tally.effects = 1, len(result.rows), list(result.effects)
        for text in (*result.effects, *result.messages):
            progress(f"{name}: {text}")
    return summary
