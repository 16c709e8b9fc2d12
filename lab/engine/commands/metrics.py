"""mstats, mcatalog, mcollect and meventcollect; iplocation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lab.engine.commands import command
from lab.engine.events import expand
from lab.engine.frame import Frame
from lab.engine.iplocate import iplocation
from lab.engine.mstats import mcatalog, mstats
from lab.engine.session import Session
from lab.engine.stacking import stack
from lab.engine.store import Event
from lab.engine.subsearch import rows_of
from lab.engine.values import to_number
from lab.ingest.metrics import MEASURE, MetricError, data_point
from lab.spl import nodes
from lab.spl.errors import SPLError

SOURCETYPE = "mcollect_stash"
_META = ("host", "source", "sourcetype", "index")


@command(nodes.Mstats)
def _mstats(session: Session, frame: Frame, node: nodes.Mstats) -> Frame:
    found = mstats(session, node)
    if not node.append:
        return found
    if frame.columns and not frame.prestats:
        raise SPLError("mstats append=true goes behind mstats prestats=true", node.span, "append")
    return replace(stack(session, frame, found), prestats=(*frame.prestats, *found.prestats))


@command(nodes.Mcatalog)
def _mcatalog(session: Session, frame: Frame, node: nodes.Mcatalog) -> Frame:
    return mcatalog(session, node)


@command(nodes.Mcollect)
def _mcollect(session: Session, frame: Frame, node: nodes.Mcollect) -> Frame:
    name = "meventcollect" if node.events_only else "mcollect"
    context = session.context
    if not context.write:
        raise SPLError(f"{name} is not allowed in this search", node.span, name)
    definition = context.app.indexes.get(node.index)
    if definition is None or definition.datatype != "metric":
        raise SPLError(f"{name}: {node.index!r} is not a metric index", node.span, node.index,
                       "indexes.conf defines one with datatype = metric")
    if node.events_only and not frame.is_events:
        raise SPLError("meventcollect works on events, behind streaming commands only", node.span,
                       name, "use mcollect")
    frame = session.materialise(expand(session, frame))
    events = [_point(row, node, context.now) for row in rows_of(session, frame)]

    def apply() -> str:
        count = context.home.store.append(node.index, events)
        return f"{name}: {count} data points written to {node.index}"

    session.effects.append(apply)
    return frame


def _point(row: dict[str, Any], node: nodes.Mcollect, now: float) -> Event:
    moment = to_number(row.get("_time"))
    if moment is None:
        raise SPLError("mcollect: a row has no _time", node.span, "_time",
                       "give it one, for example with eval _time=now()")
    fields: dict[str, Any] = {}
    for name, value in row.items():
        if name in _META or name.startswith("_") \
                and not (name == "_value" and node.split == "false"):
            continue
        if name in node.dimensions:
            fields[name] = value
        elif node.split == "false":
            if name.startswith(MEASURE) or name in ("metric_name", "_value") \
                    or not node.dimensions:
                fields[name] = value
        elif node.split == "true" or not isinstance(value, list) and to_number(value) is not None:
            fields[MEASURE + name] = value
        else:
            fields[name] = value
    fields |= dict(node.marker)
    try:
        made = data_point(fields)
    except MetricError as error:
        raise SPLError(f"mcollect: a row is no data point: {error}", node.span,
                       "mcollect") from error
    return Event(moment, now, "", node.sourcetype or SOURCETYPE,
                 node.source or _one(row.get("source")) or "search",
                 node.host or _one(row.get("host")) or "lab", made)


def _one(value: Any) -> str | None:
    return value[0] if isinstance(value, list) else value


@command(nodes.Iplocation)
def _iplocation(session: Session, frame: Frame, node: nodes.Iplocation) -> Frame:
    return iplocation(session, frame, node)
