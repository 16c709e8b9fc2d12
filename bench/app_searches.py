"""Every search that the app ships, once, over the million: saved searches and dashboards.

The backfills take the whole day (they are the collectors and the baselines without their window of
five minutes); the others run as they are scheduled or asked, at the end of the day, in the order
of savedsearches.conf, which is the order of the data. Questions are asked of the first case that
the case builder made.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import NamedTuple

from bench.events import SECONDS, START
from lab.app import App
from lab.engine.run import Context, search
from lab.home import Home
from lab.runs import bind, context
from lab.runs import moment as bound
from lab.scheduler import BACKFILL_PREFIX

NOW = START + SECONDS
_TOKEN = re.compile(r"\$[\w.:|]+\$")
_ARGUMENT = re.compile(r"\$(?:args\.)?([\w.-]+)\$")


def dashboards(app: App) -> Iterator[tuple[str, str, str, str]]:
    """(name, SPL, earliest, latest) of the searches that stand in the dashboards themselves."""
    for path in sorted((app.path / "default/data/ui/views").glob("*.xml")):
        found = re.search(r"<definition><!\[CDATA\[(.*?)\]\]>", path.read_text("utf-8"), re.DOTALL)
        if found is None:
            continue
        for name, source in json.loads(found[1]).get("dataSources", {}).items():
            query = source.get("options", {}).get("query")
            if source.get("type") == "ds.search" and query:
                yield f"{path.stem}/{name}", _TOKEN.sub('"none"', query), "-7d@h", "now"


class Ran(NamedTuple):
    """One run of a search: seconds, the rows of its result, the rows read of each index."""

    name: str
    wall: float
    cpu: float
    rows: int
    read: dict[str, int]


def timed(name: str, spl: str, at: Context) -> Ran:
    cpu, wall = time.process_time(), time.perf_counter()
    result = search(spl, at)
    return Ran(name, time.perf_counter() - wall, time.process_time() - cpu, len(result.rows),
               result.read)


def run_all(home: Home, app: App) -> list[Ran]:
    """Every search in its order."""
    found = []
    saved_searches = [saved for saved in app.saved_searches.values() if not saved.disabled]
    case = None
    for saved in sorted(saved_searches, key=lambda one: not one.name.startswith(BACKFILL_PREFIX)):
        span = (START, NOW) if saved.name.startswith(BACKFILL_PREFIX) else None
        names = set(_ARGUMENT.findall(saved.search))
        if names and case is None:
            cases = home.kv.collection("ciw_cases").find()
            case = cases[0]["_key"] if cases else "none"
        given = {name: case if name == "case_id" else "*" for name in names}
        found.append(timed(saved.name, bind(saved, given),
                           context(home, app, saved, NOW, span=span)))
    for name, query, earliest, latest in dashboards(app):
        found.append(timed(name, query, Context(
            home=home, app=app, now=NOW, earliest=bound(earliest, NOW),
            latest=bound(latest, NOW))))
    return found
