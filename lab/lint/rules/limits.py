"""Commands with a limit at which Splunk goes on without a word."""

from __future__ import annotations

from collections.abc import Iterator

from lab.lint.finding import Hit
from lab.lint.flow import Step, subpipelines
from lab.lint.rules.base import of_steps, of_subjects
from lab.spl import nodes

BOUNDING = (nodes.Stats, nodes.Chart, nodes.Top, nodes.Head, nodes.Tail, nodes.Return)


def _unbounded(pipeline: nodes.Pipeline, context) -> str:
    """What the rows of a subsearch come from, if nothing reduces them."""
    first = pipeline.commands[0]
    if isinstance(first, nodes.Search):
        source = "events"
    elif isinstance(first, nodes.Inputlookup) and context.knowledge.is_collection(first.table):
        source = f"the collection behind {first.table}"
    elif isinstance(first, nodes.Tstats) and first.by and "index" not in first.by:
        source = "tstats groups"
    else:
        return ""
    for command in pipeline.commands[1:]:
        if isinstance(command, BOUNDING) and getattr(command, "mode", "stats") != "eventstats" \
                and getattr(command, "mode", "stats") != "streamstats":
            return ""
        if isinstance(command, nodes.Dedup):
            return ""
    return source


def subsearch(step: Step, context) -> Iterator[Hit]:
    node = step.node
    if isinstance(node, (nodes.Savedsearch, nodes.Appendpipe, nodes.Multisearch)):
        return
    for role, pipeline in subpipelines(node):
        source = _unbounded(pipeline, context)
        limit = "10,000 rows and 60 seconds" if role == "terms" else "50,000 rows and 60 seconds"
        if source:
            yield Hit(f"nothing bounds the rows of this subsearch over {source}; it ends at"
                      f" {limit}", pipeline.span, "[")


def join(step: Step, context) -> Iterator[Hit]:
    yield Hit("join reads its second search as a subsearch", step.node.span, "join")


def appendcols(step: Step, context) -> Iterator[Hit]:
    yield Hit("appendcols pairs rows by their position", step.node.span, "appendcols")


def transaction(step: Step, context) -> Iterator[Hit]:
    yield Hit("transaction keeps open transactions in memory", step.node.span, "transaction")


def sort_limit(step: Step, context) -> Iterator[Hit]:
    node = step.node
    if node.limit == 10_000 and not (step.following and isinstance(step.following[0], nodes.Head)):
        yield Hit("sort keeps 10,000 rows", node.span, "sort")


def mvexpand(step: Step, context) -> Iterator[Hit]:
    if step.before.events:
        yield Hit(f"mvexpand {step.node.name} copies whole events", step.node.span, "mvexpand")


def refused_map(subject, context) -> Iterator[Hit]:
    error = subject.error
    if error is not None and error.construct.lower() == "map":
        yield Hit("map runs one search a row", error.span, "map")


RULES = {
    "subsearch-unbounded": of_steps(subsearch), "join": of_steps(join, nodes.Join),
    "appendcols": of_steps(appendcols, nodes.Appendcols),
    "transaction": of_steps(transaction, nodes.Transaction),
    "map": of_subjects(refused_map), "sort-limit": of_steps(sort_limit, nodes.Sort),
    "mvexpand-events": of_steps(mvexpand, nodes.Mvexpand),
}
