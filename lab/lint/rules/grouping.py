"""Grouping: rows that vanish because a BY field can be null, and what belongs behind grouping."""

from __future__ import annotations

from collections.abc import Iterator

from lab.lint.certainty import implied_by_search
from lab.lint.finding import Hit
from lab.lint.flow import State, Step
from lab.lint.rules.base import of_steps
from lab.spl import nodes


def by_null(step: Step, context) -> Iterator[Hit]:
    node, state = step.node, step.before
    names = getattr(node, "by", ())
    if isinstance(node, nodes.Chart):
        names = (node.over,) if node.over else ()
    if isinstance(node, nodes.Tstats):
        if node.dataset is not None:
            return
        state = State(known=context.knowledge.required_of(node.where)
                      | implied_by_search(node.where) | {"_time", "index", "sourcetype", "source",
                                                         "host", "splunk_server"})
    if isinstance(node, nodes.Tstats) and node.fillnull_value is not None:
        return
    for name in names:
        if not state.has(name) and "*" not in name:
            yield Hit(f"rows without {name} have no group in '{_word(node)} … BY {name}'",
                      node.span, f"BY {' '.join(names)}")


def _word(node: nodes.Command) -> str:
    return getattr(node, "mode", "tstats")


def table_first(step: Step, context) -> Iterator[Hit]:
    grouping = (nodes.Stats, nodes.Chart, nodes.Top)
    if step.before.events and any(isinstance(node, grouping) and getattr(node, "mode", "stats")
                                  in ("stats", "chart", "timechart") for node in step.following):
        yield Hit("table stands before a command that groups", step.node.span, "table")


def list_limit(step: Step, context) -> Iterator[Hit]:
    for one in getattr(step.node, "aggregations", ()):
        if one.function == "list" and (step.before.most or 101) > 100:
            yield Hit(f"list() keeps 100 values of {one.alias}", one.span, "list(")


RULES = {
    "group-by-null": of_steps(by_null, nodes.Stats, nodes.Tstats, nodes.Chart),
    "table-before-stats": of_steps(table_first, nodes.Table),
    "list-limit": of_steps(list_limit),
}
