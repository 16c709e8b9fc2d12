"""Commands about multivalues: makemv, mvexpand, nomv and mvcombine."""

from __future__ import annotations

from dataclasses import replace

from lab.engine import patterns
from lab.engine.columns import literal
from lab.engine.commands import command
from lab.engine.events import expand
from lab.engine.expressions import Typed, many, text
from lab.engine.frame import Column, Frame
from lab.engine.session import Session
from lab.spl import nodes
from lab.spl.errors import SPLError


@command(nodes.Makemv)
def _makemv(session: Session, frame: Frame, node: nodes.Makemv) -> Frame:
    column = frame.columns.get(node.name)
    if column is None:
        return frame
    if node.setsv:
        raise SPLError("makemv setsv=true is refused: a field would be one value and several at once",
                       node.span, "setsv", "use nomv or mvjoin() for a single value")
    if node.tokenizer is not None:
        expression = patterns.checked(node.tokenizer, node.span)
        if not expression.groups:
            raise SPLError("makemv's tokenizer needs a group", node.span, "tokenizer")

        def split(value: str | None) -> list[str] | None:
            return None if value is None else \
                [match[1] for match in expression.finditer(value)] or None
    else:
        def split(value: str | None) -> list[str] | None:
            if value is None:
                return None
            parts = value.split(node.delimiter)
            return (parts if node.allowempty else [part for part in parts if part]) or None

    name = session.own_function("py_makemv", split, ["VARCHAR"], "VARCHAR[]")
    if column.kind == "mv":
        sql = f"spl_list(flatten(list_transform({column.sql}, lambda x: {name}(x))))"
    else:
        sql = f"{name}({text(Typed(column.sql, column.kind))})"
    return session.derive(frame, [(node.name, sql, "mv")])


@command(nodes.Mvexpand)
def _mvexpand(session: Session, frame: Frame, node: nodes.Mvexpand) -> Frame:
    """A row for each value, in their order; a row without the field stays as it is."""
    column = frame.columns.get(node.name)
    if column is None or column.kind != "mv":
        return frame
    values = many(Typed(column.sql, column.kind))
    if node.limit:
        values = f"list_slice({values}, 1, {node.limit})"
    new, place = Column(session.new(), "str"), session.new("o")
    listed = f"coalesce({values}, [NULL])"
    relation = session.define(
        f"SELECT *, unnest({listed}) AS {new.sql}, unnest(range(0, len({listed}))) AS {place}"
        f" FROM {frame.relation}")
    return replace(frame, relation=relation, order=(*frame.order, place)).put(node.name, new)




@command(nodes.Nomv)
def _nomv(session: Session, frame: Frame, node: nodes.Nomv) -> Frame:
    """The values as one, a new line between them; behind mvcombine its delim (Search Reference)."""
    column = frame.columns.get(node.name)
    if column is None or column.kind != "mv":
        return frame
    joined = "array_to_string({}, {})".format(column.sql, literal(session.delimiters.get(column.id, "\n")))
    return session.derive(frame, [(node.name, joined, "str")])


@command(nodes.Mvcombine)
def _mvcombine(session: Session, frame: Frame, node: nodes.Mvcombine) -> Frame:
    """Rows that are the same in every other field become one; one without the field stays."""
    frame = expand(session, frame)
    column = frame.columns.get(node.name)
    if column is None:
        return frame
    frame = session.materialise(session.renumber(frame, frame.order_sql))
    (number,) = frame.order
    value = text(Typed(column.sql, column.kind), node.span)
    columns = {name: Column(session.new(), old.kind) for name, old in frame.columns.items()
               if name != node.name}
    keys = [f"{frame.columns[name].sql} AS {new.sql}" for name, new in columns.items()]
    keys.append(f"CASE WHEN {column.sql} IS NULL THEN {number} END AS alone")
    columns[node.name] = Column(session.new(), "mv")
    session.delimiters[columns[node.name].id] = node.delimiter
    place = session.new("o")
    relation = session.define(
        f"SELECT {', '.join(keys)}, list({value} ORDER BY {number}) FILTER ({column.sql} IS NOT"
        f" NULL) AS {columns[node.name].sql}, min({number}) AS {place} FROM {frame.relation}"
        f" GROUP BY {', '.join(str(at + 1) for at in range(len(keys)))}")
    ordered = {name: columns[name] for name in frame.columns}
    return Frame(relation, ordered, (place,), frame.is_events)
