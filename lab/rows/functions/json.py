"""JSON: reading by path, and making objects and arrays. Numbers keep the text they were written in."""

from __future__ import annotations

import json
import re

from lab.rows.values import Text, Value, many, text

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?")
_STEP = re.compile(r"([^.{}]+)|\{(\d*)\}|\.")


class _Written(str):
    """A number as it was written."""


def parsed(source: str):
    """The document; ValueError where it is none. Of a name that stands twice, the last counts."""
    return json.loads(source, parse_int=_Written, parse_float=_Written, parse_constant=_refuse)


def _refuse(name: str):
    raise ValueError(name)


def _steps(path: str) -> list[str | int | None]:
    """Names, positions in arrays, None for every member of an array."""
    steps: list[str | int | None] = []
    for match in _STEP.finditer(path):
        if match[1]:
            steps.append(match[1])
        elif match[0] != ".":
            steps.append(int(match[2]) if match[2] else None)
    return steps


def walk(document, steps: list) -> list:
    """Everything the path leads to."""
    found = [document]
    for step in steps:
        following = []
        for one in found:
            if isinstance(step, str):
                if isinstance(one, dict) and step in one:
                    following.append(one[step])
            elif isinstance(one, list):
                if step is None:
                    following += one
                elif step < len(one):
                    following.append(one[step])
        found = following
    return found


def _shown(value) -> str:
    if isinstance(value, _Written):
        return str(value)
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return dumped(value)


def dumped(value) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{_quoted(k)}:{dumped(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dumped, value)) + "]"
    return _quoted(value) if isinstance(value, str) and not isinstance(value, _Written) \
        else _shown(value)


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def spath(source: Value, path: Value) -> Value:
    """A multivalue where the path leads to several values; null for what is no JSON."""
    if source is None or path is None:
        return None
    try:
        document = parsed(text(source))
    except (ValueError, RecursionError):
        return None
    found = walk(document, _steps(text(path)))
    return many([_shown(one) for one in found])


def _extract(source: Value, *paths: Value) -> Value:
    try:
        document = parsed(text(source))
    except (ValueError, RecursionError):
        return None
    if not paths:
        return Text(dumped(document))
    results = []
    for path in paths:
        steps = _steps(text(path))
        found = walk(document, steps)
        if not found:
            results.append(None)
        else:
            results.append(found if None in steps else found[0])
    if len(results) > 1:
        return Text(dumped(results))
    (value,) = results
    return None if value is None else Text(_shown(value))


def _member(value: Value):
    """JSON made by a nested function becomes a part of the document, not a string."""
    if isinstance(value, list):
        return [str(one) for one in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float):
        return _Written(text(value))
    if not isinstance(value, Text) and _NUMBER.fullmatch(value):
        return _Written(value)
    if value[:1] in ("{", "["):
        try:
            return parsed(value)
        except (ValueError, RecursionError):
            return str(value)
    return str(value)


def _object(*pairs: Value) -> Value:
    return Text(dumped({text(k): _member(v) for k, v in zip(pairs[::2], pairs[1::2])}))


def _keys(source: Value) -> Value:
    try:
        document = parsed(text(source))
    except (ValueError, RecursionError):
        return None
    return Text(dumped(list(document))) if isinstance(document, dict) else None


def _valid(source: Value) -> Value:
    try:
        parsed(text(source))
    except (ValueError, RecursionError):
        return False
    return True


PLAIN = {
    "spath": spath, "json_object": _object,
    "json_array": lambda *values: Text(dumped([_member(value) for value in values])),
}
STRICT = {"json_extract": _extract, "json_keys": _keys, "json_valid": _valid}
