"""Commands over small rows: order, missing values, multivalues, limits, refusals."""

from __future__ import annotations

import json

import pytest

from lab.spl.errors import SPLError

ROWS = [
    {"n": "10", "g": "b", "v": "x"},
    {"n": "9", "g": "a", "v": "y"},
    {"n": "2", "g": "b"},
    {"n": "abc", "g": "a", "v": "x"},
    {"g": "b", "v": "z"},
    {"n": "10", "v": "y"},
]


def data(rows=ROWS) -> str:
    text = json.dumps(rows).replace("\\", "\\\\").replace('"', '\\"')
    return f'| makeresults format=json data="{text}" | fields - _time '


def run(bench, commands, rows=ROWS):
    return bench.rows(data(rows) + commands)


def column(bench, commands, name, rows=ROWS):
    return [row.get(name) for row in run(bench, commands, rows)]


CASES = [
    # stats: by drops rows that lack the field, order is that of the keys
    ("| stats count by g", [{"g": "a", "count": "2"}, {"g": "b", "count": "3"}]),
    ("| stats count(n) AS c dc(v) AS d", [{"c": "5", "d": "3"}]),
    ("| stats sum(n) AS s avg(n) AS a", [{"s": "31", "a": "7.75"}]),
    ("| stats min(n) max(n)", [{"min(n)": "2", "max(n)": "abc"}]),
    ('| where n!="abc" | stats min(n) max(n)', [{"min(n)": "2", "max(n)": "10"}]),
    ("| stats values(n) AS l", [{"l": ["10", "2", "9", "abc"]}]),
    ("| stats list(n) AS l", [{"l": ["10", "9", "2", "abc", "10"]}]),
    ("| stats first(v) last(v)", [{"first(v)": "x", "last(v)": "y"}]),
    ('| stats count(eval(g="b")) AS b', [{"b": "3"}]),
    (
        "| stats mode(g) exactperc50(n) exactperc90(n) range(n)",
        [{"mode(g)": "b", "exactperc50(n)": "10", "exactperc90(n)": "10", "range(n)": "8"}],
    ),
    (
        "| stats stdev(n) AS s var(n) AS v | eval s=round(s,4)",
        [{"s": "3.8622", "v": "14.916666666666666"}],
    ),
    ("| where 1=2 | stats count", [{"count": "0"}]),
    ("| where 1=2 | stats sum(n)", []),
    ("| where 1=2 | stats count by g", []),
    (
        '| stats values(*) by g | fields "values(v)"',
        [{"values(v)": ["x", "y"]}, {"values(v)": ["x", "z"]}],
    ),
    ("| stats count AS n values(v) AS v by nosuch", []),
    # sort: numbers before text, missing last
    ("| sort n | table n", [{"n": "2"}, {"n": "9"}, {"n": "10"}, {"n": "10"}, {"n": "abc"}, {}]),
    ("| sort - n | table n", [{"n": "abc"}, {"n": "10"}, {"n": "10"}, {"n": "9"}, {"n": "2"}, {}]),
    ("| sort str(n) | head 2 | table n", [{"n": "10"}, {"n": "10"}]),
    ("| sort 1 g | table n", [{"n": "9"}]),
    # head, tail, reverse, dedup
    ("| head 2 | table n", [{"n": "10"}, {"n": "9"}]),
    ("| tail 2 | table g v", [{"v": "y"}, {"g": "b", "v": "z"}]),
    ("| reverse | head 1 | table v", [{"v": "y"}]),
    ("| dedup g | table n g", [{"n": "10", "g": "b"}, {"n": "9", "g": "a"}]),
    ("| dedup 2 g | table n", [{"n": "10"}, {"n": "9"}, {"n": "2"}, {"n": "abc"}]),
    ("| dedup g keepempty=true | table g", [{"g": "b"}, {"g": "a"}, {}]),
    ('| head (n!="2") | table n', [{"n": "10"}, {"n": "9"}]),
    # fields, table, rename
    ("| head 1 | fields - v", [{"n": "10", "g": "b"}]),
    ("| head 1 | table nosuch g", [{"g": "b"}]),
    ('| head 1 | rename n AS m, v AS "my v"', [{"m": "10", "g": "b", "my v": "x"}]),
    ("| head 1 | rename * AS old_*", [{"old_n": "10", "old_g": "b", "old_v": "x"}]),
    ("| head 1 | rename nosuch AS g", [{"n": "10", "v": "x"}]),
    # fillnull, eventstats, streamstats
    ("| fillnull value=none v | stats count by v | head 1", [{"v": "none", "count": "1"}]),
    ("| fillnull | table g | tail 1", [{"g": "0"}]),
    (
        "| eventstats count by g | table g count | head 2",
        [{"g": "b", "count": "3"}, {"g": "a", "count": "2"}],
    ),
    ("| eventstats count by g | tail 1 | table v count", [{"v": "y"}]),
    (
        "| streamstats count AS i sum(n) AS s | table i s",
        [
            {"i": "1", "s": "10"},
            {"i": "2", "s": "19"},
            {"i": "3", "s": "21"},
            {"i": "4", "s": "21"},
            {"i": "5", "s": "21"},
            {"i": "6", "s": "31"},
        ],
    ),
    ("| streamstats current=f last(n) AS p | table p | head 3", [{}, {"p": "10"}, {"p": "9"}]),
    (
        "| streamstats count by g | table g count | head 3",
        [{"g": "b", "count": "1"}, {"g": "a", "count": "1"}, {"g": "b", "count": "2"}],
    ),
    (
        "| streamstats window=2 sum(n) AS s | table s | head 3",
        [{"s": "10"}, {"s": "19"}, {"s": "11"}],
    ),
    # rex, regex, makemv, mvexpand
    ('| head 1 | rex field=g "(?<first>.)(?<second>.)?" | table first second', [{"first": "b"}]),
    (
        '| eval t="a1b2" | head 1 | rex field=t max_match=0 "(?<d>\\d)" | table d',
        [{"d": ["1", "2"]}],
    ),
    ('| head 1 | eval t="a-b" | rex field=t mode=sed "s/-/_/g" | table t', [{"t": "a_b"}]),
    ('| regex n="^\\d+$" | stats count', [{"count": "4"}]),
    ('| regex n!="^\\d+$" | stats count', [{"count": "2"}]),
    (
        '| head 1 | eval m="a,b,,c" | makemv delim="," m | mvexpand m | table m g',
        [{"m": "a", "g": "b"}, {"m": "b", "g": "b"}, {"m": "c", "g": "b"}],
    ),
    # append, appendpipe, appendcols, join
    ("| stats count | append [| makeresults | eval x=1 | table x]", [{"count": "6"}, {"x": "1"}]),
    (
        '| stats count by g | appendpipe [stats sum(count) AS count | eval g="all"]',
        [{"g": "a", "count": "2"}, {"g": "b", "count": "3"}, {"g": "all", "count": "5"}],
    ),
    ("| stats count | appendcols [| makeresults | eval x=1 | table x]", [{"count": "6", "x": "1"}]),
    (
        '| stats count by g | join g [| makeresults | eval g="a", k="K" | fields g k]',
        [{"g": "a", "count": "2", "k": "K"}],
    ),
    (
        '| stats count by g | join type=left g [| makeresults | eval g="a", k="K" | fields g k]',
        [{"g": "a", "count": "2", "k": "K"}, {"g": "b", "count": "3"}],
    ),
    # bin, chart, top, foreach
    (
        "| where isnum(n) | bin span=5 n | stats count by n",
        [{"n": "0-5", "count": "1"}, {"n": "10-15", "count": "2"}, {"n": "5-10", "count": "1"}],
    ),
    (
        "| chart count over g by v",
        [
            {"g": "a", "x": "1", "y": "1", "z": "0", "NULL": "0"},
            {"g": "b", "x": "1", "y": "0", "z": "1", "NULL": "1"},
        ],
    ),
    (
        "| chart limit=1 count over g by v useother=true",
        [{"g": "a", "x": "1", "OTHER": "1"}, {"g": "b", "x": "1", "OTHER": "2"}],
    ),
    ("| top limit=1 g", [{"g": "b", "count": "3", "percent": "60"}]),
    ("| rare limit=1 g showperc=f", [{"g": "a", "count": "2"}]),
    (
        "| head 1 | foreach n g [eval <<FIELD>>_x='<<FIELD>>'.\"!\"] | table *_x",
        [{"n_x": "10!", "g_x": "b!"}],
    ),
    (
        "| head 2 | table n g | format",
        [{"search": '( ( g="b" AND n="10" ) OR ( g="a" AND n="9" ) )'}],
    ),
    ("| return 2 g", [{"search": '(g="b") OR (g="a")'}]),
    ("| return $g", [{"search": "b"}]),
    # spath
    (
        '| head 1 | eval j="{\\"a\\":[{\\"b\\":1},{\\"b\\":2}]}" | spath input=j path=a{}.b output=o | table o',
        [{"o": ["1", "2"]}],
    ),
]


