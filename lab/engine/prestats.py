"""What `tstats prestats=true` (and mstats) hands to stats, chart or timechart.

Splunk hands on partial results in a form of its own; the next command gives from them what it
would give from the rows themselves. The lab hands on the rows, and holds the next command to the
functions and BY fields that the partial results would have.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lab.engine.spans import time_span
from lab.spl import nodes
from lab.spl.errors import SPLError

if TYPE_CHECKING:
    from lab.engine.frame import Frame

Function = tuple[str, str, "float | None"]


@dataclass(frozen=True)
class Partial:
    """One tstats: its functions (name, field, parameter), its BY fields, the fields of its rows,
    and the width of its `_time` (None: chosen by the time range).
    """

    functions: frozenset[Function]
    by: frozenset[str]
    fields: frozenset[str]
    span: str | None = None


def functions_of(aggregations: tuple[nodes.Aggregation, ...]) -> frozenset[Function]:
    """SPLError for an expression, which tstats does not take."""
    found = set()
    for one in aggregations:
        if one.argument is not None and not isinstance(one.argument, nodes.FieldRef):
            raise SPLError("what follows tstats prestats=true has no expressions in its functions",
                           one.span, one.function)
        found.add((one.function, one.argument.name if one.argument else "", one.parameter))
    return frozenset(found)


def consumed(frame: Frame, node: Any) -> Frame:
    """The frame as its rows, where the command may work on partial results; else SPLError."""
    if isinstance(node, (nodes.Tstats, nodes.Mstats)) and node.append:
        return frame
    if not isinstance(node, nodes.Chart) and not (
            isinstance(node, nodes.Stats) and node.mode == "stats"):
        raise SPLError("behind tstats prestats=true comes stats, chart or timechart", node.span,
                       "prestats")
    wanted = functions_of(node.aggregations)
    by = set(node.by) if isinstance(node, nodes.Stats) else \
        {name for name in (node.over, node.by) if name}
    for part in frame.prestats:
        if isinstance(node, nodes.Chart) and node.mode == "timechart":
            _check_span(part, node)
        for function, name, parameter in sorted(wanted - part.functions, key=str):
            if name and name not in part.fields and \
                    any((function, name, parameter) in other.functions for other in frame.prestats):
                continue
            raise SPLError(
                f"tstats prestats=true did not compute {function}({name})", node.span, function,
                "name the same functions and fields in both commands")
        for name in sorted(by - part.by):
            if name in part.fields or not any(name in other.by for other in frame.prestats):
                raise SPLError(f"tstats prestats=true is not grouped by {name!r}", node.span, name,
                               "name the field in the BY of tstats too")
    return replace(frame, prestats=())


def _check_span(part: Partial, node: nodes.Chart) -> None:
    """A span of timechart that is less than that of tstats gives "unpredictable results" (Search
    Reference, tstats, example 4), and so does one that cuts through its buckets."""
    wide = node.bucket.span
    if part.span is None and wide is None:
        return
    if part.span is not None and wide is not None:
        inner, outer = time_span(part.span, node.span), time_span(wide, node.span)
        if outer.months:
            fits = not outer.months % inner.months if inner.months else not 86400 % inner.seconds
        else:
            fits = not inner.months and not outer.seconds % inner.seconds \
                and not outer.origin % inner.seconds
        if fits:
            return
    raise SPLError(
        f"timechart span={wide or 'auto'} does not hold whole buckets of tstats"
        f" span={part.span or 'auto'}", node.span, "span", "give both the same span")
