"""streamstats: running results over the rows so far, or over the last ones."""

from __future__ import annotations

from dataclasses import replace

from lab.engine.aggregates import FUNCTIONS, Build
from lab.engine.commands.statistics import expanded, numeric_only
from lab.engine.expressions import Compiler, Typed, number, settled, text
from lab.engine.frame import SQL_TYPES, Column, Frame
from lab.engine.functions.multivalue import field_names
from lab.engine.session import Session
from lab.engine.spans import time_span
from lab.spl import nodes
from lab.spl.errors import SPLError

_PLAIN = {"count", "sum", "avg", "min", "max", "dc", "values", "list", "stdev", "stdevp", "var",
          "varp", "range", "first", "last", "sumsq"}
_OF_LISTS = {"median", "perc", "exactperc", "upperperc", "mode"}
_OF_TIME = {"earliest", "latest", "earliest_time", "latest_time"}

_MAXIMUM_WINDOW = 10_000
_HIDDEN = "\x00"
_INSTANT = 1e-6
"""Seconds; times of events are no finer."""


def streamstats(session: Session, frame: Frame, node: nodes.Stats) -> Frame:
    if node.window_size and node.window_size > _MAXIMUM_WINDOW:
        raise SPLError(f"streamstats: a window holds at most {_MAXIMUM_WINDOW} results"
                       " (limits.conf, max_stream_window)", node.span, "window")
    if not node.global_window and not node.window_size:
        raise SPLError("global=false needs a window", node.span, "global")
    frame, aggregations = expanded(session, frame, node.aggregations, node.by)
    aggregations = numeric_only(session, frame, node, aggregations)
    missing = [name for name in node.by if name not in frame.columns]
    if missing:
        return session.derive(frame, [(a.alias, "NULL", "str") for a in aggregations])
    keys = [frame.columns[name].sql for name in node.by]
    present = " AND ".join(f"{key} IS NOT NULL" for key in keys)
    if node.reset_on_change and keys:
        frame, run = _runs(session, frame, keys)
        keys = [*keys, run]
    for condition, before in ((node.reset_before, True), (node.reset_after, False)):
        if condition is not None:
            _own_fields(condition, aggregations)
            frame, run = _resets(session, frame, condition, before)
            keys = [*keys, run]
    if node.time_window is not None or node.window_size:
        # Windows reach back by the rows' own numbers.
        frame = session.materialise(session.renumber(frame, frame.order_sql))
    partition = f"PARTITION BY {', '.join(keys)} " if keys else ""
    if node.time_window is not None:
        frame, over = _time_window(session, frame, node, partition)
    else:
        over = _row_window(frame, node, partition)
    parts, columns = [], dict(frame.columns)
    for aggregation in aggregations:
        sql, kind = _window(session, frame, aggregation, over)
        if present:
            sql = f"CASE WHEN {present} THEN {sql} END"
        column = columns[aggregation.alias] = Column(session.new(), kind)
        parts.append(f"CAST({sql} AS {SQL_TYPES[kind]}) AS {column.sql}")
    relation = session.define(f"SELECT *, {', '.join(parts)} FROM {frame.relation}")
    columns = {name: column for name, column in columns.items() if not name.startswith(_HIDDEN)}
    return replace(frame, relation=relation, columns=columns)


def _row_window(frame: Frame, node: nodes.Stats, partition: str) -> str:
    """The last rows: of the group with global=false, of all groups with global=true, where the
    rows' own numbers tell how far back one is."""
    last = "CURRENT ROW" if node.current else "1 PRECEDING"
    size = node.window_size
    first = "UNBOUNDED PRECEDING" if not size else \
        f"{size - 1 if node.current else size} PRECEDING"
    kind = "RANGE" if node.by and size and node.global_window else "ROWS"
    return f"({partition}ORDER BY {frame.order_sql} {kind} BETWEEN {first} AND {last})"


