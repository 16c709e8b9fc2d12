"""One line for each form of each command, and one for each way to get it wrong."""

from __future__ import annotations

import pytest

from lab.spl import nodes
from lab.spl.commands import registry
from lab.spl.nodes import (
    Aggregation,
    Append,
    Appendcols,
    Bin,
    Bucket,
    Collect,
    Compare,
    Dedup,
    Fields,
    Fillnull,
    Format,
    Head,
    Inputlookup,
    Join,
    Lookup,
    LookupMapping,
    Makemv,
    Makeresults,
    Mvexpand,
    Or,
    Outputlookup,
    Regex,
    Rename,
    Return,
    Reverse,
    Rex,
    Sort,
    SortKey,
    Spath,
    Table,
    Tail,
    Top,
)
from tests.lab.spl.spl_support import last, marked, refusal

count = Aggregation("count", None, "count")


def field(name: str) -> nodes.FieldRef:
    return nodes.FieldRef(name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fields a, b c*", Fields(("a", "b", "c*"), True)),
        ("fields + a", Fields(("a",), True)),
        ("fields - a, _*", Fields(("a", "_*"), False)),
        ('table a "b c" sum(x)', Table(("a", "b c", "sum(x)"))),
        ('rename a AS b, sum(c) as "total c"', Rename((("a", "b"), ("sum(c)", "total c")))),
        ("rename a.* as *", Rename((("a.*", "*"),))),
        ("fillnull", Fillnull()),
        ('fillnull value="" a b', Fillnull("", ("a", "b"))),
        ("head", Head()),
        ("head 5", Head(5)),
        ("head limit=5 keeplast=t", Head(5, keeplast=True)),
        ("head (x<5) null=t", Head(None, nodes.Binary("<", field("x"), nodes.Literal(5)), True)),
        ("tail", Tail()),
        ("tail 3", Tail(3)),
        ("reverse", Reverse()),
        ("sort a", Sort((SortKey("a"),))),
        ("sort 0 -a, +b", Sort((SortKey("a", True), SortKey("b")), 0)),
        # searchbnf.conf: a sign apart from its field holds for all fields behind it.
        ("sort - a, b, +c", Sort((SortKey("a", True), SortKey("b", True), SortKey("c")))),
        (
            "sort limit=5 num(a), -ip(b) desc",
            Sort((SortKey("a", how="num"), SortKey("b", True, "ip")), 5, True),
        ),
        ("sort -count(x)", Sort((SortKey("count(x)", True),))),
        ('sort - "a b"', Sort((SortKey("a b", True),))),
        ("dedup a b", Dedup(("a", "b"))),
        (
            "dedup 3 a keepempty=t consecutive=true sortby - _time",
            Dedup(("a",), 3, keepempty=True, consecutive=True, sortby=(SortKey("_time", True),)),
        ),
        ('regex "a+"', Regex("a+")),
        ('regex user!="^a"', Regex("^a", "user", True)),
        ("regex user=^a[b]?$", Regex("^a[b]?$", "user")),
        ('rex "(?<x>a|b)"', Rex("(?<x>a|b)")),
        (
            r'rex field=path max_match=0 "\\\\(?<f>[^\\\\]+)"',
            Rex(r"\\(?<f>[^\\]+)", "path", max_match=0),
        ),
        ('rex mode=sed field=a "s/x/y/g"', Rex("s/x/y/g", "a", "sed")),
        ("mvexpand a limit=3", Mvexpand("a", 3)),
        ('makemv delim=";" a', Makemv("a", ";")),
        ('makemv a tokenizer="([^,]+),?" allowempty=t', Makemv("a", " ", "([^,]+),?", True)),
        ("spath", Spath()),
        ("spath a{}.b", Spath("a{}.b")),
        ("spath input=j path=a.b output=c", Spath("a.b", "j", "c")),
        ("bin _time span=1h", Bin("_time", "_time", Bucket("1h"))),
        ("bucket span=10 size as s", Bin("size", "s", Bucket("10"))),
        ("bin size bins=5 start=0 end=10.5", Bin("size", "size", Bucket(None, 5, None, 0.0, 10.5))),
        ("bin x span=2log5", Bin("x", "x", Bucket("2log5"))),
        ("top a", Top(("a",))),
        ("top 5 a, b by c showperc=f", Top(("a", "b"), ("c",), 5, showperc=False)),
        ("rare limit=20 useother=t a", Top(("a",), limit=20, rare=True, useother=True)),
        ("lookup t a", Lookup("t", (LookupMapping("a", "a"),), ())),
        (
            "lookup t a AS b, c OUTPUTNEW d as e f",
            Lookup(
                "t",
                (LookupMapping("a", "b"), LookupMapping("c", "c")),
                (LookupMapping("d", "e"), LookupMapping("f", "f")),
                False,
            ),
        ),
        (
            "lookup local=true t.csv a OUTPUT b",
            Lookup("t.csv", (LookupMapping("a", "a"),), (LookupMapping("b", "b"),)),
        ),
        (
            "inputlookup append=t t where a=1 OR b=c*",
            Inputlookup("t", Or((Compare("a", "=", "1"), Compare("b", "=", "c*"))), True),
        ),
        ("outputlookup t", Outputlookup("t")),
        (
            "outputlookup append=true key_field=id override_if_empty=false t.csv",
            Outputlookup("t.csv", True, "id", override_if_empty=False),
        ),
        ("collect index=i output_format=hec", Collect("i", "hec")),
        (
            'collect index=i source=s marker="a=b" testmode=t',
            Collect("i", source="s", marker="a=b", testmode=True),
        ),
        ("format", Format()),
        (
            'format maxresults=3 "[" "[" "&&" "]" "||" "]"',
            Format("[", "[", "&&", "]", "||", "]", maxresults=3),
        ),
        ("return 5 a b=c $d", Return((("a", "a", False), ("c", "b", False), ("d", "d", True)), 5)),
    ],
)
def test_forms(text, expected):
    assert last(f"index=x | {text}") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("makeresults", Makeresults()),
        ("makeresults count=3 annotate=t", Makeresults(3, True)),
        ('makeresults format=csv data="a,b\n1,x"', Makeresults(rows=((("a", "1"), ("b", "x")),))),
        (
            r'makeresults format=json data="[{\"a\":1,\"b\":[true,null],\"c\":null}]"',
            Makeresults(rows=((("a", "1"), ("b", "[true,null]")),)),
        ),
        ("inputlookup t start=2 max=5", Inputlookup("t", start=2, max=5)),
    ],
)
def test_generating_forms(text, expected):
    assert last(f"| {text}") == expected


