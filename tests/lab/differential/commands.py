"""Random commands: each strategy gives a piece of SPL and says what fields there are behind it."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from tests.lab.differential import further, reporting
from tests.lab.differential.grammar import (
    MEMBERS,
    START,
    WORDS,
    Known,
    condition,
    multi,
    number,
    quoted,
    rows,
    source,
    string,
)

DEPTH = 2
STATS = {
    "count": "", "count(n)": "num", "sum": "num", "avg": "num", "min": "num", "max": "num",
    "range": "num", "dc": "any", "values": "any", "list": "any", "first": "any", "last": "any",
    "stdev": "num", "var": "num", "varp": "num", "stdevp": "num", "sumsq": "num",
    "median": "num", "perc90": "num", "exactperc50": "num", "earliest": "any", "latest": "any",
    "min ": "any", "max ": "any",
}


def _eval(draw, known: Known) -> str:
    name = draw(st.sampled_from(["e1", "e2", "e3", "n", "s", "k"]))
    kind = draw(st.sampled_from(["num", "str", "mv"])) if name.startswith("e") else \
        {"n": "num"}.get(name, "str")
    made = {"num": number, "str": string, "mv": multi}[kind](draw, known, DEPTH)
    known.kinds[name] = kind
    return f"eval {name}={made}"


def _where(draw, known: Known) -> str:
    return f"where {condition(draw, known, DEPTH)}"


def _term(draw, known: Known, depth: int) -> str:
    kind = draw(st.sampled_from(["text", "number", "in", *(["and", "or", "not"] * (depth > 0))]))
    if kind == "text":
        name = draw(st.sampled_from(known.of("str", "mv") or ["nosuch"]))
        value = draw(st.sampled_from([*WORDS, *MEMBERS, "f*", "*o", "*", "b*z", "k*"]))
        return f"{name}{draw(st.sampled_from(['=', '!=']))}{quoted(value)}"
    if kind == "number":
        name = draw(st.sampled_from(known.of("num") or ["nosuch"]))
        return f"{name}{draw(st.sampled_from(['=', '!=', '<', '>', '<=', '>=']))}" \
            f"{draw(st.sampled_from(['0', '2', '9', '10', '2.5', '-4']))}"
    if kind == "in":
        name = draw(st.sampled_from(known.of("str", "mv") or ["nosuch"]))
        values = ", ".join(quoted(v) for v in draw(
            st.lists(st.sampled_from([*MEMBERS, "f*", "K1"]), min_size=1, max_size=3)))
        return f"{name} IN ({values})"
    if kind == "not":
        return f"NOT ({_term(draw, known, depth - 1)})"
    joint = " OR " if kind == "or" else " "
    return f"({_term(draw, known, depth - 1)}{joint}{_term(draw, known, depth - 1)})"


def _search(draw, known: Known) -> str:
    return f"search {_term(draw, known, 2)}"


WHOLE = ("first", "last", "earliest", "latest", "min ", "max ")
"""What a multivalue gives these is nowhere said."""
ORDERED = ("min ", "max ")
"""Nor how these order numbers against words."""


def _aggregations(draw, known: Known, functions=tuple(STATS), limit: int = 3,
                  by: Sequence[str] = ()) -> str:
    """No aggregation of a multivalue that the rows are also grouped by: nobody says what it sees."""
    known = Known({name: kind for name, kind in known.kinds.items()
                   if not (name in by and kind == "mv")})
    parts = []
    for position in range(draw(st.integers(1, limit))):
        drawn = draw(st.sampled_from(functions))
        function, wanted = drawn.strip(), STATS.get(drawn, "num")
        if function == "count":
            what = draw(st.sampled_from(["count", f"count(eval({condition(draw, known, 1)}))"]))
        elif function == "count(n)":
            what = f"count({draw(st.sampled_from(list(known.kinds) or ['nosuch']))})"
        else:
            names = known.of("num", "decimal") if wanted == "num" else \
                known.of("num", "decimal", "str", *(() if drawn in ORDERED else ("mixed",)),
                         *(() if drawn in WHOLE else ("mv",)))
            what = f"{function}({draw(st.sampled_from(names or ['nosuch']))})"
        parts.append(f"{what} AS x{position}")
    return " ".join(parts)


def _kinds_of(aggregations: str, known: Known) -> dict[str, str]:
    """What the aggregations hold; first, values and their kin take the field's own kind."""
    kinds = {}
    for part in aggregations.split(" AS ")[:-1]:
        position = len(kinds)
        last = part.split(" ", 1)[-1] if position else part
        if last.startswith(("values(", "list(")):
            kinds[f"x{position}"] = "mv"
        elif last.startswith(("first(", "last(", "earliest(", "latest(", "min(", "max(")):
            inner = known.kinds.get(last[last.index("(") + 1:-1], "str")
            kinds[f"x{position}"] = "str" if inner == "mv" else inner
        else:
            kinds[f"x{position}"] = "num"
    return kinds


