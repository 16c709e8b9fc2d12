"""Stories laid over the past, run and judged: one home for a group of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from lab.app import App
from lab.evaluate.arrival import LONGEST, put
from lab.evaluate.first_seen import first_seen
from lab.evaluate.ground import Ground, copied, fill
from lab.evaluate.outcome import Outcome, Watch, judge
from lab.evaluate.running import Run
from lab.evaluate.stories import HOUR, Story
from lab.home import Home
from lab.scenarios import lists
from lab.scenarios.events import Emitted, audited, dns, flows, listed, measured
from lab.scenarios.model import Machine


def evaluate(ground: Ground, app_path: Path, folder: Path, group: Sequence[Story],
             at_once: bool = False) -> list[Outcome]:
    """Their outcomes. The instances of the past live on, with their telemetry, while they run.
    `at_once` runs every search once when all is over: what remains of the schedule's work, without
    its times."""
    home, app, begin = laid(ground, app_path, folder, group)
    watch = Watch()
    run = Run(home, app, seen=lambda now: watch.look(now, _documents(home, "ciw_cases")))
    end = max(end for _, end in spans(group))
    if at_once:
        run.at_once(begin, end)
        watch = Watch()
    else:
        for start, stop in spans(group):
            run.schedule(start, stop)
    unseen = [(account, user) for _, account, user in first_seen(home, app, begin, end)]
    signals, cases = _documents(home, "ciw_signals"), _documents(home, "ciw_cases")
    return [judge(story, signals, cases, watch, unseen) for story in group]


def laid(ground: Ground, app_path: Path, folder: Path,
         group: Sequence[Story]) -> tuple[Home, App, float]:
    """A home in which the stories lie, with their lists; and when the first of them begins."""
    home = copied(ground, folder)
    app = home.app(app_path)
    begin = min(story.start for story in group)
    _lists(home, app, ground, group, begin)
    put(home, app, _told(ground, group), late=True)
    return home, app, begin


def spans(group: Sequence[Story]) -> list[tuple[float, float]]:
    """When the schedule runs: from the whole hour in which a story's first record lies until an
    hour after its end, when all of it has arrived and what runs hourly has run."""
    found: list[tuple[float, float]] = []
    for start, end in sorted((story.records[0].time // HOUR * HOUR,
                              math.ceil((story.end + LONGEST) / HOUR) * HOUR + HOUR / 2)
                             for story in group):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _lists(home: Home, app: App, ground: Ground, group: Sequence[Story], now: float) -> None:
    records = [*ground.records, *(one for story in group for one in story.records)]
    fill(home, app, lists.merged(
        lists.standing(), {"ciw_change_requests": lists.deployments(records)},
        *(lists.own(story.scenario, story.start) for story in group)), now)


def _told(ground: Ground, group: Sequence[Story]) -> Iterator[Emitted]:
    """The stories' records, and telemetry of their machines and of those that were there."""
    end = max(story.end for story in group)
    began = min(story.start for story in group)
    for story in group:
        yield from _until(audited(story.records), story.end)
        for kind in (flows, dns, measured):
            yield from _until(kind(story.machines, story.start), story.end)
    old = list(_alive(ground.living, end))
    for kind in (flows, dns, measured):
        yield from _until(kind(old, began), end)
    known = [*old, *(one for story in group for one in story.machines)]
    for hour in range(1, int(end - began) // HOUR + 1):
        yield from listed(known, began + hour * HOUR)


def _alive(living: Sequence[Machine], end: float) -> Iterator[Machine]:
    for one in living:
        yield replace(one, until=end)


def _until(found: Iterator[Emitted], end: float) -> Iterator[Emitted]:
    return (one for one in found if one.time < end)


def _documents(home: Home, collection: str) -> list[dict]:
    return home.kv.collection(collection).find()
