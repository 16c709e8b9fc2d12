"""Lookups: tables and columns that do not exist, several matches taken for one."""

from __future__ import annotations

from collections.abc import Iterator

from lab.lint.finding import Hit
from lab.lint.flow import Step
from lab.lint.rules.base import expressions, of_steps
from lab.spl import nodes

SINGLE = frozenset({"strptime", "tonumber", "substr", "relative_time", "strftime", "lower",
                    "upper", "len", "cidrmatch", "round", "abs", "sha256", "md5"})
"""Functions that take one value."""


def unknown_table(step: Step, context) -> Iterator[Hit]:
    table = step.node.table
    if not context.knowledge.exists(table):
        yield Hit(f"no lookup {table} in transforms.conf", step.node.span, table)


def unknown_column(step: Step, context) -> Iterator[Hit]:
    node = step.node
    columns = context.knowledge.columns(node.table)
    for one in (*node.inputs, *node.outputs) if columns is not None else ():
        if one.lookup_field not in columns:
            yield Hit(f"{node.table} has no column {one.lookup_field}; it has"
                      f" {', '.join(columns)}", node.span, one.lookup_field)


def several(step: Step, context) -> Iterator[Hit]:
    names = step.before.several
    if not names:
        return
    inside = {id(part) for node in expressions(step.node)
              if isinstance(node, nodes.Call) and node.name in ("mvmap", "mvfilter")
              for part in expressions(node.arguments[-1])}
    for node in expressions(step.node):
        # In mvmap and mvfilter the field stands for one value after the other.
        if id(node) in inside:
            continue
        parts: tuple[nodes.Expression, ...] = ()
        if isinstance(node, nodes.Binary) and node.operator not in ("AND", "OR", "XOR", "=", "!="):
            parts = (node.left, node.right)
        elif isinstance(node, nodes.Call) and node.name in SINGLE:
            parts = node.arguments
        for part in parts:
            if isinstance(part, nodes.FieldRef) and part.name in names:
                yield Hit(f"{part.name} can hold the values of several rows of its lookup",
                          node.span, part.name)


RULES = {
    "lookup-unknown": of_steps(unknown_table, nodes.Lookup, nodes.Inputlookup,
                               nodes.Outputlookup),
    "lookup-column-unknown": of_steps(unknown_column, nodes.Lookup),
    "lookup-several-matches": of_steps(several),
}
