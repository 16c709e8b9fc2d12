"""All scenarios' records, made once: most of them are short."""

from __future__ import annotations

from functools import cache

import pytest

from lab import scenarios
from lab.scenarios.model import Record, Scenario

START = 1_767_600_000.0


@cache
def records_of(name: str, seed: int = 1) -> tuple[Record, ...]:
    return tuple(scenarios.records(scenarios.get(name), seed, START))


def each(scenario: Scenario) -> str:
    return scenario.id


every = pytest.mark.parametrize(
    "scenario", [one for one in scenarios.all_scenarios() if one.id != "benign_month"], ids=each)
"""All but the month, which test_month.py looks at."""
