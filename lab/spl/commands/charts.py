"""timechart and chart."""

from __future__ import annotations

import re

from lab.spl import nodes
from lab.spl.aggregations import parse_aggregation
from lab.spl.arguments import Arguments, Kind, boolean, number, refused, text
from lab.spl.commands.aggregate import BUCKET, check_aliases, take_bucket
from lab.spl.commands.base import Invocation, Parser


def _limit(arguments: Arguments, name: str) -> tuple[int, bool]:
    """`10`, `top5`, `bottom5`: how many series, and whether the lowest."""
    token = arguments.peek()
    match = re.fullmatch(r"(top|bottom)?\s*(\d{1,9})", text(arguments, name).lower())
    if match is None:
        raise arguments.error(f"{name} is a number, top<number> or bottom<number>", token)
    return int(match[2]), match[1] == "bottom"


_SERIES: dict[str, Kind] = {
    "useother": boolean, "usenull": boolean, "otherstr": text, "nullstr": text, "limit": _limit,
}
_CHART: dict[str, Kind] = {
    **_SERIES, **BUCKET, "sep": text, "format": text, "cont": boolean,
    "agg": refused("series are ranked by their sum"), "dedup_splitvals": boolean,
}
_TIMECHART: dict[str, Kind] = {
    **_CHART, "partial": boolean, "fixedrange": boolean,
}
_BY: dict[str, Kind] = {**_CHART}


def _finish(
    call: Invocation, aggregations: list[nodes.Aggregation], over: str | None, by: str | None,
    given: dict[str, object], by_given: dict[str, object],
) -> nodes.Command:
    if not aggregations:
        raise call.error(
            f"'{call.name}' has no aggregation", hint=f"for example {call.name} count by user"
        )
    check_aliases(call, aggregations)
    bucket, by_bucket = take_bucket(given), take_bucket(by_given)
    for key, value in by_given.items():
        if key in given:
            raise call.error(f"the option {key} is given twice")
        given[key] = value
    limit, lowest = given.pop("limit", (10, False))
    return nodes.Chart(
        tuple(aggregations), over, by, call.name, bucket, by_bucket, limit=limit,
        limit_lowest=lowest, span=call.span, **given,
    )


_CELLS = ("sum", "max", "min", "avg")


def _series_filter(
    arguments: Arguments, aggregations: list[nodes.Aggregation], by: bool
) -> nodes.SeriesFilter:
    """`where sum in top5`, `where max > 100` behind the field that splits into columns."""
    start = arguments.take()
    if not by or len(aggregations) != 1:
        raise arguments.error(
            f"the where clause of '{arguments.command}' stands behind the field that splits into"
            " columns, and goes with one aggregation", start)
    token = arguments.peek()
    function = text(arguments, "where").lower()
    if arguments.at("("):
        opening = arguments.peek()
        closing = arguments.closing_parenthesis()
        label = arguments.source.text[opening.end:closing.start].strip()
        argument = aggregations[0].argument
        same = isinstance(argument, nodes.FieldRef) and argument.name == label
        if function != aggregations[0].function or not same:
            raise arguments.error(
                f"where {function}({label}) is over another field than the chart: no page says"
                " whether it is of the events or of the cells", token,
                hint="where sum, max, min or avg are of the cells of a series")
    if function in ("count", "c") and aggregations[0].function == "count":
        function = "sum"
    if function not in _CELLS:
        raise arguments.error(
            f"where {function} in '{arguments.command}' is refused: no page says what it is of a"
            " series", token, hint="where sum, max, min or avg are of the cells of a series")
    if arguments.at("<") or arguments.at(">"):
        return nodes.SeriesFilter(function, arguments.take().value, number(arguments, "where"))
    negated = arguments.accept_word("not") is not None
    word = arguments.accept_word("in", "notin")
    if word is None or negated and word.value.lower() == "notin":
        raise arguments.error("where compares with in, notin, < or >", arguments.peek(),
                              hint="for example where sum in top5, or where max > 100")
    kind = arguments.peek()
    match = re.fullmatch(r"(top|bottom)(\d{1,9})", text(arguments, "where").lower())
    if match is None:
        raise arguments.error("in is followed by top<number> or bottom<number>", kind)
    operator = "notin" if negated else word.value.lower()
    return nodes.SeriesFilter(function, operator, float(match[2]), match[1] == "bottom")


def timechart(call: Invocation) -> nodes.Command:
    arguments = call.arguments()
    given: dict[str, object] = {}
    by_given: dict[str, object] = {}
    aggregations: list[nodes.Aggregation] = []
    by = None
    while not arguments.done:
        if arguments.at_word("where"):
            given["where"] = _series_filter(arguments, aggregations, by is not None)
        elif arguments.at_option():
            table = _TIMECHART if by is None or arguments.peek().value.lower() in (
                "partial", "cont", "fixedrange", "sep", "format") else _BY
            arguments.option(table, given if by is None else by_given)
        elif arguments.accept(","):
            continue
        elif by is None and arguments.accept_word("by"):
            by = arguments.field()
        elif by is not None:
            raise arguments.error(
                f"unexpected {arguments.found()}: 'timechart' splits by one field"
            )
        else:
            aggregations.append(parse_aggregation(arguments))
    return _finish(call, aggregations, "_time", by, given, by_given)


def chart(call: Invocation) -> nodes.Command:
    """`chart aggs [OVER row] [BY column]`, `chart aggs BY row [column]`."""
    arguments = call.arguments()
    given: dict[str, object] = {}
    by_given: dict[str, object] = {}
    aggregations: list[nodes.Aggregation] = []
    names: list[str] = []
    over = None
    in_by = False
    while not arguments.done:
        if arguments.at_word("where"):
            given["where"] = _series_filter(
                arguments, aggregations, len(names) + (over is not None) > 1)
        elif arguments.at_option():
            column = in_by and len(names) + (over is not None) > 1
            arguments.option(_CHART, by_given if column else given)
        elif arguments.accept(","):
            continue
        elif not in_by and over is None and arguments.accept_word("over"):
            over = arguments.field()
        elif not in_by and arguments.accept_word("by"):
            in_by = True
        elif in_by:
            if len(names) + (over is not None) > 1:
                raise arguments.error(
                    f"unexpected {arguments.found()}: 'chart' has one row and one column field"
                )
            names.append(arguments.field())
        elif over is not None:
            raise arguments.error(f"unexpected {arguments.found()} after OVER in 'chart'")
        else:
            aggregations.append(parse_aggregation(arguments))
    if in_by and not names:
        raise call.error("BY names no field in 'chart'")
    if over is None and not names:
        raise call.error("'chart' has no row field", hint="write chart count by user")
    row, *columns = [over, *names] if over is not None else names
    return _finish(call, aggregations, row, columns[0] if columns else None, given, by_given)


PARSERS: dict[str, Parser] = {"timechart": timechart, "chart": chart}