def _by(draw, known: Known, *kinds: str, most: int = 2) -> list[str]:
    names = known.of(*kinds)
    return draw(st.lists(st.sampled_from(names), max_size=most, unique=True)) if names else []


def _stats(draw, known: Known) -> str:
    by = _by(draw, known, "str", "mixed", "mv", "num")
    made = _aggregations(draw, known, by=by)
    kinds = _kinds_of(made, known)
    known.kinds = {**{name: "str" if known.kinds[name] == "mv" else known.kinds[name]
                      for name in by}, **kinds}
    return f"stats {made}" + (f" BY {' '.join(by)}" if by else "")


def _eventstats(draw, known: Known) -> str:
    by = _by(draw, known, "str", "num")
    made = _aggregations(draw, known)
    known.kinds |= _kinds_of(made, known)
    return f"eventstats {made}" + (f" BY {' '.join(by)}" if by else "")


def _streamstats(draw, known: Known) -> str:
    by = _by(draw, known, "str", "num", most=1)
    options = draw(st.sampled_from(["", "current=f ", "window=2 ", "window=2 global=f ",
                                    "window=3 current=f "]))
    if by and "window=" in options and "global" not in options:
        options += "global=f "
    single = Known({name: kind for name, kind in known.kinds.items()
                    if kind == "str" or name in ("i", "t")})
    made = _aggregations(draw, single, ("count", "sum", "avg", "min", "max", "dc", "values", "list",
                                        "first", "last", "range"), 2)
    # Names of its own: whether a row without the BY field keeps an old value is nowhere said.
    fresh = f"y{len(known.kinds)}_"
    kinds = {f"{fresh}{name[1:]}": kind for name, kind in _kinds_of(made, known).items()}
    made = made.replace(" AS x", f" AS {fresh}")
    known.kinds |= kinds
    return f"streamstats {options}{made}" + (f" BY {' '.join(by)}" if by else "")


def _sort(draw, known: Known) -> str:
    """Equal rows keep their order. Words are sorted as such: without str() Splunk goes by pairs."""
    keys = draw(st.lists(st.sampled_from(known.of("num", "decimal", "str") or ["nosuch"]),
                         min_size=1, max_size=2, unique=True))
    made = []
    for name in keys:
        how = "str({})" if known.kinds.get(name) not in ("num", "decimal") else \
            draw(st.sampled_from(["num({})", "{}"]))
        made.append(draw(st.sampled_from(["", "-", "+"])) + how.format(name))
    return f"sort {draw(st.sampled_from(['', '0 ', '3 ']))}{', '.join(made)}"


def _fields(draw, known: Known) -> str:
    names = draw(st.lists(st.sampled_from([*known.kinds, "e*"]), min_size=1, max_size=5,
                          unique=True))
    if draw(st.booleans()):
        gone = names[:2]
        known.kinds = {name: kind for name, kind in known.kinds.items()
                       if name not in gone and not ("e*" in gone and name.startswith("e"))}
        return f"fields - {' '.join(gone)}"
    known.kinds = {name: kind for name, kind in known.kinds.items()
                   if name in names or ("e*" in names and name.startswith("e"))}
    return f"{draw(st.sampled_from(['fields', 'table']))} {' '.join(names)}"


def _rename(draw, known: Known) -> str:
    old = draw(st.sampled_from(list(known.kinds)))
    new = draw(st.sampled_from(["r1", "N", "s", "k"]))
    kind = known.kinds.pop(old)
    known.kinds[new] = kind
    return f"rename {old} AS {new}"


def _rex(draw, known: Known) -> str:
    name = draw(st.sampled_from(known.of("str", "mixed", "num") or ["nosuch"]))
    most = draw(st.sampled_from(["", "max_match=0 ", "max_match=2 "]))
    pattern = draw(st.sampled_from(["(?<g1>[a-z])(?<g2>.)?", "(?<g1>\\\\d+)", "^(?<g1>f\\\\w*)",
                                    "(?<g1>o)(?=o)"]))
    known.kinds["g1"] = "mv" if most else "str"
    if "g2" in pattern:
        known.kinds["g2"] = "mv" if most else "str"
    return f'rex field={name} {most}"{pattern}"'


