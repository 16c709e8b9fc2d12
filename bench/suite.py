"""The app's scheduled searches over raw records of three clouds: time, rows read, growth.

For each size the records of a day are written to a home of its own, the backfills take the day, as
an admin has them do after installing, and every scheduled search then runs once as scheduled, six
minutes after the last record. Told are CPU seconds (a loaded machine stretches them little), rows
read of raw indexes and of the logs, and by how much both grow with the records.

CIW_BENCH_SUITE_EVENTS has the sizes, with commas between (100000,1000000).
"""

from __future__ import annotations

import multiprocessing
import os
import platform
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench.app_searches import Ran, timed
from bench.organisation import DELAY, END, RAW, START, write
from bench.timing import Spent, peak_mib
from lab.app import App
from lab.home import Home
from lab.runs import bind, context
from lab.scheduler import BACKFILL_PREFIX

ROOT = Path(__file__).resolve().parent.parent
SIZES = [int(size) for size in
         os.environ.get("CIW_BENCH_SUITE_EVENTS", "100000,1000000").split(",")]
COLLECTORS = {
    "ciw_backfill_operations": ("cloud_audit", "cloud_identity"),
    "ciw_collect_operations": ("cloud_audit", "cloud_identity"),
    "ciw_backfill_flows": ("cloud_network",), "ciw_collect_flows": ("cloud_network",),
    "ciw_backfill_inventory": ("cloud_inventory",), "ciw_ledger_inventory": ("cloud_inventory",)}
"""Who reads raw records, of which indexes. All others read the logs."""
NOW = END + DELAY + 60
"""The operations' collector sees what arrived in the five minutes until a minute before."""


@dataclass(frozen=True)
class Measured:
    """One size: records of each index, seconds to write them, what each search took."""

    written: dict[str, int]
    loading: float
    searches: list[Ran]
    peak: float

    @property
    def raw(self) -> int:
        return sum(count for index, count in self.written.items() if index in RAW)


def run_suite(home: Home, app: App) -> list[Ran]:
    """The backfills over the day as it ends, then each scheduled search once."""
    found: list[Ran] = []
    for saved in app.saved_searches.values():
        if saved.name.startswith(BACKFILL_PREFIX) and not saved.disabled:
            found.append(timed(saved.name, bind(saved, {}),
                               context(home, app, saved, END, span=(START, END))))
    for saved in app.saved_searches.values():
        if saved.scheduled and not saved.disabled:
            found.append(timed(saved.name, bind(saved, {}), context(
                home, app, saved, NOW, visible_before=NOW)))
    return found


def raw_rows(one: Ran) -> int:
    return sum(rows for index, rows in one.read.items() if index in RAW)


def log_rows(one: Ran) -> int:
    return sum(rows for index, rows in one.read.items() if index not in RAW)


def measure(count: int) -> Measured:
    with tempfile.TemporaryDirectory(prefix="ciw-bench-suite-") as name:
        home = Home(Path(name))
        app = home.app(ROOT)
        spent = Spent()
        written = spent.once(lambda: write(home, app, count))
        return Measured(written, spent.typical[1], run_suite(home, app), peak_mib())


def main() -> int:
    print(f"\nThe suite; {os.cpu_count()} cores, Python {platform.python_version()}, load"
          f" {os.getloadavg()[0]:.1f}")
    found = []
    for size in SIZES:
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            found.append(pool.submit(measure, size).result())
    for line in report(found):
        print(line)
    return 0


def report(found: list[Measured]) -> Iterable[str]:
    for one in found:
        counts = ", ".join(f"{index} {count:,}" for index, count in sorted(one.written.items()))
        wall, cpu = sum(ran.wall for ran in one.searches), sum(ran.cpu for ran in one.searches)
        yield (f"{one.raw:,} raw records ({counts}): written in {one.loading:.1f} s of CPU;"
               f" {len(one.searches)} runs in {wall:.1f} s, {cpu:.1f} s of CPU; peak"
               f" {one.peak:,.0f} MiB")
    sizes = [f"{one.raw:,}" for one in found]
    yield f"\n{'CPU seconds, rows read of raw indexes and of logs':<52}" + "".join(
        f"{size:>12} {'raw':>10} {'logs':>9}" for size in sizes) + f"{'growth':>9} {'of rows':>8}"
    by_name = [{ran.name: ran for ran in one.searches} for one in found]
    for runs in sorted(([runs[name] for runs in by_name] for name in by_name[-1]
                        if all(name in runs for runs in by_name)),
                       key=lambda runs: -runs[-1].cpu):
        yield f"{runs[0].name:<52}" + "".join(
            f"{ran.cpu:>12.2f} {raw_rows(ran):>10,} {log_rows(ran):>9,}" for ran in runs) + _growth(
            runs)
    for one in found:
        yield f"\n{one.raw:,} raw records"
        for ran in one.searches:
            if ran.name in COLLECTORS:
                whole = sum(one.written.get(index, 0) for index in COLLECTORS[ran.name])
                share = f"{raw_rows(ran) / whole:.3f} of {whole:,}" if whole else "there are none"
                yield f"  {ran.name:<30} read {raw_rows(ran):>10,} raw rows, {share}"
        others = [f"{ran.name} {raw_rows(ran):,}" for ran in one.searches
                  if ran.name not in COLLECTORS and raw_rows(ran)]
        yield f"  others that read raw rows: {', '.join(others) or 'none'}"


def _growth(runs: Sequence[Ran]) -> str:
    first, last = runs[0], runs[-1]
    rows = [raw_rows(ran) + log_rows(ran) for ran in (first, last)]
    told = f"{rows[1] / rows[0]:>8.1f}" if rows[0] else f"{'-':>8}"
    return f"{last.cpu / max(first.cpu, 0.01):>9.1f} {told}"


if __name__ == "__main__":
    sys.exit(main())
