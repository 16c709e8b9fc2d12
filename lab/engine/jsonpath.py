"""Paths into JSON as eval's JSON functions write them: `a.b`, `a{0}.b`, `a{}`, `a{-1}`."""

from __future__ import annotations

import re
from typing import Any

_STEP = re.compile(r"\{(?P<index>-?\d*)\}|(?P<key>(?:\\.|[^.{\\])+)")


def steps(path: str) -> list[str | int | None]:
    """Keys as text, positions as numbers, None for `{}` (every item)."""
    found: list[str | int | None] = []
    for match in _STEP.finditer(path):
        if match["key"] is not None:
            found.append(re.sub(r"\\(.)", r"\1", match["key"]))
        else:
            found.append(int(match["index"]) if match["index"] else None)
    return found


def collect(document: Any, path: str) -> tuple[list[Any], bool]:
    """The values at a path, and whether the path may have several."""
    values, several = [document], False
    for step in steps(path):
        following: list[Any] = []
        for value in values:
            if step is None:
                if isinstance(value, list):
                    following.extend(value)
            elif isinstance(step, int):
                if isinstance(value, list) and -len(value) <= step < len(value):
                    following.append(value[step])
            elif isinstance(value, dict) and step in value:
                following.append(value[step])
        several = several or step is None
        values = following
    return values, several


def keys_of(document: Any) -> list[Any]:
    return list(document) if isinstance(document, dict) else list(range(len(document)))


def change(document: Any, operation: str, arguments: list[Any]) -> Any:
    """json_set, json_append, json_extend (pairs of path and value) and json_delete (paths)."""
    if operation == "delete":
        for path in arguments:
            _delete(document, steps(str(path)))
        return document
    for path, value in zip(arguments[::2], arguments[1::2]):
        parent, last = _parent(document, steps(str(path)), operation == "set")
        if parent is None:
            continue
        if operation == "set":
            _put(parent, last, value)
            continue
        target = _get(parent, last)
        if target is None:
            continue
        if not isinstance(target, list):
            target = [target]
            _put(parent, last, target)
        extend = operation == "extend" and isinstance(value, list)
        target.extend(value if extend else [value])
    return document


def _get(parent: Any, step: str | int | None) -> Any:
    if isinstance(parent, dict):
        return parent.get(step)
    if isinstance(parent, list) and isinstance(step, int) and -len(parent) <= step < len(parent):
        return parent[step]
    return None


def _put(parent: Any, step: str | int | None, value: Any) -> None:
    if isinstance(parent, dict) and isinstance(step, str):
        parent[step] = value
    elif isinstance(parent, list) and isinstance(step, int):
        if -len(parent) <= step < len(parent):
            parent[step] = value
        elif step == len(parent):
            parent.append(value)


def _parent(document: Any, path: list[str | int | None], create: bool):
    for step in path[:-1]:
        following = _get(document, step)
        if following is None and create and isinstance(document, dict):
            following = document[step] = {}
        if following is None:
            return None, None
        document = following
    return (document, path[-1]) if path else (None, None)


def _delete(document: Any, path: list[str | int | None]) -> None:
    parent, last = _parent(document, path, False)
    if isinstance(parent, dict):
        parent.pop(last, None)
    elif isinstance(parent, list) and isinstance(last, int) and -len(parent) <= last < len(parent):
        del parent[last]
