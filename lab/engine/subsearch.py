"""Subsearches: their rows as search terms (format, return), and their limits.

A subsearch stops at 10,000 rows, the one of join and append at 50,000; Splunk goes on without a
word, here it is an error.
"""

from __future__ import annotations

from typing import Any

from lab.engine.frame import Frame
from lab.engine.session import Session
from lab.engine.values import format_number
from lab.spl import nodes
from lab.spl.errors import SPLError

TERMS_LIMIT = 10_000
ROWS_LIMIT = 50_000


def run_subsearch(session: Session, pipeline: nodes.Pipeline, limit: int) -> Frame:
    """The rows of a subsearch; SPLError where there are more than Splunk would take."""
    frame = session.materialise(separate(session, pipeline))
    check_size(session, frame, pipeline, limit)
    return frame


def separate(session: Session, pipeline: nodes.Pipeline, then: tuple[nodes.Command, ...] = ()
             ) -> Frame:
    """A pipeline with a window of its own; `then` are the commands that will work on its rows."""
    from lab.engine.pipeline import run_pipeline

    window = session.search_earliest, session.search_latest
    session.search_earliest, session.search_latest = (session.context.earliest,
                                                      session.context.latest)
    frame = run_pipeline(session, pipeline, then)
    session.subsearch_window = session.search_earliest, session.search_latest
    session.search_earliest, session.search_latest = window
    return frame


def check_size(session: Session, frame: Frame, pipeline: nodes.Pipeline, limit: int) -> None:
    count = session.count(frame)
    if count > limit:
        raise SPLError(f"the subsearch gives {count} rows; Splunk would silently stop at {limit}",
                       pipeline.span, "subsearch", "reduce its rows with stats or where")


def rows_of(session: Session, frame: Frame) -> list[dict[str, Any]]:
    """Rows as texts and lists of texts, missing fields left out."""
    table = session.arrow(frame)
    rows: list[dict[str, Any]] = [{} for _ in range(table.num_rows)]
    for name, column in zip(frame.columns, table.columns):
        for at, value in enumerate(column.to_pylist()):
            if value is not None:
                rows[at][name] = format_number(value) if isinstance(value, float) else value
    return rows


def as_predicate(session: Session, node: nodes.SubsearchTerms) -> nodes.Predicate:
    """A subsearch inside a search: each row is an AND of its fields, the rows are an OR.

    The fields `search` and `query` give their value as it is; fields that begin with `_` count
    not, but for a `return`, which names what it wants.
    """
    from lab.spl.parse import parse_predicate

    frame = run_subsearch(session, node.pipeline, TERMS_LIMIT)
    rows: list[nodes.Predicate] = []
    for row in rows_of(session, frame):
        parts: list[nodes.Predicate] = []
        for name, value in row.items():
            if name.startswith("_"):
                continue
            values = value if isinstance(value, list) else [value]
            if name in ("search", "query"):
                parts += [parse_predicate(one, session.context.app) for one in values]
                continue
            tests = [nodes.Compare(name, "=", one, span=node.span) for one in values]
            parts.append(tests[0] if len(tests) == 1 else nodes.Or(tuple(tests)))
        if parts:
            rows.append(parts[0] if len(parts) == 1 else nodes.And(tuple(parts)))
    if not rows:
        return nodes.Not(nodes.MatchAll(span=node.span), span=node.span)
    return rows[0] if len(rows) == 1 else nodes.Or(tuple(rows), span=node.span)


def format_rows(rows: list[dict[str, Any]], node: nodes.Format) -> str:
    """What `format` writes into the field `search`."""
    lines = []
    for row in rows[:node.maxresults or None]:
        parts = []
        for name, value in sorted(row.items()):
            if name.startswith("_"):
                continue
            values = value if isinstance(value, list) else [value]
            words = [_quoted(one) if name in ("search", "query") else f"{name}={_quote(one)}"
                     for one in values]
            parts.append(words[0] if len(words) == 1
                         else f"( {f' {node.mvsep} '.join(words)} )")
        if parts:
            lines.append(f"{node.column_prefix} {f' {node.column_separator} '.join(parts)}"
                         f" {node.column_end}")
    if not lines:
        return node.emptystr
    return f"{node.row_prefix} {f' {node.row_separator} '.join(lines)} {node.row_end}"


def _quote(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _quoted(value: str) -> str:
    return value
