"""stats, eventstats, streamstats, top and rare."""

from __future__ import annotations

from itertools import product

from lab.rows.aggregates import aggregate, expanded
from lab.rows.commands.columns import assign
from lab.rows.expressions import holds
from lab.rows.state import Row, Rows, State
from lab.rows.values import texts
from lab.spl import nodes
from lab.spl.errors import SPLError

Key = tuple[str, ...]


def keys_of(row: Row, by: tuple[str, ...]) -> list[Key]:
    """The groups of a row: none where a field is null, one for each value of a multivalue."""
    return list(product(*(texts(row.get(name)) for name in by)))


def grouped(rows: list[Row], by: tuple[str, ...]) -> dict[Key, list[Row]]:
    groups: dict[Key, list[Row]] = {}
    for row in rows:
        for key in keys_of(row, by):
            groups.setdefault(key, []).append(row)
    return groups


def stats(node: nodes.Stats, rows: Rows, state: State) -> Rows:
    if node.allnum or node.dedup_splitvals or node.delimiter != " ":
        raise SPLError("the row evaluator's stats has neither allnum, delim nor dedup_splitvals",
                       node.span, node.mode)
    aggregations = expanded(node.aggregations, rows.fields, node.by)
    if node.mode == "eventstats":
        return _eventstats(node, aggregations, rows, state)
    if node.mode == "streamstats":
        return _streamstats(node, aggregations, rows, state)
    groups = grouped(rows.rows, node.by)
    if not node.by:
        groups = {(): rows.rows}
    made = []
    for key in sorted(groups):
        row: Row = dict(zip(node.by, key))
        for aggregation in aggregations:
            assign(row, aggregation.alias, aggregate(aggregation, groups[key], state))
        made.append(row)
    if not node.by and not made[0]:
        made = []
    return Rows([*dict.fromkeys([*node.by, *(a.alias for a in aggregations)])], made)


def _eventstats(node: nodes.Stats, aggregations, rows: Rows, state: State) -> Rows:
    """A row without a BY field stays, without the aggregations."""
    groups = grouped(rows.rows, node.by) if node.by else {(): rows.rows}
    values = {key: [(a.alias, aggregate(a, group, state)) for a in aggregations]
              for key, group in groups.items()}
    made = []
    for row in rows.rows:
        keys = keys_of(row, node.by)
        if len(keys) > 1:
            raise SPLError("the row evaluator's eventstats groups by single values", node.span,
                           "multivalue")
        row = dict(row)
        for key in keys:
            for alias, value in values[key]:
                assign(row, alias, value)
        made.append(row)
    return rows.with_fields(made, [a.alias for a in aggregations])


def _streamstats(node: nodes.Stats, aggregations, rows: Rows, state: State) -> Rows:
    """Each row over those before it (and itself, with current) of its group.

    A window counts rows of all groups, or of the row's own with global=false.
    """
    if node.time_window is not None or node.reset_on_change:
        raise SPLError("the row evaluator's streamstats has neither time_window nor"
                       " reset_on_change", node.span, "streamstats")
    seen: list[tuple[Key, Row]] = []
    made = []
    for row in rows.rows:
        keys = keys_of(row, node.by)
        if len(keys) > 1:
            raise SPLError("the row evaluator's streamstats groups by single values", node.span,
                           "multivalue")
        if not keys:
            made.append(row)
            continue
        (key,) = keys
        if node.reset_before is not None and holds(node.reset_before, row, state):
            seen = []
        here = [*seen, (key, row)] if node.current else list(seen)
        if node.window_size and node.global_window:
            here = here[-node.window_size:]
        group = [other for its, other in here if its == key]
        if node.window_size and not node.global_window:
            group = group[-node.window_size:]
        result = dict(row)
        for aggregation in aggregations:
            assign(result, aggregation.alias, aggregate(aggregation, group, state))
        made.append(result)
        seen.append((key, row))
        if node.reset_after is not None and holds(node.reset_after, result, state):
            seen = []
    return rows.with_fields(made, [a.alias for a in aggregations])


def top(node: nodes.Top, rows: Rows, state: State) -> Rows:
    """The most (rare: least) frequent combinations of values, of equals the lesser value first."""
    if node.useother:
        raise SPLError("the row evaluator's top has no useother", node.span, "useother")
    made = []
    groups = grouped(rows.rows, node.by) if node.by else {(): rows.rows}
    for key in sorted(groups):
        found = {value: len(members)
                 for value, members in grouped(groups[key], node.names).items()}
        total = sum(found.values())
        ordered = sorted(found, key=lambda v: (found[v] if node.rare else -found[v], v))
        for value in ordered[:node.limit or None]:
            row: Row = {**dict(zip(node.by, key)), **dict(zip(node.names, value))}
            if node.showcount:
                row[node.countfield] = float(found[value])
            if node.showperc:
                row[node.percentfield] = round(found[value] * 100 / total, 6)
            made.append(row)
    names = [*node.by, *node.names]
    names += [node.countfield] * node.showcount + [node.percentfield] * node.showperc
    return Rows(names, made)


COMMANDS = {nodes.Stats: stats, nodes.Top: top}
