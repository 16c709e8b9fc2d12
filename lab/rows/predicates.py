"""The language of search, for one row: wildcards, no case, terms of the event's text."""

from __future__ import annotations

import re
from functools import lru_cache

from lab.engine.values import to_number
from lab.rows.state import Row, State
from lab.rows.values import texts
from lab.spl import nodes
from lab.spl.errors import SPLError


def matches(node: nodes.Predicate, row: Row, state: State) -> bool:
    if isinstance(node, nodes.MatchAll):
        return True
    if isinstance(node, nodes.And):
        return all(matches(part, row, state) for part in node.parts)
    if isinstance(node, nodes.Or):
        return any(matches(part, row, state) for part in node.parts)
    if isinstance(node, nodes.Not):
        return not matches(node.part, row, state)
    if isinstance(node, nodes.Compare):
        return any(_passes(node, one) for one in texts(row.get(node.field_name)))
    if isinstance(node, nodes.InValues):
        return any(wildcard(value).fullmatch(one) is not None or _same_number(value, one)
                   for one in texts(row.get(node.field_name)) for value in node.values)
    if isinstance(node, nodes.RawTerm):
        return any(_term(node).search(one) is not None for one in texts(row.get("_raw")))
    raise SPLError(f"the row evaluator does not know {type(node).__name__} in a search",
                   node.span, type(node).__name__)


@lru_cache(maxsize=4096)
def wildcard(value: str, case: bool = False) -> re.Pattern[str]:
    flags = re.DOTALL if case else re.DOTALL | re.IGNORECASE
    return re.compile(".*".join(map(re.escape, value.split("*"))), flags)


def _same_number(left: str, right: str) -> bool:
    first = to_number(left)
    return first is not None and first == to_number(right)


def _passes(node: nodes.Compare, one: str) -> bool:
    if node.operator in ("=", "!="):
        same = wildcard(node.value, node.case).fullmatch(one) is not None \
            or _same_number(node.value, one)
        return same if node.operator == "=" else not same
    left, right = to_number(one), to_number(node.value)
    if left is None or right is None:
        left, right = one, node.value
    return {"<": left < right, ">": left > right, "<=": left <= right,
            ">=": left >= right}[node.operator]


@lru_cache(maxsize=4096)
def _term(node: nodes.RawTerm) -> re.Pattern[str]:
    """A term stands between characters that are neither letters nor digits."""
    body = ".*".join(map(re.escape, node.text.split("*")))
    before = r"(?<![^\W_])" if node.text[:1].isalnum() else ""
    after = r"(?![^\W_])" if node.text[-1:].isalnum() else ""
    return re.compile(before + body + after, re.DOTALL | (0 if node.case else re.IGNORECASE))


def resolved(node: nodes.Predicate, state: State) -> nodes.Predicate:
    """Subsearches replaced by what their rows ask for: AND within a row, OR between rows."""
    if isinstance(node, (nodes.And, nodes.Or)):
        return type(node)(tuple(resolved(part, state) for part in node.parts), span=node.span)
    if isinstance(node, nodes.Not):
        return nodes.Not(resolved(node.part, state), span=node.span)
    if not isinstance(node, nodes.SubsearchTerms):
        return node
    from lab.spl.parse import parse_predicate

    found = state.run(node.pipeline, state)
    alternatives: list[nodes.Predicate] = []
    for row in found.rows:
        parts: list[nodes.Predicate] = []
        for name, value in row.items():
            if name.startswith("_"):
                continue
            if name in ("search", "query"):
                parts += [parse_predicate(one, state.context.app) for one in texts(value)]
            else:
                parts.append(nodes.Or(tuple(nodes.Compare(name, "=", one)
                                            for one in texts(value))))
        if parts:
            alternatives.append(nodes.And(tuple(parts)))
    return nodes.Or(tuple(alternatives)) if alternatives else nodes.Not(nodes.MatchAll())
