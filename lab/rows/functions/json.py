"""JSON: reading by path, and making objects and arrays. Numbers keep the text they were written in."""

from __future__ import annotations

import json
import re

from lab.rows.values import Text, Value, many, text, texts
from lab.spl.errors import SPLError

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


def shown(value) -> str:
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
        else shown(value)


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
    return many([shown(one) for one in found])


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
    return None if value is None else Text(shown(value))


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


def _changed(exact: bool, change):
    """json_set and its kin: (path, value) pairs, one after the other; null for no document."""

    def applied(source: Value, *pairs: Value) -> Value:
        try:
            document = parsed(text(source)) if source is not None else None
        except (ValueError, RecursionError):
            return None
        if not isinstance(document, (dict, list)):
            return None
        for path, value in zip(pairs[::2], pairs[1::2]):
            steps = [text(path)] if exact else _steps(text(path))
            if None in steps:
                raise SPLError("the row evaluator changes single places of JSON only",
                               construct="json_set")
            change(document, steps, _member(value))
        return Text(dumped(document))

    return applied


def _set(document, steps: list, value) -> None:
    for step, following in zip(steps, steps[1:]):
        if isinstance(step, int):
            if not isinstance(document, list) or step >= len(document):
                raise SPLError("the row evaluator's json_set() makes no places in arrays",
                               construct="json_set")
            document = document[step]
            continue
        if not isinstance(document, dict):
            raise SPLError("the row evaluator's json_set() makes objects in objects only",
                           construct="json_set")
        if not isinstance(document.get(step), (dict, list)):
            document[step] = {}
        document = document[step]
    step = steps[-1]
    if isinstance(step, int) != isinstance(document, list) \
            or isinstance(step, int) and step >= len(document):
        raise SPLError("the row evaluator's json_set() makes no places in arrays",
                       construct="json_set")
    document[step] = value


def _adding(flat: bool):
    def change(document, steps: list, value) -> None:
        found = walk(document, steps)
        if len(found) != 1 or not isinstance(found[0], list):
            raise SPLError("the row evaluator appends to one array only", construct="json_append")
        if flat and isinstance(value, list):
            found[0].extend(value)
        else:
            found[0].append(value)

    return change


def _delete(source: Value, *paths: Value) -> Value:
    try:
        document = parsed(text(source))
    except (ValueError, RecursionError):
        return None
    for path in paths:
        *way, last = _steps(text(path))
        for holder in walk(document, way):
            if isinstance(holder, dict) and isinstance(last, str):
                holder.pop(last, None)
            elif isinstance(holder, list) and isinstance(last, int) and last < len(holder):
                del holder[last]
            elif isinstance(holder, list) and last is None:
                holder.clear()
    return Text(dumped(document))


def _extract_exact(source: Value, *keys: Value) -> Value:
    try:
        document = parsed(text(source))
    except (ValueError, RecursionError):
        return None
    held = document if isinstance(document, dict) else {}
    if not keys:
        return Text(dumped(document))
    if len(keys) > 1:
        return Text(dumped([held.get(text(key)) for key in keys]))
    return Text(shown(held[text(keys[0])])) if text(keys[0]) in held else None


def _has_key_exact(source: Value, key: Value) -> Value:
    try:
        document = parsed(text(source))
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and text(key) in document


def _to_multivalue(source: Value, quoted: Value = False) -> Value:
    try:
        document = parsed(text(source)) if source is not None else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, list):
        return None
    return many([dumped(one) if quoted is True else shown(one) for one in document])


def _json(source: Value) -> Value:
    return source if _valid(source) else None


PLAIN = {
    "json_set": _changed(False, _set), "json_set_exact": _changed(True, _set),
    "json_append": _changed(False, _adding(False)), "json_extend": _changed(False, _adding(True)),
    "json_array_to_mv": _to_multivalue,
    "mv_to_json_array": lambda value: None if value is None
    else Text(dumped([str(one) for one in texts(value)])),
    "spath": spath, "json_object": _object,
    "json_array": lambda *values: Text(dumped([_member(value) for value in values])),
}
STRICT = {"json_extract": _extract, "json_keys": _keys, "json_valid": _valid,
          "json_delete": _delete, "json_extract_exact": _extract_exact,
          "json_has_key_exact": _has_key_exact, "json": _json}
