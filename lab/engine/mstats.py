"""mstats: statistics of measures, and the rates of accumulating counters.

A time series is what has the same metric and the same values of all dimensions. Its rate is
(latest - earliest) / (latest_time - earliest_time) (Search Reference, time functions, rate);
rate_avg and rate_sum are the average and the sum of the rates of the series in a group, rate that
of the one series there is.
"""

from __future__ import annotations

from dataclasses import replace

from lab.engine.columns import literal
from lab.engine.commands.statistics import BUCKET_OF_TIME, group
from lab.engine.demand import TIMED
from lab.engine.expressions import Typed, text
from lab.engine.frame import Frame
from lab.engine.metrics import IMPLICIT, Points
from lab.engine.names import pattern
from lab.engine.prestats import Partial
from lab.engine.session import Session
from lab.engine.spans import time_bucket, time_span
from lab.ingest.metrics import MEASURE
from lab.spl import nodes
from lab.spl.errors import SPLError

RATES = ("rate", "rate_avg", "rate_sum")
AUTOMATIC = "auto"
"""A span that timechart behind prestats=true decides."""
_SERIES = "\x00series"


def mstats(session: Session, node: nodes.Mstats) -> Frame:
    points = Points.of(session, node.where, node.window, node.span)
    terms = list(node.aggregations) if node.by_value else _expanded(points, node)
    points.check_names(node.by, () if node.by_value else map(_metric_of, terms))
    rates = [term for term in terms if term.function in RATES]
    dimensions = {*points.dimensions(), *IMPLICIT} if rates else set()
    names = {*node.by, *dimensions}
    if node.by_value:
        frame = points.long(names)
        if "metric_name" in frame.columns:
            dimensions = {*dimensions, "metric_name"}
    else:
        frame = points.wide({_metric_of(term) for term in terms}, names)
    if node.fillnull_value is not None:
        frame = _filled(session, frame, node)
    if node.prestats:
        return _partial(session, frame, node, terms)
    by = node.by
    if node.span_length is not None:
        width = time_span(node.span_length, node.span)
        time = frame.columns["_time"].sql
        frame = session.derive(frame, [(BUCKET_OF_TIME, time_bucket(time, width), "num")])
        by = (BUCKET_OF_TIME, *by)
    frame = session.materialise(frame)
    result = _named(_joined(session, frame, terms, by, dimensions), terms)
    return result if session.count(frame) else session.where(result, "FALSE")


def _partial(session: Session, frame: Frame, node: nodes.Mstats, terms: list[nodes.Aggregation]
             ) -> Frame:
    """The rows that have every BY field, with the measures under their own names."""
    for term in terms:
        if term.function in (*RATES, *TIMED) and (term.function in RATES or node.span_length):
            raise SPLError(f"mstats prestats=true with {term.function}() is not supported by the lab",
                           term.span, term.function)
    by = list(node.by)
    if node.span_length is not None:
        by.insert(0, "_time")
        if node.span_length != AUTOMATIC:
            width = time_span(node.span_length, node.span)
            frame = session.derive(frame, [
                ("_time", time_bucket(frame.columns["_time"].sql, width), "num")])
    present = [frame.columns[name].sql if name in frame.columns else "NULL" for name in by]
    if present:
        frame = session.where(frame, " AND ".join(f"{sql} IS NOT NULL" for sql in present))
    measures = {}
    for term in terms:
        name = term.argument.name.removeprefix(MEASURE)
        if name in by:
            raise SPLError(f"{name!r} is a metric and a dimension here", node.span, name)
        if term.argument.name in frame.columns:
            measures[name] = frame.columns[term.argument.name]
    columns = {name: frame.columns[name] for name in by if name in frame.columns} | measures
    if any(term.function in TIMED for term in terms):
        columns["_time"] = frame.columns["_time"]
    functions = frozenset((term.function, term.argument.name.removeprefix(MEASURE), term.parameter)
                          for term in terms)
    partial = Partial(functions, frozenset(by), frozenset(columns),
                      None if node.span_length == AUTOMATIC else node.span_length)
    return replace(frame, columns=columns, prestats=(partial,), row=None)


def _expanded(points: Points, node: nodes.Mstats) -> list[nodes.Aggregation]:
    """`avg(cpu.*)` for each metric that it stands for."""
    found = []
    for term in node.aggregations:
        wanted = term.argument.name
        names = points.metric_names(wanted) if "*" in wanted else [wanted]
        for name in names:
            found.append(replace(term, argument=nodes.FieldRef(MEASURE + name),
                                 alias=_alias(term.alias, wanted, name)))
    return found


def _alias(alias: str, wanted: str, name: str) -> str:
    if "*" not in wanted:
        return alias
    if alias.endswith(f"({wanted})"):
        return alias.replace(wanted, name)
    filled = iter(pattern(wanted).match(name).groups())
    return "".join(next(filled) if char == "*" else char for char in alias)


def _metric_of(term: nodes.Aggregation) -> str:
    return term.argument.name[len(MEASURE):]


def _filled(session: Session, frame: Frame, node: nodes.Mstats) -> Frame:
    value, additions = literal(node.fillnull_value), []
    for name in node.by:
        column = frame.columns.get(name)
        if column is None:
            additions.append((name, value, "str"))
        elif column.kind == "mv":
            additions.append((name, f"coalesce({column.sql}, [{value}])", "mv"))
        else:
            additions.append((name, f"coalesce({column.sql}, {value})", "str"))
    return session.derive(frame, additions)


