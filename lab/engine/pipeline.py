"""Runs the commands of a pipeline one after the other."""

from __future__ import annotations

import pyarrow as pa

from lab.engine.commands import run_command
from lab.engine.demand import demanded
from lab.engine.events import load
from lab.engine.frame import Frame
from lab.engine.session import Session
from lab.spl import nodes
from lab.spl.errors import NOWHERE, SPLError


def run_pipeline(session: Session, pipeline: nodes.Pipeline,
                 then: tuple[nodes.Command, ...] = ()) -> Frame:
    """A pipeline that begins with a generating command. `then` will work on its rows."""
    first, rest = pipeline.commands[0], pipeline.commands[1:]
    try:
        if isinstance(first, nodes.Search):
            frame = load(session, first, demanded(pipeline.commands, then))
        else:
            session.following = (*rest, *then)
            frame = run_command(session, no_rows(session), first)
    except SPLError as error:
        raise located(error, first) from error
    return continue_pipeline(session, frame, rest, then)


def continue_pipeline(session: Session, frame: Frame, commands: tuple[nodes.Command, ...],
                      then: tuple[nodes.Command, ...] = ()) -> Frame:
    for number, node in enumerate(commands, 1):
        session.following = (*commands[number:], *then)
        try:
            frame = run_command(session, frame, node)
        except SPLError as error:
            raise located(error, node) from error
    if frame.prestats:
        raise SPLError("behind tstats prestats=true comes stats, chart or timechart",
                       commands[-1].span if commands else NOWHERE, "prestats")
    return frame


def located(error: SPLError, node: nodes.Command) -> SPLError:
    """An error without a place of its own stands at its command."""
    if error.span.end:
        return error
    return SPLError(error.message, node.span, error.construct, error.hint)


def no_rows(session: Session) -> Frame:
    order = session.new("o")
    return Frame(session.table(pa.table({order: pa.array([], pa.int64())})), {}, (order,))
