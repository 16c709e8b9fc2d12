"""Stories whose records arrive late, twice or in any order, and the schedule that meets them.

`Arrival` is an event with the time at which it is indexed. `settle` runs what the schedule would in
the hour after an arrival, but for those repetitions that read the same logs once more.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lab import scenarios
from lab.app import App, SavedSearch
from lab.engine.run import search
from lab.home import Home
from lab.ingest.pipeline import Request, ingest
from lab.places import write_places
from lab.runs import bind, context
from lab.scenarios import events
from lab.scenarios.behaviour import machines
from lab.scenarios.events import Emitted
from lab.scheduler import due
from lab.skipping import provably_idle
from lab.spl.nodes import Pipeline
from lab.spl.parse import parse

HOUR, DAY = 3600, 86400
AUDIT = ("cloud_audit", "cloud_identity")
BESIDE = ("ciw_merge_", "ciw_coverage_")
SETTLED = 80 * 60
"""Seconds after an arrival in which every search that is scheduled hourly or oftener has run on
what came of it."""


@dataclass(frozen=True)
class Arrival:
    event: Emitted
    at: float


def story(name: str, start: float, seconds: float, instances: int = 3) -> list[Emitted]:
    """A scenario's records, with flows, queries and measures of its first instances until
    `seconds` after the start."""
    found = [record for record in scenarios.records(scenarios.get(name), 1, start)
             if record.time < start + seconds]
    living = machines(found, start + seconds)[:instances]
    return [*events.audited(found), *events.flows(living, start), *events.dns(living, start),
            *events.measured(living, start)]


def on_time(found: Iterable[Emitted], start: float, every: float) -> list[Arrival]:
    """Each arrives at the end of its interval of `every` seconds, in order of time."""
    return [Arrival(one, start + ((one.time - start) // every + 1) * every)
            for one in sorted(found, key=lambda one: one.time)]


@dataclass(frozen=True)
class Disturbance:
    """What happens to arrivals: a share `late` comes one of `delays` seconds later, a share `twice`
    a second time (so much later); `telemetry` says whether flows, queries and measures come twice
    too. The order is any."""

    seed: int
    delays: Sequence[int]
    late: float = 0.3
    twice: float = 0.2
    telemetry: bool = False

    def __call__(self, arrivals: Iterable[Arrival]) -> list[Arrival]:
        chance = random.Random(self.seed)
        found = []
        for arrival in arrivals:
            delay = chance.choice(self.delays) if chance.random() < self.late else 0
            found.append(replace(arrival, at=arrival.at + delay))
            repeated = self.telemetry or arrival.event.index in AUDIT
            if repeated and chance.random() < self.twice:
                found.append(replace(arrival, at=arrival.at + chance.choice(self.delays)))
        chance.shuffle(found)
        return found


class Desk:
    """A home with baselines of long standing, into which arrivals come."""

    def __init__(self, root: Path, app_root: Path, accounts: Iterable[tuple[str, str]],
                 start: float):
        self.home = Home(root)
        self.app: App = self.home.app(app_root)
        self._files = 0
        self._plans: dict[str, Pipeline] = {}
        write_places(self.home.path)
        days = [int(start // DAY) - number for number in range(30, 0, -1)]
        self.home.kv.collection("ciw_baseline_status").upsert_many([
            {"_key": f"{cloud}|{account}", "cloud": cloud, "vendor_account": account,
             "first_seen": start - 30 * DAY, "last_seen": start - HOUR, "days": days,
             "covered_days": 30, "state": "mature", "updated": start}
            for cloud, account in accounts])

    def take(self, arrivals: Iterable[Arrival]) -> None:
        """Indexes what arrives, each kind in the order given."""
        groups: dict[tuple[str, str, float], list[str]] = {}
        for arrival in arrivals:
            event = arrival.event
            groups.setdefault((event.index, event.sourcetype, arrival.at), []).append(event.text)
        for (index, sourcetype, at), texts in groups.items():
            self._files += 1
            path = self.home.path / f"arrived-{self._files}.txt"
            path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
            report = ingest(self.home, self.app, [path], Request(
                index=index, sourcetype=sourcetype, source=sourcetype, index_time=at))
            path.unlink()
            if report.quarantined:
                raise AssertionError(report.quarantined[0])

    def settle(self, since: float, until: float) -> None:
        """The schedule over (since, until]: collectors at each of their times, whatever reads the
        logs from an event time on at the last of its own. What tells nothing about signals and
        cases is left to `again`."""
        runs = [run for run in due(self.app, since, until)
                if not run[1].name.startswith(BESIDE)]
        last = {saved.name: moment for moment, saved in runs}
        for moment, saved in runs:
            if moment == last[saved.name] or self._reads_arrivals(saved):
                self.run(saved, moment)

    def live(self, arrivals: Iterable[Arrival]) -> float:
        """Takes them all and runs the schedule from each time of arrival on; when it ends."""
        found = list(arrivals)
        self.take(found)
        times = sorted({arrival.at for arrival in found})
        for since, until in zip(times, [*times[1:], times[-1] + SETTLED], strict=True):
            self.settle(since, min(until, since + SETTLED))
        return times[-1] + SETTLED

    def run(self, saved: SavedSearch, moment: float) -> bool:
        """Whether it ran: a run that provably does nothing is left out."""
        at = context(self.home, self.app, saved, moment, visible_before=moment)
        if provably_idle(self._plan(saved), at):
            return False
        search(bind(saved, {}), at)
        return True

    def again(self, moment: float, all_of_them: bool = True) -> None:
        """Every scheduled search once more, in the order of the file; or but those `BESIDE`."""
        for saved in self.app.saved_searches.values():
            if saved.scheduled and not saved.disabled and (
                    all_of_them or not saved.name.startswith(BESIDE)):
                self.run(saved, moment)

    def _plan(self, saved: SavedSearch) -> Pipeline:
        if saved.name not in self._plans:
            self._plans[saved.name] = parse(bind(saved, {}), self.app)
        return self._plans[saved.name]

    def _reads_arrivals(self, saved: SavedSearch) -> bool:
        """Whether its window is of index time: each of its runs reads other rows."""
        window = getattr(self._plan(saved).commands[0], "window", None)
        return saved.index_earliest is not None \
            or getattr(window, "index_earliest", None) is not None

    def documents(self, collection: str) -> dict[str, dict]:
        return {row["_key"]: row for row in self.home.kv.collection(collection).find()}