def _time_window(session: Session, frame: Frame, node: nodes.Stats, partition: str
                 ) -> tuple[Frame, str]:
    """The earlier rows whose `_time` is within the span of the row's own. The rows have to be in
    the order of time, either way; a row exactly one span away is refused, as no page says on
    which side of the window it lies."""
    given = time_span(node.time_window, node.span)
    if given.months:
        raise SPLError("streamstats time_window takes no months", node.span, "time_window",
                       "write days")
    span = float(given.seconds)
    column = frame.columns.get("_time")
    if column is None:
        raise SPLError("streamstats time_window needs _time", node.span, "time_window")
    time = number(Typed(column.sql, column.kind), node.span)
    select = (f"SELECT bool_or(step > 0), bool_or(step < 0), bool_or(gone) FROM (SELECT"
              f" {time} - lag({time}) OVER (ORDER BY {frame.order_sql}) AS step,"
              f" {time} IS NULL AS gone FROM {frame.relation})")
    rises, falls, gone = session.fetch(session.sql(frame.relation, select))[0]
    if (rises and falls) or gone:
        raise SPLError("streamstats time_window needs rows in the order of _time", node.span,
                       "time_window", "sort by _time first")
    clock = f"-({time})" if falls else time
    place, first, inner, back = (session.new("n") for _ in range(4))
    relation = session.define(
        f"SELECT *, row_number() OVER ({partition}ORDER BY {frame.order_sql}) AS {place}"
        f" FROM {frame.relation}")
    starts = [f"min({place}) OVER ({partition}ORDER BY {clock} RANGE BETWEEN {reach!r} PRECEDING"
              " AND CURRENT ROW)" for reach in (span, span - _INSTANT)]
    relation = session.define(
        f"SELECT *, {starts[0]} AS {first}, {starts[1]} AS {inner} FROM {relation}")
    relation = session.define(
        f"SELECT *, CASE WHEN {first} <> {inner} THEN error('SPL:streamstats time_window: a row"
        " lies exactly one span from another, and no page says whether the window holds it')"
        f" ELSE {place} - {first} END AS {back} FROM {relation}")
    frame, back = _hidden(session, frame, relation, back)
    size = node.window_size
    rows = f"least({back}, {size - 1 if node.current else size})" if size else back
    last = "CURRENT ROW" if node.current else "1 PRECEDING"
    return frame, (f"({partition}ORDER BY {frame.order_sql} ROWS BETWEEN CAST({rows} AS BIGINT)"
                   f" PRECEDING AND {last})")


def _own_fields(condition: nodes.Expression, aggregations: list[nodes.Aggregation]) -> None:
    made = {aggregation.alias for aggregation in aggregations} & set(field_names(condition))
    if made:
        raise SPLError(f"a reset that depends on streamstats' own result {min(made)!r} is not"
                       " supported by the lab", condition.span, min(made))


def _resets(session: Session, frame: Frame, condition: nodes.Expression, before: bool
            ) -> tuple[Frame, str]:
    """A number for each stretch of rows between resets, which concern every group."""
    test = f"CASE WHEN {Compiler(session, frame).condition(condition)} THEN 1 ELSE 0 END"
    reset, run = session.new("n"), session.new("n")
    relation = session.define(f"SELECT *, {test} AS {reset} FROM {frame.relation}")
    last = "CURRENT ROW" if before else "1 PRECEDING"
    relation = session.define(
        f"SELECT *, coalesce(sum({reset}) OVER (ORDER BY {frame.order_sql} ROWS BETWEEN"
        f" UNBOUNDED PRECEDING AND {last}), 0) AS {run} FROM {relation}")
    return _hidden(session, frame, relation, run)


def _hidden(session: Session, frame: Frame, relation: str, run: str) -> tuple[Frame, str]:
    """The relation as a table that keeps the column `run`, under a name that no field has."""
    column = Column(run, "num")
    kept = session.materialise(replace(
        frame, relation=relation, columns={**frame.columns, _HIDDEN + run: column}))
    return kept, column.sql


def _runs(session: Session, frame: Frame, keys: list[str]) -> tuple[Frame, str]:
    """A number for each stretch of rows with the same by-values; rows without all do not end it."""
    changed, run, group = session.new("n"), session.new("n"), session.new("n")
    present = " AND ".join(f"{key} IS NOT NULL" for key in keys)
    packed = ", ".join(f"k{at} := {key}" for at, key in enumerate(keys))
    relation = session.define(f"SELECT *, CASE WHEN {present} THEN struct_pack({packed}) END AS"
                              f" {group} FROM {frame.relation}")
    before = f"lag({group} IGNORE NULLS) OVER (ORDER BY {frame.order_sql})"
    relation = session.define(f"SELECT *, CASE WHEN {group} IS NULL OR {group} = {before} THEN 0"
                              f" ELSE 1 END AS {changed} FROM {relation}")
    relation = session.define(f"SELECT *, sum({changed}) OVER (ORDER BY {frame.order_sql}) AS"
                              f" {run} FROM {relation}")
    return _hidden(session, frame, relation, run)


