"""Eval's JSON functions and its spath(). Values that are JSON text nest as JSON."""

from __future__ import annotations

import json
import re
from typing import Any

from lab.engine.expressions import Compiler, Typed, condition, text
from lab.engine.functions import SIMPLE, Simple, special
from lab.engine.jsonpath import collect, keys_of
from lab.engine.values import to_number
from lab.spl import nodes
from lab.spl.errors import SPLError


def load(value: str | None) -> Any:
    """ValueError where it is not JSON."""
    if value is None:
        raise ValueError("no JSON")
    return json.loads(value)


def dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def shown(value: Any) -> str | None:
    """A JSON value as a field's text; JSON null is null."""
    if value is None:
        return None
    if isinstance(value, str):
        return value
    return dump(value)


def _extract(value: str | None, paths: list[str] | None) -> str | None:
    try:
        document = load(value)
    except ValueError:
        return None
    if not paths:
        return dump(document)
    results = []
    for path in paths:
        found, many_values = collect(document, path)
        results.append(found if many_values else (found[0] if found else None))
    if len(paths) > 1:
        return dump(results)
    return shown(results[0]) if results[0] != [] else None


def _valid(value: str | None) -> bool | None:
    if value is None:
        return None
    try:
        json.loads(value)
    except ValueError:
        return False
    return True


def _keys(value: str | None) -> str | None:
    try:
        document = load(value)
    except ValueError:
        return None
    return dump(keys_of(document)) if isinstance(document, (dict, list)) else None


def _to_mv(value: str | None, quoted: bool | None = False) -> list[str] | None:
    """With `quoted`, strings keep their quotes."""
    try:
        document = load(value)
    except ValueError:
        return None
    if not isinstance(document, list):
        return None
    return [dump(item) if quoted or item is None else shown(item) for item in document] or None


def _json(value: str | None) -> str | None:
    return value if _valid(value) else None


def _has_key(value: str | None, key: str | None) -> bool | None:
    try:
        document = load(value)
    except ValueError:
        return None
    return isinstance(document, dict) and key in document


def _from_mv(values: list[str] | None) -> str | None:
    return None if values is None else dump(values)


def _spath(value: str, path: str) -> list[str] | None:
    from lab.engine.spath import values_at

    return values_at(value, path) or None


SIMPLE.update({
    "json_valid": Simple("s", "bool", python=_valid),
    "json_keys": Simple("s", "str", python=_keys),
    "json": Simple("s", "str", python=_json),
    "json_has_key_exact": Simple("ss", "bool", python=_has_key),
    "tomv": Simple("s", "mv", python=lambda value: _to_mv(value, True)),
    "mv_to_json_array": Simple("l", "str", python=_from_mv),
    "spath": Simple("ss", "mv", python=_spath, strict=True),
})


def _arguments(compiler: Compiler, items: tuple[nodes.Expression, ...]) -> str:
    """Every argument as JSON text, in one list for a Python function."""
    parts = []
    for item in items:
        value = compiler.compile(item)
        if value.kind == "num":
            parts.append(f"coalesce({text(value)}, 'null')")
        elif value.kind == "bool":
            parts.append(f"coalesce(CASE WHEN {value.sql} THEN 'true' ELSE 'false' END, 'null')")
        elif value.kind == "null":
            parts.append("'null'")
        elif value.kind == "mv":
            name = compiler.session.function("py_json_many", _json_many, ["VARCHAR[]"], "VARCHAR")
            parts.append(f"{name}({value.sql})")
        else:
            quoted_string = isinstance(value.literal, str)
            name = compiler.session.function(
                "py_json_literal" if quoted_string else "py_json_text",
                _json_literal if quoted_string else _json_text, ["VARCHAR"], "VARCHAR",
            )
            parts.append(f"{name}({value.sql})")
    return f"CAST([{', '.join(parts)}] AS VARCHAR[])"


def _json_text(value: str | None) -> str:
    """A field's text: nested JSON stays JSON, what looks numeric is a number."""
    if value is None:
        return "null"
    if value[:1] in "{[":
        try:
            return dump(json.loads(value))
        except ValueError:
            return dump(value)
    return value if _plain_number(value) else dump(value)


