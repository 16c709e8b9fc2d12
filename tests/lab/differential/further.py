"""Random commands that group and merge rows, computed names, decimals, JSON changes, time snaps."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.lab.differential.grammar import Known, condition, number, quoted, rows, source, string

SNAPS = ["@d", "@h", "-1d@d", "@w", "@w1", "-1w@w0", "@mon", "-1mon@mon", "@q", "-1q", "@y", "+2d@d",
         "-90m", "-1d@d+3h", "-2h@h-15m", "@w5", "-3mon", "+1y@mon"]
MOMENTS = ["1700000000", "1709164800", "1711846800", "1698541200", "951782400", "0", "1703980799"]
"""Leap days, ends of months, the hours in which summer time begins and ends elsewhere."""


def _of(draw, known: Known, *kinds: str) -> str:
    return draw(st.sampled_from(known.of(*kinds) or ["nosuch"]))


def transaction(draw, known: Known) -> str:
    """Newest first, as the page demands; a field of single values joins the events."""
    by = draw(st.sampled_from(["k", "s", "k s", ""]))
    options = draw(st.lists(st.sampled_from([
        "maxspan=100s", "maxpause=60s", "maxevents=2", "keepevicted=true", "mvlist=true",
        'startswith=(n="1")', "endswith=(n=2)", "startswith=eval(n>2)", "keeporphans=true",
        "connected=f", "unifyends=t"]), max_size=3, unique_by=lambda option: option[:5]))
    known.kinds = {"_time": "num", "duration": "num", "eventcount": "num", "closed_txn": "num"}
    return (f"sort 0 -num(t) | table _time n s k | transaction {by} {' '.join(options)}"
            " | eval _time=_time")


def union(draw, known: Known) -> str:
    inner = f"{source(draw(rows()))} | table i n s k"
    known.kinds = {name: kind for name, kind in known.kinds.items() if name in ("i", "n", "s", "k")}
    return f"table i n s k | union [{inner}]"


def set_(draw, known: Known) -> str:
    kind = draw(st.sampled_from(["union", "diff", "intersect"]))
    first, second = (draw(st.integers(0, 4)) for _ in range(2))
    known.kinds["x"] = "num"
    made = [f"[| makeresults count={count} | streamstats count AS x | eval x=x%{draw(st.integers(2, 9))}"
            " | table x]" for count in (first + 1, second + 1)]
    return f"append [| set {kind} {' '.join(made)}]"


def windows(draw, known: Known) -> str:
    """streamstats with time windows and resets."""
    option = draw(st.sampled_from([
        "time_window=1m", "time_window=2m", "time_window=100s current=f", "time_window=3m window=2",
        "reset_on_change=true", 'reset_before="("n=1")"', 'reset_after="("isnull(s)")"',
        "window=2", "window=3 global=t"]))
    by = draw(st.sampled_from(["", " BY k", " BY s"]))
    if "reset_on" in option and not by:
        by = " BY k"
    what = draw(st.sampled_from(["count", "sum(i)", "values(s)", "max(i)"]))
    # A name of its own: what a row without the BY field keeps of an old value is nowhere said.
    name = f"w{len(known.kinds)}"
    known.kinds[name] = "mv" if "values" in what else "num"
    order = draw(st.sampled_from(["sort 0 num(t)", "sort 0 -num(t)"]))
    if "i" not in known.kinds:
        return order
    return f"{order} | streamstats {option} {what} AS {name}{by}"


def others(draw, known: Known) -> str:
    name = _of(draw, known, "str")
    known.kinds = {name: "str", "count": "num"}
    options = draw(st.sampled_from(["", "otherstr=rest ", "showperc=f "]))
    return f"{draw(st.sampled_from(['top', 'rare']))} limit={draw(st.integers(1, 3))} useother=t " \
        f"{options}{name}"


def computed(draw, known: Known) -> str:
    value = number(draw, known, 1)
    known.kinds |= {"x_k1": "str", "x_k2": "str"}
    return f"where isnotnull(k) | eval x_{{k}}={value}"


def decimals(draw, known: Known) -> str:
    """Calculations with decimals, which show the digits of the least precise one."""
    def operand() -> str:
        return draw(st.sampled_from(["f", "f", "n", "i", "0.5", "2.50", "3", "10", "1.25", "exact(f)",
                                     "round(f, 1)", "(f + 0.1)", "(i * 0.5)"]))
    made = f"{operand()} {draw(st.sampled_from(['+', '-', '*', '/']))} {operand()}"
    known.kinds["dec"] = "str"
    shape = draw(st.sampled_from(["{}", "{}", "tostring({})", "({}).\"!\"", "if({} > 1, \"y\", \"n\")",
                                  "sigfig({})", "-({})", "round({}, 2)", "exact({})"]))
    return f"eval dec={shape.format(made)}"


def documents(draw, known: Known) -> str:
    document = draw(st.sampled_from(
        [f'json_object("a", {string(draw, known, 0)}, "b", json_array(1, "x"))',
         'json_object("a", json_object("c", 1.5))', "s"]))
    made = draw(st.sampled_from([
        'json_set({}, "a", "z")', 'json_set({}, "q.r", 1)', 'json_set_exact({}, "q.r", "y")',
        'json_delete({}, "a")', 'json_delete({}, "b{{0}}")', 'json_extract_exact({}, "a")',
        'mvjoin(json_array_to_mv(json_extract({}, "b")), "+")', "json_keys({})", "json({})",
        'if(json_has_key_exact({}, "a"), "y", "n")', "json_valid({})"]))
    known.kinds["doc"] = "str"
    if made.startswith("json_valid"):
        made = f"if({made}, 1, 0)"
    return f"eval doc={made.format(document)}"


def times(draw, known: Known) -> str:
    known.kinds["when"] = "str"
    moment = draw(st.sampled_from(MOMENTS))
    if "t" in known.kinds:
        moment = draw(st.sampled_from([moment, f"{moment}+t*86400", f"{moment}-t*3600"]))
    made = f'relative_time({moment}, "{draw(st.sampled_from(SNAPS))}")'
    form = draw(st.sampled_from(["%F %T", "%A %V %j", "%s", "%G-W%V-%u"]))
    return f"eval when=strftime({made}, {quoted(form)})"


def bins(draw, known: Known) -> str:
    span = draw(st.sampled_from(["1m", "100s", "1h", "1d", "1mon", "30m"]))
    known.kinds["cut"] = "num"
    return f"eval cut=1700000000-i*100000 | bin span={span} _time | eval cut=_time"


def pairs(draw, known: Known) -> str:
    known.kinds |= {"p1": "str", "p2": "str"}
    name = _of(draw, known, "num", "str")
    return (f'eval _raw="p1=".coalesce({name}, "-").";p2=x" | extract pairdelim=";" kvdelim="="'
            f' | where {condition(draw, known, 1)}')


def words(draw, known: Known) -> str:
    """Terms over a text."""
    name = _of(draw, known, "str")
    term = draw(st.sampled_from(["foo", "TERM(foo)", "f*", "CASE(Foo)", '"bar baz"', "bar", "NOT a",
                                 "x*y", "TERM(a.b)", "a.b", "y", '"q"', "10.0.0.5", "10.*"]))
    return f'eval _raw="x ".coalesce({name}, "")." end" | search {term} | fields - _raw'


COMMANDS = [transaction, union, set_, windows, windows, others, computed, decimals, decimals, decimals,
            documents, documents, times, times, bins, pairs, words, words]