@pytest.mark.parametrize(
    ("text", "function", "argument", "alias", "parameter"),
    [
        ("count", "count", None, "count", None),
        ("count as n", "count", None, "n", None),
        ("c(a)", "count", "a", "c(a)", None),
        ("dc(a.b{}.c)", "dc", "a.b{}.c", "dc(a.b{}.c)", None),
        ('values("a b") as "c d"', "values", "a b", "c d", None),
        ("distinct_count(a)", "dc", "a", "distinct_count(a)", None),
        ("mean(a)", "avg", "a", "mean(a)", None),
        ("p95(a)", "perc", "a", "p95(a)", 95.0),
        ("perc99.9(a)", "perc", "a", "perc99.9(a)", 99.9),
        ("exactperc50(a)", "exactperc", "a", "exactperc50(a)", 50.0),
        ("upperperc5(a)", "upperperc", "a", "upperperc5(a)", 5.0),
        ("VALUES(a)", "values", "a", "VALUES(a)", None),
        ("sum(*)", "sum", "*", "sum(*)", None),
        ("sum(a*) as total_*", "sum", "a*", "total_*", None),
        ("avg", "avg", "*", "avg(*)", None),
        ("earliest(_time)", "earliest", "_time", "earliest(_time)", None),
    ],
)
def test_aggregations(text, function, argument, alias, parameter):
    (made,) = last(f"index=x | stats {text}").aggregations
    name = made.argument.name if made.argument is not None else None
    assert (made.function, name, made.alias, made.parameter) == (
        function,
        argument,
        alias,
        parameter,
    )


def test_an_aggregation_over_an_expression():
    (made,) = last('index=x | stats count(eval(a="b)" AND c>1)) as n').aggregations
    assert made.argument.operator == "AND" and made.alias == "n"
    assert last("index=x | stats sum(eval(a*b))").aggregations[0].alias == "sum(eval(a*b))"


def test_stats_and_its_kin():
    made = last("index=x | stats count, dc(a) as b by c, d e")
    assert made.by == ("c", "d", "e") and made.mode == "stats"
    assert last("index=x | eventstats max(a) as m").mode == "eventstats"
    made = last(
        "index=x | streamstats current=f window=5 global=f reset_on_change=t time_window=1h"
        " reset_before=(a==1) sum(b) as s by c"
    )
    assert (made.mode, made.current, made.window_size, made.global_window) == (
        "streamstats",
        False,
        5,
        False,
    )
    assert made.time_window == "1h" and made.reset_on_change
    assert made.reset_before.operator == "="


