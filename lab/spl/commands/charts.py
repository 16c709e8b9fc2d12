"""timechart and chart."""

from __future__ import annotations

import re

from lab.spl import nodes
from lab.spl.aggregations import parse_aggregation
from lab.spl.arguments import Arguments, Kind, boolean, refused, text
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


def _refuse_where(arguments: Arguments) -> None:
    if arguments.at_word("where"):
        raise arguments.error(
            f"the where clause of '{arguments.command}' is not supported by the lab yet"
        )


def timechart(call: Invocation) -> nodes.Command:
    arguments = call.arguments()
    given: dict[str, object] = {}
    by_given: dict[str, object] = {}
    aggregations: list[nodes.Aggregation] = []
    by = None
    while not arguments.done:
        _refuse_where(arguments)
        if arguments.at_option():
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
        _refuse_where(arguments)
        if arguments.at_option():
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
