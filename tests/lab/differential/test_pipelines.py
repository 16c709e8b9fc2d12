"""Generated searches: the SQL engine and the row evaluator give the same rows, or both refuse.

`CIW_SOAK=1` runs thousands of each kind, without the fixed seed.
"""

from __future__ import annotations

import os
from collections import Counter

from hypothesis import HealthCheck, Phase, given, settings

from tests.lab.differential.commands import event_searches, mergers, reports, searches
from tests.lab.differential.compare import difference

SOAK = bool(os.environ.get("CIW_SOAK"))
SEEN: Counter[str] = Counter()
KINDS = ("tables", "reports", "mergers", "events")
LEAST = 2000


def examples(number: int, soak: int) -> settings:
    """Shrinking is left to the soak: a failing search is short enough to read."""
    phases = [Phase.explicit, Phase.generate] + ([Phase.shrink] if SOAK else [])
    return settings(
        max_examples=soak if SOAK else number, derandomize=not SOAK, deadline=None, database=None,
        phases=phases, suppress_health_check=list(HealthCheck),
    )


def check(spl: str, context, kind: str) -> None:
    found, compared = difference(spl, context)
    SEEN[f"{kind} {'compared' if compared else 'refused'}"] += 1
    assert not found, found


@examples(800, 5000)
@given(spl=searches())
def test_tables(context, spl):
    check(spl, context, "tables")


@examples(900, 5000)
@given(spl=reports())
def test_reports(context, spl):
    check(spl, context, "reports")


@examples(400, 5000)
@given(spl=mergers())
def test_mergers(context, spl):
    check(spl, context, "mergers")


@examples(250, 1500)
@given(spl=event_searches())
def test_events(context, spl):
    check(spl, context, "events")


def test_two_thousand_searches_were_compared(capsys):
    """What both refuse shows nothing: it does not count, and must not become the rule."""
    compared = {kind: SEEN[f"{kind} compared"] for kind in KINDS}
    for kind in KINDS:
        assert compared[kind] > 3 * SEEN[f"{kind} refused"], SEEN
    assert sum(compared.values()) >= LEAST, SEEN
    with capsys.disabled():
        print(f"\n{sum(compared.values())} generated searches compared: {dict(compared)}")
