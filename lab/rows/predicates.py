"""The language of search, for one row: wildcards, no case, terms of the event's text."""

from __future__ import annotations

import re
from functools import lru_cache

from lab.engine.values import to_number
from lab.rows.networks import in_network
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
        return any(_same(value, one)
                   for one in texts(row.get(node.field_name)) for value in node.values)
    if isinstance(node, nodes.RawTerm):
        return any(_found(node, one) for one in texts(row.get("_raw")))
    raise SPLError(f"the row evaluator does not know {type(node).__name__} in a search",
                   node.span, type(node).__name__)


@lru_cache(maxsize=4096)
def wildcard(value: str, case: bool = False) -> re.Pattern[str]:
    flags = re.DOTALL if case else re.DOTALL | re.IGNORECASE
    return re.compile(".*".join(map(re.escape, value.split("*"))), flags)


@lru_cache(maxsize=65536)
def _same(value: str, one: str, case: bool = False) -> bool:
    """As text, with wildcards: "1" is not "1.0". A subnet matches the addresses in it (Search
    Reference, search: Comparison expressions)."""
    return wildcard(value, case).fullmatch(one) is not None \
        or ("/" in value and in_network(value, one))


def _passes(node: nodes.Compare, one: str) -> bool:
    if node.operator in ("=", "!="):
        same = _same(node.value, one, node.case)
        return same if node.operator == "=" else not same
    left, right = to_number(one), to_number(node.value)
    if left is None or right is None:
        left, right = one, node.value
    return {"<": left < right, ">": left > right, "<=": left <= right,
            ">=": left >= right}[node.operator]


def names_in(node: nodes.Predicate) -> set[str]:
    """Names of the fields that a predicate compares."""
    if isinstance(node, (nodes.And, nodes.Or)):
        return {name for part in node.parts for name in names_in(part)}
    if isinstance(node, nodes.Not):
        return names_in(node.part)
    return {node.field_name} if isinstance(node, (nodes.Compare, nodes.InValues)) else set()


# segmenters.conf.spec, MAJOR: single characters, and those of several.
_MAJOR = r"\[\]<>(){}|!;,'\"\s&?+"
_LONG = re.compile(r"--|%(?:2526|2520|21|26|3B|7C|20|2B|3D|5D|5B|3A|0A|2C|28|29)", re.IGNORECASE)


def _found(node: nodes.RawTerm, raw: str) -> bool:
    """A term lies between breakers, TERM() between major ones."""
    parted = _LONG.sub(" ", raw)
    if node.exact:
        return any(wildcard(node.text, node.case).fullmatch(one) is not None
                   for one in re.split(f"[{_MAJOR}]+", parted))
    return any(_term(node).search(one) is not None for one in {raw, parted})


@lru_cache(maxsize=4096)
def _term(node: nodes.RawTerm) -> re.Pattern[str]:
    """A word stands between characters that are neither letters nor digits; the wildcard of a
    single word does not cross a major breaker."""
    within = ".*" if node.phrase else f"[^{_MAJOR}]*"
    body = within.join(map(re.escape, node.text.split("*")))
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
