"""The functions of stats as SQL aggregates.

`build` gives (SQL, kind). Several values of a field each count. `order` are the terms that give
the order of the rows, for first, last and list. What would be approximate or cut short at a
limit of Splunk's is an error: more than 100 values in list(), more than 1,000 distinct values
in perc() and median() (limits.conf, [stats]).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from lab.engine.expressions import Compiler, Typed, number, settled, text
from lab.engine.session import Session
from lab.engine.values import to_number
from lab.spl import nodes
from lab.spl.errors import SPLError

LIST_LIMIT = 100
EXACT_DISTINCT = 1000


@dataclass
class Build:
    session: Session
    node: nodes.Aggregation
    argument: Typed
    time: str | None
    order: str
    is_events: bool = False
    is_few: bool = False
    over: str = ""
    """The window of streamstats, for the functions that look at a list of values."""

    @property
    def added(self) -> str:
        """The number of a row, to be added up one after the other as Splunk does (Aggregate
        functions, avg, extended example 1). DuckDB multiplies a constant, whose rounding differs:
        the place of the row makes it none. Fields of events are none."""
        value = number(self.argument, self.node.span)
        if self.is_events or not self.order:
            return value
        return f"({value} + 0.0 * coalesce({self.order.split(', ')[0]}, 0))"

    @property
    def filtered(self) -> str:
        return f" FILTER (WHERE {self.argument.sql} IS NOT NULL){self.over}"

    @property
    def all_values(self) -> str:
        """Every value of the group in one list of texts, in no order."""
        if self.argument.kind == "mv":
            return f"flatten(list({self.argument.sql}){self.filtered})"
        return f"list({text(self.argument)}){self.filtered}"

    @property
    def numbers(self) -> str:
        """The numbers of the group in one list."""
        if self.argument.kind == "mv":
            return (f"list_filter(list_transform({self.all_values}, lambda x: spl_num(x)),"
                    " lambda x: x IS NOT NULL)")
        value = number(self.argument, self.node.span)
        return f"list({value}) FILTER (WHERE {value} IS NOT NULL){self.over}"


Result = tuple[str, str]


def build(session: Session, compiler: Compiler, node: nodes.Aggregation, order: str) -> Result:
    time = compiler.frame.columns.get("_time")
    if node.argument is None:
        if node.function == "count":
            return "CAST(count(*) AS DOUBLE)", "num"
        raise SPLError(f"{node.function} needs a field", node.span, node.function)
    argument = settled(compiler.compile(node.argument))
    if argument.kind == "null":
        argument = Typed("CAST(NULL AS VARCHAR)", "str")
    if argument.kind == "bool" and node.function not in ("count",):
        raise SPLError(f"{node.function}(eval(…)) needs a value, not a condition", node.span,
                       node.function)
    function = FUNCTIONS.get(node.function)
    if function is None:
        raise SPLError(f"the lab does not support the function {node.function}()", node.span,
                       node.function)
    when = number(Typed(time.sql, time.kind), node.span) if time else None
    return function(Build(session, node, argument, when, order, compiler.frame.is_events,
                          session.is_few(compiler.frame)))


def _count(b: Build) -> Result:
    if b.argument.kind == "bool":
        return f"CAST(count(*) FILTER (WHERE {b.argument.sql}) AS DOUBLE)", "num"
    if b.argument.kind == "mv":
        return f"CAST(coalesce(sum(len({b.argument.sql})), 0) AS DOUBLE)", "num"
    return f"CAST(count({b.argument.sql}) AS DOUBLE)", "num"


def _dc(b: Build) -> Result:
    if b.argument.kind == "mv":
        return f"CAST(coalesce(len(list_distinct({b.all_values})), 0) AS DOUBLE)", "num"
    return f"CAST(count(DISTINCT {b.argument.sql}) AS DOUBLE)", "num"


def _estdc(b: Build) -> Result:
    """Exact below approx_dc_threshold distinct values (limits.conf, [stats]), else refused."""
    exact = _dc(b)[0]
    return (f"CASE WHEN {exact} >= {EXACT_DISTINCT} THEN error('SPL:estdc() of {EXACT_DISTINCT} or"
            f" more distinct values is an estimate of Splunk''s own; use dc()') ELSE {exact} END"), "num"


def _values(b: Build) -> Result:
    """Over few rows the list of all values is made distinct: a hash table for each field takes
    longer to set up. There are none of no values, so that no empty list comes of them."""
    if b.argument.kind == "mv":
        return f"spl_list(list_sort(list_distinct({b.all_values})))", "mv"
    value = text(b.argument)
    if b.over:
        return f"spl_list(list_sort(list(DISTINCT {value}){b.filtered}))", "mv"
    if b.is_few:
        return f"list_sort(list_distinct(list({value}){b.filtered}))", "mv"
    return f"list_sort(list(DISTINCT {value}){b.filtered})", "mv"


def _list(b: Build) -> Result:
    ordered = f" ORDER BY {b.order}" if b.order else ""
    if b.argument.kind == "mv":
        values = f"flatten(list({b.argument.sql}{ordered}){b.filtered})"
    else:
        values = f"list({text(b.argument)}{ordered}){b.filtered}"
    return (f"CASE WHEN len({values}) > {LIST_LIMIT} THEN error('SPL:list() holds more than"
            f" {LIST_LIMIT} values here, where Splunk stops; use values() or fewer rows')"
            f" ELSE spl_list({values}) END"), "mv"


def _sum(b: Build) -> Result:
    if b.argument.kind == "mv":
        return f"list_sum({b.numbers})", "num"
    return f"sum({b.added})", "num"


def _avg(b: Build) -> Result:
    if b.argument.kind == "mv":
        return f"list_avg({b.numbers})", "num"
    return f"avg({b.added})", "num"


def _extreme(which: str) -> Callable[[Build], Result]:
    """Numbers by value before other text, which goes by characters (Aggregate functions, max)."""
    def extreme(b: Build) -> Result:
        if b.argument.kind == "num":
            return f"{which}({b.argument.sql})", "num"
        if b.argument.kind == "mv":
            name = b.session.function(f"py_{which}_of", _max_of if which == "max" else _min_of,
                                      ["VARCHAR[]"], "VARCHAR")
            return f"{name}({b.all_values})", "str"
        sql = text(b.argument)
        numeric = f"arg_{which}({sql}, spl_num({sql}))"
        if which == "min":
            return f"CASE WHEN count(spl_num({sql})) > 0 THEN {numeric} ELSE min({sql}) END", "str"
        return (f"CASE WHEN count({sql}) = count(spl_num({sql})) THEN {numeric}"
                f" ELSE max({sql}) FILTER (WHERE spl_num({sql}) IS NULL) END"), "str"

    return extreme


def _rank(value: str) -> tuple[bool, float, str]:
    found = to_number(value)
    return (True, 0.0, value) if found is None else (False, found, "")


def _max_of(values: list[str] | None) -> str | None:
    return max(values, key=_rank) if values else None


def _min_of(values: list[str] | None) -> str | None:
    return min(values, key=_rank) if values else None


def _ordered(b: Build, terms: str) -> Result:
    ordered = f" ORDER BY {terms}" if terms else ""
    return f"first({b.argument.sql}{ordered}){b.filtered}", _kind(b)


def _kind(b: Build) -> str:
    return b.argument.kind


def _reverse(terms: str) -> str:
    return ", ".join(f"{term} DESC" for term in terms.split(", ")) if terms else ""


def _first(b: Build) -> Result:
    return _ordered(b, b.order)


def _last(b: Build) -> Result:
    return _ordered(b, _reverse(b.order))


def _timed(b: Build) -> str:
    """The time of the rows. Without one Splunk's answer is random (limits.conf,
    check_for_invalid_time)."""
    message = f"{b.node.function}() needs _time, which the rows here do not have"
    if b.time is None:
        raise SPLError(message, b.node.span, b.node.function)
    return (f"CASE WHEN {b.time} IS NULL AND {b.argument.sql} IS NOT NULL"
            f" THEN error('SPL:{message}') ELSE {b.time} END")


def _latest(b: Build) -> Result:
    return _ordered(b, f"{_timed(b)} DESC" + (f", {b.order}" if b.order else ""))


def _earliest(b: Build) -> Result:
    return _ordered(b, _timed(b) + (f", {_reverse(b.order)}" if b.order else ""))


def _seen(which: str) -> Callable[[Build], Result]:
    def seen(b: Build) -> Result:
        return f"{which}({_timed(b)}){b.filtered}", "num"

    return seen


def _rate(b: Build) -> Result:
    """(latest - earliest) / (latest_time - earliest_time), where the values are numbers and the
    times differ (Time functions, rate)."""
    first, last = _earliest(b)[0], _latest(b)[0]
    low, high = (number(Typed(sql, b.argument.kind), b.node.span) for sql in (first, last))
    return f"(({high} - {low}) / nullif({_seen('max')(b)[0]} - {_seen('min')(b)[0]}, 0))", "num"


def _mode_of(values: list[str] | None) -> str | None:
    if not values:
        return None
    counts = Counter(values)
    most = max(counts.values())
    found = [value for value, count in counts.items() if count == most]
    if len(found) > 1:
        raise ValueError(f"SPL:mode() has {len(found)} equally frequent values here; which of"
                         " them Splunk returns is not documented")
    return found[0]


def _mode(b: Build) -> Result:
    name = b.session.function("py_mode_of", _mode_of, ["VARCHAR[]"], "VARCHAR")
    return f"{name}({b.all_values})", "str"


def _nearest_rank(b: Build) -> Result:
    """The value at rank floor(n * p / 100), counted from 0 (limits.conf, perc_method), which of
    an even number makes the median the higher of the middle two (Aggregate functions, median)."""
    share = 50.0 if b.node.parameter is None else b.node.parameter
    values = b.numbers
    size = f"len({values})"
    rank = f"CAST(least(floor({size} * {share!r} / 100) + 1, {size}) AS BIGINT)"
    return f"list_extract(list_sort({values}), {rank})", "num"


def _median(b: Build) -> Result:
    return _below_the_estimate(b, _nearest_rank(b)[0]), "num"


def _interpolated(b: Build) -> Result:
    """Between the values at the ranks around (n - 1) * p / 100, counted from 0.

    perc_digest_type is tdigest, to which perc_method does not apply (limits.conf), and all four
    results that Aggregate functions shows for perc() are interpolated, whatever its text says of
    the nearest rank. upperperc() is perc() up to 1,000 values.
    """
    found, at = b.session.new("v"), b.session.new("v")
    low, high = (f"list_extract({found}, CAST({way}({at}) AS BIGINT) + 1)"
                 for way in ("floor", "ceil"))
    place = f"(len({found}) - 1) * {b.node.parameter!r} / 100"
    between = (f"[{high} * ({at} - floor({at})) + {low} * (1 - ({at} - floor({at})))"
               f" FOR {at} IN [{place}]][1]")
    sql = f"[{between} FOR {found} IN [list_sort({b.numbers})]][1]"
    return _below_the_estimate(b, sql), "num"


def _below_the_estimate(b: Build, sql: str) -> str:
    return (f"CASE WHEN len(list_distinct({b.numbers})) > {EXACT_DISTINCT} THEN error('SPL:"
            f"{b.node.function}() over more than {EXACT_DISTINCT} distinct values is an"
            f" estimate in Splunk; use exactperc') ELSE {sql} END")


def _spread(function: str, alone: str) -> Callable[[Build], Result]:
    """`alone` is the result for a single value."""
    def spread(b: Build) -> Result:
        value = number(b.argument, b.node.span)
        return f"CASE WHEN count({value}) = 1 THEN {alone} ELSE {function}({value}) END", "num"

    return spread


def _range(b: Build) -> Result:
    value = number(b.argument, b.node.span)
    return f"(max({value}) - min({value}))", "num"


def _sumsq(b: Build) -> Result:
    value = number(b.argument, b.node.span)
    return f"sum({value} * {value})", "num"


FUNCTIONS: dict[str, Callable[[Build], Result]] = {
    "count": _count, "dc": _dc, "estdc": _estdc, "values": _values, "list": _list, "sum": _sum, "avg": _avg,
    "min": _extreme("min"), "max": _extreme("max"), "first": _first, "last": _last,
    "earliest": _earliest, "latest": _latest, "earliest_time": _seen("min"),
    "latest_time": _seen("max"), "rate": _rate, "mode": _mode, "median": _median,
    "perc": _interpolated, "exactperc": _nearest_rank, "upperperc": _interpolated, "stdev": _spread("stddev_samp", "0"),
    "stdevp": _spread("stddev_pop", "0"), "var": _spread("var_samp", "0"),
    "varp": _spread("var_pop", "0"), "range": _range, "sumsq": _sumsq,
}

NUMERICAL = frozenset(["sum", "sumsq", "avg", "median", "perc", "exactperc", "upperperc", "stdev",
                       "stdevp", "var", "varp", "range"])

__all__ = ["EXACT_DISTINCT", "FUNCTIONS", "LIST_LIMIT", "NUMERICAL", "Build", "build"]
