"""Commands that carry values from row to row, add totals, or turn a table."""

from __future__ import annotations

import json

import pytest

from lab.spl.errors import SPLError

ROWS = [
    {"g": "a", "x": "1", "y": "10"},
    {"g": "b", "x": "2"},
    {"g": "c", "y": "30", "t": "w"},
]


def run(bench, commands, rows=ROWS):
    text = json.dumps(rows).replace("\\", "\\\\").replace('"', '\\"')
    return bench.rows(f'| makeresults format=json data="{text}" | fields - _time {commands}')


@pytest.mark.parametrize(("commands", "expected"), [
    ("| filldown x | table x", [{"x": "1"}, {"x": "2"}, {"x": "2"}]),
    ("| filldown t | table t", [{}, {}, {"t": "w"}]),
    ("| filldown | table x y", [{"x": "1", "y": "10"}, {"x": "2", "y": "10"},
                                {"x": "2", "y": "30"}]),
    ('| head 1 | eval m=split("p,q",",") | nomv m | table m', [{"m": "p\nq"}]),
    ("| accum x | table x", [{"x": "1"}, {"x": "3"}, {}]),
    ("| accum y AS s | table s", [{"s": "10"}, {}, {"s": "40"}]),
    ("| where isnum(y) | delta y | table delta(y)", [{}, {"delta(y)": "20"}]),
    ("| delta x AS d p=2 | table d", [{}, {}, {}]),
    ("| addtotals | table Total", [{"Total": "11"}, {"Total": "2"}, {"Total": "30"}]),
    ("| head 2 | addtotals fieldname=s x | table s", [{"s": "1"}, {"s": "2"}]),
    ("| table g x y | addtotals row=f col=t labelfield=g label=All | tail 1",
     [{"g": "All", "x": "3", "y": "40"}]),
    ("| table g x y | untable g k v", [
        {"g": "a", "k": "x", "v": "1"}, {"g": "a", "k": "y", "v": "10"},
        {"g": "b", "k": "x", "v": "2"}, {"g": "c", "k": "y", "v": "30"}]),
])
def test_command(bench, commands, expected):
    assert run(bench, commands) == expected


def test_mvcombine_joins_rows_that_differ_in_one_field(bench):
    rows = [{"h": "1", "k": "z"}, {"h": "2", "k": "y"}, {"h": "1", "k": "a"}, {"h": "1"},
            {"h": "1"}]
    assert run(bench, "| mvcombine k | table h k", rows) == [
        {"h": "1", "k": ["z", "a"]}, {"h": "2", "k": "y"}, {"h": "1"}, {"h": "1"}]
    assert run(bench, '| mvcombine delim=";" k | nomv k | head 1 | table k', rows) == [{"k": "z;a"}]


@pytest.mark.parametrize(("commands", "word"), [
    ("| delta x | delta y", "earlier row"),
    ("| table t | addtotals", "no numeric field"),
    ("| eval x=g.x | table x y | eval x=coalesce(x, 5) | addtotals row=f col=t", "numbers and text"),
    ("| addtotals fieldname=x", "exists already"),
    ("| untable t k v", "lacks the field"),
    ("| eval _i=1 | untable g k v", "internal field"),
])
def test_what_is_not_settled_is_refused(bench, commands, word):
    with pytest.raises(SPLError, match=word):
        run(bench, commands)
