"""multisearch and union: the rows of several searches as one set."""

from __future__ import annotations

from lab.engine.commands import command
from lab.engine.frame import Frame
from lab.engine.session import Session
from lab.engine.stacking import stack
from lab.engine.subsearch import check_size, separate
from lab.spl import nodes


@command(nodes.Multisearch)
def _multisearch(session: Session, frame: Frame, node: nodes.Multisearch) -> Frame:
    return _interleaved(session, _frames(session, node.pipelines))


@command(nodes.Union)
def _union(session: Session, frame: Frame, node: nodes.Union) -> Frame:
    frames = _frames(session, node.pipelines)
    if not node.interleaved:
        frames = [session.materialise(one) for one in frames]
        for one, pipeline in zip(frames, node.pipelines, strict=True):
            check_size(session, one, pipeline, node.maxout)
    if not node.first:
        frames.insert(0, frame)
    return _interleaved(session, frames) if node.interleaved else stack(session, *frames)


def _frames(session: Session, pipelines: tuple[nodes.Pipeline, ...]) -> list[Frame]:
    """Each with the fields that the commands behind the merge read, too."""
    following = session.following
    return [separate(session, pipeline, following) for pipeline in pipelines]


def _interleaved(session: Session, frames: list[Frame]) -> Frame:
    """By descending _time; rows of the same time in the order of the datasets."""
    frame = stack(session, *frames)
    time = frame.columns.get("_time")
    if time is None:
        return frame
    return session.renumber(frame, f"{time.sql} DESC NULLS LAST, {frame.order_sql}")
