"""What `make test` runs of the table input × fault leaves no input and no fault out."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.promises.chosen import CHOSEN, CLASSES, CORE_OF, applying, meets
from tests.promises.faults import ALL
from tests.promises.table import NAMES, case_class, render


def of_tests() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each test of an input here with the faults that it has together."""
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        module = importlib.import_module(f"tests.promises.{path.stem}")
        for name, test in vars(module).items():
            if not name.startswith("test_"):
                continue
            for mark in getattr(test, "pytestmark", ()):
                if mark.name == "faults":
                    yield name, mark.args
                elif mark.name == "parametrize" and mark.args[0] == "faults":
                    for faults in mark.args[1]:
                        yield name, faults


def run_here() -> set[tuple[str, str]]:
    """The cells (input, fault) that the tests come to outside a soak."""
    return {
        (case, fault) for _, faults in of_tests() for case in NAMES
        if meets(case, faults, soak=False) for fault in applying(faults, case)
    }


def test_every_fault_has_a_test_and_a_class():
    assert {fault for _, faults in of_tests() for fault in faults} == set(ALL)
    assert list(CHOSEN) == [
        fault for rows in CLASSES.values() for faults, _ in rows for fault in faults]
    assert set(CHOSEN) == set(ALL)
    assert sorted(CORE_OF) == NAMES


@pytest.mark.parametrize("name", ALL)
def test_every_fault_meets_inputs_of_three_cores(name):
    """Or of as many as it applies to."""
    possible = [case for case in NAMES if not ALL[name].why_not(case_class(case))]
    here = [case for case, fault in run_here() if fault == name]
    assert len(here) >= min(3, len(possible))
    cores = {CORE_OF[case] for case in possible}
    assert len({CORE_OF[case] for case in here}) >= min(3, len(cores))


@pytest.mark.parametrize("name", NAMES)
def test_every_input_meets_every_class(name):
    here = {fault for case, fault in run_here() if case == name}
    lacking = [
        title for title, rows in CLASSES.items()
        if not here & {fault for faults, _ in rows for fault in faults}
    ]
    assert not lacking


def test_a_soak_runs_all_that_applies():
    assert {
        (case, fault) for _, faults in of_tests() for case in NAMES
        if meets(case, faults, soak=True) for fault in applying(faults, case)
    } == {(case, fault) for fault in ALL for case in NAMES if applying((fault,), case)}


def test_the_table_shows_what_was_not_run():
    cells = {("aws_cloudtrail", "kill -9"): "+"}
    text = render(cells)
    row = next(line for line in text.splitlines() if line.startswith("kill -9"))
    assert row.split()[2:] == ["+", *"." * (len(NAMES) - 1)]
    applicable = sum(1 for fault in ALL for case in NAMES if applying((fault,), case))
    assert f"1 of the {applicable} cells that apply" in text
