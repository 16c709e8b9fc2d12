"""Values carried from row to row: filldown, accum, delta, autoregress, trendline, uniq,
makecontinuous."""

from __future__ import annotations

import math
import re

from lab.rows.commands.bins import floor_time, next_time
from lab.rows.commands.columns import assign
from lab.rows.names import matching
from lab.rows.state import Row, Rows, State
from lab.rows.values import number, single, texts
from lab.spl import nodes
from lab.spl.errors import SPLError


def filldown(node: nodes.Filldown, rows: Rows, state: State) -> Rows:
    """A row without the field takes the value of the nearest row before that has it."""
    names = [field for name in node.names or ("*",) for field in matching(name, rows.fields)]
    last: Row = {}
    made = []
    for row in rows.rows:
        row = dict(row)
        for name in names:
            if row.get(name) is None and name in last:
                row[name] = last[name]
            elif row.get(name) is not None:
                last[name] = row[name]
        made.append(row)
    return rows.with_fields(made)


def accum(node: nodes.Accum, rows: Rows, state: State) -> Rows:
    """Rows whose field is no number neither count nor change."""
    total = 0.0
    made = []
    for row in rows.rows:
        amount = number(row.get(node.name))
        if amount is not None:
            total += amount
            row = {**row, node.alias: total}
        made.append(row)
    return rows.with_fields(made, [node.alias])


def delta(node: nodes.Delta, rows: Rows, state: State) -> Rows:
    made = []
    for position, row in enumerate(rows.rows):
        amount = number(row.get(node.name))
        if amount is not None and position >= node.prior:
            before = number(rows.rows[position - node.prior].get(node.name))
            if before is None:
                raise SPLError("delta: an earlier row has no number to compare with", node.span,
                               "delta")
            row = {**row, node.alias: amount - before}
        made.append(row)
    return rows.with_fields(made, [node.alias])


def _new(names, rows: Rows, node: nodes.Command) -> None:
    """What becomes of a field that is there already, where a row gets no value, is nowhere said."""
    for name in names:
        if name in rows.fields:
            raise SPLError(f"the field {name!r} exists already", node.span, name)


def autoregress(node: nodes.Autoregress, rows: Rows, state: State) -> Rows:
    aliases = {back: node.alias or f"{node.name}_p{back}"
               for back in range(node.first, node.last + 1)}
    _new(aliases.values(), rows, node)
    if node.name not in rows.fields:
        return rows
    made = []
    for position, row in enumerate(rows.rows):
        row = dict(row)
        for back, alias in aliases.items():
            value = rows.rows[position - back].get(node.name) if position >= back else None
            assign(row, alias, value)
        made.append(row)
    return rows.with_fields(made, aliases.values())


def trendline(node: nodes.Trendline, rows: Rows, state: State) -> Rows:
    """The mean of the last `period` numbers, the newest weighing most in wma."""
    made = [dict(row) for row in rows.rows]
    for trend in node.trends:
        found = [number(row.get(trend.name)) for row in rows.rows]
        if None in found or trend.name not in rows.fields:
            raise SPLError("trendline: a row has no number in its field", node.span, trend.name)
        weights = range(1, trend.period + 1) if trend.kind == "wma" else [1] * trend.period
        for end in range(trend.period, len(found) + 1):
            values = found[end - trend.period:end]
            made[end - 1][trend.alias] = sum(
                weight * value for weight, value in zip(weights, values)) / sum(weights)
    return rows.with_fields(made, [trend.alias for trend in node.trends])


def uniq(node: nodes.Uniq, rows: Rows, state: State) -> Rows:
    made, before = [], None
    for row in rows.rows:
        shown = {name: texts(value) for name, value in row.items()}
        if shown != before:
            made.append(row)
        before = shown
    return rows.with_fields(made)


def makecontinuous(node: nodes.Makecontinuous, rows: Rows, state: State) -> Rows:
    """Numbers are cut to the begin of their bucket, `_time` by the span's own rule."""
    span = node.bucket.span
    other = nodes.Bucket(span=span)
    if span is None or node.bucket != other:
        raise SPLError("the row evaluator's makecontinuous knows span only", node.span, "span")
    timed = node.name == "_time"
    if not timed and not re.fullmatch(r"\d+(\.\d+)?", span):
        raise SPLError(f"the row evaluator does not know the span {span!r}", node.span, span)

    def begin(value: float) -> float:
        return float(floor_time(value, span, node)) if timed \
            else math.floor(value / float(span)) * float(span)

    if node.name not in rows.fields:
        return rows
    points: dict[float, list[Row]] = {}
    for row in rows.rows:
        amount = number(single(row.get(node.name)))
        if amount is None:
            raise SPLError("makecontinuous: a row has no number in its field", node.span, node.name)
        points.setdefault(begin(amount), []).append({**row, node.name: begin(amount)})
    made: list[Row] = []
    if points:
        at, last = min(points), max(points)
        while at <= last:
            made += points.get(at, [{node.name: at}])
            at = float(next_time(at, span, node)) if timed else at + float(span)
    return rows.with_fields(made)


COMMANDS = {
    nodes.Filldown: filldown, nodes.Accum: accum, nodes.Delta: delta,
    nodes.Autoregress: autoregress, nodes.Trendline: trendline, nodes.Uniq: uniq,
    nodes.Makecontinuous: makecontinuous,
}
