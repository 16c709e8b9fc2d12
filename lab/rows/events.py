"""Base events: every event with every field, read through the engine's own loader (shared).

Windows, predicates and indexed fields are this evaluator's own.
"""

from __future__ import annotations

from lab.engine import segments
from lab.engine.datefields import DATE_FIELDS
from lab.engine.demand import demanded, predicate_names
from lab.engine.events import expand, load
from lab.engine.session import Session
from lab.rows.predicates import matches, resolved, wildcard
from lab.rows.state import Row, Rows, State
from lab.spl import nodes
from lab.spl.errors import SPLError
from lab.spl.parse import parse_predicate
from lab.spl.timemodifier import resolve

DEFAULT_INDEX = "main"
_INDEXED = ("_time", "_indextime", "host", "source", "sourcetype")


def window(node: nodes.TimeWindow, context) -> tuple[float | None, ...]:
    """(earliest, latest, index earliest, index latest); the search's own go before the context's."""
    def bound(words: str | None, otherwise: float | None) -> float | None:
        if words is None:
            return otherwise
        return None if words.strip() in ("", "0") \
            else resolve(words, context.now, timeformat=node.timeformat)

    index_latest = bound(node.index_latest, context.index_latest)
    if context.visible_before is not None:
        index_latest = min(context.visible_before,
                           index_latest if index_latest is not None else context.visible_before)
    return (bound(node.earliest, context.earliest), bound(node.latest, context.latest),
            bound(node.index_earliest, context.index_earliest), index_latest)


def within(row: Row, bounds: tuple[float | None, ...]) -> bool:
    earliest, latest, index_earliest, index_latest = bounds
    when, arrived = row["_time"], row["_indextime"]
    return (earliest is None or when >= earliest) and (latest is None or when < latest) \
        and (index_earliest is None or arrived >= index_earliest) \
        and (index_latest is None or arrived < index_latest)


def _names_index(node: nodes.Predicate) -> bool:
    if isinstance(node, (nodes.And, nodes.Or)):
        return any(map(_names_index, node.parts))
    return isinstance(node, (nodes.Compare, nodes.InValues)) and node.field_name == "index"


def _opened(node: nodes.Predicate, app) -> nodes.Predicate:
    """Event types and tags as the searches that they stand for: these may name indexes."""
    if isinstance(node, (nodes.And, nodes.Or)):
        return type(node)(tuple(_opened(part, app) for part in node.parts), span=node.span)
    if not isinstance(node, nodes.Compare) or node.field_name not in ("eventtype", "tag"):
        return node
    kinds = [node.value] if node.field_name == "eventtype" else [
        name for name, kind in app.eventtypes.items() if node.value in kind.tags]
    searches = [parse_predicate(app.eventtypes[kind].search, app) for kind in kinds
                if kind in app.eventtypes]
    return nodes.Or(tuple(_opened(search, app) for search in searches)) if searches else node


def _indexes(node: nodes.Predicate, state: State) -> list[str]:
    """Indexes that may hold a match: all that the search names, `main` where it names none."""
    context = state.context
    node = _opened(node, context.app)
    known = sorted({*context.app.indexes, *context.home.store.indexes()})
    if not _names_index(node):
        return [DEFAULT_INDEX]
    wanted: list[str] = []

    def gather(part: nodes.Predicate) -> None:
        if isinstance(part, (nodes.And, nodes.Or)):
            for one in part.parts:
                gather(one)
        elif isinstance(part, nodes.Compare) and part.field_name == "index":
            wanted.append(part.value)
        elif isinstance(part, nodes.InValues) and part.field_name == "index":
            wanted.extend(part.values)

    gather(node)
    return [name for name in known if any(
        wildcard(value).fullmatch(name) and (value.startswith("_") or not name.startswith("_"))
        for value in wanted)]


def search(node: nodes.Search, state: State, commands: tuple[nodes.Command, ...]) -> Rows:
    """The matching events, newest first; of one time the last to arrive first.

    They have the date_* fields that the `commands` of the pipeline name.
    """
    predicate = resolved(node.predicate, state)
    bounds = window(node.window, state.context)
    state.earliest, state.latest = bounds[0], bounds[1]
    named = demanded(commands).names | predicate_names(predicate)
    if "date_zone" in named:
        raise SPLError("date_zone is not documented well enough", node.span, "date_zone")
    dates = named & DATE_FIELDS
    fields, events = every_event(_indexes(predicate, state), state, dates)
    found = [row for row in events if within(row, bounds) and matches(predicate, row, state)]
    return Rows(fields, found, True)


def every_event(indexes: list[str], state: State, dates: set[str] | frozenset[str] = frozenset()
                 ) -> tuple[list[str], list[Row]]:
    if not indexes:
        return [], []
    terms = nodes.Or(tuple(nodes.Compare("index", "=", name) for name in indexes))
    node = nodes.Search(terms, nodes.TimeWindow("0", "0", "0", "0"), True)
    session = Session(_open(state.context))
    try:
        demand = demanded((node,))
        demand.names |= dates
        frame = expand(session, load(session, node, demand))
        table = session.arrow(frame)
        rows: list[Row] = [{} for _ in range(table.num_rows)]
        for name, column in zip(frame.columns, table.columns):
            for row, value in zip(rows, column.to_pylist()):
                if value is not None:
                    row[name] = value
        return list(frame.columns), rows
    finally:
        session.close()


def _open(context):
    from dataclasses import replace

    return replace(context, earliest=None, latest=None, index_earliest=None, index_latest=None,
                   visible_before=None)


def indexed(state: State, node: nodes.Tstats) -> Rows:
    """Every event with its indexed fields only, in the order of arrival."""
    predicate = resolved(node.where, state)
    bounds = window(node.window, state.context)
    state.earliest, state.latest = bounds[0], bounds[1]
    rows: list[Row] = []
    fields = ["index", *_INDEXED]
    for index in _indexes(predicate, state):
        for segment in state.context.home.store.segments(index):
            columns = {name: column for name in segment.fields
                       if (column := segments.indexed(segment, name)) is not None}
            columns |= segments.stored(segment, list(_INDEXED))
            fields += [name for name in columns if name not in fields]
            lists = {name: column.to_pylist() for name, column in columns.items()}
            for position in range(segment.rows):
                row = {name: values[position] for name, values in lists.items()
                       if values[position] is not None}
                row["index"] = index
                row["_indextime"] = float(row["_indextime"])
                if within(row, bounds) and matches(predicate, row, state):
                    rows.append(row)
    if any(isinstance(part, nodes.RawTerm) for part in getattr(predicate, "parts", [predicate])):
        raise SPLError("the row evaluator's tstats searches fields only", node.span, "tstats")
    rows.sort(key=lambda row: -row["_time"])
    return Rows(fields, rows)
