"""Proving that a scheduled run can change nothing, so that a simulation may leave it out.

A run is left out only where both hold:
- its first command reads indexes named in the search, and not one row that the run may see lies
  in its window (event time and index time), whatever else the search asks for;
- every later command makes nothing out of nothing: no rows in, no rows out, nothing written.
A subsearch in the first command must give terms alone, from a table: where it gives whole search
text, that text is made and looked at.
Whatever this module does not know counts as not proved.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy
import pyarrow.parquet as pq

from lab.home import Home
from lab.spl import nodes
from lab.spl.errors import SPLError
from lab.spl.timemodifier import resolve

if TYPE_CHECKING:
    from lab.engine.run import Context

_PASSIVE = (
    nodes.Where, nodes.Eval, nodes.Fields, nodes.Table, nodes.Rename, nodes.Sort, nodes.Head,
    nodes.Tail, nodes.Reverse, nodes.Dedup, nodes.Fillnull, nodes.Rex, nodes.Regex, nodes.Mvexpand,
    nodes.Makemv, nodes.Spath, nodes.Fromjson, nodes.Lookup, nodes.Bin, nodes.Collect, nodes.Top, nodes.Foreach,
    nodes.Mcollect, nodes.Iplocation,
)

_WRITING = (nodes.Collect, nodes.Mcollect, nodes.Outputlookup)

# Names that a subsearch's rows would turn into window modifiers; those that give search text.
_WINDOW_FIELD = re.compile(r"earliest|latest|time", re.IGNORECASE)
_TEXT_FIELDS = ("search", "query")


@dataclass(frozen=True)
class Window:
    """Half-open spans of event time and index time; None leaves a side open."""

    earliest: float | None
    latest: float | None
    index_earliest: float | None
    index_latest: float | None


def _passive(command: nodes.Command) -> bool:
    """Whether the command makes nothing of no rows."""
    if isinstance(command, _PASSIVE):
        return True
    if isinstance(command, nodes.Search):
        return not command.generating
    if isinstance(command, nodes.Stats):
        return command.mode != "stats" or bool(command.by)
    if isinstance(command, nodes.Outputlookup):
        return command.append or not command.override_if_empty
    if isinstance(command, nodes.Join):
        return all(not isinstance(part, _WRITING)
                   for part in command.pipeline.commands)
    return False


def _indexes(predicate: nodes.Predicate) -> list[str] | None:
    """The indexes that a predicate confines the search to; None where it is not certain."""
    if isinstance(predicate, nodes.Compare):
        if predicate.field_name == "index" and predicate.operator == "=":
            return None if "*" in predicate.value else [predicate.value]
    elif isinstance(predicate, nodes.InValues):
        if predicate.field_name == "index":
            return None if any("*" in v for v in predicate.values) else list(predicate.values)
    elif isinstance(predicate, nodes.And):
        for part in predicate.parts:
            found = _indexes(part)
            if found is not None:
                return found
    elif isinstance(predicate, nodes.Or):
        together: list[str] = []
        for part in predicate.parts:
            found = _indexes(part)
            if found is None:
                return None
            together += found
        return together
    return None


def _may_widen(predicate: nodes.Predicate, context: Context) -> bool:
    """Whether a subsearch in it might move the window, or do anything beside giving terms."""
    if isinstance(predicate, nodes.SubsearchTerms):
        return not _gives_plain_terms(predicate, context)
    if isinstance(predicate, (nodes.And, nodes.Or)):
        return any(_may_widen(part, context) for part in predicate.parts)
    return isinstance(predicate, nodes.Not) and _may_widen(predicate.part, context)


def _gives_plain_terms(node: nodes.SubsearchTerms, context: Context) -> bool:
    """A table read and reduced, ending in named fields none of which search takes as a window."""
    first, *rest = node.pipeline.commands
    if not isinstance(first, nodes.Inputlookup) or not rest:
        return False
    if not all(_passive(part) and not isinstance(part, _WRITING)
               for part in rest):
        return False
    last = rest[-1]
    if not (isinstance(last, nodes.Table) or (isinstance(last, nodes.Fields) and last.keep)):
        return False
    if any("*" in name or _WINDOW_FIELD.search(name) for name in last.names):
        return False
    return not any(name in _TEXT_FIELDS for name in last.names) or _is_plain_text(node, context)


def _is_plain_text(node: nodes.SubsearchTerms, context: Context) -> bool:
    """Whether the text that a subsearch gives now is terms without a subsearch in them. A time
    modifier in it is an error, which the run itself has to report."""
    from lab.engine.session import Session
    from lab.engine.subsearch import as_predicate

    session = Session(context)
    try:
        return not _has_subsearch(as_predicate(session, node))
    except SPLError:
        return False
    finally:
        session.close()


def _has_subsearch(predicate: nodes.Predicate) -> bool:
    if isinstance(predicate, nodes.Not):
        return _has_subsearch(predicate.part)
    return isinstance(predicate, nodes.SubsearchTerms) or any(
        _has_subsearch(part) for part in getattr(predicate, "parts", ()))


def _bound(own: str | None, given: float | None, now: float) -> float | None:
    """A modifier written in the search goes before the search's dispatch window."""
    return given if own is None else resolve(own, now)


def _window(window: nodes.TimeWindow, context: Context) -> Window:
    return Window(
        _bound(window.earliest, context.earliest, context.now),
        _bound(window.latest, context.latest, context.now),
        _bound(window.index_earliest, context.index_earliest, context.now),
        _bound(window.index_latest, context.index_latest, context.now),
    )


@lru_cache(maxsize=64)
def _times(path: Path) -> tuple[numpy.ndarray, numpy.ndarray]:
    table = pq.read_table(path, columns=["_time", "_indextime"])
    return table["_time"].to_numpy(), table["_indextime"].to_numpy()


def _meets(low: float, high: float, earliest: float | None, latest: float | None) -> bool:
    return (earliest is None or high >= earliest) and (latest is None or low < latest)


def any_row(home: Home, indexes: Iterable[str], window: Window,
            visible_before: float | None) -> bool:
    """Whether a row of these indexes lies in the window and may be seen."""
    ends = [end for end in (window.index_latest, visible_before) if end is not None]
    index_latest = min(ends) if ends else None
    for index in indexes:
        for segment in home.store.segments(index):
            if not _meets(segment.time_min, segment.time_max, window.earliest, window.latest):
                continue
            if not _meets(segment.indextime_min, segment.indextime_max, window.index_earliest,
                          index_latest):
                continue
            times, indextimes = _times(segment.path)
            inside = numpy.ones(len(times), dtype=bool)
            for values, low, high in ((times, window.earliest, window.latest),
                                      (indextimes, window.index_earliest, index_latest)):
                if low is not None:
                    inside &= values >= low
                if high is not None:
                    inside &= values < high
            if inside.any():
                return True
    return False


def provably_idle(pipeline: nodes.Pipeline, context: Context) -> bool:
    """True only where the run yields no rows and changes nothing."""
    first, *rest = pipeline.commands
    if isinstance(first, nodes.Search) and first.generating:
        predicate, window = first.predicate, first.window
    elif isinstance(first, nodes.Tstats) and first.by and not first.append and not first.prestats:
        predicate, window = first.where, first.window
        if first.datamodel is not None:
            return False
    elif isinstance(first, nodes.Mstats) and not first.append and not first.prestats:
        predicate, window = first.where, first.window
    else:
        return False
    indexes = _indexes(predicate)
    if indexes is None or not all(_passive(command) for command in rest):
        return False
    if any_row(context.home, indexes, _window(window, context), context.visible_before):
        return False
    return not _may_widen(predicate, context)
