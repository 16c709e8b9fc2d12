"""For every rule: what it finds, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from lab.lint.check import table
from lab.lint.rules import ALL
from tests.lab.lint.lint_support import found

CASES = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text("utf-8"))
EXAMPLES = [(rule, kind, number, example) for rule, kinds in CASES.items()
            for kind in ("bad", "good") for number, example in enumerate(kinds[kind])]


def test_every_rule_has_a_row_and_examples_of_both_kinds():
    assert set(ALL) == set(table()) == set(CASES)
    assert all(kinds["bad"] and kinds["good"] for kinds in CASES.values())


@pytest.mark.parametrize(("rule", "kind", "example"),
                         [pytest.param(rule, kind, example, id=f"{rule}-{kind}-{number}")
                          for rule, kind, number, example in EXAMPLES])
def test_examples(rule, kind, example, tmp_path):
    findings = found(tmp_path, example, rule)
    if kind == "bad":
        assert findings, "nothing found"
    else:
        assert not findings, "\n".join(findings[0].lines())
