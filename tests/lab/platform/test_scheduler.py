"""The simulated schedule: order, windows, what a run may see. The engine is a stand-in."""

import sys
from dataclasses import dataclass, field
from types import ModuleType

import pytest

from lab.scheduler import RunFailed, due, run_backfill, run_schedule
from lab.spl.errors import SPLError
from tests.lab.platform.conftest import make_app

T = 1_700_000_100 // 300 * 300
SEARCHES = """
[b_second_in_alphabet_first_in_file]
search = index=audit | stats count by host
enableSched = 1
cron_schedule = */5 * * * *
dispatch.earliest_time = -1h
dispatch.latest_time = now
dispatch.index_earliest = -5m
dispatch.index_latest = now

[a_later]
search = index=operations | stats count
enableSched = 1
cron_schedule = */10 * * * *

[off]
search = index=audit
enableSched = 1
disabled = 1
cron_schedule = * * * * *

[by_hand]
search = index=audit user=$user$

[ciw_backfill_two]
search = index=audit | collect index=operations
dispatch.earliest_time = -1d

[ciw_backfill_one]
search = index=operations
"""


@dataclass
class Result:
    rows: list = field(default_factory=list)
    effects: list = field(default_factory=list)
    messages: list = field(default_factory=list)
    fields: list = field(default_factory=list)


@pytest.fixture
def engine(monkeypatch):
    """Stands in for lab.engine.run and keeps the runs."""
    module = ModuleType("lab.engine.run")
    module.runs = []

    class Context:
        def __init__(self, **values):
            self.__dict__.update({"index_earliest": None, "visible_before": None, **values})

    def search(text, context):
        module.runs.append((text, context))
        if "boom" in text:
            raise SPLError("no such thing")
        return Result([{"count": "1"}], ["collect: 1 row"])

    module.Context, module.search = Context, search
    monkeypatch.setitem(sys.modules, "lab.engine.run", module)
    return module


@pytest.fixture
def app(home, tmp_path):
    return home.app(make_app(tmp_path / "app", savedsearches=SEARCHES))


def test_due_runs_are_in_order_of_time_then_file(app):
    runs = [(moment - T, saved.name) for moment, saved in due(app, T, T + 600)]
    ten = 600 - T % 600
    expected = [
        (300, "b_second_in_alphabet_first_in_file"),
        (600, "b_second_in_alphabet_first_in_file"),
    ]
    expected.insert(1 if ten == 300 else 2, (ten, "a_later"))
    assert runs == expected


def test_a_run_sees_what_was_indexed_before_it(home, app, engine):
    run_schedule(home, app, T, T + 300, leave_out=False)
    text, context = engine.runs[0]
    assert text == "index=audit | stats count by host"
    assert (context.now, context.visible_before) == (T + 300, T + 300)
    assert (context.earliest, context.latest) == (T + 300 - 3600, T + 300)
    assert (context.index_earliest, context.index_latest) == (T, T + 300)


def test_idle_runs_are_left_out_and_counted(home, app, engine):
    summary = run_schedule(home, app, T, T + 600)
    assert {text for text, _ in engine.runs} == {"index=operations | stats count"}
    assert summary.searches["b_second_in_alphabet_first_in_file"].idle == 2
    assert list(summary.lines())[-1].endswith("2 left out as provably idle, 1 rows")


def test_backfill_runs_over_the_span_in_file_order(home, app, engine):
    run_backfill(home, app, T, T + 7200)
    assert [text for text, _ in engine.runs] == [
        "index=audit | collect index=operations",
        "index=operations",
    ]
    context = engine.runs[0][1]
    assert (context.earliest, context.latest, context.now) == (T, T + 7200, T + 7200)
    assert context.visible_before is None


def test_a_failing_search_is_named_with_its_time(home, tmp_path, engine):
    app = home.app(
        make_app(
            tmp_path / "bad",
            savedsearches=(
                "[x]\nsearch = index=audit | stats count as boom\nenableSched = 1\n"
                "cron_schedule = * * * * *\n"
            ),
        )
    )
    with pytest.raises(RunFailed, match=r"saved search x at 20\d\d-.*Z: SPL: no such thing"):
        run_schedule(home, app, T, T + 60)