def test_tstats():
    made = last(
        "| tstats summariesonly=true count values(a.b) as v"
        " where index=x earliest=-1h NOT user IN (by, group) by _time, a.b span=1h"
    )
    assert (made.datamodel, made.dataset) == (None, None)
    assert made.window.earliest == "-1h" and made.by == ("_time", "a.b") and made.by_span == "1h"
    assert isinstance(made.where, nodes.And) and made.summariesonly
    assert last("| tstats count").where == nodes.MatchAll()
    assert last("| tstats count where index=x GROUPBY a").by == ("a",)


def test_charts():
    made = last("index=x | timechart span=1h limit=top5 useother=f count by user")
    assert (made.mode, made.over, made.by, made.limit) == ("timechart", "_time", "user", 5)
    assert made.bucket == Bucket("1h") and not made.useother
    made = last("index=x | timechart count by user usenull=f limit=0")
    assert not made.usenull and made.limit == 0
    made = last("index=x | chart sum(a) over b by c limit=bottom3")
    assert (made.mode, made.over, made.by, made.limit_lowest) == ("chart", "b", "c", True)
    made = last("index=x | chart count by b span=10, c")
    assert (made.over, made.by, made.bucket) == ("b", "c", Bucket("10"))


def test_subsearch_commands():
    assert isinstance(last("index=x | append [search index=y]"), Append)
    assert last("index=x | append maxout=5 [| makeresults]").maxout == 5
    made = last("index=x | appendcols override=t [search index=y | stats count]")
    assert isinstance(made, Appendcols) and made.override
    made = last("index=x | appendpipe [stats count | eval a=1]")
    assert isinstance(made.pipeline.commands[0], nodes.Stats)
    made = last("index=x | join type=outer max=0 a, b [search index=y]")
    assert isinstance(made, Join)
    assert (made.names, made.kind, made.max, made.overwrite) == (("a", "b"), "left", 0, True)


def test_foreach_keeps_its_template_with_the_usual_tokens():
    made = last("index=x | foreach a_* b [eval '<<FIELD>>'=coalesce('<<FIELD>>', 0)]")
    assert made.names == ("a_*", "b") and made.template.startswith("eval '<<FIELD>>'")
    made = last('index=x | foreach a* fieldstr="#f#" [eval #f#=1]')
    assert made.template == "eval <<FIELD>>=1"
    made = last("index=x | foreach mode=multivalue m [eval t=t + <<ITEM>>]")
    assert (made.names, made.mode) == (("m",), "multivalue")