def _window(session: Session, frame: Frame, node: nodes.Aggregation, over: str
            ) -> tuple[str, str]:
    if node.function not in _PLAIN | _OF_LISTS | _OF_TIME:
        raise SPLError(f"streamstats {node.function}() is not supported by the lab", node.span,
                       node.function)
    compiler = Compiler(session, frame)
    if node.argument is None:
        return f"CAST(count(*) OVER {over} AS DOUBLE)", "num"
    argument = settled(compiler.compile(node.argument))
    if argument.kind == "mv":
        raise SPLError("streamstats over a multivalue field is not supported by the lab",
                       node.span, node.function, "split it with mvexpand first")
    name = node.function
    if name in _OF_TIME:
        return _timed(frame, node, argument, over)
    if name in _OF_LISTS and argument.kind != "null":
        return FUNCTIONS[name](Build(session, node, argument, None, "", over=f" OVER {over}"))
    if argument.kind == "null":
        return ("CAST(0 AS DOUBLE)", "num") if name in ("count", "dc") else ("NULL", "str")
    if name == "count":
        if argument.kind == "bool":
            return (f"CAST(count(CASE WHEN {argument.sql} THEN 1 END) OVER {over} AS DOUBLE)",
                    "num")
        return f"CAST(count({argument.sql}) OVER {over} AS DOUBLE)", "num"
    if name == "dc":
        return f"CAST(count(DISTINCT {argument.sql}) OVER {over} AS DOUBLE)", "num"
    if name in ("first", "last"):
        which = "first_value" if name == "first" else "last_value"
        return f"{which}({argument.sql} IGNORE NULLS) OVER {over}", argument.kind
    if name in ("values", "list"):
        word = "DISTINCT " if name == "values" else ""
        listed = (f"list_filter(list({word}{text(argument)}) OVER {over},"
                  " lambda x: x IS NOT NULL)")
        if name == "values":
            return f"spl_list(list_sort({listed}))", "mv"
        return (f"CASE WHEN len({listed}) > 100 THEN error('SPL:list() holds more than 100 values"
                f" here, where Splunk stops') ELSE spl_list({listed}) END"), "mv"
    if name in ("min", "max") and argument.kind == "str":
        sql = argument.sql
        numeric = f"spl_text({name}(spl_num({sql})) OVER {over})"
        if name == "min":
            return (f"CASE WHEN count(spl_num({sql})) OVER {over} > 0 THEN {numeric}"
                    f" ELSE min({sql}) OVER {over} END"), "str"
        other = f"CASE WHEN spl_num({sql}) IS NULL THEN {sql} END"
        return f"coalesce(max({other}) OVER {over}, {numeric})", "str"
    value = number(argument, node.span)
    if name == "range":
        return f"(max({value}) OVER {over} - min({value}) OVER {over})", "num"
    functions = {"stdev": "stddev_samp", "stdevp": "stddev_pop", "var": "var_samp",
                 "varp": "var_pop"}
    if name == "sumsq":
        return f"sum({value} * {value}) OVER {over}", "num"
    sql = f"{functions.get(name, name)}({value}) OVER {over}"
    if name in functions:
        sql = f"CASE WHEN count({value}) OVER {over} = 1 THEN 0 ELSE {sql} END"
    return sql, "num"


def _timed(frame: Frame, node: nodes.Aggregation, argument: Typed, over: str) -> tuple[str, str]:
    """The value (or the time) of the row with the least or greatest `_time` in the window; of
    equal times the first row is the latest, the last one the earliest."""
    message = f"{node.function}() needs _time, which the rows here do not have"
    column = frame.columns.get("_time")
    if column is None:
        raise SPLError(message, node.span, node.function)
    if argument.kind == "null":
        return "NULL", "str"
    time = number(Typed(column.sql, column.kind), node.span)
    time = f"CASE WHEN {time} IS NULL THEN error('SPL:{message}') ELSE {time} END"
    sign, place = ("-", frame.order_sql) if node.function.startswith("latest") \
        else ("", f"-{frame.order_sql}")
    packed = f"struct_pack(t := {sign}({time}), n := {place}, v := {argument.sql})"
    chosen = (f"list_sort(list({packed}) FILTER (WHERE {argument.sql} IS NOT NULL) OVER"
              f" {over})[1]")
    if node.function.endswith("_time"):
        return f"{sign}({chosen}.t)", "num"
    return f"{chosen}.v", argument.kind
