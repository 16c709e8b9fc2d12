"""The rows of a data model's dataset: datamodel, from, and what tstats reads of one."""

from __future__ import annotations

from lab.rows.predicates import matches, names_in, resolved
from lab.rows.state import Rows, State
from lab.rows.values import number
from lab.spl import nodes
from lab.spl.errors import SPLError
from lab.spl.timemodifier import resolve


def dataset_rows(dataset: nodes.Dataset, summariesonly: bool, state: State) -> Rows:
    """With `summariesonly` what is in the summary: nothing without acceleration, else everything
    since acceleration.earliest_time (datamodels.conf.spec)."""
    inside, state.inside = state.inside, False
    found = state.run(dataset.pipeline, state)
    state.inside = inside
    if not summariesonly:
        return found
    if not dataset.accelerated:
        return found.with_fields([])
    if dataset.summarised_from is None:
        return found
    since = resolve(dataset.summarised_from, state.context.now)
    times = [number(row.get("_time")) for row in found.rows]
    if None in times:
        raise SPLError("summariesonly: a row has no _time", construct=dataset.lineage)
    return found.with_fields([row for row, when in zip(found.rows, times) if when >= since])


def dataset_matches(node: nodes.Tstats, state: State) -> Rows:
    """The dataset's rows that match WHERE, which names fields of the dataset only."""
    predicate = resolved(node.where, state)
    for name in sorted(names_in(predicate) - set(node.dataset.fields)):
        raise SPLError(f"the dataset {node.dataset.lineage} has no field {name!r}", node.span, name)
    if node.dataset.accelerated and state.context.search_filter.strip() not in ("", "*"):
        raise SPLError("a role's search filter cannot be applied to an accelerated data model",
                       node.span, "srchFilter")
    found = dataset_rows(node.dataset, node.summariesonly, state)
    return Rows(found.fields, [row for row in found.rows if matches(predicate, row, state)])


def datamodel(node: nodes.Datamodel, rows: Rows, state: State) -> Rows:
    if node.dataset is None:
        return Rows(["_raw"], [{"_raw": text} for text in node.definitions])
    return dataset_rows(node.dataset, node.summariesonly, state)


COMMANDS = {nodes.Datamodel: datamodel}
