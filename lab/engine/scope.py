"""What a search can find: its windows, its indexes and source types, its terms resolved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lab.app import App
from lab.engine.eventtypes import event_type_predicate, tag_predicate
from lab.engine.patterns import wildcard
from lab.engine.session import Session
from lab.spl import nodes
from lab.spl.errors import nearest
from lab.spl.timemodifier import resolve

DEFAULT_INDEX = "main"


@dataclass(frozen=True)
class Window:
    """[earliest, latest) of both times, epoch seconds; None where open."""

    earliest: float | None
    latest: float | None
    index_earliest: float | None
    index_latest: float | None


def window_of(session: Session, window: nodes.TimeWindow) -> Window:
    """The search's own modifiers go before the window it was started with."""
    context = session.context

    def bound(words: str | None, otherwise: float | None) -> float | None:
        if words is None:
            return otherwise
        if words.strip() in ("", "0"):
            return None
        return resolve(words, context.now, timeformat=window.timeformat)

    index_latest = bound(window.index_latest, context.index_latest)
    if context.visible_before is not None:
        index_latest = context.visible_before if index_latest is None \
            else min(index_latest, context.visible_before)
    return Window(
        bound(window.earliest, context.earliest), bound(window.latest, context.latest),
        bound(window.index_earliest, context.index_earliest), index_latest,
    )


def indexes_of(session: Session, predicate: nodes.Predicate, datatype: str = "event"
               ) -> list[str]:
    """The indexes that the predicate can find events in and the user's roles may search.

    `datatype` is event or metric: search and tstats see nothing of a metric index, mstats and
    mcatalog nothing of an event index.

    Where it names none, those of srchIndexesDefault; `main` for a user without roles. What the
    roles do not allow is left out without a word, as Splunk does.
    """
    context = session.context
    known = sorted({*context.app.indexes, *context.home.store.indexes()})
    wanted = _index_patterns(predicate)
    if wanted is None:
        wanted = [DEFAULT_INDEX] if context.indexes_default is None else context.indexes_default
        wanted = [value for value in wanted if "*" in value or value in known]
    chosen = []
    for value in wanted:
        matches = matching(value, known)
        if "*" not in value and not allowed(session, [value]):
            # No word of whether it exists: that would tell more than Splunk does.
            continue
        if not matches and "*" not in value:
            near = nearest(value, known)
            session.warn(f"the index {value!r} does not exist; the search finds nothing in it"
                         + (f"; {near}" if near else ""))
        fitting = [name for name in matches if _datatype(context.app, name) == datatype]
        if matches and not fitting and "*" not in value:
            session.warn(f"the index {value!r} does not hold {datatype}s; the search finds nothing"
                         " in it")
        chosen += [name for name in allowed(session, fitting) if name not in chosen]
    return chosen


def _datatype(app: App, index: str) -> str:
    definition = app.indexes.get(index)
    return "event" if definition is None else definition.datatype


def matching(pattern: str, names: Iterable[str]) -> list[str]:
    """A `*` stands for ordinary or, behind an underscore, for internal indexes, never for both."""
    return [name for name in names if wildcard(pattern, False).match(name)
            and (not name.startswith("_") or pattern.startswith("_"))]


def allowed(session: Session, names: Sequence[str]) -> list[str]:
    """Those that srchIndexesAllowed and srchIndexesDisallowed let the search read."""
    context = session.context

    def listed(name: str, patterns: Sequence[str]) -> bool:
        return any(matching(pattern, [name]) for pattern in patterns)

    return [name for name in names
            if (context.indexes_allowed is None or listed(name, context.indexes_allowed))
            and not listed(name, context.indexes_disallowed)]


def restricted(session: Session, predicate: nodes.Predicate) -> nodes.Predicate:
    """The search of a generating command, and with it the srchFilter of the user's roles."""
    words = session.context.search_filter.strip()
    if words in ("", "*"):
        return predicate
    from lab.spl.parse import parse_predicate

    return nodes.And((predicate, resolved(session, parse_predicate(words, session.context.app))),
                     span=predicate.span)


