"""chart and timechart: statistics by a row field, spread over a column for each series."""

from __future__ import annotations

from dataclasses import replace

from lab.engine.columns import literal
from lab.engine.commands import command
from lab.engine.commands.statistics import expanded, group, split_by
from lab.engine.expressions import Typed, number, text
from lab.engine.frame import Column, Frame
from lab.engine.session import Session
from lab.engine.spans import (
    TimeSpan,
    bin_column,
    chosen_time_span,
    next_bucket,
    time_bucket,
)
from lab.spl import nodes
from lab.spl.errors import SPLError

_MAXIMUM_BUCKETS = 50_000
_COUNTS = ("count", "dc")
_SERIES = "\x00series"


@command(nodes.Chart)
def _chart(session: Session, frame: Frame, node: nodes.Chart) -> Frame:
    for aggregation in node.aggregations:
        argument = aggregation.argument
        if isinstance(argument, nodes.FieldRef) and argument.name in (node.over, node.by):
            raise SPLError(f"{argument.name!r} is split by and cannot be the field of a function"
                           " too", aggregation.span, argument.name,
                           "copy it with eval and split by the copy")
    time = node.mode == "timechart"
    row = "_time" if time else node.over
    column_field = node.by
    if row is None:
        row, column_field = node.by, None
    frame, aggregations = expanded(session, frame, node.aggregations,
                                   tuple(n for n in (row, column_field) if n))
    if row is None:
        return group(session, frame, aggregations, ())
    span = None
    if time:
        if "_time" not in frame.columns:
            return session.where(group(session, frame, aggregations, ()), "FALSE")
        frame, span = _time_rows(session, frame, node)
    elif node.bucket != nodes.Bucket():
        frame, sql, kind = bin_column(session, frame, row, node.bucket, node.span)
        if sql is not None:
            frame = session.derive(frame, [(row, sql, kind)])
    if column_field is None:
        if node.dedup_splitvals:
            frame = split_by(session, frame, (row,), distinct=True)
        result = group(session, frame, aggregations, (row,))
        names = [aggregation.alias for aggregation in aggregations]
        counts = {one.alias for one in aggregations if one.function in _COUNTS}
    else:
        result, names, counts = _series(session, frame, node, aggregations, row, column_field)
    if span is not None and node.cont:
        result = _continuous(session, result, node, span, names, counts)
    if span is not None and not node.partial:
        result = _whole(session, result, node, span)
    return result.keep([row, *names])


def _time_rows(session: Session, frame: Frame, node: nodes.Chart) -> tuple[Frame, TimeSpan]:
    column = frame.columns["_time"]
    sql = number(Typed(column.sql, column.kind))
    frame, span = chosen_time_span(session, frame, sql, node.bucket, node.span)
    return session.derive(frame, [("_time", time_bucket(sql, span), "num")]), span


def _series(session: Session, frame: Frame, node: nodes.Chart,
            aggregations: list[nodes.Aggregation], row: str, by: str
            ) -> tuple[Frame, list[str], set[str]]:
    """A column for each value of `by`: the highest by their sum, the rest as OTHER. Beside the
    columns' names, which of them are counts."""
    frame = split_by(session, frame, (row, by), node.dedup_splitvals)
    column = frame.columns.get(by)
    null = literal(node.nullstr) if node.usenull else "NULL"
    sql = null if column is None else f"coalesce({text(Typed(column.sql, column.kind))}, {null})"
    if node.by_bucket != nodes.Bucket() and column is not None:
        frame, binned, _ = bin_column(session, frame, by, node.by_bucket, node.span)
        sql = f"coalesce({binned}, {null})"
    # The series is a field of its own: aggregations of `by` still see that it is null.
    by = _SERIES
    frame = session.derive(frame, [(by, sql, "str")])
    shown = aggregations
    if len(aggregations) == 1 and aggregations[0].function == "count":
        # Counts add up: the events are read once, the ranking and OTHER are made of the cells.
        frame = group(session, frame, aggregations, (row, by))
        counted = nodes.FieldRef(span=node.span, name=aggregations[0].alias)
        aggregations = [replace(aggregations[0], function="sum", argument=counted)]
    frame = session.materialise(frame)
    scores = _scored(session, frame, node, aggregations, row, by)
    kept = _kept(node, scores)
    rest = set(scores) - set(kept)
    if rest:
        names = ", ".join(literal(value) for value in sorted(rest))
        value = frame.columns[by].sql
        if node.useother:
            frame = session.derive(frame, [(by, (f"CASE WHEN {value} IN ({names}) THEN"
                                            f" {literal(node.otherstr)} ELSE {value} END"),
                                            "str")])
        else:
            frame = session.where(frame, f"{value} NOT IN ({names}) OR {value} IS NULL")
    series = sorted(kept, key=lambda value: (value == node.nullstr, value))
    if rest and node.useother:
        series = [*(s for s in series if s != node.nullstr), node.otherstr,
                  *(s for s in series if s == node.nullstr)]
    long = session.materialise(group(session, frame, aggregations, (row, by)))
    key, value = long.columns[row], long.columns[by]
    columns = {row: Column(session.new(), key.kind)}
    parts, names, counts = [f"{key.sql} AS {columns[row].sql}"], [], set()
    for aggregation in shown:
        cell = long.columns[aggregation.alias]
        for one in series:
            # A leading underscore would hide the series: VALUE is put before it.
            name = f"VALUE{one}" if one.startswith("_") else one
            if len(shown) > 1:
                name = f"{aggregation.alias}{node.sep}{one}" if node.format is None else \
                    node.format.replace("$VAL$", one).replace("$AGG$", aggregation.alias)
            picked = f"first({cell.sql}) FILTER (WHERE {value.sql} = {literal(one)})"
            if name in columns:
                raise SPLError(f"two series are called {name!r}", node.span, "format",
                               "put $AGG$ and $VAL$ into the format")
            if aggregation.function in _COUNTS:
                counts.add(name)
                picked = f"coalesce({picked}, 0)"
            new = columns[name] = Column(session.new(), cell.kind)
            parts.append(f"{picked} AS {new.sql}")
            names.append(name)
    relation = session.define(f"SELECT {', '.join(parts)} FROM {long.relation}"
                              " GROUP BY 1")
    wide = Frame(relation, columns)
    term = columns[row].sql if columns[row].kind == "num" else text(
        Typed(columns[row].sql, columns[row].kind))
    return session.renumber(wide, term), names, counts


