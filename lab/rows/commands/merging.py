"""multisearch, union: the rows of several searches; eventcount and metadata: what indexes hold."""

from __future__ import annotations

import math

from lab.rows.events import every_event
from lab.rows.predicates import wildcard
from lab.rows.state import Row, Rows, State
from lab.rows.values import number
from lab.spl import nodes
from lab.spl.errors import SPLError


def _fields(parts: list[Rows]) -> list[str]:
    return list(dict.fromkeys(name for part in parts for name in part.fields))


def _newest_first(parts: list[Rows], node: nodes.Command) -> list[Row]:
    """By falling `_time`; of one time in the order of the searches."""
    merged = [row for part in parts for row in part.rows]
    if any(number(row.get("_time")) is None for row in merged):
        raise SPLError("rows without _time have no place among the others", node.span, "_time")
    return sorted(merged, key=lambda row: -number(row["_time"]))


def multisearch(node: nodes.Multisearch, rows: Rows, state: State) -> Rows:
    parts = [state.run(pipeline, state) for pipeline in node.pipelines]
    return Rows(_fields(parts), _newest_first(parts, node), True)


def union(node: nodes.Union, rows: Rows, state: State) -> Rows:
    parts = [] if node.first else [rows]
    for pipeline in node.pipelines:
        found = state.run(pipeline, state)
        if not node.interleaved and len(found.rows) >= node.maxout:
            raise SPLError(f"union: a dataset reaches maxout={node.maxout}", node.span, "maxout")
        parts.append(found)
    merged = _newest_first(parts, node) if node.interleaved \
        else [row for part in parts for row in part.rows]
    return Rows(_fields(parts), merged, all(part.is_events for part in parts))


def _indexes(names: tuple[str, ...], state: State) -> list[str]:
    """`*` does not reach internal indexes; the default index where none is named."""
    known = sorted({*state.context.app.indexes, *state.context.home.store.indexes()})
    if not names:
        return ["main"] if "main" in known else []
    return [index for index in known if any(
        wildcard(name).fullmatch(index) and (name.startswith("_") or not index.startswith("_"))
        for name in names)]


def eventcount(node: nodes.Eventcount, rows: Rows, state: State) -> Rows:
    found = {index: len(every_event([index], state)[1]) for index in _indexes(node.indexes, state)}
    if node.summarize:
        return Rows(["count"], [{"count": float(sum(found.values()))}])
    made = [{"count": float(count), "index": index, "provider": "local", "server": "lab"}
            for index, count in found.items()]
    return Rows(["count", "index", "provider", "server"], made)


def metadata(node: nodes.Metadata, rows: Rows, state: State) -> Rows:
    context = state.context
    kind = node.kind.removesuffix("s")
    groups: dict[str, list[Row]] = {}
    for row in every_event(_indexes(node.indexes, state), state)[1]:
        if (context.earliest is None or row["_time"] >= context.earliest) \
                and (context.latest is None or row["_time"] < context.latest):
            groups.setdefault(row[kind], []).append(row)
    made = []
    for value in sorted(groups):
        times = [row["_time"] for row in groups[value]]
        made.append({
            kind: value, "firstTime": float(math.floor(min(times))),
            "lastTime": float(math.floor(max(times))),
            "recentTime": float(math.floor(max(row["_indextime"] for row in groups[value]))),
            "totalCount": float(len(times)), "type": node.kind})
    return Rows(["firstTime", kind, "lastTime", "recentTime", "totalCount", "type"], made)


COMMANDS = {
    nodes.Multisearch: multisearch, nodes.Union: union, nodes.Eventcount: eventcount,
    nodes.Metadata: metadata,
}