@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        ("stats", "stats", "no aggregation"),
        ("stats cuont", "cuont", "'cuont'"),
        ("stats estdc_error(a)", "estdc_error", "estimate"),
        ("stats sparkline(count)", "sparkline", "refused"),
        ("stats per_hour(a)", "per_hour", "timechart only"),
        ("stats perc100.5(a)", "perc100.5", "knows no aggregation"),
        ("stats count(a=1)", "a=1", "not a field name"),
        ("stats dc('a.b')", "'a.b'", "single quotes"),
        ("stats count by", "", "BY names no field"),
        ("stats count by a as b", "as", "takes no AS"),
        ("stats count windw=5", "windw", "no option 'windw'"),
        ("stats count count", "stats count count", "are named 'count'"),
        ("stats values(a) as a by a", "stats values(a) as a by a", "name of a BY field"),
        ("stats sum(a) as a values(*) as *", "stats sum(a) as a values(*) as *", "are named 'a'"),
        ("stats sum(a*) as b", "sum", "other wildcards"),
        ('stats sum(a) as "b*"', "sum", "other wildcards"),
        ("eventstats allnum=maybe count", "maybe", "true or false"),
        ("search earliest=-1h a", "search earliest=-1h a", "belong to the first search"),
        ("fields", "fields", "names no field"),
        ("fields -a", "-a", "blank behind"),
        ("fields a=b", "a", "no option"),
        ("table 'a b'", "'a", "single quotes"),
        ("table a as b", "as", "takes no AS"),
        ("rename a b", "b", "expected AS"),
        ("rename a* as b", "a*", "wildcards"),
        ("head -5", "-5", "unexpected"),
        ("head 5 6", "6", "unexpected"),
        ("tail x", "x", "whole number"),
        ("reverse a", "a", "unexpected"),
        ("sort", "sort", "names no field"),
        ("dedup 0 a", "0", "at least 1"),
        ("dedup keepmepty=t a", "keepmepty", "no option"),
        ('rex "(a)"', '"(a)"', "no named group"),
        ('rex "(?<a>"', '"(?<a>"', "broken"),
        ('rex mode=sed "s/a/b"', '"s/a/b"', "needs three"),
        ('rex mode=sed "s/a/b/x"', '"s/a/b/x"', "no flag"),
        ("rex", "rex", "no regular expression"),
        ("mvexpand a b", "mvexpand a b", "takes one field"),
        ('makemv tokenizer="a" b', 'makemv tokenizer="a" b', "no group"),
        ("spath output=a", "spath output=a", "needs a path"),
        ("bin _time span=0", "0", "not a width"),
        ("bin _time span=5parsecs", "5parsecs", "not a width"),
        ("bin", "bin", "names no field"),
        ("lookup t", "lookup t", "names no field to match"),
        ("lookup", "lookup", "names no lookup"),
        ("lookup t a OUTPUT", "OUTPUT", "names no field"),
        ("lookup t a OUTPUT b OUTPUTNEW c", "OUTPUTNEW", "unexpected"),
        ("inputlookup t", "inputlookup t", "must be the first"),
        ("inputlookup append=t t a=1", "a", "no option"),
        ("outputlookup", "outputlookup", "names no lookup"),
        ("outputlookup key=a t", "key", "no option 'key'"),
        ("collect sourcetype=x", "collect sourcetype=x", "names no index"),
        (
            "collect index=i output_format=hec sourcetype=x",
            "collect index=i output_format=hec sourcetype=x",
            "no sourcetype with",
        ),
        ("collect index=i file=x", "file", "not supported by the lab"),
        ("makeresults", "makeresults", "must be the first"),
        ("tstats count", "tstats count", "must be the first"),
        ("append search index=y", "search", "expected a subsearch"),
        ("join a", "", "expected a subsearch"),
        ("join left=L a [search y]", "left", "not supported by the lab"),
        ("foreach a", "", "expected a subsearch"),
        ("foreach [eval a=1]", "foreach [eval a=1]", "names no field"),
        ("foreach a* [eval <<FELD>>=1]", "[eval <<FELD>>=1]", "no token <<FELD>>"),
        ("foreach a* [eval <<FIELD>>=nope(1)]", "[eval <<FIELD>>=nope(1)]", "unknown function"),
        ('format "a" "b"', 'format "a" "b"', "six strings or none"),
        ("return", "return", "names no field"),
        ("timechart", "timechart", "no aggregation"),
        ("timechart avg by a", "avg", "needs a field"),
        ("timechart count by a b", "b", "splits by one field"),
        ("timechart count by a where stdev in top5", "stdev", "no page says"),
        ("chart count", "chart count", "no row field"),
        ("chart count by a b c", "c", "one row and one column"),
        ("top", "top", "names no field"),
        ("top limit=5 6 a", "6", "twice"),
        ("appendpipe [search", "[", "never closed"),
        ("| head", "|", "a command is missing"),
        ("", "|", "a command is missing"),
        ('"stats"', '"', "expected a command"),
    ],
)
def test_refusals_name_and_mark(text, place, word):
    text = f"index=x | {text}"
    error = refusal(text)
    assert word in error.message, error.message
    assert marked(text, error) == place


def test_commands_unknown_refused_and_not_yet_are_told_apart():
    error = refusal("index=x | evla a=1")
    assert error.message == "unknown command 'evla'" and "eval" in error.hint
    for name in ("fit", "apply", "summary", "map", "rest", "sendalert", "script"):
        error = refusal(f"index=x | {name} a")
        assert "is refused by the lab: " in error.message and error.construct == name
    for name in ("geostats", "typer", "multikv"):
        assert "not supported by the lab yet" in refusal(f"index=x | {name} a").message


def test_the_tables_of_commands_do_not_overlap():
    tables = [
        set(registry.COMMANDS),
        set(registry.ALIASES),
        set(registry.REFUSED),
        set(registry.NOT_YET),
    ]
    assert sum(map(len, tables)) == len(set.union(*tables))
    assert set(registry.COMMANDS) >= registry.GENERATING
    assert {*registry.COMMANDS, *registry.REFUSED} >= set(registry.ALIASES.values())


def test_a_command_that_needs_rows_cannot_come_first():
    for name in sorted(set(registry.COMMANDS) - registry.GENERATING):
        error = refusal(f"| {name} a")
        assert "cannot be the first command" in error.message and error.construct == name


def test_names_of_commands_and_options_ignore_case():
    assert last("index=x | STATS Count BY a").by == ("a",)
    assert last("index=x | Fillnull VALUE=0 a") == Fillnull("0", ("a",))


def test_an_option_given_twice_is_refused():
    assert "twice" in refusal("index=x | fillnull value=1 value=2").message
