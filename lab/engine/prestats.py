"""What `tstats prestats=true` hands to stats, chart or timechart.

Splunk hands on partial results in a form of its own; the next command gives from them what it
would give from the rows themselves. The lab hands on the rows, and holds the next command to the
functions and BY fields that the partial results would have.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lab.spl import nodes
from lab.spl.errors import SPLError

if TYPE_CHECKING:
    from lab.engine.frame import Frame

Function = tuple[str, str, "float | None"]


@dataclass(frozen=True)
class Partial:
    """One tstats: its functions (name, field, parameter), its BY fields, the fields of its rows."""

    functions: frozenset[Function]
    by: frozenset[str]
    fields: frozenset[str]


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
    if isinstance(node, nodes.Tstats) and node.append:
        return frame
    if not isinstance(node, nodes.Chart) and not (
            isinstance(node, nodes.Stats) and node.mode == "stats"):
        raise SPLError("behind tstats prestats=true comes stats, chart or timechart", node.span,
                       "prestats")
    wanted = functions_of(node.aggregations)
    by = set(node.by) if isinstance(node, nodes.Stats) else \
        {name for name in (node.over, node.by) if name}
    for part in frame.prestats:
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
