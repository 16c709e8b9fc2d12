"""stats, eventstats, streamstats, top and rare."""

from __future__ import annotations

from itertools import product

from lab.rows.aggregates import aggregate, expanded
from lab.rows.commands.bins import seconds
from lab.rows.commands.columns import assign
from lab.rows.commands.turning import Combined
from lab.rows.expressions import holds, named
from lab.rows.state import Row, Rows, State
from lab.rows.values import number, texts
from lab.spl import nodes
from lab.spl.errors import SPLError

Key = tuple[str, ...]
GREATEST_WINDOW = 10_000


def keys_of(row: Row, by: tuple[str, ...]) -> list[Key]:
    """The groups of a row: none where a field is null, one for each value of a multivalue."""
    return list(product(*(texts(row.get(name)) for name in by)))


def grouped(rows: list[Row], by: tuple[str, ...], distinct: bool = False) -> dict[Key, list[Row]]:
    """With `distinct` a value that a row has twice counts once."""
    groups: dict[Key, list[Row]] = {}
    for row in rows:
        keys = keys_of(row, by)
        for key in dict.fromkeys(keys) if distinct else keys:
            groups.setdefault(key, []).append(row)
    return groups


def stats(node: nodes.Stats, rows: Rows, state: State) -> Rows:
    if node.allnum:
        raise SPLError("the row evaluator's stats has no allnum", node.span, "allnum")
    aggregations = expanded(node.aggregations, rows.fields, node.by)
    if node.mode == "eventstats":
        return _eventstats(node, aggregations, rows, state)
    if node.mode == "streamstats":
        return _streamstats(node, aggregations, rows, state)
    groups = grouped(rows.rows, node.by, node.dedup_splitvals)
    if not node.by:
        groups = {(): rows.rows}
    made = []
    for key in sorted(groups):
        row: Row = dict(zip(node.by, key))
        for aggregation in aggregations:
            value = aggregate(aggregation, groups[key], state)
            if isinstance(value, list) and node.delimiter is not None:
                value = Combined(value)
                value.delimiter = node.delimiter
            assign(row, aggregation.alias, value)
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

    A window counts rows of all groups, or of the row's own with global=false; a reset clears every
    group (Search Reference, streamstats).
    """
    if node.window_size > GREATEST_WINDOW:
        raise SPLError(f"streamstats: the greatest window is {GREATEST_WINDOW}", node.span, "window")
    results = {a.alias for a in aggregations}
    for condition in (node.reset_before, node.reset_after):
        if condition is not None and named(condition) & results:
            raise SPLError("streamstats: a reset cannot read what streamstats computes", node.span,
                           "reset")
    seen: list[tuple[Key | None, Row]] = []
    made, before = [], None
    times = Times(node, rows.rows) if node.time_window is not None else None
    for row in rows.rows:
        keys = keys_of(row, node.by)
        if len(keys) > 1:
            raise SPLError("the row evaluator's streamstats groups by single values", node.span,
                           "multivalue")
        if node.reset_before is not None and holds(node.reset_before, row, state):
            seen = []
        result = dict(row)
        for key in keys:
            if node.reset_on_change and before is not None and key != before:
                seen = []
            before = key
            here = [*seen, (key, row)] if node.current else list(seen)
            group = _window(node, here, key, times, row)
            for aggregation in aggregations:
                assign(result, aggregation.alias, aggregate(aggregation, group, state))
            seen.append((key, row))
        if not keys:
            # A window is a number of events, whatever they hold.
            seen.append((None, row))
        made.append(result)
        if node.reset_after is not None and holds(node.reset_after, row, state):
            seen = []
    return rows.with_fields(made, [a.alias for a in aggregations])


def _window(node: nodes.Stats, here: list[tuple[Key | None, Row]], key: Key, times: Times | None,
            row: Row) -> list[Row]:
    if times is not None:
        here = [one for one in here if times.near(one[1], row)]
    if node.window_size and node.global_window:
        here = here[-node.window_size:]
    group = [other for its, other in here if its == key]
    if node.window_size and not node.global_window:
        group = group[-node.window_size:]
    return group


class Times:
    """The window of time that ends at a row: rows have to come in the order of `_time`."""

    def __init__(self, node: nodes.Stats, rows: list[Row]):
        self.node = node
        found = [number(row.get("_time")) for row in rows]
        if None in found:
            raise SPLError("streamstats: time_window needs _time in every row", node.span,
                           "time_window")
        if found not in (sorted(found), sorted(found, reverse=True)):
            raise SPLError("streamstats: time_window needs rows in the order of _time", node.span,
                           "time_window")

    def near(self, other: Row, row: Row) -> bool:
        """Whether `other`, a row before, is within the span; exactly a span away is refused."""
        span = seconds(self.node.time_window, self.node)
        apart = abs(number(row["_time"]) - number(other["_time"]))
        if apart == span:
            raise SPLError("streamstats: whether a row exactly one span away counts is not"
                           " documented", self.node.span, "time_window")
        return apart < span


def top(node: nodes.Top, rows: Rows, state: State) -> Rows:
    """The most (rare: least) frequent combinations of values, of equals the lesser value first."""
    if node.useother and len(node.names) > 1:
        raise SPLError("top useother over several fields is not documented", node.span, "useother")
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
        rest = sum(found[value] for value in ordered[node.limit:]) if node.limit else 0
        if node.useother and rest:
            row = {**dict(zip(node.by, key)), node.names[0]: node.otherstr}
            if node.showcount:
                row[node.countfield] = float(rest)
            if node.showperc:
                row[node.percentfield] = round(rest * 100 / total, 6)
            made.append(row)
    names = [*node.by, *node.names]
    names += [node.countfield] * node.showcount + [node.percentfield] * node.showperc
    return Rows(names, made)


COMMANDS = {nodes.Stats: stats, nodes.Top: top}
