"""tstats: statistics over indexed fields alone, without reading the events' text.

A field that is not indexed is missing. With several values of a by-field a row counts for each;
rows that lack a by-field are left out, unless fillnull_value gives one.
"""

from __future__ import annotations

import re
from dataclasses import replace

from lab.engine import segments as columns_of
from lab.engine.columns import literal
from lab.engine.commands.statistics import BUCKET_OF_TIME, expanded, group
from lab.engine.datasets import dataset_matches
from lab.engine.datefields import date_columns
from lab.engine.demand import aggregation_names, predicate_names
from lab.engine.events import SYSTEM_FIELDS, register_parts, segments_in, stored_columns
from lab.engine.frame import Frame
from lab.engine.predicates import MAJOR, PredicateCompiler
from lab.engine.prestats import Partial, functions_of
from lab.engine.scope import indexes_of, resolved, restricted, sourcetypes_of, window_of
from lab.engine.session import Session
from lab.engine.spans import automatic_time_span, time_bucket, time_span
from lab.spl import nodes
from lab.spl.errors import SPLError, nearest

_PREFIX = "PREFIX("


def tstats(session: Session, node: nodes.Tstats) -> Frame:
    for aggregation in node.aggregations:
        argument = aggregation.argument
        if argument is not None and not isinstance(argument, nodes.FieldRef):
            raise SPLError("tstats does not take eval()", aggregation.span, aggregation.function)
        if argument is not None and "*" in argument.name:
            raise SPLError("tstats does not take wildcards in field names", aggregation.span,
                           argument.name)
    if node.dataset is not None:
        frame = dataset_matches(session, node)
    else:
        predicate = restricted(session, resolved(session, node.where))
        _refuse_raw(predicate)
        names = aggregation_names(node.aggregations) | predicate_names(predicate) | set(node.by)
        frame = _prefixes(session, _load(session, node, predicate, names), names)
    if node.fillnull_value is not None:
        frame = _fill(session, frame, node)
    if "_time" in node.by:
        frame = _bucket(session, frame, node)
    if node.prestats and any(name.startswith(_PREFIX) for name in node.by):
        raise SPLError("tstats prestats=true by PREFIX() is not supported by the lab", node.span,
                       "PREFIX")
    if node.prestats:
        return _partial(session, frame, node)
    frame, aggregations = expanded(session, frame, node.aggregations, node.by)
    by = tuple(BUCKET_OF_TIME if name == "_time" else name for name in node.by)
    result = group(session, frame, aggregations, by)
    result = replace(result, columns={_shown(name, node): column
                                      for name, column in result.columns.items()})
    if not node.by:
        kept = " OR ".join(f"{column.sql} IS NOT NULL" for column in result.columns.values())
        result = session.where(result, kept)
    return result


def _shown(name: str, node: nodes.Tstats) -> str:
    if name == BUCKET_OF_TIME:
        return "_time"
    return name[len(_PREFIX):-1] if name.startswith(_PREFIX) and name in node.by else name


def _prefixes(session: Session, frame: Frame, names: set[str]) -> Frame:
    """A field for each PREFIX(): the different values of an event.

    Splunk keeps segments in lower case; whether it shows values so is not documented.
    """
    additions = []
    for name in sorted(name for name in names if name.startswith(_PREFIX)):
        if "_raw" not in frame.columns:
            continue
        text = re.sub(r"(\W)", r"\\\1", name[len(_PREFIX):-1])
        pattern = literal(f"(?i)(?:^|[{MAJOR}]){text}([^{MAJOR}]*)")
        found = f"list_distinct(regexp_extract_all({frame.columns['_raw'].sql}, {pattern}, 1))"
        checked = (f"list_transform({found}, lambda x: CASE WHEN x = '' OR x <> lower(x) THEN"
                   f" error('SPL:tstats: what {name} shows for upper case or nothing behind the"
                   " prefix is not documented') ELSE x END)")
        additions.append((name, f"spl_list(list_sort({checked}))", "mv"))
    return session.derive(frame, additions)


