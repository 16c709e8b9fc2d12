"""Forms and errors of convert, xyseries, transpose, transaction and the commands over datasets."""

from __future__ import annotations

import pytest

from lab.spl import nodes
from lab.spl.nodes import (
    Conversion,
    Convert,
    Eventcount,
    Metadata,
    Transaction,
    Transpose,
    Xyseries,
)
from tests.lab.spl.spl_support import Knowledge, last, refusal


@pytest.mark.parametrize(("text", "expected"), [
    ('convert timeformat="%H" ctime(_time) AS t', Convert((Conversion("ctime", "_time", "t"),), "%H")),
    ('convert auto dur2sec("a b"), memk(*x) as *y',
     Convert((Conversion("auto", "*"), Conversion("dur2sec", "a b"),
              Conversion("memk", "*x", "*y")))),
    ("xyseries a b c d sep=/", Xyseries("a", "b", ("c", "d"), "/")),
    ("transpose 0 column_name=n header_field=h include_empty=f", Transpose(0, "n", "h", False)),
    ("transaction a, b maxspan=2m maxpause=-1 maxevents=-5 connected=f",
     Transaction(("a", "b"), 120.0, None, None, connected=False, unify_ends=False)),
    ('transaction fields="a,b" mvlist="c d" delim="" nullstr=none keepevicted=t',
     Transaction(("a", "b"), mv_list=("c", "d"), delimiter="", null_string="none",
                 keep_evicted=True)),
    ("transaction fields=host,cookie maxspan=30s", Transaction(("host", "cookie"), 30.0)),
    ('transaction startswith="u=1" endswith=eval(x)',
     Transaction(startswith=nodes.Compare("u", "=", "1"), endswith=nodes.FieldRef("x"))),
])
def test_forms(text, expected):
    assert last(f"index=x | {text}") == expected


def test_generating_forms():
    assert last("| eventcount index=a index=_* summarize=0") == Eventcount(("a", "_*"), False)
    assert last("| metadata type=Sources index=a") == Metadata("sources", ("a",))


@pytest.mark.parametrize(("text", "interleaved"), [
    ("| union [search a] [search b | eval x=1]", True),
    ("| union [search a] [search b | stats count]", False),
    ("| union [search a] [| inputlookup b]", False),
    ("| union [search a] inputlookup:b", False),
    ("| union savedsearch:events [search a]", True),
    ("index=x | where a=1 | union [search a]", True),
    ("index=x | sort a | union [search a]", False),
    ("index=x | fillnull | union [search a]", False),
    ("index=x | fillnull a | bin _time span=1h | union [search a]", True),
    ("index=x | bin _time | union [search a]", False),
    ("index=x | convert ctime(a) | union [search a]", True),
    ("index=x | iplocation a | rename a AS b | union [search a]", True),
    ("index=x | convert num(a) | union [search a]", False),
])
def test_union_interleaves_what_streams(text, interleaved):
    assert last(text, Knowledge(searches={"events": "index=y | eval a=1"})).interleaved is interleaved


@pytest.mark.parametrize(("text", "word"), [
    ("index=x | convert ctime()", "names no field"),
    ("index=x | convert ctime(a, b)", "takes one field"),
    ("index=x | convert none(a) AS b", "takes no AS"),
    ("index=x | xyseries a b c format=x", "several data fields"),
    ("index=x | xyseries a b c d format=$VAL$", "needs $AGG$ and $VAL$"),
    ("index=x | transpose 5 6", "unexpected '6'"),
    ("index=x | transaction a*", "no wildcard"),
    ("index=x | transaction a fields=b", "twice"),
    ("index=x | transaction mvlist=a,b", "in quotes"),
    ("index=x | transaction maxevents=0", "leaves no events"),
    ('index=x | transaction startswith=""', "is empty"),
    ('index=x | transaction startswith="earliest=-1d a"', "no time modifiers"),
    ("| union", "two datasets"),
    ("| union datamodel:", "has no name"),
    ("| metadata type=hosts splunk_server=peer1", "no search peers"),
    ("| metadata type=hosts splunk_server_group=a", "no search peers"),
    ("| eventcount web", "unexpected 'web'"),
])
def test_refusals(text, word):
    assert word in refusal(text).message