def _index_patterns(node: nodes.Predicate) -> list[str] | None:
    """Values that `index` may have; None where the predicate does not say."""
    if isinstance(node, nodes.Compare) and node.field_name == "index" and node.operator == "=":
        return [node.value]
    if isinstance(node, nodes.InValues) and node.field_name == "index":
        return list(node.values)
    if isinstance(node, nodes.And):
        found = [part for part in map(_index_patterns, node.parts) if part is not None]
        return min(found, key=len) if found else None
    if isinstance(node, nodes.Or):
        parts = [_index_patterns(part) for part in node.parts]
        if any(part is not None for part in parts):
            return [value for part in parts for value in part or [DEFAULT_INDEX]]
    return None


def sourcetypes_of(node: nodes.Predicate) -> set[str] | None:
    """Source types (lower case, * stands for anything) that alone can match; None where any can."""
    if isinstance(node, nodes.Compare) and node.field_name == "sourcetype" \
            and node.operator == "=":
        return {node.value.lower()}
    if isinstance(node, nodes.InValues) and node.field_name == "sourcetype":
        return {value.lower() for value in node.values}
    if isinstance(node, nodes.And):
        found = [part for part in map(sourcetypes_of, node.parts) if part is not None]
        exact = [part for part in found if not any("*" in name for name in part)]
        if exact:
            return set.intersection(*exact)
        return min(found, key=len) if found else None
    if isinstance(node, nodes.Or):
        parts = [sourcetypes_of(part) for part in node.parts]
        return None if None in parts else set().union(*parts)
    return None


def resolved(session: Session, node: nodes.Predicate) -> nodes.Predicate:
    """Event types, tags and subsearches replaced by the predicates they stand for."""
    if isinstance(node, nodes.And):
        return nodes.And(tuple(resolved(session, part) for part in node.parts), span=node.span)
    if isinstance(node, nodes.Or):
        return nodes.Or(tuple(resolved(session, part) for part in node.parts), span=node.span)
    if isinstance(node, nodes.Not):
        return nodes.Not(resolved(session, node.part), span=node.span)
    if isinstance(node, nodes.SubsearchTerms):
        from lab.engine.subsearch import as_predicate

        return as_predicate(session, node)
    if isinstance(node, nodes.Compare) and node.operator in ("=", "!="):
        app = session.context.app
        found = None
        if node.field_name == "eventtype":
            found = event_type_predicate(app, node.value)
        elif node.field_name == "tag" or node.field_name.startswith("tag::"):
            found = tag_predicate(app, node.field_name.partition("::")[2], node.value)
        if found is not None:
            found = resolved(session, found)
            return found if node.operator == "=" else nodes.Not(found, span=node.span)
    return node


def settled(node: nodes.Predicate, certain: dict[str, set[str]]) -> nodes.Predicate:
    """What is left to test of each event; `certain` has the only values, in lower case, that a
    field has in all of the events at hand, each of which has one of them."""
    if isinstance(node, (nodes.And, nodes.Or)):
        parts = tuple(settled(part, certain) for part in node.parts)
        if isinstance(node, nodes.Or):
            return nodes.MatchAll(span=node.span) if any(map(_is_all, parts)) \
                else nodes.Or(parts, span=node.span)
        left = tuple(part for part in parts if not _is_all(part))
        if len(left) < 2:
            return left[0] if left else nodes.MatchAll(span=node.span)
        return nodes.And(left, span=node.span)
    if isinstance(node, nodes.Compare) and node.operator == "=" and not node.case:
        values = (node.value,)
    elif isinstance(node, nodes.InValues):
        values = node.values
    else:
        return node
    known = certain.get(node.field_name)
    if known and all(any(_is(value, one) for value in values) for one in known):
        return nodes.MatchAll(span=node.span)
    return node


def _is_all(node: nodes.Predicate) -> bool:
    return isinstance(node, nodes.MatchAll)


def _is(value: str, one: str) -> bool:
    return value == "*" or value.lower() == one