def _plain_number(value: str) -> bool:
    return bool(re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?", value)) \
        and to_number(value) is not None


def _json_literal(value: str | None) -> str:
    return "null" if value is None else dump(value)


def _json_many(values: list[str] | None) -> str:
    return "null" if values is None else "[" + ",".join(_json_text(v) for v in values) + "]"


def _object(parts: list[str] | None) -> str:
    pairs = zip((parts or [])[::2], (parts or [])[1::2])
    return "{" + ",".join(f"{_key(name)}:{value}" for name, value in pairs) + "}"


def _key(name: str) -> str:
    loaded = json.loads(name)
    return dump(loaded if isinstance(loaded, str) else name)


def _array(parts: list[str] | None) -> str:
    return "[" + ",".join(parts or []) + "]"


@special("json_object", "json_array")
def _make(compiler: Compiler, node: nodes.Call) -> Typed:
    body = _object if node.name == "json_object" else _array
    name = compiler.session.function(f"py_{node.name}", body, ["VARCHAR[]"], "VARCHAR")
    return Typed(f"{name}({_arguments(compiler, node.arguments)})", "str")


@special("json_extract", "json_extract_exact")
def _json_extract(compiler: Compiler, node: nodes.Call) -> Typed:
    parts = [compiler.compile(argument) for argument in node.arguments]
    if node.name == "json_extract_exact" and len(parts) > 2:
        raise SPLError("json_extract_exact() is supported with one key", node.span, node.name)
    document = parts[0]
    source = text(document, node.span) if document.kind != "mv" else f"{document.sql}[1]"
    paths = ", ".join(text(part, node.span) for part in parts[1:])
    body = _extract if node.name == "json_extract" else _exact
    name = compiler.session.function(f"py_{node.name}", body, ["VARCHAR", "VARCHAR[]"], "VARCHAR")
    return Typed(f"{name}({source}, CAST([{paths}] AS VARCHAR[]))", "str")


def _exact(value: str | None, keys: list[str] | None) -> str | None:
    try:
        document = load(value)
    except ValueError:
        return None
    if not keys:
        return dump(document)
    return shown(document.get(keys[0])) if isinstance(document, dict) else None


@special("json_array_to_mv")
def _array_to_mv(compiler: Compiler, node: nodes.Call) -> Typed:
    document = text(compiler.compile(node.arguments[0]), node.span)
    quoted = "FALSE" if len(node.arguments) == 1 else condition(
        compiler.compile(node.arguments[1]), node.arguments[1].span)
    name = compiler.session.function("py_json_array_to_mv", _to_mv, ["VARCHAR", "BOOLEAN"],
                                     "VARCHAR[]")
    return Typed(f"{name}({document}, {quoted})", "mv")


@special("json_set_exact")
def _set_exact(compiler: Compiler, node: nodes.Call) -> Typed:
    def body(value: str | None, parts: list[str] | None) -> str | None:
        try:
            document = load(value)
        except ValueError:
            return None
        if not isinstance(document, dict):
            return None
        loaded = [json.loads(part) for part in parts or []]
        document.update(zip(map(str, loaded[::2]), loaded[1::2]))
        return dump(document)

    name = compiler.session.function("py_json_set_exact", body, ["VARCHAR", "VARCHAR[]"],
                                     "VARCHAR")
    document = text(compiler.compile(node.arguments[0]), node.span)
    return Typed(f"{name}({document}, {_arguments(compiler, node.arguments[1:])})", "str")


@special("json_set", "json_append", "json_extend", "json_delete")
def _change(compiler: Compiler, node: nodes.Call) -> Typed:
    from lab.engine.jsonpath import change

    operation = node.name[len("json_"):]

    def body(value: str | None, parts: list[str] | None) -> str | None:
        try:
            document = load(value)
        except ValueError:
            return None
        loaded = [json.loads(part) for part in parts or []]
        return dump(change(document, operation, loaded))

    name = compiler.session.function(f"py_{node.name}", body, ["VARCHAR", "VARCHAR[]"], "VARCHAR")
    document = compiler.compile(node.arguments[0])
    return Typed(f"{name}({text(document, node.span)},"
                 f" {_arguments(compiler, node.arguments[1:])})", "str")