@pytest.mark.parametrize(("commands", "expected"), CASES, ids=[case[0] for case in CASES])
def test_command(bench, commands, expected):
    assert run(bench, commands) == expected


def test_stats_splits_multivalues(bench):
    rows = '| makeresults | eval m=split("a,b",","), k="q" '
    assert bench.rows(rows + "| stats count by m") == [
        {"m": "a", "count": "1"},
        {"m": "b", "count": "1"},
    ]
    assert bench.rows(rows + "| stats count(m) AS c dc(m) AS d values(m) AS v list(m) AS l") == [
        {"c": "2", "d": "2", "v": ["a", "b"], "l": ["a", "b"]}
    ]


def test_earliest_and_latest_go_by_time(bench):
    bench.add({"t": 10, "x": "new"}, {"t": 90, "x": "old"}, {"t": 5})
    (row,) = bench.rows(
        "index=audit | stats earliest(x) latest(x) earliest_time(x) min(_time) AS t"
    )
    assert (row["earliest(x)"], row["latest(x)"], row["earliest_time(x)"], row["t"]) == (
        "old",
        "new",
        "1699999910",
        "1699999910",
    )


def test_timechart_fills_the_window(bench):
    bench.add({"t": 10, "x": "a"}, {"t": 130, "x": "b"})
    rows = bench.rows(
        "index=audit | timechart span=1m count by x",
        earliest=1_699_999_800.0,
        latest=1_700_000_000.0,
    )
    assert [(row["a"], row["b"]) for row in rows] == [
        ("0", "0"),
        ("0", "1"),
        ("0", "0"),
        ("1", "0"),
    ]
    assert rows[0]["_time"] == "2023-11-14T22:10:00.000+00:00"