def _refuse_raw(node: nodes.Predicate) -> None:
    if isinstance(node, nodes.RawTerm) and not node.exact:
        raise SPLError("tstats where takes field=value and TERM(), not words of the event",
                       node.span, node.text,
                       nearest(node.text, ("BY", "GROUPBY", "WHERE", "AND", "OR", "NOT"))
                       or "write field=value, TERM(word), or BY and the fields to group by")
    for part in getattr(node, "parts", ()) or filter(None, [getattr(node, "part", None)]):
        _refuse_raw(part)


def _load(session: Session, node: nodes.Tstats, predicate: nodes.Predicate, names: set[str]
          ) -> Frame:
    if any(name.startswith(_PREFIX) for name in names):
        names = names | {"_raw"}
    window = window_of(session, node.window)
    session.search_earliest, session.search_latest = window.earliest, window.latest
    chosen = segments_in(session, indexes_of(session, predicate), window, sourcetypes_of(predicate))
    parts = []
    for number, (index, segment) in enumerate(chosen):
        mask = columns_of.window_mask(segment, window.earliest, window.latest,
                                      window.index_earliest, window.index_latest)
        arrays = stored_columns(segment, index, number, names & set(SYSTEM_FIELDS), [], None)
        for name in names - set(SYSTEM_FIELDS):
            column = columns_of.indexed(segment, name)
            if column is not None:
                arrays[name] = column
        arrays |= date_columns(segment, session.context.app, names)
        if mask is not None:
            arrays = {name: column.filter(mask) for name, column in arrays.items()}
        session.read[index] += len(arrays["_time"])
        parts.append(arrays)
    frame = register_parts(session, parts)
    absent = sorted(name for name in names - set(frame.columns) - set(SYSTEM_FIELDS)
                    if not name.startswith(_PREFIX))
    if absent and session.scanned:
        session.warn("tstats: in none of the events read is an indexed field " + ", ".join(absent))
    frame = session.where(frame, PredicateCompiler(session, frame).compile(predicate))
    return replace(frame, is_events=False)


def _fill(session: Session, frame: Frame, node: nodes.Tstats) -> Frame:
    value = literal(node.fillnull_value)
    additions = []
    for name in node.by:
        column = frame.columns.get(name)
        if name == "_time":
            continue
        if column is None:
            additions.append((name, value, "str"))
        elif column.kind == "mv":
            additions.append((name, f"coalesce({column.sql}, [{value}])", "mv"))
        else:
            sql = column.sql if column.kind == "str" else f"spl_text({column.sql})"
            additions.append((name, f"coalesce({sql}, {value})", "str"))
    return session.derive(frame, additions)


def _bucket(session: Session, frame: Frame, node: nodes.Tstats) -> Frame:
    """The bucket is a field of its own: min(_time) and latest() see the events' own times."""
    time = frame.columns["_time"].sql
    if node.by_span is not None:
        return session.derive(frame, [
            (BUCKET_OF_TIME, time_bucket(time, time_span(node.by_span, node.span)), "num")])
    frame, span = automatic_time_span(session, frame, time, nodes.Bucket())
    return session.derive(frame, [(BUCKET_OF_TIME, time_bucket(time, span), "num")])


def _partial(session: Session, frame: Frame, node: nodes.Tstats) -> Frame:
    """The rows that have every BY field, for the command behind to aggregate."""
    fields = aggregation_names(node.aggregations)
    if "_time" in node.by:
        if "_time" in fields:
            raise SPLError("tstats prestats=true by _time with a function of the events' own times"
                           " is not supported by the lab", node.span, "_time")
        frame = frame.put("_time", frame.columns[BUCKET_OF_TIME])
    columns = fields | set(node.by)
    present = [frame.columns[name].sql if name in frame.columns else "NULL" for name in node.by]
    if present:
        frame = session.where(frame, " AND ".join(f"{sql} IS NOT NULL" for sql in present))
    partial = Partial(functions_of(node.aggregations), frozenset(node.by), frozenset(columns),
                      node.by_span)
    return replace(frame.keep(sorted(columns)), prestats=(partial,), row=None)


