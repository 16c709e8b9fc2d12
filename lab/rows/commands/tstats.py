"""tstats over indexed fields."""

from __future__ import annotations

from lab.rows.aggregates import aggregate, expanded
from lab.rows.commands.bins import floor_time
from lab.rows.commands.columns import assign
from lab.rows.commands.statistics import keys_of
from lab.rows.events import indexed
from lab.rows.state import Row, Rows, State
from lab.spl import nodes
from lab.spl.errors import SPLError


def tstats(node: nodes.Tstats, state: State) -> Rows:
    if node.datamodel or node.prestats or node.append:
        raise SPLError("the row evaluator's tstats has neither data models nor prestats",
                       node.span, "tstats")
    found = indexed(state, node)
    aggregations = expanded(node.aggregations, found.fields, node.by)
    groups: dict[tuple, list[Row]] = {}
    for row in found.rows:
        if node.fillnull_value is not None:
            row = {**{name: node.fillnull_value for name in node.by}, **row}
        key_row = dict(row)
        when = None
        if "_time" in node.by:
            when = float(floor_time(row["_time"], node.by_span, node)) if node.by_span \
                else row["_time"]
            key_row["_time"] = when
        for key in keys_of(key_row, node.by):
            exact = tuple(when if name == "_time" else part for name, part in zip(node.by, key))
            groups.setdefault(exact, []).append(row)
    if not node.by:
        groups = {(): found.rows}
    made = []
    for key in sorted(groups):
        row = dict(zip(node.by, key))
        for aggregation in aggregations:
            assign(row, aggregation.alias, aggregate(aggregation, groups[key], state))
        if row:
            made.append(row)
    return Rows([*node.by, *(a.alias for a in aggregations)], made)
