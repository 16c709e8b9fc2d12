"""Commands over metric indexes: mstats, mcatalog, mcollect, meventcollect; and iplocation.

Options and forms: Search Reference, the page of each command.
"""

from __future__ import annotations

from lab.spl import nodes
from lab.spl.aggregations import parse_aggregation, parse_by
from lab.spl.arguments import (
    Arguments,
    Kind,
    boolean,
    choice,
    integer,
    refused,
    span_of,
    text,
)
from lab.spl.commands.aggregate import check_aliases
from lab.spl.commands.base import Invocation, Parser, field_list
from lab.spl.errors import SPLError

MSTATS_FUNCTIONS = frozenset((
    "avg", "count", "earliest", "earliest_time", "exactperc", "first", "last", "latest",
    "latest_time", "max", "median", "min", "mode", "perc", "range", "rate", "rate_avg",
    "rate_sum", "stdev", "stdevp", "sum", "sumsq", "upperperc", "var", "varp",
))

_REAL_TIME = refused("it belongs to real-time searches")
_CHART = refused("it draws the result as chart does; pipe prestats=false rows into timechart")
_MSTATS: dict[str, Kind] = {
    "prestats": boolean, "append": boolean, "backfill": _REAL_TIME, "update_period": _REAL_TIME,
    "fillnull_value": text, "chunk_size": integer(10),
    **dict.fromkeys(("chart", "agg", "limit", "useother", "otherstr", "usenull", "nullstr",
                     "chart.limit", "chart.agg", "chart.usenull", "chart.useother",
                     "chart.nullstr", "chart.otherstr"), _CHART),
}
_DIMENSIONLESS = ("_value", "_time")


def mstats(call: Invocation) -> nodes.Command:
    """`mstats options terms WHERE condition BY dimensions span=5m`."""
    arguments = call.arguments()
    given: dict[str, object] = {}
    aggregations: list[nodes.Aggregation] = []
    while not arguments.done and not arguments.at_word("where", "by", "groupby"):
        if arguments.at_option():
            if arguments.at_word("span"):
                _span(arguments, given)
            else:
                arguments.option(_MSTATS, given)
        elif not arguments.accept(","):
            aggregations.append(_term(arguments))
    if not aggregations:
        raise call.error("'mstats' has no aggregation", "for example avg(metric.name)")
    if not call.first and not given.get("append"):
        raise call.error(
            "'mstats' must be the first command of its search",
            hint="a macro that generates is called with a leading pipe: | `macro`",
        )
    if given.get("append") and not given.get("prestats"):
        raise call.error("append=true of 'mstats' needs prestats=true")
    by_value = _form(call, aggregations)
    predicate, window = _where(arguments, call)
    by = _by(arguments, given)
    _check_where(call, predicate, by_value)
    for name in by:
        if name in _DIMENSIONLESS or (name == "metric_name" and not by_value):
            raise call.error(f"'mstats' cannot group by {name} here",
                             "BY takes dimensions, and metric_name beside _value; the span of"
                             " _time is given as span=")
    check_aliases(call, aggregations, list(by))
    return nodes.Mstats(
        tuple(aggregations), predicate, window, by, by_value, given.get("span"),
        given.get("fillnull_value"), bool(given.get("prestats", False)),
        bool(given.get("append", False)), span=call.span,
    )


def _term(arguments: Arguments) -> nodes.Aggregation:
    start = arguments.peek()
    named = arguments.at("(", 1)
    term = parse_aggregation(arguments)
    if term.function not in MSTATS_FUNCTIONS:
        raise arguments.error(f"'mstats' does not have the function {start.value}()", start,
                              "its functions: " + ", ".join(sorted(MSTATS_FUNCTIONS)))
    if not named:
        raise arguments.error(f"{start.value} of 'mstats' needs a metric", start,
                              f"write {start.value}(metric.name) or {start.value}(_value)")
    if not isinstance(term.argument, nodes.FieldRef):
        raise arguments.error("'mstats' does not take eval()", start)
    return term