def _scored(session: Session, frame: Frame, node: nodes.Chart,
            aggregations: list[nodes.Aggregation], row: str, by: str) -> dict[str, float]:
    """The values of `by`, each with what its cells add up to (or what the where clause asks for);
    with several aggregations with its frequency (Search Reference, timechart, limit)."""
    scored = aggregations[0] if len(aggregations) == 1 else nodes.Aggregation("count", None, "")
    cells = group(session, frame, [replace(scored, alias="\x00cell")], (row, by))
    cell, value = cells.columns["\x00cell"], cells.columns[by]
    score = cell.sql if cell.kind == "num" else "1" if cell.kind == "mv" \
        else f"spl_num({cell.sql})"
    function = "sum" if node.where is None else node.where.function
    sql = f"SELECT {value.sql}, coalesce({function}({score}), 0) FROM {cells.relation} GROUP BY 1"
    return dict(session.fetch(session.sql(cells.relation, sql)))


def _kept(node: nodes.Chart, scores: dict[str, float]) -> list[str]:
    """The series that have a column of their own, best first. Ties go by the value; a where
    clause takes the place of limit."""
    where = node.where
    if where is not None and where.operator in ("<", ">"):
        return [name for name, score in scores.items()
                if (score < where.number if where.operator == "<" else score > where.number)]
    lowest = node.limit_lowest if where is None else where.lowest
    order = sorted(scores, key=lambda name: (scores[name] if lowest else -scores[name], name))
    if where is None:
        return order[:node.limit] if node.limit else order
    number = int(where.number)
    return order[:number] if where.operator == "in" else order[number:]


def _continuous(session: Session, frame: Frame, node: nodes.Chart, span: TimeSpan,
                names: list[str], counts: set[str]) -> Frame:
    """A row for each bucket of the window, also for those without events."""
    frame = session.materialise(frame)
    time = frame.columns["_time"]
    low, high = session.fetch(
        f"SELECT min({time.sql}), max({time.sql}) FROM {frame.relation}")[0]
    if low is None or high is None:
        return frame
    if node.fixedrange:
        if session.search_earliest is not None:
            low = _begin(session, session.search_earliest, span)
        if session.search_latest is not None:
            high = _begin(session, session.search_latest - 1e-6, span)
    moments = []
    moment = low
    while moment <= high:
        moments.append({"_time": moment})
        moment = next_bucket(moment, span)
        if len(moments) > _MAXIMUM_BUCKETS:
            raise SPLError(f"timechart would give more than {_MAXIMUM_BUCKETS} rows", node.span,
                           "span", "take a longer span")
    grid = session.from_rows(["_time"], moments, {"_time": "num"})
    new = {"_time": grid.columns["_time"]}
    parts = []
    for name in names:
        column = frame.columns[name]
        column_new = new[name] = Column(session.new(), column.kind)
        sql = f"coalesce(f.{column.sql}, 0)" if name in counts else f"f.{column.sql}"
        parts.append(f"{sql} AS {column_new.sql}")
    relation = session.define(
        f"SELECT g.*{''.join(', ' + part for part in parts)} FROM {grid.relation} g"
        f" LEFT JOIN {frame.relation} f ON g.{grid.columns['_time'].sql} = f.{time.sql}")
    return Frame(relation, new, grid.order)


def _begin(session: Session, moment: float, span: TimeSpan) -> float:
    return session.fetch(
        f"SELECT {time_bucket(f'CAST({moment!r} AS DOUBLE)', span)}")[0][0]


def _whole(session: Session, frame: Frame, node: nodes.Chart, span: TimeSpan) -> Frame:
    """partial=false: without a first or last bin that the time range of the search cuts through."""
    low, high = session.search_earliest, session.search_latest
    if low is None or high is None:
        raise SPLError("partial=false: the search has no time range that tells which bins are"
                       " partial", node.span, "partial", "give it earliest and latest")
    first, last = (_begin(session, moment, span) for moment in (low, high))
    time = frame.columns["_time"].sql
    if first < low:
        frame = session.where(frame, f"{time} > {first!r}")
    return session.where(frame, f"{time} < {last!r}")
