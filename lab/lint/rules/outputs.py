"""outputlookup: what replaces, doubles or deletes the rows of a table."""

from __future__ import annotations

from collections.abc import Iterator

from lab.cron import CronError
from lab.cron import parse as read_cron
from lab.lint.finding import Hit
from lab.lint.flow import Step
from lab.lint.rules.base import Found, of_steps
from lab.spl import nodes


def _writers(context, table: str) -> list[str]:
    return [subject.place.name for subject in context.subjects for step in subject.steps
            if isinstance(step.node, nodes.Outputlookup) and step.node.table == table]


def replaces(step: Step, context) -> Iterator[Hit]:
    node = step.node
    if node.append or not context.knowledge.is_collection(node.table):
        return
    others = len(set(_writers(context, node.table))) - 1
    yield Hit(f"outputlookup replaces the whole collection behind {node.table}"
              + (f", which {others} other searches write" if others > 0 else ""), node.span,
              "outputlookup")


def while_written(context) -> Found:
    """Two scheduled searches that write a collection at one minute, one of which replaces it."""
    writing = [(subject, step.node, times) for subject in context.subjects
               for step in subject.steps if isinstance(step.node, nodes.Outputlookup)
               for times in [_times(subject)] if times]
    for subject, node, times in writing:
        if node.append or not context.knowledge.is_collection(node.table):
            continue
        for other, other_node, other_times in writing:
            if other is not subject and other_node.table == node.table and times & other_times:
                yield subject, Hit(f"{other.place.name} writes {node.table} in the same minute"
                                   f" ({subject.stanza.get('cron_schedule')} and"
                                   f" {other.stanza.get('cron_schedule')})", node.span,
                                   "outputlookup")


def _times(subject) -> set[float]:
    """The minutes of one week at which a search runs by its schedule."""
    stanza = subject.stanza
    if stanza is None or not stanza.boolean("enableSched", False):
        return set()
    try:
        return set(read_cron(stanza.get("cron_schedule")).times(0, 7 * 86_400))
    except CronError:
        return set()


def without_key(step: Step, context) -> Iterator[Hit]:
    node = step.node
    if not node.append or node.key_field is not None:
        return
    if context.knowledge.is_collection(node.table):
        if not step.before.has("_key"):
            yield Hit(f"outputlookup appends to {node.table} without key_field or _key", node.span,
                      "outputlookup")
    else:
        yield Hit(f"outputlookup appends to the file behind {node.table}, which nothing bounds",
                  node.span, "outputlookup")


def empties(step: Step, context) -> Iterator[Hit]:
    node = step.node
    if not node.append and node.override_if_empty and step.before.empty \
            and not context.knowledge.is_collection(node.table):
        yield Hit(f"a search without results {'empties' if node.create_empty else 'deletes'} the"
                  f" file behind {node.table}", node.span, "outputlookup")


RULES = {
    "outputlookup-replaces": of_steps(replaces, nodes.Outputlookup),
    "outputlookup-while-written": while_written,
    "outputlookup-without-key": of_steps(without_key, nodes.Outputlookup),
    "outputlookup-empties": of_steps(empties, nodes.Outputlookup),
}