def _form(call: Invocation, aggregations: list[nodes.Aggregation]) -> bool:
    values = [term.argument.name == "_value" for term in aggregations]
    if any(values) and not all(values):
        raise call.error("'mstats' cannot mix function(_value) and function(metric.name)")
    return all(values)


def _span(arguments: Arguments, given: dict[str, object]) -> None:
    if arguments.peek(2).value.lower() == "auto":
        if not given.get("prestats"):
            raise arguments.error("span=auto of 'mstats' needs prestats=true and a timechart behind"
                                  " it", hint="or give a span such as 5m")
        arguments.option({"span": text}, given)
    else:
        arguments.option({"span": span_of}, given)
    if arguments.at_option() and arguments.at_word("every"):
        raise arguments.error("every of 'mstats' is not supported by the lab",
                              hint="filter the buckets with where")


def _where(arguments: Arguments, call: Invocation) -> tuple[nodes.Predicate, nodes.TimeWindow]:
    if not arguments.at_word("where"):
        return nodes.MatchAll(span=call.span), nodes.TimeWindow()
    start = arguments.take().end
    end = _condition_end(arguments, call)
    if not call.source.text[start:end].strip():
        raise arguments.error(f"WHERE is empty in '{call.name}'")
    found = call.predicate(start, end)
    arguments.seek(end)
    return found


def _condition_end(arguments: Arguments, call: Invocation) -> int:
    """Where BY or span= stands outside of parentheses, else the end; moves nothing."""
    depth = ahead = 0
    while (token := arguments.peek(ahead)).kind != "end":
        if token.kind == "operator" and token.value in ("(", ")"):
            depth += 1 if token.value == "(" else -1
        elif token.kind == "word" and depth <= 0:
            equals = arguments.peek(ahead + 1).kind == "operator" \
                and arguments.peek(ahead + 1).value != "("
            word = token.value.lower()
            if word in ("by", "groupby") and not equals or word == "span" and equals:
                return token.start
        ahead += 1
    return call.end


def _by(arguments: Arguments, given: dict[str, object]) -> tuple[str, ...]:
    by: tuple[str, ...] = ()
    while not arguments.done:
        if arguments.at_option():
            if not arguments.at_word("span"):
                arguments.option({}, given)
            _span(arguments, given)
        elif not by and arguments.accept_word("by", "groupby"):
            by = parse_by(arguments)
        else:
            arguments.expect_end()
    return by


def _check_where(call: Invocation, predicate: nodes.Predicate, by_value: bool) -> None:
    names = _compared(predicate)
    if by_value and "metric_name" not in names:
        raise call.error("function(_value) of 'mstats' needs metric_name in its WHERE",
                         "for example WHERE metric_name=cpu.* index=metrics")
    if not by_value and "metric_name" in names:
        raise call.error("WHERE metric_name belongs to function(_value) of 'mstats'",
                         "name the metric in the function: avg(metric.name)")
    for name in ("_value", "_time"):
        if name in names:
            raise call.error(f"WHERE of 'mstats' cannot filter on {name}",
                             "filter the rows behind it with where")


def _compared(node: nodes.Predicate) -> set[str]:
    """The fields that a condition looks at."""
    if isinstance(node, nodes.Compare) and (node.case or node.term):
        raise SPLError("WHERE takes no CASE() and TERM() here", node.span, node.value)
    if isinstance(node, (nodes.Compare, nodes.InValues)):
        return {node.field_name}
    if isinstance(node, nodes.RawTerm):
        raise SPLError("a metric data point has no text: WHERE takes dimension=value", node.span,
                       node.text)
    if isinstance(node, (nodes.And, nodes.Or)):
        return set().union(*(_compared(part) for part in node.parts))
    return _compared(node.part) if isinstance(node, nodes.Not) else set()


