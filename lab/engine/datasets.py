"""The rows of a data model's dataset, and what is in its summary."""

from __future__ import annotations

from dataclasses import replace

from lab.engine.demand import predicate_names
from lab.engine.frame import Frame
from lab.engine.predicates import PredicateCompiler
from lab.engine.scope import resolved
from lab.engine.session import Session
from lab.spl import nodes
from lab.spl.errors import SPLError
from lab.spl.timemodifier import resolve


def dataset_rows(session: Session, dataset: nodes.Dataset, summariesonly: bool) -> Frame:
    """The rows; with `summariesonly` those in the summary.

    The lab takes a summary as complete from acceleration.earliest_time on. On Splunk it lags
    behind by up to the five minutes of acceleration.cron_schedule.
    """
    from lab.engine.pipeline import run_pipeline

    frame = run_pipeline(session, dataset.pipeline)
    if not summariesonly:
        return frame
    if not dataset.accelerated:
        session.warn(f"the data model {dataset.model} is not accelerated (datamodels.conf,"
                     " acceleration = true), so summariesonly=true finds nothing in it")
        return session.where(frame, "FALSE")
    if dataset.summarised_from is None:
        return frame
    if "_time" not in frame.columns:
        raise SPLError(f"summariesonly: the rows of {dataset.lineage} have no _time",
                       construct=dataset.lineage)
    since = resolve(dataset.summarised_from, session.context.now)
    return session.where(frame, f"{frame.columns['_time'].sql} >= CAST({since!r} AS DOUBLE)")


def dataset_matches(session: Session, node: nodes.Tstats) -> Frame:
    """The dataset's rows that match the WHERE of tstats.

    Terms that a subsearch gives are known only here, so their fields are looked up here.
    """
    predicate = resolved(session, node.where)
    for name in sorted(predicate_names(predicate) - set(node.dataset.fields)):
        raise SPLError(f"the dataset {node.dataset.model}.{node.dataset.lineage} has no field"
                       f" {name!r}", node.where.span, name,
                       "it has " + ", ".join(node.dataset.fields))
    if node.dataset.accelerated and session.context.search_filter.strip() not in ("", "*"):
        raise SPLError(
            f"tstats: the srchFilter of this user's roles cannot be applied to the accelerated data"
            f" model {node.dataset.model} (Search Reference, tstats)", node.span, "srchFilter",
            "the role needs access without a filter, or the model no acceleration")
    frame = dataset_rows(session, node.dataset, node.summariesonly)
    frame = session.where(frame, PredicateCompiler(session, frame).compile(predicate))
    return replace(frame, is_events=False)
