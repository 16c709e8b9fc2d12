"""`python -m lab.evaluate`: measures the shipped searches on the scenarios and prints the tables.

Figures go to build/evaluate.json and build/evaluate.txt. Exit 1 where anything is not as its label
says; the last table names it.
"""

from __future__ import annotations

import argparse
import importlib
import json
import shutil
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from lab.evaluate import ground as past
from lab.evaluate import laying, month, tables
from lab.evaluate.outcome import Outcome
from lab.evaluate.stories import Story, all_stories, together

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD = REPOSITORY / "build"
MONTH = "benign_month"
SAMPLE = ("aws_config_reverted", "aws_planned_resize", "azure_denied_prober",
          "azure_wrong_parameter", "google_snapshot_exfiltration", "google_reporting_copy")
TIMED = ("aws_gpu_mining", "azure_gpu_mining", "google_gpu_mining", "aws_config_reverted",
         "azure_denied_prober", "google_snapshot_exfiltration")
"""Whose searches run at their cron times, since all stories at them would take hours."""


@dataclass(frozen=True)
class Scale:
    """Days: of the past, of its telemetry, of the month; `network` tells of the month's flows,
    `timed` names the stories at cron times."""

    past: int = 21
    telemetry: float = 2
    month: int = month.month.DAYS
    network: bool = True
    timed: tuple[str, ...] = TIMED


SMALL = Scale(past=15, telemetry=0.1, month=1, network=False, timed=())


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab.evaluate", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="NAME",
                        help=f"these scenarios ({MONTH} is the month) and nothing else")
    parser.add_argument("--sample", action="store_true", help="some stories and a day")
    parser.add_argument("--days", type=int, help="of the month, its first ones")
    parser.add_argument("--timed", nargs="*", metavar="NAME",
                        help="run the searches at their cron times for these stories, and tell how"
                             " long the case took; for the others every search runs once after the"
                             f" story, which raises the same (usual: {', '.join(TIMED)})")
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args(words)
    stories = all_stories()
    wanted = list(SAMPLE) + [MONTH] if arguments.sample else arguments.only
    named = {*(wanted or ()), *(arguments.timed or ())}
    if named:
        unknown = named - {one.name for one in stories} - {MONTH}
        if unknown:
            parser.error(f"no story is named {', '.join(sorted(unknown))}; there are"
                         f" {MONTH}, {', '.join(one.name for one in stories)}")
    if wanted:
        stories = [one for one in stories if one.name in wanted]
    scale = SMALL if arguments.sample else Scale()
    if wanted and MONTH not in wanted:
        scale = replace(scale, month=0)
    elif arguments.days:
        scale = replace(scale, month=arguments.days)
    if arguments.timed is not None:
        scale = replace(scale, timed=tuple(arguments.timed))
    outcomes, seen = run(stories, scale, BUILD / "evaluate", arguments.processes)
    text = "\n".join(tables.everything(outcomes, seen))
    BUILD.mkdir(exist_ok=True)
    (BUILD / "evaluate.txt").write_text(text + "\n", encoding="utf-8")
    (BUILD / "evaluate.json").write_text(json.dumps(record(outcomes, seen), indent=1) + "\n",
                                         encoding="utf-8")
    print(text)
    return 1 if list(tables.faults(outcomes, seen)) else 0


def run(stories: Sequence[Story], scale: Scale, out: Path,
        processes: int = 1) -> tuple[list[Outcome], month.Month | None]:
    """The outcomes in the order of the stories, and of so many days of the month."""
    shutil.rmtree(out, ignore_errors=True)
    ground = past.make(out / "past", REPOSITORY, scale.past, scale.telemetry)
    timed = [one for one in stories if one.name in scale.timed]
    groups = [(group, at_once) for at_once, some in (
        (False, timed), (True, [one for one in stories if one not in timed]))
        for group in together(some)]
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        quiet = pool.submit(month.evaluate, ground, REPOSITORY, out / "month", scale.month,
                            scale.network) if scale.month else None
        jobs = [pool.submit(_evaluate, ground, out / f"group-{number}",
                            [one.name for one in group], at_once)
                for number, (group, at_once) in enumerate(groups)]
        found = {one.name: one for job in jobs for one in job.result()}
        seen = quiet.result() if quiet else None
    shutil.rmtree(out)
    return [found[one.name] for one in stories], seen


def _evaluate(ground: past.Ground, folder: Path, names: Sequence[str],
              at_once: bool) -> list[Outcome]:
    group = [one for one in all_stories() if one.name in names]
    found = laying.evaluate(ground, REPOSITORY, folder, group, at_once)
    shutil.rmtree(folder)
    return found


def record(outcomes: Sequence[Outcome], seen: month.Month | None) -> dict[str, Any]:
    return {"stories": [one.record() for one in outcomes],
            "month": seen.record() if seen else None,
            "faults": list(tables.faults(outcomes, seen))}


if __name__ == "__main__":
    # A spawned process imports what it is to run by its module's name, which is not __main__.
    sys.exit(importlib.import_module("lab.evaluate.__main__").main())