def mcatalog(call: Invocation) -> nodes.Command:
    """`mcatalog values(field) AS name WHERE condition BY fields`."""
    if not call.first:
        raise call.error("'mcatalog' must be the first command of its search")
    arguments = call.arguments()
    given: dict[str, object] = {}
    values: list[tuple[str, str]] = []
    partial = refused("the lab has no partial results of statistics")
    while not arguments.done and not arguments.at_word("where", "by", "groupby"):
        if arguments.at_option():
            arguments.option({"prestats": partial, "append": partial}, given)
        elif not arguments.accept(","):
            start = arguments.peek()
            term = parse_aggregation(arguments)
            if term.function != "values" or not isinstance(term.argument, nodes.FieldRef):
                raise arguments.error("'mcatalog' has the function values() only", start)
            if "*" in term.argument.name or term.argument.name in ("_value", "_timeseries"):
                raise arguments.error(
                    f"values({term.argument.name}) is not supported in 'mcatalog'", start,
                    "metric_name, _dims or the name of a dimension")
            values.append((term.argument.name, term.alias))
    if not values:
        raise call.error("'mcatalog' needs values(field)", "for example values(metric_name)")
    predicate, window = _where(arguments, call)
    for name in ("_value", "_time"):
        if name in _compared(predicate):
            raise call.error(f"WHERE of 'mcatalog' cannot filter on {name}")
    by: tuple[str, ...] = ()
    if arguments.accept_word("by", "groupby"):
        by = parse_by(arguments)
    arguments.expect_end()
    for name in by:
        if name.startswith("_"):
            raise call.error(f"'mcatalog' cannot group by {name}")
    return nodes.Mcatalog(tuple(values), predicate, window, by, span=call.span)


_MCOLLECT: dict[str, Kind] = {
    "index": text, "host": text,
    "prefix_field": refused("no description says how it joins the prefix and the name"),
    "source": text, "sourcetype": text,
    "spool": boolean, "file": refused("spool=true writes into the index at once"),
    "marker": text,
}


def mcollect(call: Invocation) -> nodes.Command:
    """`mcollect index=I split=S options dimensions`."""
    arguments = call.arguments()
    given: dict[str, object] = {}
    collecting = call.name == "mcollect"
    options = {**_MCOLLECT, "split": choice("true", "false", "allnums", "t", "f", "1", "0")
               if collecting else boolean}
    if not collecting:
        options.pop("marker")
    dimensions = field_list(arguments, options, given)
    if "index" not in given:
        raise call.error(f"'{call.name}' needs index=", "the name of a metric index")
    if given.pop("spool", True) is False:
        raise call.error(f"spool=false of '{call.name}' writes a file and indexes nothing")
    split = {"t": "true", "1": "true", "f": "false", "0": "false"}.get(
        str(given.get("split", "false")).lower(), str(given.get("split", "false")).lower())
    if split == "true" and not dimensions:
        raise call.error(f"split=true of '{call.name}' needs the dimension fields listed")
    marker = _marker(call, str(given.get("marker", "")))
    return nodes.Mcollect(
        str(given["index"]), dimensions, split, given.get("host"), given.get("source"),
        given.get("sourcetype"), marker, not collecting, span=call.span)


def _marker(call: Invocation, words: str) -> tuple[tuple[str, str], ...]:
    """`dataset=cpu,region=us`."""
    pairs = []
    for part in filter(None, words.split(",")):
        name, equals, value = part.strip().partition("=")
        if not equals or not name or not value:
            raise call.error(f"marker {words!r} of '{call.name}' is not name=value,name=value")
        pairs.append((name, value))
    return tuple(pairs)


def iplocation(call: Invocation) -> nodes.Command:
    """`iplocation prefix=P allfields=B lang=L field`."""
    arguments = call.arguments()
    given: dict[str, object] = {}
    names = field_list(arguments, {"prefix": text, "allfields": boolean, "lang": text}, given)
    if len(names) != 1:
        raise call.error(f"'iplocation' takes one field, {len(names)} given")
    return nodes.Iplocation(names[0], span=call.span, **given)


PARSERS: dict[str, Parser] = {
    "mstats": mstats, "mcatalog": mcatalog, "mcollect": mcollect, "meventcollect": mcollect,
    "iplocation": iplocation,
}
