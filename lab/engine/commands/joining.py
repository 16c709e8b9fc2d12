"""Commands with a subsearch: append, appendpipe, appendcols, join, format, return."""

from __future__ import annotations

from dataclasses import replace

from lab.engine.commands import command
from lab.engine.events import expand
from lab.engine.expressions import CONVERT, Typed, common_kind, text
from lab.engine.frame import Frame
from lab.engine.session import Session
from lab.engine.stacking import stack
from lab.engine.subsearch import ROWS_LIMIT, format_rows, rows_of, run_subsearch
from lab.spl import nodes
from lab.spl.errors import SPLError


@command(nodes.Append)
def _append(session: Session, frame: Frame, node: nodes.Append) -> Frame:
    other = run_subsearch(session, node.pipeline, node.maxout)
    if node.extend_time_range:
        _extend_window(session)
    return stack(session, frame, other)


def _extend_window(session: Session) -> None:
    """To the time range of the subsearch; a side that either leaves open is open."""
    low, high = session.subsearch_window
    lows, highs = (session.search_earliest, low), (session.search_latest, high)
    session.search_earliest = None if None in lows else min(lows)
    session.search_latest = None if None in highs else max(highs)


@command(nodes.Appendpipe)
def _appendpipe(session: Session, frame: Frame, node: nodes.Appendpipe) -> Frame:
    from lab.engine.pipeline import continue_pipeline

    frame = session.materialise(expand(session, frame))
    return stack(session, frame, continue_pipeline(session, frame, node.pipeline.commands))


@command(nodes.Appendcols)
def _appendcols(session: Session, frame: Frame, node: nodes.Appendcols) -> Frame:
    """The first row of the subsearch beside the first row, and so on."""
    other = run_subsearch(session, node.pipeline, node.maxout)
    left = session.renumber(expand(session, frame), frame.order_sql)
    right = session.renumber(other, other.order_sql)
    picked = {name: column for name, column in right.columns.items()
              if node.override or name not in left.columns}
    listed = "".join(f", b.{column.sql}" for column in picked.values())
    order = session.new("o")
    relation = session.define(
        f"SELECT a.*{listed}, coalesce(a.{left.order[0]}, b.{right.order[0]}) AS {order}"
        f" FROM {left.relation} a FULL JOIN {right.relation} b"
        f" ON a.{left.order[0]} = b.{right.order[0]}")
    return Frame(relation, {**left.columns, **picked}, (order,))


@command(nodes.Join)
def _join(session: Session, frame: Frame, node: nodes.Join) -> Frame:
    """Each row with the first `max` rows of the subsearch that agree on the fields."""
    if node.usetime:
        raise SPLError("join usetime=true is not supported by the lab", node.span, "usetime")
    right = run_subsearch(session, node.pipeline, ROWS_LIMIT)
    left = frame
    names = node.names
    if not names:
        left = expand(session, frame)
        names = tuple(name for name in left.columns
                      if name in right.columns and not name.startswith("_"))
    keys = []
    for name in names:
        a, b = left.columns.get(name), right.columns.get(name)
        if a is None or b is None:
            return left if node.kind == "left" else session.where(left, "FALSE")
        keys.append((text(Typed(a.sql, a.kind)), text(Typed(b.sql, b.kind))))
    number = session.new("n")
    partition = ", ".join(b for _, b in keys) or "1"
    ranked = session.define(
        f"SELECT *, row_number() OVER (PARTITION BY {partition} ORDER BY"
        f" {right.order_sql or '1'}) AS {number} FROM {right.relation}")
    others = {name: column for name, column in right.columns.items()
              if name not in names and not name.startswith("_")}
    picked = "".join(f", b.{column.sql}" for column in others.values())
    aliased = session.define(f"SELECT * FROM {ranked}"
                             + (f" WHERE {number} <= {node.max}" if node.max else ""))
    conditions = " AND ".join(f"{a} = {b}" for a, b in keys) or "TRUE"
    kind = "LEFT" if node.kind == "left" else "INNER"
    relation = session.define(
        f"SELECT a.*{picked}, b.{number} FROM {left.relation} a {kind} JOIN {aliased} b"
        f" ON {conditions}")
    joined = replace(left, relation=relation, order=(*left.order, number))
    additions = []
    for name, column in others.items():
        old = left.columns.get(name)
        if old is None:
            joined = joined.put(name, column)
            continue
        if not node.overwrite:
            continue
        parts = [Typed(column.sql, column.kind), Typed(old.sql, old.kind)]
        kind_of = common_kind(parts)
        values = ", ".join(CONVERT[kind_of](part, node.span) for part in parts)
        additions.append((name, f"coalesce({values})", kind_of))
    return session.derive(joined, additions)


@command(nodes.Format)
def _format(session: Session, frame: Frame, node: nodes.Format) -> Frame:
    frame = expand(session, frame)
    return session.from_rows(["search"], [{"search": format_rows(rows_of(session, frame), node)}])


@command(nodes.Return)
def _return(session: Session, frame: Frame, node: nodes.Return) -> Frame:
    """The first rows as terms: `return a`, `return x=a`, `return $a`."""
    names = [name for name, _, _ in node.items]
    chosen = frame.keep(names)
    rows = rows_of(session, chosen)[:node.limit]
    lines = []
    for row in rows:
        parts = []
        for name, alias, plain in node.items:
            value = row.get(name)
            if value is None:
                continue
            for one in value if isinstance(value, list) else [value]:
                escaped = one.replace("\\", "\\\\").replace('"', '\\"')
                parts.append(one if plain else f'{alias or name}="{escaped}"')
        if parts:
            lines.append((" ".join(parts), all(plain for _, _, plain in node.items)))
    if len(lines) > 1 or len(node.items) > 1:
        lines = [(line if plain else f"({line})", plain) for line, plain in lines]
    joined = " OR ".join(line for line, _ in lines)
    return session.from_rows(["search"], [{"search": joined}] if joined else [])


