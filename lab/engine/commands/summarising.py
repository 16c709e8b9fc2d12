"""makecontinuous and fieldsummary."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from typing import Any

from lab.engine.commands import command
from lab.engine.events import expand
from lab.engine.expressions import Typed, number
from lab.engine.frame import Frame
from lab.engine.names import matching
from lab.engine.session import Session
from lab.engine.spans import TimeSpan, next_bucket, time_bucket, time_span
from lab.engine.stacking import stack
from lab.engine.values import format_number, to_number
from lab.spl import nodes
from lab.spl.errors import SPLError

_MAXIMUM_BUCKETS = 50_000


@command(nodes.Makecontinuous)
def _makecontinuous(session: Session, frame: Frame, node: nodes.Makecontinuous) -> Frame:
    column = frame.columns.get(node.name)
    if column is None:
        return frame
    written = node.bucket.span or ""
    numeric = node.name != "_time"
    if numeric and to_number(written) is None:
        raise SPLError(f"makecontinuous: {written!r} is not a span of numbers", node.span, written)
    span = TimeSpan(seconds=float(written)) if numeric else time_span(written, node.span)
    value = number(Typed(column.sql, column.kind), node.span)
    frame = session.materialise(session.derive(
        expand(session, frame), [(node.name, time_bucket(value, span), "num")]))
    sql = frame.columns[node.name].sql
    have = {row[0] for row in session.fetch(f"SELECT DISTINCT {sql} FROM {frame.relation}")}
    if None in have:
        raise SPLError("makecontinuous: a row has no number in its field", node.span, node.name,
                       "no page says what becomes of it; leave it out before")
    missing: list[dict[str, Any]] = []
    moment, end = min(have, default=0.0), max(have, default=-1.0)
    while moment <= end:
        if moment not in have:
            missing.append({node.name: moment})
        if len(missing) > _MAXIMUM_BUCKETS:
            raise SPLError(f"makecontinuous would add more than {_MAXIMUM_BUCKETS} rows",
                           node.span, "span", "take a longer span")
        moment = next_bucket(moment, span)
    both = stack(session, frame, session.from_rows([node.name], missing, {node.name: "num"}))
    return session.renumber(both, f"{both.columns[node.name].sql}, {both.order_sql}")


@command(nodes.Fieldsummary)
def _fieldsummary(session: Session, frame: Frame, node: nodes.Fieldsummary) -> Frame:
    frame = expand(session, frame)
    names = [name for wanted in node.names for name in matching(wanted, frame)] if node.names \
        else [name for name in frame.columns if not name.startswith("_")]
    columns = sorted(set(names))
    table = session.arrow(frame, columns)  # holds a column of its own where there are no fields
    rows = [_summary(name, table.column(place).to_pylist(), node)
            for place, name in enumerate(columns)]
    fields = ["field", "count", "distinct_count", "is_exact", "max", "mean", "min",
              "numeric_count", "stdev", "values"]
    texts = ("field", "values")
    return session.from_rows(fields, rows, {name: "str" if name in texts else "num"
                                            for name in fields})


def _summary(name: str, values: list[Any], node: nodes.Fieldsummary) -> dict[str, Any]:
    if any(isinstance(value, list) and len(value) > 1 for value in values):
        raise SPLError(f"fieldsummary: {name!r} has several values in a row", node.span, name,
                       "split the rows with mvexpand, or name the other fields")
    present = [value[0] if isinstance(value, list) else value
               for value in values if value is not None]
    texts = [format_number(value) if isinstance(value, float) else value for value in present]
    numbers = [found for text in texts if (found := to_number(text)) is not None]
    counts = sorted(Counter(texts).items(), key=lambda pair: (-pair[1], pair[0]))
    row: dict[str, Any] = {
        "field": name, "count": float(len(texts)), "distinct_count": float(len(counts)),
        "is_exact": 1.0, "numeric_count": float(len(numbers)),
        "values": json.dumps([{"value": text, "count": count}
                              for text, count in counts[:node.maxvals]], separators=(",", ":"),
                             ensure_ascii=False),
    }
    if numbers:
        row |= {"max": max(numbers), "min": min(numbers), "mean": statistics.fmean(numbers),
                "stdev": statistics.stdev(numbers) if len(numbers) > 1 else 0.0}
    return row
