"""One function for each command: (session, frame, node) → frame. `RUN` finds it by node type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lab.engine.frame import Frame
from lab.engine.prestats import consumed
from lab.engine.session import Session
from lab.spl.errors import SPLError

Body = Callable[[Session, Frame, Any], Frame]
RUN: dict[type, Body] = {}


def command(node_type: type) -> Callable[[Body], Body]:
    def register(body: Body) -> Body:
        RUN[node_type] = body
        return body

    return register


def refuse(node: Any, **defaults: Any) -> None:
    """Options that are parsed but not supported: any value but the default is an error."""
    for name, default in defaults.items():
        if getattr(node, name) != default:
            word = type(node).__name__.lower()
            raise SPLError(f"{word}: the lab does not support {name}", node.span, name)


def run_command(session: Session, frame: Frame, node: Any) -> Frame:
    body = RUN.get(type(node))
    if body is None:
        raise SPLError(f"the lab does not support the command {type(node).__name__.lower()}",
                       node.span, type(node).__name__.lower())
    session.check()
    if session.context.authority is not None:
        session.context.authority.check_command(node)
    if frame.prestats:
        frame = consumed(frame, node)
    return body(session, frame, node)


from lab.engine.commands import (
    cataloguing,
    charting,
    converting,
    extracting,
    extraction,
    generating,
    grouping,
    joining,
    merging,
    metrics,
    multivalue,
    ordering,
    projecting,
    replacing,
    reshaping,
    rows,
    running,
    statistics,
    streaming,
    summarising,
    timing,
    turning,
    windows,
    writing,
)

__all__ = [
    "RUN", "cataloguing", "charting", "command", "converting", "extracting", "extraction",
    "generating", "grouping", "joining", "merging", "metrics", "multivalue", "ordering",
    "projecting", "replacing", "reshaping", "rows", "run_command", "running", "statistics",
    "streaming", "summarising", "timing", "turning", "windows", "writing",
]
