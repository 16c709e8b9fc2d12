"""Any text either parses or raises SPLError, soon and without recursion out of hand."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab.spl.errors import SPLError, render
from lab.spl.nodes import Pipeline
from lab.spl.parse import parse
from tests.lab.spl.spl_support import Knowledge

KNOWLEDGE = Knowledge(searches={"saved": "index=a x=$x$ | stats count"})
KNOWLEDGE.add("plain", "index=a | stats count by user | search")
KNOWLEDGE.add("one", "where x=$v$", "v", validation="isnum($v$)")
KNOWLEDGE.add("loop", "`loop`")
KNOWLEDGE.add("open", '"')

SEEDS = [
    'index=a (b=c OR "d e"!=f*) NOT g IN (1, "2 3") earliest=-7d@d | where a.b=5 AND NOT x',
    "| tstats count values(a.b) as v where index=x by _time, c span=1h | sort 0 - count, +c",
    '`plain` user=bob | `one(5)` | eval x=if(match(a, "^b{2}"), mvindex(split(c, ","), 0), 1)',
    'a | rex field=b "(?<c>\\d+)" max_match=0 | lookup t d AS e OUTPUTNEW f | fillnull value="" g',
    "a | foreach x_* [eval '<<FIELD>>'=1 + <<MATCHSTR>>] | appendpipe [stats count] | head (x<5)",
    'a [search b | fields c | format "(" "(" "AND" ")" "OR" ")"] | join type=left d [| makeresults]',
    "| savedsearch saved x=1 | timechart span=5m limit=top5 count by y usenull=f | ```why``` table *",
    "a | streamstats window=5 current=f reset_before=(x==1) sum(eval(y*2)) as z by w | dedup 2 z",
]
TOKENS = st.sampled_from(
    [
        "|",
        "[",
        "]",
        "(",
        ")",
        '"',
        "'",
        "`",
        "```",
        ",",
        "=",
        "!=",
        "<",
        ">",
        "*",
        ".",
        "\\",
        "$x$",
        "AND",
        "OR",
        "NOT",
        "IN",
        "by",
        "as",
        "where",
        "eval",
        "stats",
        "count",
        "search",
        "rex",
        "{}",
        "::",
        "<<FIELD>>",
        "-",
        "+",
        "0",
        "1e9",
        " ",
        "\n",
        "\t",
        "é",
        "\x00",
        "`loop`",
        "`open`",
        "`one(`",
        "earliest=",
        "span=",
        "[search",
        "sum(",
        "eval(",
    ]
)
MODEST = settings(
    max_examples=3400,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)


def outcome(text: str) -> None:
    try:
        assert isinstance(parse(text, KNOWLEDGE), Pipeline)
    except SPLError as error:
        assert error.message and "\n" not in error.message
        assert 0 <= error.span.start <= error.span.end <= len(text)
        assert render(error, text).startswith("SPL: ")


def test_the_seeds_themselves_parse():
    for seed in SEEDS:
        assert parse(seed, KNOWLEDGE).commands


@MODEST
@given(st.text(max_size=200))
def test_arbitrary_text(text):
    outcome(text)


@MODEST
@given(st.lists(TOKENS, max_size=40))
def test_heaps_of_tokens(tokens):
    outcome("".join(tokens))
    outcome(" ".join(tokens))


@MODEST
@given(st.sampled_from(SEEDS), st.data())
def test_mutated_searches(seed, data):
    text = seed
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        stop = data.draw(st.integers(start, min(len(text), start + 12)))
        text = text[:start] + data.draw(st.one_of(TOKENS, st.text(max_size=4))) + text[stop:]
    outcome(text)


def test_large_hostile_texts_end_in_an_answer():
    for text in (
        "(" * 50_000,
        "a " + "[" * 50_000,
        "a | where " + "-" * 50_000 + "1",
        "a | where " + "NOT " * 20_000 + "b",
        "NOT " * 50_000 + "b",
        '"' * 100_001,
        "`" * 100_001,
        "a | eval x=" + "if(1=1," * 5_000,
        "a " + "OR a " * 50_000,
        "a | where x=" + "1+" * 50_000 + "1",
        "a " + "| head " * 20_000,
        "a " + "[search b " * 30 + "]" * 30,
        "a | stats " + "count(eval(" * 3_000,
        'a | rex "' + "(" * 5_000 + '"',
        'a | rex "(?<x>' + "a{1000}" * 50 + ')"',
        "\\" * 100_001,
        "a | eval " + ",".join(f"x{n}={n}" for n in range(20_000)),
        "a | sort " + "-" * 50_000,
        "earliest=" + "-1d" * 20_000,
        "a IN (" + "b," * 50_000 + "c)",
    ):
        outcome(text)
