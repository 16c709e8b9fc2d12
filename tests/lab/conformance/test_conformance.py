"""Every case of the folder `cases`, run by the lab."""

from __future__ import annotations

from collections import Counter

import pytest

from lab.conformance import Case, differences, load
from lab.engine.run import Context, search
from lab.spl.errors import SPLError
from tests.lab.conformance.conftest import HERE, NOW

CASES = load(HERE / "cases")


def test_there_are_enough_and_each_has_its_own_name():
    assert len(CASES) >= 300
    names = Counter((case.family, case.name) for case in CASES)
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.family}: {case.name}")
def test_case(case: Case, home, app):
    context = Context(home, app, NOW)
    if case.refusal:
        with pytest.raises(SPLError) as refused:
            for spl in case.searches:
                search(spl, context)
        told = f"{refused.value.message} {refused.value.hint}"
        assert case.refusal.lower() in told.lower(), told
        return
    for spl in case.searches:
        rows = search(spl, context).rows
    assert differences(case, rows) == "", f"{case.rule}\n{case.page}\n{spl}"
