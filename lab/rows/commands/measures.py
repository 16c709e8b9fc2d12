"""mstats over data points: measures by name, or all that WHERE names under `_value`."""

from __future__ import annotations

from lab.ingest.metrics import MEASURE
from lab.rows.aggregates import aggregate
from lab.rows.commands.bins import floor_time
from lab.rows.commands.columns import assign
from lab.rows.events import indexed
from lab.rows.state import Row, Rows, State
from lab.rows.values import number
from lab.spl import nodes
from lab.spl.errors import SPLError

_NOT_HERE = ("rate", "rate_avg", "rate_sum")


def mstats(node: nodes.Mstats, given: Rows, state: State) -> Rows:
    if node.prestats or node.append or node.by_value:
        raise SPLError("the row evaluator's mstats has neither prestats nor _value", node.span,
                       "mstats")
    metrics = []
    for one in node.aggregations:
        name = one.argument.name if isinstance(one.argument, nodes.FieldRef) else None
        if name is None or "*" in name or one.function in _NOT_HERE:
            raise SPLError("the row evaluator's mstats takes a metric's whole name, and no rates",
                           one.span, one.function)
        metrics.append(name)
    by = (*(("_time",) if node.span_length else ()), *node.by)
    groups: dict[tuple, list[Row]] = {}
    for row in indexed(state, node).rows:
        point = {name: number(row[MEASURE + name]) for name in metrics if MEASURE + name in row}
        if not point:
            continue
        key_row = dict(row)
        if node.fillnull_value is not None:
            key_row = {**dict.fromkeys(node.by, node.fillnull_value), **key_row}
        if node.span_length:
            key_row["_time"] = float(floor_time(float(row["_time"]), node.span_length, node))
        if all(name in key_row for name in by):
            point["_time"] = row["_time"]
            groups.setdefault(tuple(key_row[name] for name in by), []).append(point)
    made = []
    for key in sorted(groups):
        row = dict(zip(by, key))
        for aggregation in node.aggregations:
            assign(row, aggregation.alias, aggregate(aggregation, groups[key], state))
        made.append(row)
    if not by and not groups:
        return Rows([one.alias for one in node.aggregations], [])
    return Rows([*by, *(one.alias for one in node.aggregations)], made)


COMMANDS = {nodes.Mstats: mstats}
