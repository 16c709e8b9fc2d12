"""The engine's interface: run a search, or go on from the rows of one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lab.app import App
from lab.engine.authority import Authority, Interruption
from lab.engine.events import expand
from lab.engine.frame import Frame
from lab.engine.pipeline import continue_pipeline, run_pipeline
from lab.engine.session import Session
from lab.engine.values import format_number, format_time, to_number
from lab.home import Home
from lab.spl.errors import SPLError, narrowed
from lab.spl.parse import parse


@dataclass(frozen=True)
class Context:
    """What a search is run with. Times are epoch seconds; None leaves a bound open.

    `visible_before` hides events indexed at or after it; `write` False refuses outputlookup and
    collect. `indexes_allowed`, `indexes_disallowed`, `indexes_default` and `search_filter` are
    those of the user's roles (srchIndexesAllowed… and srchFilter); None and "" restrict nothing.
    """

    home: Home
    app: App
    now: float
    earliest: float | None = None
    latest: float | None = None
    index_earliest: float | None = None
    index_latest: float | None = None
    visible_before: float | None = None
    user: str = "admin"
    write: bool = True
    indexes_allowed: tuple[str, ...] | None = None
    indexes_disallowed: tuple[str, ...] = ()
    indexes_default: tuple[str, ...] | None = None
    search_filter: str = ""
    authority: Authority | None = None
    interruption: Interruption | None = None


@dataclass
class Result:
    """`rows` hold texts, or lists of texts for multivalues; missing fields are left out.

    `_time` is ISO 8601 with milliseconds. `scanned` counts the raw rows that were read, `read` those
    of each index; `effects` says what outputlookup and collect did.
    """

    fields: list[str]
    rows: list[dict[str, str | list[str]]]
    is_events: bool = False
    messages: list[str] = field(default_factory=list)
    scanned: int = 0
    effects: list[str] = field(default_factory=list)
    read: dict[str, int] = field(default_factory=dict)


def search(spl: str, context: Context) -> Result:
    """Runs a search. SPLError where it is wrong or not supported; then nothing was written."""
    pipeline = parse(spl, context.app)
    session = Session(context)
    try:
        return _finish(session, run_pipeline(session, pipeline))
    except SPLError as error:
        raise narrowed(error, spl) from error
    finally:
        session.close()


def post_process(spl: str, base: Result, context: Context) -> Result:
    """Goes on from the rows of `base`, as a dashboard's chain search does.

    The chain's first command may stand with or without a leading pipe.
    """
    words = spl.strip()
    pipeline = parse("| makeresults " + (words if words.startswith("|") else "| " + words),
                     context.app)
    session = Session(context)
    try:
        rows = [{name: _back(name, value) for name, value in row.items()} for row in base.rows]
        kinds = {"_time": "num"} if "_time" in base.fields else {}
        frame = session.from_rows(base.fields, rows, kinds)
        return _finish(session, continue_pipeline(session, frame, pipeline.commands[1:]))
    finally:
        session.close()


def _back(name: str, value: Any) -> Any:
    """`_time` as a number again."""
    if name != "_time" or not isinstance(value, str):
        return value
    number = to_number(value)
    if number is not None:
        return number
    from datetime import datetime

    return datetime.fromisoformat(value).timestamp()


def _finish(session: Session, frame: Frame) -> Result:
    frame = expand(session, frame)
    table = session.arrow(frame)
    rows: list[dict[str, str | list[str]]] = [{} for _ in range(table.num_rows)]
    for name, column in zip(frame.columns, table.columns):
        show = format_time if name == "_time" else format_number
        for row, value in zip(rows, column.to_pylist()):
            if value is None:
                continue
            if name == "_time" and isinstance(value, str):
                value = value if (moment := to_number(value)) is None else moment
            if isinstance(value, float):
                row[name] = show(value)
            elif isinstance(value, list):
                row[name] = value if len(value) > 1 else value[0]
            else:
                row[name] = value
    done = [effect() for effect in session.effects]
    return Result(list(frame.columns), rows, frame.is_events, session.messages, session.scanned,
                  done, dict(session.read))



