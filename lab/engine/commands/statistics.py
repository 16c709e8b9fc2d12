"""stats, eventstats, top and rare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lab.engine.aggregates import NUMERICAL, build
from lab.engine.columns import literal
from lab.engine.commands import command
from lab.engine.events import expand
from lab.engine.expressions import CONVERT, Compiler, Typed, common_kind, settled, text
from lab.engine.frame import SQL_TYPES, Column, Frame, Kind
from lab.engine.names import matching
from lab.engine.session import Session
from lab.spl import nodes
from lab.spl.errors import NOWHERE, SPLError

BUCKET_OF_TIME = "\x00time"
"""tstats' own field for the bucket of `_time` that it groups by."""


@command(nodes.Stats)
def _stats(session: Session, frame: Frame, node: nodes.Stats) -> Frame:
    if node.mode == "streamstats":
        from lab.engine.commands.windows import streamstats

        return streamstats(session, frame, node)
    frame, aggregations = expanded(session, frame, node.aggregations, node.by)
    aggregations = numeric_only(session, frame, node, aggregations)
    if node.mode == "eventstats":
        return _eventstats(session, frame, node, aggregations)
    if node.dedup_splitvals:
        frame = split_by(session, frame, node.by, distinct=True)
    result = group(session, frame, aggregations, node.by)
    if node.delimiter is not None:
        for one in aggregations:
            if one.function in ("list", "values"):
                session.delimiters[result.columns[one.alias].id] = node.delimiter
    if not node.by:
        kept = " OR ".join(f"{column.sql} IS NOT NULL" for column in result.columns.values())
        result = session.where(result, kept or "FALSE")
    return result


def expanded(session: Session, frame: Frame, aggregations: Sequence[nodes.Aggregation],
             by: Sequence[str]) -> tuple[Frame, list[nodes.Aggregation]]:
    """`sum(*)` and `values(x*) AS *` for each field that they stand for."""
    found = []
    for aggregation in aggregations:
        argument = aggregation.argument
        if not isinstance(argument, nodes.FieldRef) or "*" not in argument.name:
            found.append(aggregation)
            continue
        frame = expand(session, frame)
        for name in matching(argument.name, frame):
            if name not in by:
                found.append(replace(aggregation, argument=nodes.FieldRef(name),
                                     alias=_alias(aggregation.alias, argument.name, name)))
    return frame, found


def _alias(alias: str, pattern_text: str, name: str) -> str:
    from lab.engine.names import pattern

    if pattern_text in alias and alias != pattern_text:
        return alias.replace(pattern_text, name)
    filled = iter(pattern(pattern_text).match(name).groups())
    return "".join(next(filled) if char == "*" else char for char in alias)


def numeric_only(session: Session, frame: Frame, node: nodes.Stats,
                 aggregations: list[nodes.Aggregation]) -> list[nodes.Aggregation]:
    """With allnum a numerical statistic has no value where some value of its field is no number.
    Whether that goes by the group is not documented, so with BY it is refused."""
    if not node.allnum:
        return aggregations
    compiler = Compiler(session, frame)
    kept = []
    for one in aggregations:
        if one.function in NUMERICAL:
            value = settled(compiler.compile(one.argument))
            words = value.sql if value.kind == "mv" else f"[{text(value, one.span)}]"
            test = f"len(list_filter({words}, lambda x: x IS NOT NULL AND spl_num(x) IS NULL)) > 0"
            select = f"SELECT coalesce(bool_or({test}), FALSE) FROM {frame.relation}"
            if value.kind not in ("num", "null") and \
                    session.fetch(session.sql(frame.relation, select))[0][0]:
                if node.by or node.mode == "streamstats":
                    raise SPLError(f"allnum=true: {one.alias} is over values some of which are no"
                                   " numbers, and no page says whether that concerns every row",
                                   one.span, "allnum", "leave those rows out with where isnum()")
                one = replace(one, argument=nodes.Call("null", ()))
        kept.append(one)
    return kept


def split_by(session: Session, frame: Frame, by: Sequence[str], distinct: bool = False) -> Frame:
    """A row for each value (each distinct one) of a multivalue among the fields to group by."""
    for name in by:
        column = frame.columns.get(name)
        if column is None or column.kind != "mv":
            continue
        new = Column(session.new(), "str")
        values = f"list_distinct({column.sql})" if distinct else column.sql
        relation = session.define(
            f"SELECT *, unnest({values}) AS {new.sql} FROM {frame.relation}")
        frame = replace(frame, relation=relation).put(name, new)
    return frame


def group(session: Session, frame: Frame, aggregations: Sequence[nodes.Aggregation],
          by: Sequence[str]) -> Frame:
    """One row for each combination of `by`, in its order; rows that lack one are left out."""
    frame = split_by(session, frame, by)
    compiler = Compiler(session, frame)
    keys = [frame.columns.get(name) for name in by]
    parts, columns = [], {}
    for name, key in zip(by, keys):
        column = columns[name] = Column(session.new(), key.kind if key else "str")
        parts.append(f"{key.sql if key else 'CAST(NULL AS VARCHAR)'} AS {column.sql}")
    for aggregation in aggregations:
        sql, kind = build(session, compiler, aggregation, frame.order_sql)
        column = columns[aggregation.alias] = Column(session.new(), kind)
        parts.append(f"CAST({sql} AS {SQL_TYPES[kind]}) AS {column.sql}")
    select = f"SELECT {', '.join(parts) or '1 AS nothing'} FROM {frame.relation}"
    if by:
        if any(key is None for key in keys):
            select += " WHERE FALSE"
        else:
            select += " WHERE " + " AND ".join(f"{key.sql} IS NOT NULL" for key in keys)
        select += " GROUP BY " + ", ".join(str(at + 1) for at in range(len(by)))
    relation = session.define(select)
    result = Frame(relation, columns)
    if not by:
        return session.renumber(result, "")
    terms = [text(Typed(columns[name].sql, columns[name].kind))
             if name not in ("_time", BUCKET_OF_TIME) else columns[name].sql
             for name in dict.fromkeys(by)]
    return session.renumber(result, ", ".join(terms))


