"""Parameters of a query that lists and pages share, and values of documents as plain ones."""

from __future__ import annotations

from ciw_triage.errors import BadRequest


def several(given, name, allowed):
    """Values with commas between, each of those that are allowed."""
    values = tuple(value for value in given.get(name, "").split(",") if value)
    for value in values:
        if value not in allowed:
            raise BadRequest("{} must be of: {}.".format(name, ", ".join(allowed)), name)
    return values


def whole(given, name, default, highest):
    """A whole number of ASCII digits, at most `highest`."""
    value = given.get(name, "")
    if not value:
        return default
    if not (value.isascii() and value.isdigit()) or len(value) > 9 or int(value) > highest:
        raise BadRequest(f"{name} must be a whole number of at most {highest}.", name)
    return int(value)


def texts(value):
    """A multi-valued field: KV gives an array, or the bare value where there was one."""
    if not value:
        return []
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def first(value):
    """The first value of a field, empty where it has none."""
    found = texts(value)
    return found[0] if found else ""


def number(value):
    """A number of a document; 0 where it is none."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return 0
    if not abs(found) < 1e15:
        return 0
    return int(found) if found == int(found) else found
