"""The language of the search command."""

from __future__ import annotations

import pytest

from lab.spl import nodes
from lab.spl.nodes import And, Compare, InValues, MatchAll, Not, Or, RawTerm
from tests.lab.spl.spl_support import commands, last, marked, refusal


def predicate(text: str) -> nodes.Predicate:
    return commands(text)[0].predicate


a, b, c, d = (RawTerm(name) for name in "abcd")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b", And((a, b))),
        ("a AND b", And((a, b))),
        ("a OR b", Or((a, b))),
        # Search Manual, "Boolean expressions": NOT, then OR, then AND.
        ("a b OR c", And((a, Or((b, c))))),
        ("a OR b c", And((Or((a, b)), c))),
        ("a AND b OR c AND d", And((a, Or((b, c)), d))),
        ("NOT a OR b", Or((Not(a), b))),
        ("NOT a b", And((Not(a), b))),
        ("NOT (a b)", Not(And((a, b)))),
        ("a (b OR c) d", And((a, Or((b, c)), d))),
        # In lower case they are words to be found.
        ("a or b", And((a, RawTerm("or"), b))),
        ("a and not b", And((a, RawTerm("and"), RawTerm("not"), b))),
        ("", MatchAll()),
        ("*", MatchAll()),
    ],
)
def test_precedence(text, expected):
    assert predicate(f"search {text}") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("user=bob", Compare("user", "=", "bob")),
        ("user == bob", Compare("user", "=", "bob")),
        ("user != bob", Compare("user", "!=", "bob")),
        ("count>=5", Compare("count", ">=", "5")),
        ("count < 5", Compare("count", "<", "5")),
        ('user="bob smith"', Compare("user", "=", "bob smith")),
        ('"user name"="bob"', Compare("user name", "=", "bob")),
        ('user=""', Compare("user", "=", "")),
        ("user=b*", Compare("user", "=", "b*")),
        ("items{}.id=i-1", Compare("items{}.id", "=", "i-1")),
        (
            "userIdentity.arn=arn:aws:iam::1:user/x",
            Compare("userIdentity.arn", "=", "arn:aws:iam::1:user/x"),
        ),
        ("tag=change", Compare("tag", "=", "change")),
        ("tag::host=web", Compare("tag::host", "=", "web")),
        ("eventtype=ciw_change", Compare("eventtype", "=", "ciw_change")),
        ("sourcetype::aws:cloudtrail", Compare("sourcetype", "=", "aws:cloudtrail", indexed=True)),
        ("user=CASE(Bob)", Compare("user", "=", "Bob", case=True)),
        ("user=TERM(a.b)", Compare("user", "=", "a.b", term=True)),
        ('user IN (a, b*, "c d")', InValues("user", ("a", "b*", "c d"))),
        ("NOT user IN (a)", Not(InValues("user", ("a",)))),
        ('"a phrase"', RawTerm("a phrase", phrase=True)),
        ("TERM(10.0.0.1)", RawTerm("10.0.0.1", exact=True)),
        ("CASE(Error)", RawTerm("Error", case=True)),
        ("don't", RawTerm("don't")),
        (r'path="C:\\temp\"x"', Compare("path", "=", r'C:\temp"x')),
        (r'path="C:\Windows"', Compare("path", "=", r"C:\Windows")),
        ("10.0.0.0/8", RawTerm("10.0.0.0/8")),
    ],
)
def test_terms(text, expected):
    assert predicate(f"search {text}") == expected


def test_not_equal_and_not_equal_by_not_are_told_apart():
    assert predicate("search a!=1") == Compare("a", "!=", "1")
    assert predicate("search NOT a=1") == Not(Compare("a", "=", "1"))


def test_time_modifiers_become_the_window():
    search = commands(
        "index=a earliest=-7d@d latest=now (_index_earliest=-1h _index_latest=1700000000) x"
    )[0]
    assert search.window == nodes.TimeWindow("-7d@d", "now", "-1h", "1700000000")
    assert search.predicate == And((Compare("index", "=", "a"), RawTerm("x")))


def test_a_window_alone_matches_all():
    search = commands("search earliest=-1h")[0]
    assert search.predicate == MatchAll() and search.window.earliest == "-1h"


@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        ("index=a OR earliest=-1h", "earliest=-1h", "inside OR"),
        ("NOT latest=-1h", "latest=-1h", "inside OR or NOT"),
        ("earliest=-1h earliest=-2h", "earliest=-2h", "twice"),
        ("earliest=rt-5m x", "earliest=rt-5m", "real-time"),
        ("earliest=-1fortnight x", "earliest=-1fortnight", "fortnight"),
        ("earliest>5 x", "earliest>5", "'='"),
        ("user=", "", "value is missing"),
        ("user= | head", "", "value is missing"),
        ("(a b", "(", "never closed"),
        ("a b)", ")", "closes no"),
        ("a OR", "", "missing at the end"),
        ("OR a", "OR", "missing before OR"),
        ("a AND OR b", "OR", "missing before OR"),
        ("user IN (a,, b)", ",", "missing before ','"),
        ("user IN ()", ")", "empty"),
        ("user IN (a", "(", "never closed"),
        ("a=b=c", "=", "another operator"),
        ("'user'=bob", "'user'", "single quotes"),
        ("=bob", "=", "unexpected '='"),
        ('a "b', '"', "never closed"),
        ("[search index=b", "[", "never closed"),
        ("a ]", "]", "closes no"),
        ("user=[search index=b]", "[", "not supported by the lab yet"),
        ("savedsearch=x", "savedsearch=x", "not supported"),
        ("startdaysago=3", "startdaysago=3", "not supported"),
        ("TERM(a", "(", "never closed"),
        ("TERM()", "()", "need a term"),
    ],
)
def test_refusals_name_and_mark(text, place, word):
    text = f"search {text}"
    error = refusal(text)
    assert word in error.message
    assert marked(text, error) == place


def test_a_subsearch_is_parsed_in_place():
    search = commands("index=a [search index=b | fields user | head 5] x")[0]
    part = search.predicate.parts[1]
    assert isinstance(part, nodes.SubsearchTerms)
    assert [type(step).__name__ for step in part.pipeline.commands] == ["Search", "Fields", "Head"]
    assert part.pipeline.commands[0].generating


def test_in_brackets_the_first_word_is_a_command():
    assert "unknown command 'index'" in refusal("index=a [index=b]").message
    node = commands("index=a [| inputlookup x | fields y]")[0].predicate.parts[1]
    assert isinstance(node.pipeline.commands[0], nodes.Inputlookup)


def test_a_leading_search_is_implied_only_where_no_pipe_stands():
    assert commands("error")[0].predicate == RawTerm("error")
    assert commands("search error")[0].predicate == RawTerm("error")
    assert commands("| search error")[0].predicate == RawTerm("error")
    assert commands("searching")[0].predicate == RawTerm("searching")
    assert commands("search=x")[0].predicate == Compare("search", "=", "x")
    assert commands("search-head")[0].predicate == RawTerm("search-head")
    assert commands("| search a")[0].generating
    assert not last("index=a | search b").generating
