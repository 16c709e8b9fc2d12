"""The KV store's query language: filters, sorting and projections over JSON documents.

The documented operators are $gt $gte $lt $lte $ne $and $or $not, and $regex with $options; any
other is refused. Comparison follows MongoDB, which Splunk's KV store is: values compare only
within their type, an array matches when one of its members does, and null matches a missing
field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

Document = dict[str, Any]
Test = Callable[[Document], bool]


class BadQuery(ValueError):
    """A query, sort or projection that the KV store would not take (HTTP 400)."""


_MISSING = object()


def value_at(document: Any, path: str) -> Any:
    """The value under a dotted path; `_MISSING` where there is none."""
    if isinstance(document, dict) and path in document:
        return document[path]
    current = document
    for part in path.split("."):
        if isinstance(current, dict) and part in current:
            current = current[part]
        elif isinstance(current, list) and part.isdigit() and int(part) < len(current):
            current = current[int(part)]
        else:
            return _MISSING
    return current


def _rank(value: Any) -> int:
    """MongoDB's order of types: missing and null, numbers, strings, objects, arrays, booleans."""
    if value is _MISSING or value is None:
        return 0
    if isinstance(value, bool):
        return 5
    if isinstance(value, (int, float)):
        return 1
    if isinstance(value, str):
        return 2
    return 3 if isinstance(value, dict) else 4


def _any(value: Any, test: Callable[[Any], bool]) -> bool:
    if isinstance(value, list):
        return test(value) or any(test(member) for member in value)
    return test(value)


def _equal(left: Any, right: Any) -> bool:
    return _rank(left) == _rank(right) and (_rank(left) == 0 or left == right)


_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "$gt": lambda a, b: a > b,
    "$gte": lambda a, b: a >= b,
    "$lt": lambda a, b: a < b,
    "$lte": lambda a, b: a <= b,
}


def _condition(path: str, operator: str, operand: Any, options: str) -> Test:
    if operator in _ORDER:
        if _rank(operand) not in (1, 2, 5):
            raise BadQuery(f"{operator} on {path!r} takes a number, a string or a boolean")
        compare = _ORDER[operator]
        return lambda document: _any(
            value_at(document, path),
            lambda value: _rank(value) == _rank(operand) and compare(value, operand),
        )
    if operator == "$ne":
        return lambda document: not _any(
            value_at(document, path), lambda value: _equal(value, operand)
        )
    if operator == "$regex":
        if not isinstance(operand, str) or set(options) - set("imsx"):
            raise BadQuery(f"$regex on {path!r} takes a string, and $options of i, m, s, x")
        flags = sum({"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}[letter] for letter in options)
        try:
            compiled = re.compile(operand, flags)
        except re.error as error:
            raise BadQuery(f"$regex on {path!r}: {error}") from error
        return lambda document: _any(
            value_at(document, path),
            lambda value: isinstance(value, str) and compiled.search(value) is not None,
        )
    if operator == "$not":
        inner = _field(path, operand)
        return lambda document: not inner(document)
    raise BadQuery(
        f"operator {operator!r} on {path!r} is not one of the KV store's: $gt $gte $lt $lte $ne"
        " $regex $not, and $and $or around whole conditions"
    )


def _field(path: str, wanted: Any) -> Test:
    if isinstance(wanted, dict) and any(key.startswith("$") for key in wanted):
        options = wanted.get("$options", "")
        tests = [_condition(path, key, value, options)
                 for key, value in wanted.items() if key != "$options"]
        return lambda document: all(test(document) for test in tests)
    return lambda document: _any(value_at(document, path), lambda value: _equal(value, wanted))


def compile_query(query: Any) -> Test:
    """A test of documents from a query object; None or {} lets every document through."""
    if query is None:
        return lambda document: True
    if not isinstance(query, dict):
        raise BadQuery("a query is a JSON object")
    tests: list[Test] = []
    for key, wanted in query.items():
        if key in ("$and", "$or"):
            if not isinstance(wanted, list) or not wanted:
                raise BadQuery(f"{key} takes a list of conditions")
            parts = [compile_query(part) for part in wanted]
            gather = all if key == "$and" else any
            tests.append(lambda document, parts=parts, gather=gather: gather(
                part(document) for part in parts))
        elif key == "$not":
            inner = compile_query(wanted)
            tests.append(lambda document, inner=inner: not inner(document))
        elif key.startswith("$"):
            raise BadQuery(f"operator {key!r} is not one of the KV store's: $and, $or, $not")
        else:
            tests.append(_field(key, wanted))
    return lambda document: all(test(document) for test in tests)


def wanted_keys(query: Any) -> list[str] | None:
    """The `_key`s that a query of keys only asks for; None when it must look at every document."""
    if not isinstance(query, dict) or len(query) != 1:
        return None
    (name, value), = query.items()
    if name == "_key" and isinstance(value, str):
        return [value]
    if name == "$or" and isinstance(value, list):
        keys = []
        for part in value:
            found = wanted_keys(part)
            if found is None:
                return None
            keys += found
        return keys
    return None


def _pairs(text: str | Sequence[str], what: str, allowed: tuple[str, ...]) -> list[tuple[str, str]]:
    pairs = []
    for part in text.split(",") if isinstance(text, str) else text:
        name, _, flag = part.strip().rpartition(":")
        if not name or flag not in allowed:
            name, flag = part.strip(), "1"
        if name:
            pairs.append((name, flag))
    if not pairs:
        raise BadQuery(f"{what} is empty")
    return pairs


def order(documents: Iterable[Document], sort: str | Sequence[str]) -> list[Document]:
    """By `field`, `field:1` or `field:-1`, several joined by commas; missing values come first."""
    ordered = list(documents)
    for name, flag in reversed(_pairs(sort, "sort", ("1", "-1"))):
        def sort_key(document: Document, name: str = name) -> tuple[int, Any]:
            value = value_at(document, name)
            if isinstance(value, list):
                value = min((v for v in value), key=lambda v: (_rank(v), str(v)), default=None)
            rank = _rank(value)
            return rank, (value if rank in (1, 2, 5) else "")
        ordered.sort(key=sort_key, reverse=flag == "-1")
    return ordered


def project(documents: Iterable[Document], fields: str | Sequence[str]) -> list[Document]:
    """`a,b` keeps those and _key; `_key:0` drops the key; `a:0` alone keeps all but a."""
    pairs = _pairs(fields, "fields", ("0", "1"))
    kept = [name for name, flag in pairs if flag == "1"]
    dropped = {name for name, flag in pairs if flag == "0"}
    if kept and dropped - {"_key"}:
        raise BadQuery("fields may not both keep and drop, save for _key:0")
    if not kept:
        return [{k: v for k, v in d.items() if k not in dropped} for d in documents]
    if "_key" not in dropped and "_key" not in kept:
        kept.append("_key")
    projected = []
    for document in documents:
        found = {name: value_at(document, name) for name in kept}
        projected.append({name: value for name, value in found.items() if value is not _MISSING})
    return projected