def _eventstats(session: Session, frame: Frame, node: nodes.Stats,
                aggregations: list[nodes.Aggregation]) -> Frame:
    """Every row gets the results of its group; a row that lacks a by-field stays as it is (the
    results are added "only if the aggregation is pertinent to that event", Search Reference)."""
    frame = session.materialise(frame)
    for name in node.by:
        column = frame.columns.get(name)
        if column is not None and column.kind == "mv":
            raise SPLError(f"eventstats by the multivalue field {name!r} is refused: no page says"
                           " which of its groups' results a row gets", node.span, name,
                           "split it with mvexpand first")
    result = group(session, frame, aggregations, node.by)
    new = {aggregation.alias: result.columns[aggregation.alias] for aggregation in aggregations}
    picked = ", ".join(f"g.{column.sql}" for column in new.values())
    if node.by:
        if any(name not in frame.columns for name in node.by):
            absent = [(name, "NULL", column.kind) for name, column in new.items()
                      if name not in frame.columns]
            return session.derive(frame, absent)
        condition = " AND ".join(
            f"f.{frame.columns[name].sql} = g.{result.columns[name].sql}" for name in node.by)
        join = f"LEFT JOIN {result.relation} g ON {condition}"
    else:
        join = f"CROSS JOIN {result.relation} g"
    relation = session.define(f"SELECT f.*, {picked} FROM {frame.relation} f {join}")
    joined = replace(frame, relation=relation, columns={**frame.columns, **new})
    if not node.by:
        return joined
    present = " AND ".join(f"{frame.columns[name].sql} IS NOT NULL" for name in node.by)
    return session.derive(joined, [
        _kept_without(name, new[name], frame.columns[name], present)
        for name in new if name in frame.columns])


def _kept_without(name: str, new: Column, old: Column, present: str) -> tuple[str, str, Kind]:
    """The new value where the row has its by-fields, else the old one."""
    parts = [Typed(new.sql, new.kind), Typed(old.sql, old.kind)]
    kind = common_kind(parts)
    fresh, kept = (CONVERT[kind](part, NOWHERE) for part in parts)
    return name, f"CASE WHEN {present} THEN {fresh} ELSE {kept} END", kind


def _with_others(session: Session, frame: Frame, node: nodes.Top, number: str, total: str
                 ) -> Frame:
    """What lies behind the limit as one row for each group."""
    name, count = node.names[0], frame.columns["\x00count"]
    value = frame.columns[name]
    behind = f"{number} > {node.limit}"
    made, summed = Column(session.new(), "str"), Column(session.new(), "num")
    keys = [frame.columns[one].sql for one in node.by]
    shown = text(Typed(value.sql, value.kind))
    picked = "".join(f"any_value({key}) AS {key}, " for key in keys)
    place = f"least({number}, {node.limit + 1})"
    relation = session.define(
        f"SELECT {picked}any_value(CASE WHEN {behind} THEN {literal(node.otherstr)} ELSE {shown}"
        f" END) AS {made.sql}, sum({count.sql}) AS {summed.sql}, any_value({total}) AS {total},"
        f" {place} AS {number} FROM {frame.relation}"
        f" GROUP BY {', '.join([*keys, place])}")
    columns = {**{one: frame.columns[one] for one in node.by}, name: made, "\x00count": summed}
    return replace(frame, relation=relation, columns=columns, order=(number,))


@command(nodes.Top)
def _top(session: Session, frame: Frame, node: nodes.Top) -> Frame:
    """The most (or least) frequent combinations in each group, with count and percent."""
    if node.useother and len(node.names) > 1:
        raise SPLError("useother over several fields is not supported by the lab: no page says"
                       " what the others' row holds", node.span, "useother")
    by = tuple(dict.fromkeys([*node.by, *node.names]))
    counted = group(session, frame, [nodes.Aggregation("count", None, "\x00count")], by)
    count = counted.columns["\x00count"].sql
    partition = ", ".join(counted.columns[name].sql for name in node.by)
    over = f"PARTITION BY {partition}" if partition else ""
    order = f"{count} {'ASC' if node.rare else 'DESC'}, {counted.order_sql}"
    total, number = session.new("n"), session.new("n")
    relation = session.define(
        f"SELECT *, sum({count}) OVER ({over}) AS {total}, row_number() OVER ({over} ORDER BY"
        f" {order}) AS {number} FROM {counted.relation}")
    result = replace(counted, relation=relation)
    if node.limit and node.useother:
        result = _with_others(session, result, node, number, total)
        count = result.columns["\x00count"].sql
    elif node.limit:
        result = session.where(result, f"{number} <= {node.limit}")
    percent = f"round({count} * 100 / {total}, 6)"
    wanted = [(node.countfield, count, "num")] if node.showcount else []
    wanted += [(node.percentfield, percent, "num")] if node.showperc else []
    result = session.derive(result, wanted)
    names = [*by, *(name for name, _, _ in wanted)]
    result = result.keep(names)
    return session.renumber(result, (f"{partition}, " if partition else "") + number)


