"""Search terms: where events are looked for, and terms that read more or find less than meant."""

from __future__ import annotations

from collections.abc import Iterator

from lab.lint.certainty import implied_by_search
from lab.lint.finding import Hit
from lab.lint.flow import ALWAYS, Step, predicates
from lab.lint.knowledge import equals
from lab.lint.rules.base import of_steps
from lab.spl import nodes

REACHES = ("index", "eventtype", "tag", "savedsearch")


def _predicate(node: nodes.Command) -> nodes.Predicate | None:
    if isinstance(node, nodes.Search):
        return node.predicate
    return node.where if isinstance(node, nodes.Tstats) and node.dataset is None else None


def every_index(step: Step, context) -> Iterator[Hit]:
    predicate = _predicate(step.node)
    for name in sorted(equals(predicate, "index") & {"*", "_*"}) if predicate else ():
        yield Hit(f"index={name} reads every index", step.node.span, f"index={name}")


def no_index(step: Step, context) -> Iterator[Hit]:
    node, predicate = step.node, _predicate(step.node)
    if predicate is None or isinstance(node, nodes.Search) and not node.generating:
        return
    named = {part.field_name for part in predicates(predicate)
             if isinstance(part, (nodes.Compare, nodes.InValues))}
    if not named & set(REACHES) and not any(
            isinstance(part, nodes.SubsearchTerms) for part in predicates(predicate)):
        yield Hit("no index is named", node.span, "search")


def leading_wildcard(step: Step, context) -> Iterator[Hit]:
    node = step.node
    if not node.generating:
        return
    for part in predicates(node.predicate):
        values = [part.text] if isinstance(part, nodes.RawTerm) else \
            [part.value] if isinstance(part, nodes.Compare) else \
            part.values if isinstance(part, nodes.InValues) else []
        for value in values:
            if value.startswith("*") and value.strip("*"):
                yield Hit(f"the wildcard leads in {value}", part.span, value)


def not_equal(step: Step, context) -> Iterator[Hit]:
    node = step.node
    required = context.knowledge.required_of(node.predicate) if node.generating else frozenset()
    proven = required | step.before.known | ALWAYS
    parts = node.predicate.parts if isinstance(node.predicate, nodes.And) else (node.predicate,)
    for part in parts:
        others = frozenset().union(*(implied_by_search(one) for one in parts if one is not part))
        if isinstance(part, nodes.Compare) and part.operator == "!=" and not step.before.every \
                and part.field_name not in proven | others:
            yield Hit(f"{part.field_name}!={part.value} drops the rows without {part.field_name}"
                      " too", part.span, f"{part.field_name}!=")


RULES = {
    "every-index": of_steps(every_index, nodes.Search, nodes.Tstats),
    "no-index": of_steps(no_index, nodes.Search, nodes.Tstats),
    "leading-wildcard": of_steps(leading_wildcard, nodes.Search),
    "search-not-equal-null": of_steps(not_equal, nodes.Search),
}
