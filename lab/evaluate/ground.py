"""The mature past that stories are laid over: three weeks of the organisation's daily life.

It is what an admin has after installing: the audit records of the weeks before, the instances'
telemetry of the last days, the lists, and the app's backfill over all of it. Made once, then
copied for each home.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.app import App
from lab.demo_lists import write_rows
from lab.engine.run import search
from lab.evaluate.arrival import put
from lab.home import Home
from lab.places import write_places
from lab.runs import bind, context
from lab.scenarios import lists
from lab.scenarios.aws import benign_day, small_account
from lab.scenarios.aws import organisation as aws
from lab.scenarios.azure import benign_day as azure_day
from lab.scenarios.behaviour import machines
from lab.scenarios.events import audited, dns, flows, listed, measured
from lab.scenarios.google import benign_day as google_day
from lab.scenarios.model import Machine, Record, Row
from lab.scenarios.month import batch
from lab.scheduler import run_backfill

DAY = 86400
SEED = 11
TURN = 1_767_657_600.0
"""Tuesday 2026-01-06, 00:00 UTC: the past ends and the stories begin."""
MERGES = "ciw_merge_"


@dataclass(frozen=True)
class Ground:
    """A home at `path`, and the machines that live on at its end."""

    path: Path
    records: tuple[Record, ...]
    living: tuple[Machine, ...]


def life(start: float, end: float, seed: int = SEED) -> list[Record]:
    """Daily work of three clouds without anything that stands out but the nightly batch run."""
    length = int(end - start)
    found = [*benign_day.build(seed, start, length), *small_account.build(seed, start, length),
             *small_account.build(seed, start, length, aws.SANDBOX),
             *azure_day.build(seed, start, length), *google_day.build(seed, start, length)]
    for day in range(length // DAY):
        found += batch(seed, start + day * DAY)
    return sorted((one for one in found if start <= one.time < end), key=lambda one: one.time)


def make(folder: Path, app_path: Path, days: int, telemetry_days: float) -> Ground:
    """Ingests the past and runs the backfill searches over it, as an admin does."""
    start = TURN - days * DAY
    records = life(start, TURN)
    living = machines(records, TURN + 2 * DAY)
    home = Home(folder)
    app = home.app(app_path)
    write_places(home.path)
    fill(home, app, lists.merged(
        lists.standing(), {"ciw_change_requests": lists.deployments(records)}), TURN)
    put(home, app, audited(records), late=False)
    told = TURN - telemetry_days * DAY
    recent = [one for one in machines(records, TURN) if one.until > told]
    for kind in (flows, dns, measured):
        put(home, app, kind(recent, told), late=False)
    put(home, app, listed(recent, TURN - 1), late=False)
    run_backfill(home, app, start, TURN)
    return Ground(folder, tuple(records),
                  tuple(one for one in living if one.until > TURN))


def copied(ground: Ground, folder: Path) -> Home:
    """The same home again. Segments never change, so they are linked; the rest is copied."""
    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(ground.path / "indexes", folder / "indexes", copy_function=os.link)
    for name in ("lookups", "local"):
        if (ground.path / name).is_dir():
            shutil.copytree(ground.path / name, folder / name)
    shutil.copy(ground.path / "iplocation.mmdb", folder)
    with sqlite3.connect(ground.path / "kvstore.sqlite") as source, \
            sqlite3.connect(folder / "kvstore.sqlite") as target:
        source.backup(target)
    return Home(folder)


def fill(home: Home, app: App, rows: Mapping[str, Sequence[Row]], now: float) -> None:
    """The lists as their files hold them, merged by the shipped searches."""
    write_rows(home, app, rows)
    for saved in app.saved_searches.values():
        if saved.name.startswith(MERGES):
            search(bind(saved, {}), context(home, app, saved, now))
