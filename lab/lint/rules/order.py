"""Commands that depend on the order of rows, over rows whose order nobody promises."""

from __future__ import annotations

from collections.abc import Iterator

from lab.lint.finding import Hit
from lab.lint.flow import Step
from lab.lint.rules.base import of_steps
from lab.spl import nodes


def picks(step: Step, context) -> Iterator[Hit]:
    """dedup, head and tail keep some of the rows; which, only the order says."""
    node = step.node
    if step.before.ordered or step.before.most == 1:
        return
    if isinstance(node, nodes.Dedup) and (node.sortby or _only(step, set(node.names))):
        return
    yield Hit(f"{type(node).__name__.lower()} picks rows in an order that nothing sets",
              node.span, type(node).__name__.lower())


def _only(step: Step, names: set[str]) -> bool:
    """Whether of the rows kept only the fields are read that they agree in."""
    for node in step.following:
        if isinstance(node, (nodes.Fields, nodes.Table)) and set(node.names) <= names:
            return True
        if isinstance(node, nodes.Stats):
            read = {one.argument.name for one in node.aggregations
                    if isinstance(one.argument, nodes.FieldRef)}
            return read | set(node.by) <= names
        if isinstance(node, nodes.Rename):
            names = {dict(node.pairs).get(name, name) for name in names}
        elif not isinstance(node, nodes.Sort):
            return False
    return False


def running(step: Step, context) -> Iterator[Hit]:
    node = step.node
    if step.before.ordered:
        return
    if isinstance(node, nodes.Stats) and node.mode != "streamstats":
        for one in node.aggregations:
            if one.function in ("first", "last"):
                yield Hit(f"{one.function}() takes a value in an order that nothing sets",
                          one.span, f"{one.function}(")
        return
    word = getattr(node, "mode", type(node).__name__.lower())
    yield Hit(f"{word} runs over rows in an order that nothing sets", node.span, word)


RULES = {
    "picks-unsorted": of_steps(picks, nodes.Dedup, nodes.Head, nodes.Tail),
    "runs-unsorted": of_steps(running, nodes.Stats, nodes.Accum, nodes.Delta, nodes.Filldown),
}
