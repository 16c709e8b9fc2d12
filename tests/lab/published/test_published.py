"""Searches in the manner of published cloud detections, and what is refused of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.engine.run import search
from lab.rows.run import search as search_rows
from lab.spl.errors import SPLError

_DOCUMENT = yaml.load((Path(__file__).parent / "cases.yaml").read_text("utf-8"),
                      Loader=yaml.BaseLoader)
_CASES, _REFUSED = _DOCUMENT["cases"], _DOCUMENT["refused"]


def _sorted(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case["name"])
def test_a_search_gives_the_rows_worked_out_by_hand(case, context):
    assert _sorted(search(case["search"], context).rows) == _sorted(case["expect"])


@pytest.mark.parametrize("case", [case for case in _CASES if case.get("rows") != "false"],
                         ids=lambda case: case["name"])
def test_the_row_evaluator_gives_the_same(case, context):
    assert _sorted(search_rows(case["search"], context).rows) == _sorted(case["expect"])


@pytest.mark.parametrize("case", _REFUSED, ids=lambda case: case["name"])
def test_what_cannot_be_run_is_named(case, context):
    with pytest.raises(SPLError) as told:
        search(case["search"], context)
    assert case["words"] in str(told.value)
