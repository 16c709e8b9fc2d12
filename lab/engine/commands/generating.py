"""Commands that make rows of their own: makeresults, inputlookup, savedsearch, tstats."""

from __future__ import annotations

from dataclasses import replace

from lab.engine.bounds import VALUES, within
from lab.engine.commands import command
from lab.engine.datasets import dataset_rows
from lab.engine.frame import Frame
from lab.engine.lookups import open_table
from lab.engine.predicates import PredicateCompiler
from lab.engine.session import Session
from lab.engine.stacking import stack
from lab.engine.tstats import tstats
from lab.spl import nodes
from lab.spl.errors import SPLError
from lab.spl.timemodifier import resolve


@command(nodes.Makeresults)
def _makeresults(session: Session, frame: Frame, node: nodes.Makeresults) -> Frame:
    now = float(int(session.context.now))
    if node.rows is not None:
        rows = [dict(pairs) for pairs in node.rows]
        fields = list(dict.fromkeys(name for row in rows for name in row))
        rows = [{**{n: v for n, v in row.items() if v is not None}, "_time": now}
                for row in rows]
        return session.from_rows([*fields, "_time"], rows, {"_time": "num"})
    row: dict[str, object] = {"_time": now}
    if node.annotate:
        row |= {"_raw": None, "host": None, "source": None, "sourcetype": None,
                "splunk_server": "lab", "splunk_server_group": None}
    within(node.count, VALUES, "the count of makeresults", "makeresults")
    frame = session.from_rows(list(row), [row] * node.count, {"_time": "num"})
    return frame


@command(nodes.Inputlookup)
def _inputlookup(session: Session, frame: Frame, node: nodes.Inputlookup) -> Frame:
    _, table = open_table(session, node.table, node.span)
    loaded = session.from_rows(table.fields, table.rows)
    if node.where is not None:
        for name in _names(node.where):
            if name not in table.fields:
                raise SPLError(f"the lookup {node.table} has no field {name!r}", node.span, name,
                               "it has " + ", ".join(table.fields))
        loaded = session.where(loaded, PredicateCompiler(session, loaded).compile(node.where))
    if node.start or node.max is not None:
        limit = f" LIMIT {node.max}" if node.max is not None else ""
        relation = session.define(f"SELECT * FROM {loaded.relation}{loaded.order_by}{limit}"
                                  f" OFFSET {node.start}")
        loaded = Frame(relation, loaded.columns, loaded.order)
    return stack(session, frame, loaded) if node.append else loaded


def _names(node: nodes.Predicate) -> set[str]:
    from lab.engine.demand import predicate_names

    return predicate_names(node)


@command(nodes.Savedsearch)
def _savedsearch(session: Session, frame: Frame, node: nodes.Savedsearch) -> Frame:
    """Over all time the saved search's own time range holds, any other goes before it (Search
    Reference, savedsearch, "Time ranges")."""
    from lab.engine.pipeline import run_pipeline

    context = session.context
    saved = context.app.saved_searches[node.name]
    if context.earliest or context.latest is not None:
        return run_pipeline(session, node.pipeline, session.following)

    def bound(words: str | None) -> float | None:
        return resolve(words, context.now) if words and words != "0" else None

    if saved.index_earliest or saved.index_latest:
        session.warn(f"savedsearch: the index-time window of {node.name} is not applied; the"
                     " schedule applies it")
    session.context = replace(context, earliest=bound(saved.earliest), latest=bound(saved.latest))
    session.search_earliest, session.search_latest = session.context.earliest, session.context.latest
    try:
        return run_pipeline(session, node.pipeline, session.following)
    finally:
        session.context = context


@command(nodes.Tstats)
def _tstats(session: Session, frame: Frame, node: nodes.Tstats) -> Frame:
    found = tstats(session, node)
    if not node.append:
        return found
    if frame.columns and not frame.prestats:
        raise SPLError("tstats append=true goes behind tstats prestats=true", node.span, "append")
    return replace(stack(session, frame, found), prestats=(*frame.prestats, *found.prestats))


@command(nodes.Datamodel)
def _datamodel(session: Session, frame: Frame, node: nodes.Datamodel) -> Frame:
    if node.dataset is None:
        return session.from_rows(["_raw"], [{"_raw": text} for text in node.definitions])
    return dataset_rows(session, node.dataset, node.summariesonly)
