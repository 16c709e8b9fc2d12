"""The schedule with and without the runs that provably change nothing comes to the same end.

Every run that `lab schedule` leaves out is run here all the same, and may change nothing: no
document, no row, no file. So both schedules go through the same states. Then the ends are compared.
CIW_SOAK=1 does so over a day of three clouds with an attack in each; else it is ten minutes.
"""

from __future__ import annotations

import os

import pytest

from lab.engine.run import search
from lab.home import Home
from lab.runs import bind, context
from lab.scenarios import events, get, records
from lab.scheduler import due, run_schedule
from lab.skipping import provably_idle
from lab.spl.parse import parse
from tests.detections.arrivals import DAY, HOUR, Desk, on_time, story
from tests.detections.records import epoch

SOAK = bool(os.environ.get("CIW_SOAK"))
START = epoch("2026-03-10T00:00:00")
END = START + (DAY if SOAK else 600)
DAYS = ("aws_benign_day", "azure_benign_day", "google_benign_day")
ATTACKS = ("aws_leaked_key_launch", "azure_gpu_mining", "google_snapshot_exfiltration")


def arrivals():
    """What happens in a day; in ten minutes, half an hour of attacks that arrived just before."""
    if not SOAK:
        begin = START - HOUR // 2
        return [one for one in on_time([one for name in ATTACKS for one in story(
            name, begin, HOUR // 2, 1)], begin, HOUR // 2)]
    found = [one for name in DAYS for one in events.audited(records(get(name), 1, START))]
    found += [one for hours, name in enumerate(ATTACKS)
              for one in story(name, START + (9 + hours) * HOUR, 5 * HOUR)]
    return on_time([one for one in found if one.time < END], START, 300)


def state(home: Home) -> tuple:
    """Differs whenever anything was written."""
    versions = home.kv.connection.execute(
        "SELECT collection, version FROM versions ORDER BY collection").fetchall()
    segments = [segment.name for index in home.store.indexes()
                for segment in home.store.segments(index)]
    files = [(path.name, path.stat().st_mtime_ns) for path in sorted(home.lookups_dir.iterdir())
             if not path.name.endswith(".lock")]
    return versions, segments, files


def run_everything(desk: Desk) -> tuple[int, dict[str, int]]:
    """Runs all; how many, and how often a run of which search could have been left out."""
    plans, runs, idle = {}, 0, {}
    for moment, saved in due(desk.app, START, END):
        text = bind(saved, {})
        if saved.name not in plans:
            plans[saved.name] = parse(text, desk.app)
        at = context(desk.home, desk.app, saved, moment, visible_before=moment)
        left_out = provably_idle(plans[saved.name], at)
        before = state(desk.home) if left_out else None
        result = search(text, at)
        runs += 1
        if left_out:
            idle[saved.name] = idle.get(saved.name, 0) + 1
            assert not result.rows, (saved.name, moment)
            assert state(desk.home) == before, (saved.name, moment)
    return runs, idle


def everything(desk: Desk) -> dict[str, object]:
    """Every document of every collection, every row of every log, every list."""
    logs = {}
    for index in ("ciw_operations", "ciw_flows"):
        rows = desk.home.store.count(index)
        found = search(f"search index={index} | table *", context(
            desk.home, desk.app, desk.app.saved_searches["ciw_case_builder"], END + DAY,
            span=(0, END + DAY))).rows if rows else []
        logs[index] = sorted(str(sorted(row.items())) for row in found)
    lists = {path.name: path.read_bytes() for path in sorted(desk.home.lookups_dir.glob("*.csv"))}
    return {**{name: desk.documents(name) for name in sorted(desk.app.collections)}, **logs,
            **lists}


@pytest.fixture
def desks(tmp_path, app_root):
    found, came = [], arrivals()
    accounts = {("aws", "444455556666"), ("aws", "111122223333")}
    for name in ("with", "without"):
        desk = Desk(tmp_path / name, app_root, accounts, START)
        desk.take(came)
        found.append(desk)
    return found


def test_leaving_out_changes_nothing(desks):
    with_it, without = desks
    summary = run_schedule(with_it.home, with_it.app, START, END)
    runs, idle = run_everything(without)
    told = {name: tally.idle for name, tally in summary.searches.items() if tally.idle}
    print(f"{runs} runs, of which {sum(idle.values())} could be left out: {idle}")
    assert told == idle and runs == sum(
        tally.runs + tally.idle for tally in summary.searches.values())
    assert {"ciw_collect_operations", "ciw_ledger_instances"} <= idle.keys()
    one, two = everything(with_it), everything(without)
    assert one["ciw_signals"] and one["ciw_operations"]
    for name in one:
        assert one[name] == two[name], name
