"""Random commands that carry values from row to row, add up, turn a table or convert values.

Drawn is what the pages define: a cell of xyseries has one row, columns that are added up hold
numbers only.
"""

from __future__ import annotations

from hypothesis import strategies as st

from tests.lab.differential.grammar import Known, condition, multi, quoted


def _of(draw, known: Known, *kinds: str) -> str:
    return draw(st.sampled_from(known.of(*kinds) or ["nosuch"]))


def _fresh(name: str, known: Known) -> str:
    """A numeric field of its own: what an old value becomes in rows that get none is nowhere said."""
    name += str(len(known.kinds))
    known.kinds[name] = "num"
    return name


def filldown(draw, known: Known) -> str:
    names = draw(st.lists(st.sampled_from([*known.kinds, "n*"]), max_size=2, unique=True))
    return f"filldown {' '.join(names)}".strip()


def accum(draw, known: Known) -> str:
    name = _of(draw, known, "num", "str", "mixed", "decimal")
    return f"accum {name} AS {_fresh('acc', known)}"


def delta(draw, known: Known) -> str:
    field = draw(st.sampled_from(["i", "t", *known.of("num")]))
    return f"delta {field} AS {_fresh('diff', known)}" + draw(
        st.sampled_from(["", " p=2", " p=3"]))


def addtotals(draw, known: Known) -> str:
    names = draw(st.lists(st.sampled_from(known.of("num") or ["nosuch"]), min_size=1, max_size=3,
                          unique=True))
    # A column of its own, for how a row without any number adds up is nowhere said.
    known.kinds |= {"one": "num", "sumup": "num", "label": "str"}
    options = draw(st.sampled_from(["fieldname=sumup", "col=t fieldname=sumup labelfield=label",
                                    "row=f col=t labelfield=label label=all"]))
    return f"eval one=1 | addtotals {options} one {' '.join(names)}"


def untable(draw, known: Known) -> str:
    kept = draw(st.lists(st.sampled_from(known.of("num", "str", "mixed") or ["nosuch"]),
                         min_size=1, max_size=3, unique=True))
    known.kinds = {"key": "str", "name": "str", "cell": "str"}
    return f"streamstats count AS key | table key {' '.join(kept)} | untable key name cell"


def xyseries(draw, known: Known) -> str:
    x, series = _of(draw, known, "str", "num", "mixed"), _of(draw, known, "str")
    if series == x:
        series = "nosuch"
    known.kinds = {x: known.kinds.get(x, "str")}
    options = draw(st.sampled_from(["c", "c d", 'c d sep="-"', 'c d format="$VAL$:$AGG$"']))
    return f"stats count AS c sum(i) AS d BY {x} {series} | xyseries {x} {series} {options}"


def transpose(draw, known: Known) -> str:
    kept = draw(st.lists(st.sampled_from(known.of("num", "str", "mixed") or ["nosuch"]),
                         min_size=1, max_size=3, unique=True))
    known.kinds = {"column": "str", "row 1": "str"}
    if draw(st.booleans()):
        known.kinds = {"column": "str"}
        return (f"streamstats count AS key | table key {' '.join(kept)}"
                " | transpose 0 header_field=key")
    return f"table {' '.join(kept)} | transpose{draw(st.sampled_from(['', ' 2', ' 0']))}"


def mvcombine(draw, known: Known) -> str:
    kept = draw(st.sampled_from(known.of("str", "num") or ["nosuch"]))
    name = draw(st.sampled_from([one for one in known.of("str", "num", "mv") if one != kept]
                                or ["nosuch2"]))
    kinds = {one: kind for one, kind in known.kinds.items() if one in (kept, name)}
    joined = draw(st.booleans())
    known.kinds = kinds | {name: "str" if joined else "mv"}
    delimiter = draw(st.sampled_from(["", 'delim=";" ', 'delim=", " ']))
    return (f"table {kept} {name} | mvcombine {delimiter}{name}"
            + (f" | nomv {name}" if joined else ""))


def nomv(draw, known: Known) -> str:
    name = _of(draw, known, "mv", "mv", "str")
    if name in known.kinds:
        known.kinds[name] = "str"
    return f"nomv {name}"


def strcat(draw, known: Known) -> str:
    names = draw(st.lists(st.sampled_from(known.of("str", "num", "mixed") or ["nosuch"]),
                          min_size=1, max_size=3))
    known.kinds["joined"] = "str"
    option = draw(st.sampled_from(["", "allrequired=t "]))
    between = f" {quoted('/')} "
    return f"strcat {option}{between.join(names)} joined"


def rangemap(draw, known: Known) -> str:
    known.kinds["range"] = "mv"
    ranges = draw(st.sampled_from(["low=0-2 high=3-100", "neg=-9--1 zero=0-0 default=more",
                                   "a=0-10 b=5-20"]))
    return f"rangemap field={_of(draw, known, 'num')} {ranges}"


