"""Splunk's documented cases under the row evaluator, too.

A case agrees, or it is one of those in uncovered.yaml, with the reason; a listed one that agrees
is an error. What a case writes first, the engine writes.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from lab.app import App
from lab.conformance import Case, differences, load
from lab.engine.run import Context
from lab.engine.run import search as engine_search
from lab.home import Home
from lab.rows.run import search as rows_search
from lab.spl.errors import SPLError
from tests.lab.conformance.conftest import HERE, NOW, store

CASES = load(HERE / "cases")
LACKING = "the row evaluator"


def listed() -> dict[str, str]:
    """What the row evaluator lacks, by `family: name`."""
    groups = yaml.safe_load((Path(__file__).parent / "uncovered.yaml").read_text("utf-8"))
    return {case: group["reason"] for group in groups for case in group["cases"]}


UNCOVERED = listed()


def named(case: Case) -> str:
    return f"{case.family}: {case.name}"


@pytest.fixture(scope="module")
def context(tmp_path_factory) -> Context:
    home = Home(tmp_path_factory.mktemp("rows_conformance") / "home")
    store(home)
    return Context(home, App(HERE / "app"), NOW)


def disagreement(case: Case, context: Context) -> str:
    """How the row evaluator's answer differs from the documented one; "" where it does not."""
    try:
        for spl in case.searches[:-1]:
            engine_search(spl, context)
        rows = rows_search(case.searches[-1], context).rows
    except SPLError as error:
        if case.refusal and LACKING not in error.message:
            return ""
        return f"refused: {error.message}"
    return f"not refused: {rows}" if case.refusal else differences(case, rows)


@pytest.mark.parametrize("case", CASES, ids=named)
def test_case_by_rows(case: Case, context):
    found = disagreement(case, context)
    reason = UNCOVERED.get(named(case))
    if reason is None:
        assert found == "", f"{case.rule}\n{case.page}\n{case.searches[-1]}"
    else:
        assert found, f"agrees: take it out of uncovered.yaml ({reason})"


def test_only_cases_that_there_are_may_be_left_out():
    assert set(UNCOVERED) <= set(map(named, CASES))
    assert len(UNCOVERED) < len(CASES) / 8
