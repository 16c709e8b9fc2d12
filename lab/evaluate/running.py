"""The shipped searches at their cron times over a span, without the runs that change nothing.

Beside what `lab schedule` leaves out, a signal search or the case builder is left out while the UTC
day is the same and nothing that it names has changed since its last run: no row arrived in an index,
no collection and no list was written. Signals are told by whole UTC days of what arrived, so such a
run would write the same rows again. Lists are merged before (`ground.fill`), and what decides
nothing (health of inputs, retention) is not run.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from lab.app import App, SavedSearch
from lab.engine.run import search
from lab.home import Home
from lab.runs import bind, context
from lab.scheduler import BACKFILL_PREFIX, RunFailed, due
from lab.skipping import Window, any_row, provably_idle
from lab.spl.errors import SPLError
from lab.spl.macros import expand
from lab.spl.parse import parse

DAY = 86400
CASES = "ciw_case_builder"
SIGNALS = "ciw_signals"
REMEMBERED = ("ciw_signal_", CASES)
LEFT_ALONE = ("ciw_merge_", "ciw_prune_", "ciw_notify_", "ciw_coverage_")
_INDEX = re.compile(r"\bindex=\"?([a-z_]+)")


@dataclass
class Reads:
    """What a search names: indexes, collections and lookup files."""

    indexes: tuple[str, ...]
    collections: tuple[str, ...]


@dataclass
class Run:
    """`seen(now)` is called after each run of the case builder."""

    home: Home
    app: App
    leave_out: bool = True
    seen: Callable[[float], None] = lambda now: None
    runs: int = 0
    left_out: int = 0
    _reads: dict[str, Reads] = field(default_factory=dict)
    _last: dict[str, tuple[float, tuple[int, ...]]] = field(default_factory=dict)
    _plans: dict[str, object] = field(default_factory=dict)

    def schedule(self, start: float, end: float) -> None:
        """Every run over (start, end]. RunFailed at the first that ends in an error."""
        for now, saved in due(self.app, start, end):
            if not saved.name.startswith(LEFT_ALONE):
                self.run(saved, now)

    def at_once(self, start: float, end: float) -> None:
        """All of a span in one round after its end: what collects and teaches by its backfill,
        a minute apart since one reads what the other wrote, then every signal search and the case
        builder once."""
        searches = [one for one in self.app.saved_searches.values() if not one.disabled]
        now = end
        for prefix, span, apart in ((BACKFILL_PREFIX, (start, end), 60), ("ciw_signal_", None, 0),
                                    (CASES, None, 60)):
            now += 60 - apart
            for saved in searches:
                if saved.name.startswith(prefix):
                    now += apart
                    self.run(saved, now, span)

    def run(self, saved: SavedSearch, now: float, span: tuple[float, float] | None = None) -> None:
        text = bind(saved, {})
        at = context(self.home, self.app, saved, now, visible_before=now, span=span)
        try:
            if self.leave_out and span is None and self._changes_nothing(saved, text, at, now):
                self.left_out += 1
                return
            search(text, at)
        except SPLError as error:
            raise RunFailed(saved.name, now, error, text) from error
        self.runs += 1
        if saved.name == CASES:
            self.seen(now)

    def _changes_nothing(self, saved: SavedSearch, text: str, at: object, now: float) -> bool:
        if saved.name not in self._plans:
            self._plans[saved.name] = parse(text, self.app)
        if provably_idle(self._plans[saved.name], at):
            return True
        if not saved.name.startswith(REMEMBERED):
            return False
        reads = self._reads_of(saved.name, text)
        state = tuple(self.home.kv.version(name) for name in reads.collections)
        before, self._last[saved.name] = self._last.get(saved.name), (now, state)
        if before is None or before[1] != state or before[0] // DAY != now // DAY:
            return False
        return not any_row(self.home, reads.indexes, Window(None, None, before[0], now), now)

    def _reads_of(self, name: str, text: str) -> Reads:
        if name not in self._reads:
            whole = expand(text, self.app).text
            words = set(re.findall(r"\bciw_[a-z_]+\b", whole))
            written = set() if name == CASES else {SIGNALS}
            used = {one.collection for stanza, one in self.app.lookups.items()
                    if stanza in words and one.collection} - written
            self._reads[name] = Reads(tuple(sorted(set(_INDEX.findall(whole)))),
                                      tuple(sorted(used)))
        return self._reads[name]