def _joined(session: Session, frame: Frame, terms: list[nodes.Aggregation], by: tuple[str, ...],
            dimensions: set[str]) -> Frame:
    """The statistics, and beside them the rates, of each group."""
    plain = [term for term in terms if term.function not in RATES]
    rates = [term for term in terms if term.function in RATES]
    if not plain:
        return _rates(session, frame, rates, by, dimensions)
    result = group(session, frame, plain, by)
    if not rates:
        return result
    other = session.materialise(_rates(session, frame, rates, by, dimensions))
    new = {term.alias: other.columns[term.alias] for term in rates}
    on = " AND ".join(f"f.{result.columns[name].sql} = g.{other.columns[name].sql}" for name in by)
    picked = ", ".join(f"g.{column.sql}" for column in new.values())
    relation = session.define(f"SELECT f.*, {picked} FROM {result.relation} f"
                              f" LEFT JOIN {other.relation} g ON {on or 'TRUE'}")
    return replace(result, relation=relation, columns={**result.columns, **new})


def _rates(session: Session, frame: Frame, terms: list[nodes.Aggregation], by: tuple[str, ...],
           dimensions: set[str]) -> Frame:
    keys = [f"coalesce({text(Typed(column.sql, column.kind))}, chr(0))"
            if column.kind != "mv" else f"coalesce(array_to_string({column.sql}, chr(2)), chr(0))"
            for name, column in frame.columns.items() if name in dimensions]
    frame = session.derive(frame, [
        (_SERIES, f"concat_ws(chr(1), {', '.join(keys)})" if keys else "''", "str")])
    ends = []
    for at, term in enumerate(terms):
        ends += [nodes.Aggregation(function, term.argument, f"\x00{function}{at}", span=term.span)
                 for function in ("earliest", "latest", "earliest_time", "latest_time")]
    series = group(session, frame, ends, (*by, _SERIES))
    rates = []
    for at, term in enumerate(terms):
        first, last, begin, end = (series.columns[f"\x00{name}{at}"].sql for name in (
            "earliest", "latest", "earliest_time", "latest_time"))
        rates.append((f"\x00rate{at}", (
            f"CASE WHEN {last} < {first} THEN error('SPL:{term.function}(): a counter is lower at"
            " the end than at the beginning, so it was reset; what Splunk gives is not documented')"
            f" WHEN {end} > {begin} THEN ({last} - {first}) / ({end} - {begin}) END"), "num"))
    series = session.derive(series, rates)
    functions = {"rate": "max", "rate_avg": "avg", "rate_sum": "sum"}
    wanted = [nodes.Aggregation(functions[term.function], nodes.FieldRef(f"\x00rate{at}"),
                                term.alias, span=term.span) for at, term in enumerate(terms)]
    counts = [nodes.Aggregation("count", nodes.FieldRef(f"\x00earliest{at}"), f"\x00count{at}")
              for at, term in enumerate(terms) if term.function == "rate"]
    result = group(session, series, [*wanted, *counts], by)
    checked = session.derive(result, [
        (term.alias, (f"CASE WHEN {result.columns[count.alias].sql} > 1 THEN error('SPL:rate() has"
                      " several time series in a group; use rate_avg() or rate_sum(), or group by more"
                      f" dimensions') ELSE {result.columns[term.alias].sql} END"), "num")
        for term, count in zip((term for term in terms if term.function == "rate"), counts)])
    return checked.keep([*by, *(term.alias for term in terms)])


def _named(result: Frame, terms: list[nodes.Aggregation]) -> Frame:
    """`_time` first, then the dimensions, then the statistics in the order they were asked for."""
    columns = {"_time" if name == BUCKET_OF_TIME else name: column
               for name, column in result.columns.items()}
    aliases = [term.alias for term in terms]
    order = [*(name for name in columns if name not in aliases), *aliases]
    return replace(result, columns={name: columns[name] for name in order})


def mcatalog(session: Session, node: nodes.Mcatalog) -> Frame:
    """The values there are of metric_name, of dimensions, and the dimensions' names (`_dims`)."""
    points = Points.of(session, node.where, node.window, node.span)
    wanted = {name for name, _ in node.values}
    points.check_names({*node.by, *wanted})
    dimensions = points.dimensions()
    names = {*node.by, *(wanted - {"metric_name", "_dims"})}
    frame = points.long({*names, *(dimensions if "_dims" in wanted else ())})
    if "_dims" in wanted:
        listed = ", ".join(
            f"CASE WHEN {frame.columns[name].sql} IS NOT NULL THEN {literal(name)} END"
            for name in dimensions if name in frame.columns)
        frame = session.derive(frame, [
            ("_dims", f"spl_list(list_filter([{listed}], lambda x: x IS NOT NULL))"
             if listed else "NULL", "mv")])
    for name in names:
        if name.startswith("_"):
            raise SPLError(f"mcatalog has no field {name!r}", node.span, name,
                           "metric_name, _dims or the name of a dimension")
    terms = [nodes.Aggregation("values", nodes.FieldRef(name), alias)
             for name, alias in node.values]
    result = group(session, frame, terms, node.by)
    kept = " OR ".join(f"{result.columns[alias].sql} IS NOT NULL" for _, alias in node.values)
    return session.where(result, kept)
