"""streamstats: running results over the rows so far, or over the last ones."""

from __future__ import annotations

from dataclasses import replace

from lab.engine.commands.statistics import expanded
from lab.engine.expressions import Compiler, number, settled, text
from lab.engine.frame import SQL_TYPES, Column, Frame
from lab.engine.session import Session
from lab.spl import nodes
from lab.spl.errors import SPLError

_PLAIN = {"count", "sum", "avg", "min", "max", "dc", "values", "list", "stdev", "stdevp", "var",
          "varp", "range", "first", "last"}

_MAXIMUM_WINDOW = 10_000


def streamstats(session: Session, frame: Frame, node: nodes.Stats) -> Frame:
    if node.time_window is not None or node.reset_before or node.reset_after:
        raise SPLError("streamstats with time_window, reset_before or reset_after is not"
                       " supported by the lab", node.span, "streamstats")
    if node.window_size and node.window_size > _MAXIMUM_WINDOW:
        raise SPLError(f"streamstats: a window holds at most {_MAXIMUM_WINDOW} results"
                       " (limits.conf, max_stream_window)", node.span, "window")
    if not node.global_window and not node.window_size:
        raise SPLError("global=false needs a window", node.span, "global")
    frame, aggregations = expanded(session, frame, node.aggregations, node.by)
    missing = [name for name in node.by if name not in frame.columns]
    if missing:
        return session.derive(frame, [(a.alias, "NULL", "str") for a in aggregations])
    keys = [frame.columns[name].sql for name in node.by]
    if node.reset_on_change and keys:
        frame, run = _runs(session, frame, keys)
        keys = [*keys, run]
    frame = session.materialise(frame)
    if node.by and node.window_size and node.global_window:
        raise SPLError("streamstats with a window and by needs global=false here: with"
                       " global=true the window counts the rows of all groups", node.span,
                       "global", "write global=f")
    partition = f"PARTITION BY {', '.join(keys)} " if keys else ""
    last = "CURRENT ROW" if node.current else "1 PRECEDING"
    size = node.window_size
    first = "UNBOUNDED PRECEDING" if not size else \
        f"{size - 1 if node.current else size} PRECEDING"
    over = (f"({partition}ORDER BY {frame.order_sql or '1'} ROWS BETWEEN {first} AND {last})")
    present = " AND ".join(f"{key} IS NOT NULL" for key in keys)
    parts, columns = [], dict(frame.columns)
    for aggregation in aggregations:
        sql, kind = _window(session, frame, aggregation, over)
        if present:
            sql = f"CASE WHEN {present} THEN {sql} END"
        column = columns[aggregation.alias] = Column(session.new(), kind)
        parts.append(f"CAST({sql} AS {SQL_TYPES[kind]}) AS {column.sql}")
    relation = session.define(f"SELECT *, {', '.join(parts)} FROM {frame.relation}")
    return replace(frame, relation=relation, columns=columns)


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
    hidden = replace(frame, relation=relation,
                     columns={**frame.columns, "\x00run": Column(run, "num")})
    kept = session.materialise(hidden)
    return kept.drop(["\x00run"]), run


def _window(session: Session, frame: Frame, node: nodes.Aggregation, over: str
            ) -> tuple[str, str]:
    if node.function not in _PLAIN:
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
    sql = f"{functions.get(name, name)}({value}) OVER {over}"
    if name in functions:
        sql = f"CASE WHEN count({value}) OVER {over} = 1 THEN 0 ELSE {sql} END"
    return sql, "num"



