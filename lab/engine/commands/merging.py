"""multisearch, union and set: the rows of several searches as one set."""

from __future__ import annotations

from lab.engine.commands import command
from lab.engine.frame import Column, Frame
from lab.engine.session import Session
from lab.engine.stacking import stack
from lab.engine.subsearch import ROWS_LIMIT, check_size, run_subsearch, separate
from lab.spl import nodes
from lab.spl.errors import SPLError


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


@command(nodes.Set)
def _set(session: Session, frame: Frame, node: nodes.Set) -> Frame:
    """Equal rows of the two are told by all of their fields; a missing one is unlike any value."""
    both = stack(session, *(run_subsearch(session, pipeline, ROWS_LIMIT)
                            for pipeline in (node.first, node.second)))
    part, place = both.order
    keys = ", ".join(column.sql for column in both.columns.values()) or "1"
    first, second, mine = (session.new("n") for _ in range(3))
    relation = session.define(
        f"SELECT *, count(*) FILTER (WHERE {part} = 0) OVER w AS {first},"
        f" count(*) FILTER (WHERE {part} = 1) OVER w AS {second},"
        f" row_number() OVER (PARTITION BY {keys} ORDER BY {part}, {place}) AS {mine}"
        f" FROM {both.relation} WINDOW w AS (PARTITION BY {keys})")
    marked = session.materialise(Frame(relation, {
        **both.columns, **{name: Column(name, "num") for name in (first, second, mine)}},
        both.order))
    (twice,) = session.fetch(
        f"SELECT count(*) FROM {marked.relation} WHERE {first} > 1 OR {second} > 1")[0]
    if twice:
        raise SPLError("set: a subsearch gives the same row twice; what becomes of it is not"
                       " documented", node.span, "set", "end the subsearch with stats or dedup")
    condition = {"union": f"{mine} = 1", "diff": f"{first} + {second} = 1",
                 "intersect": f"{first} + {second} = 2 AND {mine} = 1"}[node.kind]
    return session.where(marked.drop([first, second, mine]), condition)
