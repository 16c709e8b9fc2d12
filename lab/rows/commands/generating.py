"""Rows of no event: addinfo's facts, gentimes, set."""

from __future__ import annotations

import re
from datetime import datetime, timezone

from lab.rows.state import Row, Rows, State
from lab.rows.values import texts
from lab.spl import nodes
from lab.spl.errors import SPLError

DAY = 86400
SET_LIMIT = 50_000


def addinfo(node: nodes.Addinfo, rows: Rows, state: State) -> Rows:
    """The bounds are those of the search's time range (Search Reference, addinfo)."""
    context = state.context
    facts: Row = {"info_min_time": f"{context.earliest or 0:.3f}",
                  "info_max_time": "+Infinity" if context.latest is None
                  else f"{context.latest:.3f}",
                  "info_search_time": f"{context.now:.3f}"}
    return rows.with_fields([{**row, **facts} for row in rows.rows], facts)


def gentimes(node: nodes.Gentimes, rows: Rows, state: State) -> Rows:
    """Stretches from start on that begin before the end, at the latest today's midnight."""
    today = int(state.context.now // DAY) * DAY
    start, end = _moment(node.start, today, node), today
    if node.end is not None:
        end = _moment(node.end, today, node)
    names = ["starttime", "endtime", "starthuman", "endhuman"]
    made = []
    while start < end:
        last = start + node.increment - 1
        made.append({"starttime": float(start), "endtime": float(last),
                     "starthuman": _human(start), "endhuman": _human(last)})
        start += node.increment
    return Rows(names, made)


def _human(moment: int) -> str:
    there = datetime.fromtimestamp(moment, timezone.utc)
    return f"{there:%a %b} {there.day:2d} {there:%H:%M:%S %Y}"


def _moment(words: str, today: int, node: nodes.Gentimes) -> int:
    if re.fullmatch(r"[-+]?\d+", words):
        return today + int(words) * DAY
    date, _, clock = words.partition(":")
    try:
        there = datetime.strptime(f"{date} {clock or '00:00:00'}", "%m/%d/%Y %H:%M:%S")
    except ValueError as error:
        raise SPLError(f"gentimes: {words!r} is no time", node.span, words) from error
    return int(there.replace(tzinfo=timezone.utc).timestamp())


def set_(node: nodes.Set, rows: Rows, state: State) -> Rows:
    """Rows are the same where all fields are; those of the first come before the second's."""
    first, second = state.run(node.first, state), state.run(node.second, state)
    keyed = []
    for side in (first, second):
        found = {_key(row): row for row in side.rows}
        if len(found) < len(side.rows) or len(side.rows) > SET_LIMIT:
            raise SPLError("set: a subsearch gives a row twice, or more than its limit", node.span,
                           "set")
        keyed.append(found)
    one, other = keyed
    kept = {"union": {**one, **{k: v for k, v in other.items() if k not in one}},
            "intersect": {k: v for k, v in one.items() if k in other},
            "diff": {**{k: v for k, v in one.items() if k not in other},
                     **{k: v for k, v in other.items() if k not in one}}}[node.kind]
    return Rows(list(dict.fromkeys([*first.fields, *second.fields])), list(kept.values()))


def _key(row: Row) -> tuple:
    return tuple(sorted((name, tuple(texts(value))) for name, value in row.items()))


COMMANDS = {nodes.Addinfo: addinfo, nodes.Gentimes: gentimes, nodes.Set: set_}
