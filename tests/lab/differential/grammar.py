"""Random searches as SPL text: small data, then commands over the fields that are there.

The strategies draw only what Splunk's pages define: no ties left open, no order left open, no
mixture of numbers and words where a command would have to guess.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from hypothesis import strategies as st

WORDS = ["a", "A", "b", "foo", "Foo", "bar baz", "é", "É", "日本", "", "x_y", "a.b", "10.0.0.5",
         "f-1", "q\"q", "b\\s", "*", "50%"]
NUMBERS = ["0", "1", "2", "3", "10", "9", "-4", "100"]
DECIMALS = ["2.5", "0.50", "1.0", "-0.125", "007", "1e3"]
MIXED = [*WORDS[:6], *NUMBERS[:6], ""]
MEMBERS = ["a", "b", "B", "é", "c d", "10", "9"]
CATEGORIES = ["k1", "k2", "K1"]


def quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


@st.composite
def rows(draw) -> list[dict[str, str]]:
    made = []
    for position in range(draw(st.integers(0, 7))):
        row = {"i": str(position), "t": str(draw(st.integers(0, 400)))}
        for name, values in (("n", NUMBERS), ("s", WORDS), ("d", MIXED), ("k", CATEGORIES)):
            value = draw(st.one_of(st.none(), st.sampled_from(values), st.sampled_from(values)))
            if value is not None:
                row[name] = value
        if draw(st.booleans()):
            row["f"] = draw(st.sampled_from(DECIMALS))
        members = draw(st.lists(st.sampled_from(MEMBERS), max_size=4))
        if members:
            row["mm"] = "|".join(members)
        made.append(row)
    return made


@dataclass
class Known:
    """Fields by what they hold: num, decimal, str, mixed, mv.

    Arithmetic on decimals as written is refused (Splunk rounds what it shows of the result), so
    only functions and aggregations get them.
    """

    kinds: dict[str, str] = field(default_factory=dict)

    def of(self, *kinds: str) -> list[str]:
        return [name for name, kind in self.kinds.items() if kind in kinds]


START = {"i": "num", "t": "num", "f": "decimal", "n": "num", "s": "str", "d": "mixed", "k": "str", "m": "mv",
         "nosuch": "str"}


def source(data: list[dict[str, str]]) -> str:
    return (f"| makeresults format=json data={quoted(json.dumps(data, ensure_ascii=False))}"
            ' | eval m=split(mm, "|"), _time=1700000000-t | fields - mm')


# --- expressions -----------------------------------------------------------------------------


def _name(draw, known: Known, *kinds: str) -> str:
    return draw(st.sampled_from(known.of(*kinds)))


def number(draw, known: Known, depth: int) -> str:
    options = ["literal"] + ["field"] * 2 * bool(known.of("num"))
    if depth > 0:
        options += ["arithmetic", "arithmetic", "function", "if", "len", "tonumber", "count",
                    "extreme", "coalesce", "pow", "minus"]
    kind = draw(st.sampled_from(options))
    if kind == "literal":
        return draw(st.sampled_from(["0", "1", "2", "7", "10", "1000"]))
    if kind == "field":
        return _name(draw, known, "num")
    if kind == "arithmetic":
        operator = draw(st.sampled_from(["+", "-", "*", "/", "%"]))
        return f"({number(draw, known, depth - 1)} {operator} {number(draw, known, depth - 1)})"
    if kind == "function":
        name = draw(st.sampled_from(["abs", "floor", "ceiling", "round", "sqrt", "exact"]))
        if known.of("decimal") and name not in ("sqrt", "exact") and draw(st.booleans()):
            return f"{name}({_name(draw, known, 'decimal')})"
        return f"{name}({number(draw, known, depth - 1)})"
    if kind == "if":
        return (f"if({condition(draw, known, depth - 1)}, {number(draw, known, depth - 1)},"
                f" {number(draw, known, depth - 1)})")
    if kind == "len":
        return f"len({string(draw, known, depth - 1)})"
    if kind == "tonumber":
        name = _name(draw, known, "str", "mixed") if known.of("str", "mixed") else "nosuch"
        return f"tonumber({name})"
    if kind == "count" and known.of("mv"):
        return draw(st.sampled_from([f"mvcount({multi(draw, known, depth - 1)})",
                                     f'mvfind({multi(draw, known, depth - 1)}, "b|1")']))
    if kind == "extreme":
        name = draw(st.sampled_from(["min", "max"]))
        return f"{name}({number(draw, known, depth - 1)}, {number(draw, known, depth - 1)})"
    if kind == "coalesce":
        return f"coalesce({number(draw, known, depth - 1)}, {number(draw, known, depth - 1)})"
    if kind == "pow":
        return f"pow({number(draw, known, depth - 1)}, 2)"
    if kind == "minus":
        return f"-({number(draw, known, depth - 1)})"
    return f"abs({number(draw, known, depth - 1)})"


def string(draw, known: Known, depth: int) -> str:
    options = ["literal"] + ["field"] * 2 * bool(known.of("str", "mixed"))
    if depth > 0:
        options += ["concat", "case_of", "substr", "replace", "if", "case", "coalesce", "tostring",
                    "trim", "join", "index", "strftime", "round", "hash", "printf", "nullif", "json",
                    "spath"]
    kind = draw(st.sampled_from(options))
    if kind == "literal":
        return quoted(draw(st.sampled_from(WORDS)))
    if kind == "field":
        return _name(draw, known, "str", "mixed")
    inner = lambda: string(draw, known, depth - 1)
    if kind == "concat":
        other = draw(st.booleans())
        return f"({inner()} . {number(draw, known, depth - 1) if other else inner()})"
    if kind == "case_of":
        return f"{draw(st.sampled_from(['lower', 'upper', 'urldecode']))}({inner()})"
    if kind == "substr":
        start = draw(st.sampled_from(["1", "2", "-1", "-2"]))
        return f"substr({inner()}, {start}" + draw(st.sampled_from([")", ", 1)", ", 2)"]))
    if kind == "replace":
        pattern = draw(st.sampled_from(["[aA]", "^f(.)", "\\d+", "o", "(x)_(y)", "é"]))
        new = draw(st.sampled_from(["", "<\\\\1>" if "(" in pattern else "z", "-"]))
        return f'replace({inner()}, "{pattern.replace(chr(92), chr(92) * 2)}", "{new}")'
    if kind == "if":
        return f"if({condition(draw, known, depth - 1)}, {inner()}, {inner()})"
    if kind == "case":
        last = draw(st.sampled_from(["", f", true(), {inner()}"]))
        return f"case({condition(draw, known, depth - 1)}, {inner()}{last})"
    if kind == "coalesce":
        return f"coalesce({inner()}, {inner()})"
    if kind == "tostring":
        style = draw(st.sampled_from(["", ', "commas"', ', "duration"', ', "hex"']))
        if style in (', "duration"', ', "hex"'):
            return f"tostring({draw(st.sampled_from(['t', '61', '3600', '90061', '255']))}{style})" \
                if "t" in known.kinds else f"tostring(90061{style})"
        return f"tostring({number(draw, known, depth - 1)}{style})"
    if kind == "trim":
        return f"{draw(st.sampled_from(['trim', 'ltrim', 'rtrim']))}({inner()}" + draw(
            st.sampled_from([")", ', "a")', ', "fx")'])) 
    if kind == "join" and known.of("mv"):
        return f'mvjoin({multi(draw, known, depth - 1)}, {quoted(draw(st.sampled_from([",", "", "|", ", "])))})'
    if kind == "index" and known.of("mv"):
        return f"mvindex({multi(draw, known, depth - 1)}, {draw(st.integers(-3, 3))})"
    if kind == "strftime":
        form = draw(st.sampled_from(["%Y-%m-%d", "%H:%M:%S", "%F %T.%3N", "%b %d %y", "%s", "%A",
                                     "%j %I %p", "%Y-%m-%dT%H:%M:%SZ", "%e", "%u%w"]))
        when = draw(st.sampled_from(["1700000000", "1700000000.25", "0"]))
        if "t" in known.kinds:
            when = draw(st.sampled_from([when, "1700000000+t", "relative_time(1700000000-t, \"@d\")",
                                         "relative_time(1700000000, \"-1mon@w1\")"]))
        return f"strftime({when}, {quoted(form)})"
    if kind == "round":
        return f"round({number(draw, known, depth - 1)}, {draw(st.integers(1, 3))})"
    if kind == "hash":
        return f"{draw(st.sampled_from(['md5', 'sha1', 'sha256', 'sha512']))}({inner()})"
    if kind == "printf":
        return draw(st.sampled_from([
            f'printf("%s-%s", {inner()}, {inner()})',
            f'printf("%05.2f|%d", {number(draw, known, 0)}, {number(draw, known, 0)})']))
    if kind == "nullif":
        return f"nullif({inner()}, {inner()})"
    if kind == "json":
        return draw(st.sampled_from([
            f'json_object("a", {inner()}, "b", {number(draw, known, 0)})',
            f"json_array({inner()}, {number(draw, known, 0)})",
            f'json_extract(json_object("a", {inner()}), "a")']))
    if kind == "spath":
        document = '{"a":[{"b":"1.10"},{"b":2},{"c":null}],"x":{"y":"é"},"k.v":1}'
        path = draw(st.sampled_from(["a{}.b", "x.y", "a{0}.b", "a{1}.b", "nosuch", "x"]))
        return f'mvjoin(spath({quoted(document)}, "{path}"), "+")'
    return f"lower({inner()})"


def multi(draw, known: Known, depth: int) -> str:
    options = ["split"] + ["field"] * 3 * bool(known.of("mv"))
    if depth > 0:
        options += ["append", "dedup", "sort", "filter", "map", "range", "index", "zip", "if"]
    kind = draw(st.sampled_from(options))
    inner = lambda: multi(draw, known, depth - 1)
    if kind == "split":
        return f"split({string(draw, known, max(0, depth - 1))}, {quoted(draw(st.sampled_from([',', 'o', '.', ' '])))})"
    if kind == "field":
        return _name(draw, known, "mv")
    if kind == "append":
        return f"mvappend({inner()}, {draw(st.sampled_from([inner(), string(draw, known, 0), number(draw, known, 0)]))})"
    if kind in ("dedup", "sort"):
        return f"mv{kind}({inner()})"
    if kind == "filter" and known.of("mv"):
        name = _name(draw, known, "mv")
        test = draw(st.sampled_from([f'match({name}, "[ab]")', f'{name}!="a"', f"{name}>9",
                                     f'NOT like({name}, "%d")', f"len({name})=1"]))
        return f"mvfilter({test})"
    if kind == "map" and known.of("mv"):
        name = _name(draw, known, "mv")
        body = draw(st.sampled_from([f"upper({name})", f'{name}."!"', f'if({name}="a", null(), {name})',
                                     f"len({name})", f"{name}.i" if "i" in known.kinds else name]))
        return f"mvmap({name}, {body})"
    if kind == "range":
        return f"mvrange({draw(st.integers(-2, 3))}, {draw(st.integers(-2, 6))}" + draw(
            st.sampled_from([")", ", 2)"]))
    if kind == "index":
        return f"mvindex({inner()}, {draw(st.sampled_from(['0, 0', '-1, -1', '0, -1', '5, 9']))})"
    if kind == "zip":
        return f"mvzip({inner()}, {inner()}" + draw(st.sampled_from([")", ', "-")']))
    if kind == "if":
        return f"if({condition(draw, known, depth - 1)}, {inner()}, {inner()})"
    return f"mvdedup({inner()})"


def condition(draw, known: Known, depth: int) -> str:
    options = ["numbers", "strings", "null", "match", "like", "in", "word", "cidr"]
    if depth > 0:
        options += ["and", "or", "not", "xor", "members"]
    kind = draw(st.sampled_from(options))
    operator = draw(st.sampled_from(["=", "!=", "<", ">", "<=", ">=", "=="]))
    low = max(0, depth - 1)
    if kind == "numbers":
        return f"{number(draw, known, low)} {operator} {number(draw, known, low)}"
    if kind == "strings":
        return f"{string(draw, known, low)} {operator} {quoted(draw(st.sampled_from(WORDS)))}"
    if kind == "null":
        what = draw(st.sampled_from([string, number, multi]))
        return f"{draw(st.sampled_from(['isnull', 'isnotnull']))}({what(draw, known, low)})"
    if kind == "match":
        pattern = draw(st.sampled_from(["^f", "a", "[0-9]+$", "^$", "é", "(?i)foo", "^(?!f)"]))
        return f"match({string(draw, known, low)}, {quoted(pattern)})"
    if kind == "like":
        pattern = draw(st.sampled_from(["%o%", "a_b", "_", "%", "F%", "10.%"]))
        return f"like({string(draw, known, low)}, {quoted(pattern)})"
    if kind == "in":
        items = ", ".join(quoted(one) for one in draw(
            st.lists(st.sampled_from(WORDS), min_size=1, max_size=3)))
        return f"in({string(draw, known, low)}, {items})"
    if kind == "word" and known.of("str"):
        return f"{_name(draw, known, 'str')}={quoted(draw(st.sampled_from(WORDS)))}"
    if kind == "cidr":
        return f'cidrmatch("10.0.0.0/8", {string(draw, known, 0)})'
    if kind in ("and", "or", "xor"):
        return (f"({condition(draw, known, depth - 1)} {kind.upper()}"
                f" {condition(draw, known, depth - 1)})")
    if kind == "not":
        return f"NOT ({condition(draw, known, depth - 1)})"
    if kind == "members" and known.of("mv"):
        return f"{_name(draw, known, 'mv')} {operator} {quoted(draw(st.sampled_from(MEMBERS)))}"
    return f"isnotnull({string(draw, known, 0)})"
