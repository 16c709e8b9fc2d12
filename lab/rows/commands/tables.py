"""makeresults, lookups, and what would be written."""

from __future__ import annotations

from lab import lookups
from lab.rows.networks import in_network
from lab.rows.predicates import matches, wildcard
from lab.rows.state import Row, Rows, State
from lab.rows.values import number, texts
from lab.spl import nodes
from lab.spl.errors import SPLError


def makeresults(node: nodes.Makeresults, rows: Rows, state: State) -> Rows:
    now = float(state.context.now)
    if node.rows is None:
        row: Row = {"_time": now}
        names = ["_time"]
        if node.annotate:
            raise SPLError("the row evaluator's makeresults has no annotate", node.span,
                           "annotate")
        return Rows(names, [dict(row) for _ in range(node.count)])
    names = list(dict.fromkeys(["_time", *(name for row in node.rows for name, _ in row)]))
    return Rows(names, [{"_time": now, **dict(row)} for row in node.rows])


def _table(name: str, node: nodes.Command, state: State) -> lookups.Table:
    try:
        return lookups.read(state.context.home, state.context.app, name)
    except lookups.UnknownLookup as error:
        raise SPLError(str(error), node.span, name) from error


def inputlookup(node: nodes.Inputlookup, rows: Rows, state: State) -> Rows:
    """`where` chooses first, then start and max count."""
    table = _table(node.table, node, state)
    found = [dict(row) for row in table.rows
             if node.where is None or matches(node.where, row, state)]
    end = None if node.max is None else node.start + node.max
    made = [*rows.rows, *found[node.start:end]] if node.append else found[node.start:end]
    for row in made:
        if isinstance(row.get("_time"), str):
            row["_time"] = number(row["_time"])
    names = [*rows.fields] if node.append else []
    return Rows(list(dict.fromkeys([*names, *table.fields])), made)


def lookup(node: nodes.Lookup, rows: Rows, state: State) -> Rows:
    definition = lookups.definition(state.context.app, node.table) \
        if node.table in state.context.app.lookups or node.table.endswith(".csv") else None
    if definition is None:
        raise SPLError(f"unknown lookup {node.table!r}", node.span, node.table)
    if definition.filter is not None:
        raise SPLError("the row evaluator has no filtered lookups", node.span, node.table)
    if definition.time_field is not None and definition.time_format not in ("%s", "%s.%Q"):
        raise SPLError("the row evaluator's time-based lookups take epoch seconds", node.span,
                       node.table)
    if definition.time_field is not None and "_time" not in rows.fields:
        raise SPLError(f"the lookup {node.table} compares with _time, which no row has", node.span,
                       "_time")
    table = _table(node.table, node, state)
    inputs = [(m.lookup_field, m.event_field) for m in node.inputs]
    outputs = [(m.lookup_field, m.event_field) for m in node.outputs] or [
        (name, name) for name in table.fields if name not in [a for a, _ in inputs]
        and not name.startswith("_")]
    for name, _ in [*inputs, *outputs]:
        if name not in table.fields:
            raise SPLError(f"the lookup {node.table} has no field {name!r}", node.span, name)
    made = [_looked_up(row, inputs, outputs, table, definition, node) for row in rows.rows]
    return rows.with_fields(made, [name for _, name in outputs])


def _looked_up(row: Row, inputs, outputs, table, definition, node: nodes.Lookup) -> Row:
    """All matches up to max_matches, in the table's order.

    A row that lacks an input stays as it is. OUTPUT takes the fields away where nothing matches;
    OUTPUTNEW fills each field that a row does not have (props.conf.spec, LOOKUP-).
    """
    wanted = [texts(row.get(outside)) for _, outside in inputs]
    if not all(wanted):
        return row
    found: list[Row] = []
    for entry in table.rows:
        if all(any(_same(definition, inside, cell, value)
                   for value in values for cell in texts(entry.get(inside)))
               for (inside, _), values in zip(inputs, wanted)):
            found.append(entry)
    if definition.time_field is not None:
        found = _before(row, found, definition)
    found = found[:definition.max_matches]
    made = dict(row)
    missing = max(0, definition.min_matches - len(found)) if definition.default_match else 0
    for inside, outside in outputs:
        if not node.overwrite and row.get(outside) is not None:
            continue
        values = [one for entry in found for one in texts(entry.get(inside))]
        values += [definition.default_match] * missing
        if values:
            made[outside] = values if len(values) > 1 else values[0]
        elif node.overwrite:
            made.pop(outside, None)
    return made


def _before(row: Row, found: list[Row], definition) -> list[Row]:
    """The entries that the event is later than by so many seconds, the latest first
    (transforms.conf.spec: time_field, min_offset_secs, max_offset_secs)."""
    event = number(row.get("_time"))
    if event is None:
        return []
    ages = [(event - number(entry[definition.time_field]), entry) for entry in found]
    return [entry for age, entry in sorted(ages, key=lambda pair: pair[0])
            if definition.min_offset_secs <= age <= definition.max_offset_secs]


def _same(definition, name: str, cell: str, value: str) -> bool:
    kind = definition.match_type.get(name)
    if kind == "cidr":
        return in_network(cell, value)
    if kind == "wildcard":
        return wildcard(cell, definition.case_sensitive_match).fullmatch(value) is not None
    return cell == value if definition.case_sensitive_match else cell.lower() == value.lower()


def recorded(node: nodes.Command, rows: Rows, state: State) -> Rows:
    """Nothing is written; what would be is kept for the caller."""
    state.effects.append((node, list(rows.fields), [dict(row) for row in rows.rows]))
    return rows


COMMANDS = {
    nodes.Makeresults: makeresults, nodes.Inputlookup: inputlookup, nodes.Lookup: lookup,
    nodes.Outputlookup: recorded, nodes.Collect: recorded,
}