def test_limits_are_errors(bench):
    with pytest.raises(SPLError, match="list"):
        bench.rows("| makeresults count=101 | eval x=1 | stats list(x)")
    with pytest.raises(SPLError, match="exactperc"):
        bench.rows("| makeresults count=1001 | streamstats count AS x | stats perc90(x)")
    with pytest.raises(SPLError, match="10001 rows"):
        bench.rows("index=audit [| makeresults count=10001 | streamstats count AS x | fields x]")


def test_sort_keeps_ten_thousand_rows_unless_told(bench):
    made = "| makeresults count=10050 | streamstats count AS x "
    assert bench.rows(made + "| sort x | stats count") == [{"count": "10000"}]
    assert bench.rows(made + "| sort 0 x | stats count") == [{"count": "10050"}]


def test_what_is_not_supported_is_named_with_its_place(bench):
    spl = "| makeresults | eval x=1 | streamstats rate(x)"
    with pytest.raises(SPLError) as error:
        bench.rows(spl)
    assert error.value.span.start == spl.index("rate")


def test_post_process_goes_on_from_rows(bench):
    bench.add({"t": 10, "x": "a"}, {"t": 130, "x": "b"})
    base = bench.search("index=audit | table _time x")
    chained = bench.post_process("| where _time > now()-60 | stats count values(x) AS x", base)
    assert chained.rows == [{"count": "1", "x": "a"}]
    assert bench.post_process("search x=b", base).rows[0]["x"] == "b"
