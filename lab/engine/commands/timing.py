"""addinfo and gentimes."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from lab.engine.columns import literal
from lab.engine.commands import command
from lab.engine.frame import Frame
from lab.engine.session import Session
from lab.engine.timeformat import strftime
from lab.spl import nodes
from lab.spl.errors import SPLError

_HUMAN = "%a %b %e %H:%M:%S %Y"
_MAXIMUM_ROWS = 50_000


@command(nodes.Addinfo)
def _addinfo(session: Session, frame: Frame, node: nodes.Addinfo) -> Frame:
    low, high = session.search_earliest, session.search_latest
    values = {
        "info_min_time": f"{low or 0:.3f}",
        "info_max_time": "+Infinity" if high is None else f"{high:.3f}",
        "info_search_time": f"{session.context.now:.3f}",
    }
    return session.derive(frame, [(name, literal(value), "str") for name, value in values.items()])


@command(nodes.Gentimes)
def _gentimes(session: Session, frame: Frame, node: nodes.Gentimes) -> Frame:
    start, end = (_moment(session, node, value) for value in (node.start, node.end or "0"))
    rows = []
    moment = start
    while moment < end:
        last = moment + node.increment - 1
        rows.append({"starttime": moment, "starthuman": strftime(moment, _HUMAN),
                     "endtime": last, "endhuman": strftime(last, _HUMAN)})
        moment += node.increment
        if len(rows) > _MAXIMUM_ROWS:
            raise SPLError(f"gentimes would give more than {_MAXIMUM_ROWS} rows", node.span,
                           "increment", "take a longer increment")
    return session.from_rows(["starttime", "starthuman", "endtime", "endhuman"], rows,
                             {"starttime": "num", "endtime": "num"})


def _moment(session: Session, node: nodes.Gentimes, value: str) -> float:
    if "/" not in value:
        now = datetime.fromtimestamp(session.context.now, timezone.utc)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return (midnight + timedelta(days=int(value))).timestamp()
    date, _, clock = value.partition(":")
    month, day, year = (int(part) for part in date.split("/"))
    hour, minute, second = (int(part) for part in clock.split(":")) if clock else (0, 0, 0)
    try:
        return datetime(year + 2000 if year < 100 else year, month, day, hour, minute, second,
                        tzinfo=timezone.utc).timestamp()
    except ValueError as error:
        raise SPLError(f"gentimes: {value!r} is no time: {error}", node.span, value) from error
