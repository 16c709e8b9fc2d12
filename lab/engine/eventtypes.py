"""What `eventtype=` and `tag=` stand for, from eventtypes.conf and tags.conf."""

from __future__ import annotations

from functools import lru_cache

from lab.engine.patterns import wildcard
from lab.spl import nodes
from lab.spl.parse import parse

_NOTHING = nodes.Not(nodes.MatchAll())


@lru_cache(maxsize=1024)
def predicate_of(app, name: str) -> nodes.Predicate:
    """The predicate of one event type. Raises SPLError for a malformed search."""
    search = app.eventtypes[name].search
    return parse("search " + search, app).commands[0].predicate


def event_type_predicate(app, value: str) -> nodes.Predicate:
    names = [name for name in app.eventtypes if wildcard(value, False).match(name)]
    return _any([predicate_of(app, name) for name in names])


def tag_predicate(app, field_name: str, value: str) -> nodes.Predicate:
    """`tag=value`, or `tag::field=value` when `field_name` is given."""
    parts: list[nodes.Predicate] = []
    pattern = wildcard(value, False)
    for (field, tagged), tags in app.tags.items():
        if field_name and field != field_name or not any(pattern.match(tag) for tag in tags):
            continue
        if field == "eventtype":
            if tagged in app.eventtypes:
                parts.append(predicate_of(app, tagged))
        else:
            parts.append(nodes.Compare(field, "=", tagged))
    return _any(parts)


def _any(parts: list[nodes.Predicate]) -> nodes.Predicate:
    if not parts:
        return _NOTHING
    return parts[0] if len(parts) == 1 else nodes.Or(tuple(parts))
