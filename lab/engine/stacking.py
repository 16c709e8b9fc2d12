"""Rows of one frame below those of another."""

from __future__ import annotations

from lab.engine.columns import quoted
from lab.engine.events import expand
from lab.engine.expressions import CONVERT, NULL, Typed
from lab.engine.frame import SQL_TYPES, Column, Frame
from lab.engine.session import Session
from lab.spl.errors import NOWHERE


def stack(session: Session, *frames: Frame) -> Frame:
    """Fields are matched by name; what a frame lacks is missing in its rows."""
    frames = tuple(expand(session, frame) for frame in frames)
    columns: dict[str, Column] = {}
    for frame in frames:
        for name in frame.columns:
            if name not in columns:
                kinds = {other.columns[name].kind for other in frames if name in other.columns}
                kind = "mv" if "mv" in kinds else "num" if kinds == {"num"} else "str"
                columns[name] = Column(session.new(), kind)
    part, place = session.new("o"), session.new("o")
    selects = []
    for number, frame in enumerate(frames):
        items = [f"{number} AS {part}",
                 (f"row_number() OVER ({('ORDER BY ' + frame.order_sql) if frame.order else ''})"
                 f" AS {place}")]
        for name, column in columns.items():
            own = frame.columns.get(name)
            typed = NULL if own is None else Typed(own.sql, own.kind)
            sql = CONVERT[column.kind](typed, NOWHERE)
            items.append(f"CAST({sql} AS {SQL_TYPES[column.kind]}) AS {quoted(column.id)}")
        selects.append(f"SELECT {', '.join(items)} FROM {frame.relation}")
    relation = session.define(" UNION ALL ".join(selects))
    return Frame(relation, columns, (part, place), all(frame.is_events for frame in frames))
