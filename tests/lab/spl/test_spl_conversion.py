"""Forms and errors of replace, fieldformat, strcat, rangemap, extract and the smaller commands."""

from __future__ import annotations

import pytest

from lab.spl.nodes import (
    Addinfo,
    Addtotals,
    Autoregress,
    Bucket,
    Eval,
    Extract,
    Fieldformat,
    FieldRef,
    Fieldsummary,
    Gentimes,
    Makecontinuous,
    Replace,
    Set,
    Trend,
    Trendline,
    Uniq,
)
from tests.lab.spl.spl_support import last, refusal


@pytest.mark.parametrize(("text", "expected"), [
    ('replace a WITH b, "x y" with "" IN f g*', Replace((("a", "b"), ("x y", "")), ("f", "g*"))),
    ("fieldformat a=b", Fieldformat("a", FieldRef("b"))),
    ("extract", Extract()),
    ('kv pairdelim=";" kvdelim="=:" mv_add=t limit=5 maxchars=9 clean_keys=f reload=t',
     Extract(";", "=:", multiple=True, clean_keys=False, limit=5, maximum=9)),
    ("extract one two", Extract(extractors=("one", "two"))),
    ("addcoltotals labelfield=l label=All a", Addtotals(("a",), False, True, "Total", "l", "All")),
    ("autoregress a p=2-3", Autoregress("a", None, 2, 3)),
    ("ar a AS b", Autoregress("a", "b", 1, 1)),
    ("trendline sma5(a) AS b wma10(c)",
     Trendline((Trend("sma", 5, "a", "b"), Trend("wma", 10, "c", "wma10(c)")))),
    ("makecontinuous span=1h", Makecontinuous("_time", Bucket(span="1h"))),
    ("fieldsummary maxvals=3 a*", Fieldsummary(("a*",), 3)),
    ("uniq", Uniq()),
    ("addinfo", Addinfo()),
])
def test_forms(text, expected):
    assert last(f"index=x | {text}") == expected


def test_generating_forms():
    assert last("| gentimes start=-5 end=10/1/2020:01:02:03 increment=2h") == Gentimes(
        "-5", "10/1/2020:01:02:03", 7200)
    found = last("| set diff [search a] [search b]")
    assert isinstance(found, Set) and found.kind == "diff"


def test_strcat_and_rangemap_are_evals():
    made = last('index=x | strcat a "/" b c')
    assert isinstance(made, Eval) and made.assignments[0][0] == "c"
    made = last("index=x | rangemap field=a low=0-1")
    assert isinstance(made, Eval) and made.assignments[0][0] == "range"


@pytest.mark.parametrize(("text", "word"), [
    ("index=x | replace a b", "expected WITH"),
    ("index=x | replace", "has no values"),
    ("index=x | replace a WITH b IN", "without IN"),
    ("index=x | fieldformat a", "expected ="),
    ('index=x | strcat a "b"', "and then the field"),
    ("index=x | rangemap field=a low=1-2 more", "unexpected 'more'"),
    ("index=x | extract pairdelim=;", "together"),
    ("index=x | extract auto=f", "auto"),
    ("index=x | extract segment=t", "segment"),
    ("index=x | autoregress a p=0", "number from 1"),
    ("index=x | autoregress a p=3-2", "number from 1"),
    ("index=x | trendline", "has no trend"),
    ("index=x | trendline avg5(a)", "is no trend"),
    ("index=x | makecontinuous a", "needs a span"),
    ("index=x | uniq a", "unexpected 'a'"),
    ("index=x | addinfo a", "unexpected 'a'"),
    ("index=x | fieldsummary max=3", "no option"),
    ("| gentimes start=now", "MM/DD/YYYY"),
    ("| gentimes start=1 increment=5", "s, m, h or d"),
    ("index=x | set union [search a] [search b]", "must be the first"),
    ("| set union [search a]", "expected a subsearch"),
])
def test_refusals(text, word):
    assert word in refusal(text).message
