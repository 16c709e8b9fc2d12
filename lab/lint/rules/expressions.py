"""eval and where: unquoted names, literal wildcards, text that is compared as a number."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.lint.finding import Hit
from lab.lint.flow import Step, group_names
from lab.lint.rules.base import expressions, of_steps
from lab.spl import nodes

INTERNAL = frozenset({"_raw", "_indextime", "_cd", "_bkt", "_si", "_serial", "_sourcetype",
                      "_subsecond", "index", "splunk_server", "punct", "linecount"})


def glued(step: Step, context) -> Iterator[Hit]:
    """`a.b` and `a-b` without blanks, where a or b is no field that anything before gave."""
    for node in expressions(step.node):
        if not isinstance(node, nodes.Binary) or node.operator not in (".", "-"):
            continue
        left, right = node.left, node.right
        while isinstance(left, nodes.Binary) and left.operator == node.operator:
            left = left.right
        if not (isinstance(left, nodes.FieldRef) and isinstance(right, nodes.FieldRef)):
            continue
        in_macro = bool(node.span.macro)
        apart = not in_macro and right.span.start - left.span.end != 1
        if apart or {left.name, right.name} <= step.before.made | step.before.known | {"_time"} \
                | _assigned(step):
            continue
        yield Hit(f"{left.name}{node.operator}{right.name} is not one field here", node.span,
                  f"{left.name}{node.operator}{right.name}")


def _assigned(step: Step) -> set[str]:
    return {name for name, _ in getattr(step.node, "assignments", ())}


def literal_wildcard(step: Step, context) -> Iterator[Hit]:
    for node in expressions(step.node):
        if isinstance(node, nodes.Binary) and node.operator in ("=", "!="):
            for side in (node.left, node.right):
                if isinstance(side, nodes.Literal) and isinstance(side.value, str) \
                        and "*" in side.value and side.value.strip("*"):
                    yield Hit(f'"{side.value}" is compared letter by letter, the * too', side.span,
                              f'"{side.value}"')


def like_without_wildcard(step: Step, context) -> Iterator[Hit]:
    for node in expressions(step.node):
        if isinstance(node, nodes.Binary) and node.operator == "LIKE" \
                and isinstance(node.right, nodes.Literal) and isinstance(node.right.value, str) \
                and not re.search("[%_]", node.right.value):
            yield Hit(f'the pattern "{node.right.value}" has neither % nor _', node.right.span,
                      f'"{node.right.value}"')


def number_as_text(step: Step, context) -> Iterator[Hit]:
    for node in expressions(step.node):
        if isinstance(node, nodes.Binary) and node.operator in ("<", ">", "<=", ">="):
            for side in (node.left, node.right):
                if isinstance(side, nodes.Literal) and isinstance(side.value, str) \
                        and re.fullmatch(r"-?\d+(\.\d+)?", side.value):
                    yield Hit(f'the number "{side.value}" is text', side.span, f'"{side.value}"')


def not_equal(step: Step, context) -> Iterator[Hit]:
    """A `!=` that a whole condition rests on, over a field that can be missing."""
    for node in _conjuncts(step.node.condition):
        if isinstance(node, nodes.Binary) and node.operator == "!=":
            sides = (node.left, node.right)
            for field, other in (sides, sides[::-1]):
                if isinstance(field, nodes.FieldRef) and isinstance(other, nodes.Literal) \
                        and not step.before.has(field.name):
                    yield Hit(f"{field.name}!=… drops the rows without {field.name} too",
                              node.span, f"{field.name}!=")


def _conjuncts(node: nodes.Expression) -> Iterator[nodes.Expression]:
    if isinstance(node, nodes.Binary) and node.operator == "AND":
        yield from _conjuncts(node.left)
        yield from _conjuncts(node.right)
    else:
        yield node


def internal_field(step: Step, context) -> Iterator[Hit]:
    for name, _ in step.node.assignments:
        if name in INTERNAL and (step.before.events or name.startswith("_")):
            yield Hit(f"eval overwrites {name}", step.node.span, f"{name}=")


def rex_overwrites(step: Step, context) -> Iterator[Hit]:
    node = step.node
    if node.mode != "extract":
        return
    for name in group_names(node.pattern):
        if name in step.before.made | step.before.known and name != node.field_name:
            yield Hit(f"the group {name} overwrites a field of that name", node.span, f"<{name}>")


RULES = {
    "unquoted-field": of_steps(glued), "literal-wildcard": of_steps(literal_wildcard),
    "like-without-wildcard": of_steps(like_without_wildcard),
    "number-as-text": of_steps(number_as_text),
    "not-equal-null": of_steps(not_equal, nodes.Where),
    "internal-field": of_steps(internal_field, nodes.Eval),
    "rex-overwrites": of_steps(rex_overwrites, nodes.Rex),
}
