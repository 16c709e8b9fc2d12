"""Commands about the order and the number of rows: sort, head, tail, reverse, dedup."""

from __future__ import annotations

from dataclasses import replace

from lab.engine.columns import literal, quoted
from lab.engine.commands import command
from lab.engine.expressions import Compiler, Typed, text
from lab.engine.frame import Column, Frame
from lab.engine.session import Session
from lab.spl import nodes
from lab.spl.errors import SPLError


def sort_terms(session: Session, frame: Frame, keys: tuple[nodes.SortKey, ...],
               reverse: bool = False) -> str:
    """ORDER BY terms, missing values last. Unless str(), num() or ip() says how: numbers by value,
    then IPv4 addresses as such, then text by character."""
    terms = []
    for key in keys:
        column = frame.columns.get(key.name)
        if column is None:
            continue
        direction = "DESC" if key.descending != reverse else "ASC"
        for sql in _key_sql(session, column, key):
            terms.append(f"{sql} {direction} NULLS {'FIRST' if reverse else 'LAST'}")
    return ", ".join(terms)


def _key_sql(session: Session, column: Column, key: nodes.SortKey) -> list[str]:
    if column.kind == "num" and key.how != "str":
        return [column.sql]
    sql = f"{column.sql}[1]" if column.kind == "mv" else text(Typed(column.sql, column.kind))
    if key.how == "str":
        return [sql]
    if key.how == "num":
        return [f"spl_num({sql})"]
    if key.how == "ip":
        name = session.function("py_ip_key", _ip_key, ["VARCHAR"], "VARCHAR")
        return [f"{name}({sql})"]
    address = f"regexp_matches({sql}, '{_IPV4}')"
    parts = f"string_split({sql}, '.')"
    place = " + ".join(f"TRY_CAST({parts}[{at + 1}] AS BIGINT) * {256 ** (3 - at)}"
                       for at in range(4))
    rank = (f"CASE WHEN {sql} IS NULL THEN NULL WHEN spl_num({sql}) IS NOT NULL THEN 0"
            f" WHEN {address} THEN 1 ELSE 2 END")
    return [rank, f"CASE WHEN {address} THEN {place} ELSE spl_num({sql}) END", sql]


_IPV4 = r"^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$"


def _unambiguous(session: Session, frame: Frame, keys: tuple[nodes.SortKey, ...]) -> Frame:
    """Refuses to order text that begins with digits where that is documented in two ways.

    Search Reference, sort: such text goes by its leading number alone, but also 9.1.a and 10.1.a
    by character. Where both give the same order there is nothing to choose.
    """
    for key in keys:
        column = frame.columns.get(key.name)
        if column is None or column.kind != "str" or key.how != "auto":
            continue
        sql = column.sql
        lead = (f"CASE WHEN spl_num({sql}) IS NULL AND NOT regexp_matches({sql}, '{_IPV4}')"
                f" THEN TRY_CAST(regexp_extract({sql}, '^\\d+') AS DOUBLE) END")
        leads, wrong = session.new("n"), session.new("n")
        relation = session.define(f"SELECT *, {lead} AS {leads} FROM {frame.relation}")
        before = f"max({leads}) OVER (ORDER BY {sql} ROWS BETWEEN UNBOUNDED PRECEDING AND 1"\
                 " PRECEDING)"
        relation = session.define(f"SELECT *, {leads} < {before} AS {wrong} FROM {relation}")
        message = (f"SPL:sort: text of {key.name} begins with digits, which Splunk orders by"
                   f" character or by number; write str({key.name}) or num({key.name})")
        relation = session.define(
            f"SELECT * FROM {relation} WHERE CASE WHEN {wrong} THEN error({literal(message)})"
            " ELSE TRUE END")
        frame = replace(frame, relation=relation)
    return frame


def _ip_key(value: str | None) -> str | None:
    from lab.engine.addresses import network

    found = network(value) if value is not None else None
    if found is None:
        return value
    return f"{found.version}:{int(found.network_address):040d}:{found.prefixlen:03d}"


@command(nodes.Sort)
def _sort(session: Session, frame: Frame, node: nodes.Sort) -> Frame:
    frame = _unambiguous(session, frame, node.keys)
    terms = sort_terms(session, frame, node.keys, node.reverse)
    order = ", ".join(part for part in (terms, frame.order_sql) if part)
    frame = session.renumber(frame, order)
    if node.limit:
        frame = session.where(frame, f"{quoted(frame.order[0])} <= {node.limit}")
    return frame


