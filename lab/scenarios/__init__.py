"""Scenarios: provider-native logs of known content, with the labels of what is malicious apart.

A scenario is a module with a `SCENARIO`: a declarative head and a function that yields labelled
records. `all_scenarios` finds them; adding one means adding a module to the list below. The same
seed and start give the same bytes.
"""

from __future__ import annotations

import time
from pathlib import Path

from lab.scenarios import aws, azure, google, month
from lab.scenarios.model import Record, Scenario, Written
from lab.scenarios.writer import write_files

__all__ = ["Record", "Scenario", "ScenarioError", "Written", "all_scenarios", "get", "records",
           "write"]

_MODULES = (*aws.MODULES, *azure.MODULES, *google.MODULES, month)


class ScenarioError(Exception):
    """No scenario of that name; the text lists those there are."""


def all_scenarios() -> list[Scenario]:
    return [found for module in _MODULES
            for found in getattr(module, "SCENARIOS", None) or (module.SCENARIO,)]


def get(name: str) -> Scenario:
    for found in all_scenarios():
        if found.id == name:
            return found
    raise ScenarioError(f"scenario {name!r} is none of"
                        f" {', '.join(found.id for found in all_scenarios())}")


def records(scenario: Scenario, seed: int = 1, start: float | None = None) -> list[Record]:
    """All records in order of time. `start` defaults so that the scenario ends about now."""
    if start is None:
        start = _ending_now(scenario)
    return sorted(scenario.build(seed, start), key=lambda record: record.time)


def write(scenario: Scenario, out: Path, seed: int = 1, start: float | None = None) -> Written:
    """Writes the scenario's files below OUT. ScenarioError where OUT holds something else."""
    if out.exists() and any(out.iterdir()):
        raise ScenarioError(f"--out {out} is not empty: name a new folder")
    if start is None:
        start = _ending_now(scenario)
    return write_files(scenario, records(scenario, seed, start), out, seed, start)


def _ending_now(scenario: Scenario) -> float:
    return (time.time() - scenario.seconds) // 300 * 300
