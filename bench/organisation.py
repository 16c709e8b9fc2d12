"""A day of raw records of three clouds, of any number: what the suite of searches is measured on.

Most are CloudTrail's (`bench.events`: one in fifty changes something); Azure's and Google's are the
scenarios' benign days with other ids, since those logs hold changes alone; flow records; and three
attacks with their flows, queries and measures. The same number gives the same records.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from bench.events import SECONDS, START
from bench.events import records as trail
from lab.app import App
from lab.engine.store import Event
from lab.home import Home
from lab.ingest.pipeline import Dater, metric_event
from lab.scenarios import events, get, records
from lab.scenarios.azure import benign_day as azure_day
from lab.scenarios.behaviour import machines
from lab.scenarios.events import Emitted
from lab.scenarios.google import benign_day as google_day
from lab.scenarios.model import Record

END = START + SECONDS
DELAY = 300
"""Seconds from an event to its arrival."""
RAW = ("cloud_audit", "cloud_identity", "cloud_inventory", "cloud_network")
SHARES = {"azure": 0.04, "google": 0.03, "flows": 0.05}
STORIES = ("aws_leaked_key_launch", "azure_gpu_mining", "google_gpu_mining")
STORY_HOURS, STORY_INSTANCES = 6, 2
VPC = "aws:cloudwatchlogs:vpcflow"


def write(home: Home, app: App, count: int) -> dict[str, int]:
    """Indexes about `count` raw records of the day; how many of each index."""
    stories = [_story(name, START + 10 * 3600) for name in STORIES]
    parts = {name: int(count * share) for name, share in SHARES.items()}
    metric = Dater(app, "ciw:metrics", "bench", "bench")
    kinds: dict[tuple[str, str], list[Event]] = {}
    for found in (_days(azure_day.build, parts["azure"]), _days(google_day.build, parts["google"]),
                  _flows(parts["flows"]), *stories):
        for one in found:
            kinds.setdefault((one.index, one.sourcetype), []).append(_event(one, metric))
    rest = max(0, count - sum(len(found) for (index, _), found in kinds.items() if index in RAW))
    written = Counter({"cloud_audit": home.store.append("cloud_audit", _cloudtrail(rest))})
    for (index, _), found in kinds.items():
        written[index] += home.store.append(index, found)
    return dict(written)


def _event(one: Emitted, metric: Dater) -> Event:
    arrived = one.time + DELAY
    if one.index == "cloud_metrics":
        moment, fields = metric_event(one.text, metric)
        return Event(moment or one.time, arrived, "", one.sourcetype, one.source, "bench", fields)
    return Event(one.time, arrived, one.text, one.sourcetype, one.source, "bench")


def _cloudtrail(count: int) -> Iterator[Event]:
    for number, line in enumerate(trail(count)):
        at = START + number * SECONDS // count
        yield Event(at, at + DELAY, line, "aws:cloudtrail", "bench", "bench")


def _days(build: Callable[[int, float], Iterable[Record]], count: int) -> Iterator[Emitted]:
    """The same day with other ids, as often as it takes."""
    def all_days() -> Iterator[Emitted]:
        seed = 1000
        while True:
            yield from events.audited(build(seed, START))
            seed += 1

    return islice(all_days(), count)


def _story(name: str, start: float) -> list[Emitted]:
    found = records(get(name), 1, start)
    living = machines(found, start + STORY_HOURS * 3600)[:STORY_INSTANCES]
    return [*events.audited(found), *events.flows(living, start), *events.dns(living, start),
            *events.measured(living, start)]


def _flows(count: int) -> Iterator[Emitted]:
    """Two hundred interfaces, each with some hosts that it speaks to again and again."""
    chance = random.Random(20261121)
    for number in range(count):
        at = START + number * SECONDS // count
        own = chance.randrange(200)
        host = own % 40 + chance.randrange(5)
        size = chance.randrange(200, 60_000)
        text = (f"2 {123456789012 + own % 20} eni-{own:017x} 10.0.{own}.5 198.51.100.{host}"
                f" {32768 + chance.randrange(20000)} 443 6 {size // 400 + 1} {size} {at} {at + 59}"
                " ACCEPT OK")
        yield Emitted(at, "cloud_network", VPC, "bench", text)
