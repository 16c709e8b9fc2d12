"""tstats over indexed fields, or over a data model's dataset."""

from __future__ import annotations

from lab.engine.datefields import DATE_FIELDS
from lab.engine.demand import predicate_names
from lab.rows.aggregates import aggregate, expanded
from lab.rows.commands.bins import floor_time
from lab.rows.commands.columns import assign
from lab.rows.commands.datamodels import dataset_matches
from lab.rows.commands.statistics import keys_of
from lab.rows.events import indexed
from lab.rows.expressions import named
from lab.rows.state import Row, Rows, State
from lab.rows.values import number
from lab.spl import nodes
from lab.spl.errors import SPLError


def tstats(node: nodes.Tstats, state: State) -> Rows:
    if node.prestats or node.append:
        raise SPLError("the row evaluator's tstats has no prestats", node.span, "tstats")
    if any("PREFIX(" in name for name in (*node.by, *(
            name for one in node.aggregations if one.argument is not None
            for name in named(one.argument)))):
        raise SPLError("the row evaluator's tstats has no PREFIX()", node.span, "PREFIX")
    for one in node.aggregations:
        if one.argument is not None and not isinstance(one.argument, nodes.FieldRef):
            raise SPLError("tstats takes no expressions in its functions", one.span, one.function)
    if DATE_FIELDS & {*node.by, *predicate_names(node.where)}:
        raise SPLError("the row evaluator's tstats has no date_* fields", node.span, "tstats")
    found = indexed(state, node) if node.dataset is None else dataset_matches(node, state)
    aggregations = expanded(node.aggregations, found.fields, node.by)
    groups: dict[tuple, list[Row]] = {}
    for row in found.rows:
        if node.fillnull_value is not None:
            row = {**{name: node.fillnull_value for name in node.by}, **row}
        key_row = dict(row)
        when = None
        if "_time" in node.by:
            when = number(row.get("_time"))
            if when is None:
                continue
            when = float(floor_time(when, node.by_span, node)) if node.by_span else when
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