def _sed(draw, known: Known) -> str:
    name = draw(st.sampled_from(known.of("str") or ["nosuch"]))
    return f"rex field={name} mode=sed " + draw(st.sampled_from(
        ['"s/o/0/"', '"s/o/0/g"', '"s/(a)(.)/\\\\2\\\\1/g"', '"y/abc/xyz/"']))


def _regex(draw, known: Known) -> str:
    name = draw(st.sampled_from(known.of("str", "mixed") or ["nosuch"]))
    return f"regex {name}{draw(st.sampled_from(['=', '!=']))}" + draw(st.sampled_from(
        ['"^f"', '"[0-9]"', '"^$"', '"é"']))


def _makemv(draw, known: Known) -> str:
    name = draw(st.sampled_from(known.of("str") or ["nosuch"]))
    if name in known.kinds:
        known.kinds[name] = "mv"
    return f"makemv {draw(st.sampled_from(['delim=o', 'delim=. allowempty=t', 'tokenizer=([a-z])']))} {name}"\
        .replace("tokenizer=([a-z])", 'tokenizer="([a-z])"').replace("delim=.", 'delim="."')


def _mvexpand(draw, known: Known) -> str:
    name = draw(st.sampled_from(known.of("mv", "mv", "str") or ["nosuch"]))
    if known.kinds.get(name) == "mv":
        known.kinds[name] = "str"
    return f"mvexpand {name}"


def _fillnull(draw, known: Known) -> str:
    names = draw(st.lists(st.sampled_from(known.of("str", "mixed") or ["nosuch"]), min_size=1,
                          max_size=2, unique=True))
    return f"fillnull value={draw(st.sampled_from(['none', '0']))} {' '.join(names)}"


def _dedup(draw, known: Known) -> str:
    names = draw(st.lists(st.sampled_from(known.of("str", "num", "mixed") or ["nosuch"]),
                          min_size=1, max_size=2, unique=True))
    count = draw(st.sampled_from(["", "2 "]))
    return f"dedup {count}{' '.join(names)}" + draw(st.sampled_from(
        ["", " keepempty=true", " consecutive=true"]))


def _cut(draw, known: Known) -> str:
    if draw(st.booleans()):
        return draw(st.sampled_from(["head 3", "tail 2", "reverse", "head 1", "tail 5"]))
    return f"head {draw(st.sampled_from(['', 'null=t ', 'keeplast=t ']))}({condition(draw, known, 1)})"


def _bin(draw, known: Known) -> str:
    name = draw(st.sampled_from(known.of("num") or ["nosuch"]))
    if name in known.kinds:
        known.kinds["bucket"] = "str"
    return f"bin span={draw(st.sampled_from(['1', '5', '10', '2.5']))} {name} AS bucket"


def _top(draw, known: Known) -> str:
    name = draw(st.sampled_from(known.of("str", "mixed") or ["nosuch"]))
    by = [one for one in _by(draw, known, "str", most=1) if one != name]
    known.kinds = {one: "str" for one in (name, *by)} | {"count": "num", "percent": "num"}
    return (f"{draw(st.sampled_from(['top', 'rare']))} limit=0 {name}"
            + (f" BY {by[0]}" if by else "") + f" | sort 0 {', '.join([*by, '-count', 'str(' + name + ')'])}")


def _chart(draw, known: Known) -> str:
    over = draw(st.sampled_from(known.of("str") or ["nosuch"]))
    by = draw(st.sampled_from([one for one in known.of("str") if one != over] or ["nosuch2"]))
    made = _aggregations(draw, known, ("count", "sum", "avg", "max", "dc"), 2)
    kinds = _kinds_of(made, known)
    known.kinds = {over: "str", **kinds}
    return f"chart {made} OVER {over}" + draw(st.sampled_from(["", f" BY {by} limit=0"]))


def _timechart(draw, known: Known) -> str:
    by = draw(st.sampled_from(known.of("str") or ["nosuch"]))
    made = _aggregations(draw, known, ("count", "sum", "avg", "max", "dc"), 2)
    known.kinds = _kinds_of(made, known)
    return (f"timechart span={draw(st.sampled_from(['1m', '2m', '100s', '1h']))} "
            f"{draw(st.sampled_from(['', 'cont=f ']))}{made}"
            + draw(st.sampled_from(["", f" BY {by} limit=0"])))


def _append(draw, known: Known) -> str:
    inner, _ = pipeline(draw, 1)
    return f"append [{inner}]"


def _appendpipe(draw, known: Known) -> str:
    made = _aggregations(draw, known)
    kinds = _kinds_of(made, known)
    known.kinds |= kinds
    return f"appendpipe [stats {made}]"