def replace(draw, known: Known) -> str:
    pairs = draw(st.sampled_from(
        ["foo WITH baz", "a WITH b, b WITH c", '"" WITH none', "k* WITH *k", "*o WITH o",
         '"* baz" WITH "baz *"', "10 WITH ten, 9 WITH nine", "f*o WITH *", "Foo WITH \"\""]))
    name = _of(draw, known, "str", "mixed", "mv")
    return f"replace {pairs} IN {name}"


def convert(draw, known: Known) -> str:
    kind = draw(st.sampled_from(["ctime", "mktime", "rmcomma", "dur", "mem", "num", "auto", "unit"]))
    made = _fresh("conv", known)
    known.kinds[made] = "str"
    if kind == "ctime":
        return (f'convert timeformat="%Y-%m-%d %H:%M:%S" ctime({_of(draw, known, "num")})'
                f" AS {made}")
    if kind == "mktime":
        return (f'eval {made}=strftime(1700000000 + i, "%d/%m/%Y %T")'
                f' | convert timeformat="%d/%m/%Y %H:%M:%S" mktime({made})')
    if kind == "rmcomma":
        return f'eval {made}=tostring({_of(draw, known, "num")} * 1000, "commas")' \
            f" | convert rmcomma({made})"
    if kind == "dur":
        return f'eval {made}=tostring(abs({_of(draw, known, "num")}) * 7777, "duration")' \
            f" | convert dur2sec({made})"
    if kind == "mem":
        return f'eval {made}=abs({_of(draw, known, "num")}).' + draw(
            st.sampled_from(['"k"', '"M"', '"g"', '""'])) + f" | convert memk({made})"
    if kind == "unit":
        return f'eval {made}={_of(draw, known, "num")}." sec" | convert rmunit({made})'
    return f"convert {kind}({_of(draw, known, 'num', 'str', 'mixed')}) AS {made}"


def autoregress(draw, known: Known) -> str:
    name = draw(st.sampled_from(["i", "n", "s"]))
    known.kinds |= {f"{name}_p1": known.kinds.get(name, "num"),
                    f"{name}_p2": known.kinds.get(name, "num")}
    return f"autoregress {name} p=1-2"


def trendline(draw, known: Known) -> str:
    name = _fresh("trend", known)
    kind = draw(st.sampled_from(["sma2", "wma2", "sma3", "wma3"]))
    return f"trendline {kind}({draw(st.sampled_from(['i', 't']))}) AS {name}"


def uniq(draw, known: Known) -> str:
    kept = _of(draw, known, "str", "num", "mixed", "mv")
    known.kinds = {kept: known.kinds.get(kept, "str")}
    return f"table {kept} | uniq"


def makecontinuous(draw, known: Known) -> str:
    if "i" not in known.kinds:
        return uniq(draw, known)
    known.kinds = {name: kind for name, kind in known.kinds.items() if name in ("i", "s", "k")}
    return f"sort 0 i | makecontinuous i span={draw(st.sampled_from(['1', '2', '5']))}"


def fieldsummary(draw, known: Known) -> str:
    names = draw(st.lists(st.sampled_from(known.of("str", "num", "mixed") or ["nosuch"]),
                          min_size=1, max_size=2, unique=True))
    known.kinds = {"field": "str", "count": "num", "distinct_count": "num", "values": "str"}
    return f"fieldsummary {' '.join(names)}"


def fieldformat(draw, known: Known) -> str:
    return f'fieldformat {_of(draw, known, "num")}=tostring(n, "commas")'


def appendcols(draw, known: Known) -> str:
    name = _fresh("col", known)
    option = draw(st.sampled_from(["", "override=t "]))
    return (f"appendcols {option}[| makeresults count={draw(st.integers(1, 4))}"
            f" | streamstats count AS {name} | table {name}]")


def nested(draw, known: Known) -> str:
    """A subsearch within a subsearch gives terms."""
    name = _of(draw, known, "str")
    words = draw(st.sampled_from(["foo", "a", "é", "f*"]))
    inner = f"| makeresults | eval {name}={quoted(words)} | fields {name}"
    return (f"search [| makeresults count=2 | streamstats count AS i | eval {name}=if(i=1,"
            f' {quoted(words)}, "k1") | search [{inner}] OR i=2 | fields {name}]')


def multivalues(draw, known: Known) -> str:
    """eval of several values, then a filter on them."""
    known.kinds["mv2"] = "mv"
    made = multi(draw, known, 2)
    return f"eval mv2={made} | where {condition(draw, known, 1)}"


COMMANDS = [
    filldown, accum, delta, addtotals, untable, xyseries, transpose, mvcombine, nomv, strcat,
    rangemap, replace, convert, autoregress, trendline, uniq, makecontinuous, fieldsummary,
    fieldformat, appendcols, nested, multivalues,
]
