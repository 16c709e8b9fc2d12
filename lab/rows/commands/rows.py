"""Commands that choose or order rows."""

from __future__ import annotations

import functools
import ipaddress
import re

from lab.engine.values import to_number
from lab.rows.expressions import evaluate as value_of
from lab.rows.expressions import holds, truth
from lab.rows.functions.conditional import pattern
from lab.rows.predicates import matches, resolved
from lab.rows.state import Row, Rows, State
from lab.rows.values import texts
from lab.spl import nodes
from lab.spl.errors import SPLError

_DIGITS = re.compile(r"[-+]?\d+(\.\d+)?")


def search(node: nodes.Search, rows: Rows, state: State) -> Rows:
    predicate = resolved(node.predicate, state)
    return rows.with_fields([row for row in rows.rows if matches(predicate, row, state)])


def where(node: nodes.Where, rows: Rows, state: State) -> Rows:
    return rows.with_fields([row for row in rows.rows if holds(node.condition, row, state)])


def regex(node: nodes.Regex, rows: Rows, state: State) -> Rows:
    found = pattern(node.pattern)
    return rows.with_fields([
        row for row in rows.rows
        if any(found.search(one) for one in texts(row.get(node.field_name))) != node.negated
    ])


def head(node: nodes.Head, rows: Rows, state: State) -> Rows:
    """Up to the first row for which the condition is not true; null ends it unless null=true."""
    kept = []
    for row in rows.rows:
        if node.limit is not None and len(kept) >= node.limit:
            break
        if node.condition is not None:
            said = truth(value_of(node.condition, row, state))
            if said is False or (said is None and not node.null):
                if node.keeplast:
                    kept.append(row)
                break
        kept.append(row)
    return rows.with_fields(kept)


def tail(node: nodes.Tail, rows: Rows, state: State) -> Rows:
    """The last rows, the last of them first."""
    return rows.with_fields(rows.rows[-node.limit:][::-1])


def reverse(node: nodes.Reverse, rows: Rows, state: State) -> Rows:
    return rows.with_fields(rows.rows[::-1])


def sort(node: nodes.Sort, rows: Rows, state: State) -> Rows:
    ordered = sorted_rows(rows.rows, node.keys)
    if node.reverse:
        ordered = ordered[::-1]
    return rows.with_fields(ordered[:node.limit or None])


def sorted_rows(rows: list[Row], keys: tuple[nodes.SortKey, ...]) -> list[Row]:
    """A row without the field comes last, whichever way it goes."""

    def order(left: Row, right: Row) -> int:
        for key in keys:
            first, second = texts(left.get(key.name)), texts(right.get(key.name))
            if not first or not second:
                if bool(first) != bool(second):
                    return -1 if first else 1
                continue
            said = _compared(key.how, first[0], second[0])
            if key.how == "auto" and said:
                _settled(first[0], second[0], said)
            if said:
                return -said if key.descending else said
        return 0

    return sorted(rows, key=functools.cmp_to_key(order))


def _settled(left: str, right: str, said: int) -> None:
    """Text that begins with digits: the page of sort orders it by its characters in one place, by
    its number in another."""
    first, second = _DIGITS.match(left), _DIGITS.match(right)
    if first is None or second is None or _address(left) or _address(right) \
            or (to_number(left) is not None and to_number(right) is not None):
        return
    one, other = float(first[0]), float(second[0])
    if one != other and ((one > other) - (one < other)) != said:
        raise SPLError(f"sort: {left!r} and {right!r} have no documented order; write str() or"
                       " num()", construct="sort")


def _compared(how: str, left: str, right: str) -> int:
    if how in ("auto", "num"):
        first, second = to_number(left), to_number(right)
        if first is not None and second is not None:
            return (first > second) - (first < second)
        if how == "num":
            return (first is None) - (second is None)
    if how in ("auto", "ip"):
        one, other = _address(left), _address(right)
        if one is not None and other is not None:
            return (one > other) - (one < other)
    return (left > right) - (left < right)


def _address(value: str) -> tuple[int, int] | None:
    try:
        found = ipaddress.ip_address(value)
    except ValueError:
        return None
    return found.version, int(found)


def dedup(node: nodes.Dedup, rows: Rows, state: State) -> Rows:
    """The first rows of each combination; a row that lacks a field goes, unless keepempty."""
    given = sorted_rows(rows.rows, node.sortby) if node.sortby else rows.rows
    counts: dict[tuple, int] = {}
    kept, before = [], None
    for row in given:
        if any(row.get(name) is None for name in node.names):
            before = None
            if node.keepempty:
                kept.append(row)
            continue
        key = tuple(tuple(texts(row[name])) for name in node.names)
        if node.consecutive and key != before:
            counts = {}
        before = key
        counts[key] = counts.get(key, 0) + 1
        if counts[key] <= node.limit:
            kept.append(row)
        elif node.keepevents:
            kept.append({k: v for k, v in row.items() if k not in node.names})
    return rows.with_fields(kept)


COMMANDS = {
    nodes.Search: search, nodes.Where: where, nodes.Regex: regex, nodes.Head: head,
    nodes.Tail: tail, nodes.Reverse: reverse, nodes.Sort: sort, nodes.Dedup: dedup,
}
