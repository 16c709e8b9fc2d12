"""outputlookup and collect: their effects are kept until the whole search has succeeded."""

from __future__ import annotations

from lab.engine.collecting import events_of
from lab.engine.commands import command, refuse
from lab.engine.events import expand
from lab.engine.frame import Frame
from lab.engine.session import Session
from lab.engine.subsearch import rows_of
from lab.spl import nodes
from lab.spl.errors import SPLError


def _allowed(session: Session, node: nodes.Command, name: str) -> None:
    if not session.context.write:
        raise SPLError(f"{name} is not allowed in this search", node.span, name)


@command(nodes.Outputlookup)
def _outputlookup(session: Session, frame: Frame, node: nodes.Outputlookup) -> Frame:
    from lab.lookups import UnknownLookup, definition, write_outputlookup

    _allowed(session, node, "outputlookup")
    context = session.context
    try:
        found = definition(context.app, node.table)
        if context.authority is not None:
            context.authority.check_lookup("write", found, node.span)
    except UnknownLookup as error:
        raise SPLError(str(error), node.span, node.table,
                       "add a lookup definition or name a .csv file") from error
    frame = session.materialise(expand(session, frame))
    fields, rows = list(frame.columns), rows_of(session, frame)
    session.effects.append(
        lambda: write_outputlookup(context.home, context.app, node, fields, rows))
    return frame


@command(nodes.Collect)
def _collect(session: Session, frame: Frame, node: nodes.Collect) -> Frame:
    _allowed(session, node, "collect")
    refuse(node, marker=None, timeformat=None)
    context = session.context
    if node.index not in context.app.indexes:
        raise SPLError(f"collect: the index {node.index!r} does not exist", node.span, node.index,
                       "define it in indexes.conf")
    if context.app.indexes[node.index].datatype == "metric":
        raise SPLError(f"collect: {node.index!r} is a metric index, which holds no events", node.span,
                       node.index, "use mcollect")
    frame = session.materialise(expand(session, frame))
    if node.testmode:
        return frame
    events = events_of(rows_of(session, frame), node, context)

    def apply() -> str:
        count = context.home.store.append(node.index, events)
        return f"collect: {count} events written to {node.index}"

    session.effects.append(apply)
    return frame