@command(nodes.Head)
def _head(session: Session, frame: Frame, node: nodes.Head) -> Frame:
    if node.condition is not None:
        return _head_while(session, frame, node)
    relation = session.define(
        f"SELECT * FROM {frame.relation}{frame.order_by} LIMIT {node.limit or 0}")
    return replace(frame, relation=relation)


def _head_while(session: Session, frame: Frame, node: nodes.Head) -> Frame:
    """Rows until the condition is false for the first time; a null ends it unless null=true."""
    test = f"coalesce({Compiler(session, frame).condition(node.condition)}," \
           f" {'TRUE' if node.null else 'FALSE'})"
    frame = session.renumber(frame, frame.order_sql)
    number = quoted(frame.order[0])
    ended = session.new("n")
    relation = session.define(
        f"SELECT *, min(CASE WHEN {test} THEN NULL ELSE {number} END) OVER () AS {ended}"
        f" FROM {frame.relation}"
    )
    frame = replace(frame, relation=relation)
    last = "<=" if node.keeplast else "<"
    frame = session.where(frame, f"{ended} IS NULL OR {number} {last} {ended}")
    if node.limit is not None:
        frame = session.where(frame, f"{number} <= {node.limit}")
    return frame


@command(nodes.Tail)
def _tail(session: Session, frame: Frame, node: nodes.Tail) -> Frame:
    """The last rows, the last one first."""
    frame = _reverse(session, frame, nodes.Reverse())
    relation = session.define(f"SELECT * FROM {frame.relation}{frame.order_by}"
                              f" LIMIT {node.limit}")
    return replace(frame, relation=relation)


@command(nodes.Reverse)
def _reverse(session: Session, frame: Frame, node: nodes.Reverse) -> Frame:
    return session.renumber(frame, ", ".join(f"{quoted(name)} DESC" for name in frame.order))


@command(nodes.Dedup)
def _dedup(session: Session, frame: Frame, node: nodes.Dedup) -> Frame:
    """The first rows of each combination; rows that lack a field go, unless keepempty.

    `sortby` orders the rows before: it decides which of them are the first.
    """
    if node.sortby:
        if not all(key.name in frame.columns for key in node.sortby):
            raise SPLError("dedup sortby names a field that no row has", node.span, "sortby")
        frame = _unambiguous(session, frame, node.sortby)
        terms = sort_terms(session, frame, node.sortby)
        frame = session.renumber(frame, f"{terms}, {frame.order_sql}")
    columns = [frame.columns.get(name) for name in node.names]
    if any(column is None for column in columns):
        if node.keepempty:
            return frame
        return session.where(frame, "FALSE")
    keys = [column.sql for column in columns]
    present = " AND ".join(f"{key} IS NOT NULL" for key in keys)
    number = session.new("n")
    if node.consecutive:
        changed, run = session.new("n"), session.new("n")
        before = " AND ".join(
            f"{key} IS NOT DISTINCT FROM lag({key}) OVER (ORDER BY {frame.order_sql})"
            for key in keys)
        relation = session.define(f"SELECT *, CASE WHEN {before} THEN 0 ELSE 1 END AS {changed}"
                                  f" FROM {frame.relation}")
        relation = session.define(f"SELECT *, sum({changed}) OVER (ORDER BY {frame.order_sql})"
                                  f" AS {run} FROM {relation}")
        partition = run
    else:
        relation, partition = frame.relation, ", ".join(keys)
    relation = session.define(
        f"SELECT *, row_number() OVER (PARTITION BY {partition} ORDER BY"
        f" {frame.order_sql or '1'}) AS {number} FROM {relation}"
    )
    frame = replace(frame, relation=relation)
    kept = f"{number} <= {node.limit}"
    if node.keepevents:
        return session.derive(frame, [
            (name, f"CASE WHEN {kept} OR NOT ({present}) THEN {column.sql} END", column.kind)
            for name, column in zip(node.names, columns)])
    test = f"({present}) AND {kept}"
    return session.where(frame, f"({test}) OR NOT ({present})" if node.keepempty else test)
