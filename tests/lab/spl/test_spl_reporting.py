"""Forms and errors of the commands that carry values from row to row, total, or turn a table."""

from __future__ import annotations

import pytest

from lab.spl.nodes import (
    Accum,
    Addtotals,
    Delta,
    Filldown,
    Mvcombine,
    Nomv,
    Untable,
)
from tests.lab.spl.spl_support import last, refusal


@pytest.mark.parametrize(("text", "expected"), [
    ("filldown", Filldown()),
    ("filldown a, b*", Filldown(("a", "b*"))),
    ("nomv a", Nomv("a")),
    ('mvcombine delim="," a', Mvcombine("a", ",")),
    ("accum a", Accum("a", "a")),
    ("accum a AS b", Accum("a", "b")),
    ("delta a", Delta("a", "delta(a)")),
    ("delta a AS b p=3", Delta("a", "b", 3)),
    ("delta p=2 a", Delta("a", "delta(a)", 2)),
    ("addtotals", Addtotals()),
    (
        "addtotals row=f col=t labelfield=g label=All fieldname=s a b*",
        Addtotals(("a", "b*"), False, True, "s", "g", "All"),
    ),
    ("untable a b c", Untable("a", "b", "c")),
])
def test_forms(text, expected):
    assert last(f"index=x | {text}") == expected


@pytest.mark.parametrize(("text", "word"), [
    ("filldown value=0 a", "no option"),
    ("nomv a b", "takes one field"),
    ("mvcombine _raw", "internal"),
    ("mvcombine sep=x a", "no option"),
    ("accum", "names no field"),
    ("accum a b", "unexpected"),
    ("delta a p=0", "at least 1"),
    ("delta a q=1", "no option"),
    ("addtotals total=t", "no option"),
    ("untable a b", "three different"),
])
def test_refusals(text, word):
    assert word in refusal(f"index=x | {text}").message