def _join(draw, known: Known) -> str:
    name = draw(st.sampled_from(known.of("str") or ["nosuch"]))
    inner = f"{source(draw(rows()))} | fields k s n | rename n AS j, {draw(st.sampled_from(['k', 's']))} AS {name} | fields {name} j"
    known.kinds["j"] = "num"
    kind = draw(st.sampled_from(["", "type=left ", "type=left max=0 ", "max=2 "]))
    return f"join {kind}{name} [{inner}]"


def _lookup(draw, known: Known) -> str:
    name = draw(st.sampled_from(known.of("str", "mv") or ["nosuch"]))
    which = draw(st.sampled_from([("exact", "key"), ("loose", "key"), ("nets", "net"),
                                  ("wild", "pattern")]))
    keyword = draw(st.sampled_from(["OUTPUT", "OUTPUTNEW"]))
    target = draw(st.sampled_from(["label AS looked", "label AS s", "label AS looked, rank AS rank"]))
    known.kinds["looked"] = "mv"
    if "AS s" in target:
        known.kinds.pop("looked")
        known.kinds["s"] = "mv"
    if "rank" in target:
        known.kinds["rank"] = "mv"
    return f"lookup {which[0]} {which[1]} AS {name} {keyword} {target}"


def _foreach(draw, known: Known) -> str:
    names = draw(st.lists(st.sampled_from(known.of("num", "str") or ["nosuch"]), min_size=1,
                          max_size=2, unique=True))
    body = draw(st.sampled_from(["eval <<FIELD>>_f='<<FIELD>>'.\"!\"",
                                 "eval total=coalesce(total, \"\").'<<FIELD>>'"]))
    for name in names:
        known.kinds[f"{name}_f" if "_f" in body else "total"] = "str"
    return f"foreach {' '.join(names)} [{body}]"


COMMANDS = [
    _eval, _eval, _eval, _eval, _where, _where, _search, _search, _stats, _stats, _eventstats,
    _streamstats, _sort, _sort, _fields, _rename, _rex, _sed, _regex, _makemv, _mvexpand, _fillnull,
    _dedup, _cut, _bin, _top, _chart, _timechart, _append, _appendpipe, _join, _lookup, _foreach,
]


def pipeline(draw, most: int, commands: Sequence = COMMANDS) -> tuple[str, Known]:
    known = Known(dict(START))
    parts = [source(draw(rows()))]
    for _ in range(draw(st.integers(1, most))):
        if not known.kinds:
            break
        parts.append(draw(st.sampled_from(commands))(draw, known))
    return " | ".join(parts), known


@st.composite
def searches(draw) -> str:
    return pipeline(draw, 4)[0]


@st.composite
def reports(draw) -> str:
    """Commands that carry, add up, turn and convert, between the others."""
    return pipeline(draw, 4, [*reporting.COMMANDS, *COMMANDS])[0]


@st.composite
def mergers(draw) -> str:
    """Commands that group, merge, cut time and change documents, between some of the others."""
    return pipeline(draw, 3, [*further.COMMANDS, *further.COMMANDS, *COMMANDS[:12]])[0]


@st.composite
def event_searches(draw) -> str:
    """Terms over indexed events, then commands; or tstats over indexed fields."""
    known = Known({"user": "str", "bytes": "num", "tags": "mv", "action": "str"})
    window = draw(st.sampled_from(["", "earliest=-5m ", "earliest=-1h@h latest=-1m ",
                                   "_index_earliest=-10m "]))
    if draw(st.booleans()):
        by = draw(st.lists(st.sampled_from(["user", "action", "tags", "sourcetype"]), max_size=2,
                           unique=True))
        terms = draw(st.sampled_from(["", "user=*", "NOT action=run", "tags=b", "bytes>5"]))
        made = _aggregations(draw, known, ("count", "sum", "min", "max", "values", "dc", "avg"), 2,
                             by=by)
        if "eval(" in made:
            made = "count AS x0"
        return f"| tstats {made} WHERE index=hec {window}{terms}" + (f" BY {' '.join(by)}" if by else "")
    terms = draw(st.sampled_from(["", "run", "stop OR alice", "NOT bob", '"alice run"', "ali*", "é",
                                  _term(draw, known, 1)]))
    parts = [f"index=audit {window}{terms}", "table _time i user bytes tags action"]
    for _ in range(draw(st.integers(0, 2))):
        parts.append(draw(st.sampled_from([_stats, _where, _sort, _dedup, _streamstats, _timechart,
                                           _eval]))(draw, known))
    return " | ".join(parts)
