"""eventcount and metadata: what the indexes hold."""

from __future__ import annotations

import math

import pyarrow as pa

from lab.engine import segments as columns_of
from lab.engine.commands import command
from lab.engine.events import segments_in
from lab.engine.frame import Frame
from lab.engine.scope import Window, indexes_of, window_of
from lab.engine.session import Session
from lab.spl import nodes
from lab.spl.errors import SPLError

_VALUES = {"hosts": "host", "sources": "source", "sourcetypes": "sourcetype"}
MAXIMUM_VALUES = 100_000
"""limits.conf [metadata] maxcount: Splunk leaves out values beyond it."""


def _indexes(session: Session, node: nodes.Eventcount | nodes.Metadata) -> list[str]:
    if session.context.search_filter:
        raise SPLError("whether the role's search filter counts here is not documented", node.span,
                       "srchFilter")
    named = nodes.InValues("index", node.indexes) if node.indexes else nodes.MatchAll()
    return sorted(indexes_of(session, named))


@command(nodes.Eventcount)
def _eventcount(session: Session, frame: Frame, node: nodes.Eventcount) -> Frame:
    """The time range does not count; what is not indexed yet at the time of the search does not."""
    window = Window(None, None, None, session.context.visible_before)
    rows = []
    for index in _indexes(session, node):
        count = sum(len(table) for table in _tables(session, index, window, []))
        rows.append({"count": float(count), "index": index, "provider": "local", "server": "lab"})
    if node.summarize:
        return session.from_rows(["count"], [{"count": sum(row["count"] for row in rows)}],
                                 {"count": "num"})
    return session.from_rows(["count", "index", "provider", "server"], rows, {"count": "num"})


@command(nodes.Metadata)
def _metadata(session: Session, frame: Frame, node: nodes.Metadata) -> Frame:
    value = _VALUES[node.kind]
    window = window_of(session, nodes.TimeWindow())
    parts = [table for index in _indexes(session, node)
             for table in _tables(session, index, window, [value, "_time", "_indextime"])]
    fields = ["firstTime", value, "lastTime", "recentTime", "totalCount", "type"]
    times = dict.fromkeys(("firstTime", "lastTime", "recentTime", "totalCount"), "num")
    if not parts:
        return session.from_rows(fields, [], times)
    found = pa.concat_tables(parts).group_by(value).aggregate(
        [("_time", "min"), ("_time", "max"), ("_indextime", "max"), (value, "count")])
    if len(found) > MAXIMUM_VALUES:
        raise SPLError(f"metadata: there are {len(found)} {node.kind}; Splunk would silently stop"
                       f" at {MAXIMUM_VALUES}", node.span, "metadata",
                       f"use tstats count by {value}")
    rows = [
        {value: row[value], "firstTime": float(math.floor(row["_time_min"])),
         "lastTime": float(math.floor(row["_time_max"])),
         "recentTime": float(row["_indextime_max"]), "totalCount": float(row[f"{value}_count"]),
         "type": node.kind}
        for row in sorted(found.to_pylist(), key=lambda row: row[value])]
    return session.from_rows(fields, rows, times)


def _tables(session: Session, index: str, window: Window, names: list[str]) -> list[pa.Table]:
    """The columns named of the events in the window, a table for each segment."""
    tables = []
    for _, segment in segments_in(session, [index], window, None):
        mask = columns_of.window_mask(segment, window.earliest, window.latest,
                                      window.index_earliest, window.index_latest)
        stored = columns_of.stored(segment, names or ["position"])
        table = pa.table({name: stored[name] for name in names or ["position"]})
        tables.append(table if mask is None else table.filter(mask))
    return tables
