"""Which fields of the events a pipeline can read, so that only those are extracted.

Walked forwards: a name counts until a command certainly overwrites it, and no further than the
first command whose output no longer holds the event's other fields (stats, table, fields…).
`everything` says that the rest of the event's fields may still be looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from lab.engine.functions.multivalue import field_names
from lab.engine.names import PLACEHOLDER
from lab.spl import nodes

DEFAULT_FIELDS = ("_time", "_raw", "_indextime", "index", "sourcetype", "source", "host")


@dataclass
class Demand:
    """`names` may hold wildcards; `everything` where the pipeline ends with events.

    `expected` are those that only the events can give: none of them having it is worth a word.
    `mixed` from where on fields may come from elsewhere under any name.
    """

    names: set[str] = field(default_factory=set)
    everything: bool = True
    written: set[str] = field(default_factory=set)
    expected: set[str] = field(default_factory=set)
    made: set[str] = field(default_factory=set)
    mixed: bool = False

    def read(self, names: Iterable[str]) -> None:
        fresh = {name for name in names if name not in self.written}
        self.names |= fresh
        if not self.mixed:
            self.expected |= fresh - self.made

    def fill(self, names: Iterable[str]) -> None:
        """Names that a command may give or leave as the event has them."""
        fresh = {name for name in names if name not in self.written}
        self.names |= fresh
        self.made |= fresh

    @property
    def wildcards(self) -> set[str]:
        return {name for name in self.names if "*" in name}


def demanded(commands: tuple[nodes.Command, ...], then: tuple[nodes.Command, ...] = ()) -> Demand:
    """What the commands behind (and including) a generating search read of its events.

    `then` work on them too, among the rows of other searches.
    """
    demand = Demand()
    for number, command in enumerate((*commands, *then)):
        demand.mixed |= number >= len(commands)
        _visit(command, demand)
        if not demand.everything:
            break
    return demand


def _visit(command: nodes.Command, demand: Demand) -> None:
    handler = _HANDLERS.get(type(command))
    if handler is None:
        demand.read(_all_names(command))
        return
    handler(command, demand)


def predicate_names(node: Any) -> set[str]:
    if isinstance(node, (nodes.Compare, nodes.InValues)):
        return {node.field_name}
    if isinstance(node, nodes.RawTerm):
        return {"_raw"}
    if isinstance(node, (nodes.And, nodes.Or)):
        return set().union(*(predicate_names(part) for part in node.parts))
    return predicate_names(node.part) if isinstance(node, nodes.Not) else set()


def _all_names(command: nodes.Command) -> set[str]:
    """Names of commands that only read fields and change no other way, by their attributes."""
    names: set[str] = set()
    for attribute in ("names", "by"):
        names.update(getattr(command, attribute, ()) or ())
    for attribute in ("name", "field_name", "input_field"):
        value = getattr(command, attribute, None)
        if isinstance(value, str):
            names.add(value)
    for attribute in ("condition",):
        value = getattr(command, attribute, None)
        if value is not None:
            names |= field_names(value)
    for attribute in ("keys", "sortby"):
        names.update(key.name for key in getattr(command, attribute, ()) or ())
    return names


def aggregation_names(aggregations: Iterable[nodes.Aggregation]) -> set[str]:
    names: set[str] = set()
    for aggregation in aggregations:
        if aggregation.argument is not None:
            names |= field_names(aggregation.argument)
        if aggregation.function in TIMED:
            names.add("_time")
    return names


PLACE_FIELDS = ("City", "Country", "Region", "lat", "lon", "Continent", "MetroCode", "Timezone")
"""What iplocation gives; the last three with allfields."""
TIMED = {"earliest", "latest", "earliest_time", "latest_time", "rate", "per_second",
         "per_minute", "per_hour", "per_day"}


def _search(command: nodes.Search, demand: Demand) -> None:
    """The fields of a subsearch's terms are known only when it has run: any may be asked for."""
    demand.read(predicate_names(command.predicate))
    if not command.generating and _has_subsearch(command.predicate):
        demand.read(["*"])


def _has_subsearch(node: nodes.Predicate) -> bool:
    parts = getattr(node, "parts", ()) or filter(None, [getattr(node, "part", None)])
    return isinstance(node, nodes.SubsearchTerms) or any(map(_has_subsearch, parts))


def _eval(command: nodes.Eval, demand: Demand) -> None:
    for name, expression in command.assignments:
        demand.read(field_names(expression))
        demand.read(PLACEHOLDER.findall(name))
        demand.written.add(name)


def _fields(command: nodes.Fields, demand: Demand) -> None:
    if command.keep:
        demand.read(command.names)
        demand.everything = False
    else:
        demand.written.update(name for name in command.names if "*" not in name)


def _table(command: nodes.Table, demand: Demand) -> None:
    demand.read(command.names)
    demand.everything = False


def _rename(command: nodes.Rename, demand: Demand) -> None:
    for old, new in command.pairs:
        demand.read([old])
        demand.written.update(name for name in (old, new) if "*" not in name)


def _stats(command: nodes.Stats, demand: Demand) -> None:
    demand.read(aggregation_names(command.aggregations))
    demand.read(command.by)
    if command.mode == "stats":
        demand.everything = False
    else:
        for attribute in (command.reset_before, command.reset_after):
            if attribute is not None:
                demand.read(field_names(attribute))
        demand.fill(a.alias for a in command.aggregations)
        if command.time_window:
            demand.read(["_time"])


def _chart(command: nodes.Chart, demand: Demand) -> None:
    demand.read(aggregation_names(command.aggregations))
    demand.read(name for name in (command.over, command.by) if name)
    if command.mode == "timechart":
        demand.read(["_time"])
    demand.everything = False


def _top(command: nodes.Top, demand: Demand) -> None:
    demand.read((*command.names, *command.by))
    demand.everything = False


def _lookup(command: nodes.Lookup, demand: Demand) -> None:
    demand.read(mapping.event_field for mapping in command.inputs)
    demand.fill(mapping.event_field for mapping in command.outputs)


def _spath(command: nodes.Spath, demand: Demand) -> None:
    demand.read([command.input_field])
    demand.fill([command.output_field or command.path or command.input_field])


def _fromjson(command: nodes.Fromjson, demand: Demand) -> None:
    """Any later name may be a key, which the events may have too."""
    demand.read([command.name])
    demand.mixed = True


def _rex(command: nodes.Rex, demand: Demand) -> None:
    demand.read([command.field_name])
    if command.mode == "extract":
        demand.fill(re.findall(r"\(\?P?<(\w+)>", command.pattern))


def _inner(command: Any, demand: Demand) -> None:
    for inner in command.pipeline.commands:
        _visit(inner, demand)
    demand.everything = True


def _return(command: nodes.Return, demand: Demand) -> None:
    demand.read(item[0] for item in command.items)
    demand.everything = False


def _foreach(command: nodes.Foreach, demand: Demand) -> None:
    demand.read(command.names)
    demand.fill(re.findall(r"[A-Za-z_]\w*", command.template))
    demand.fill(re.findall(r"'([^'<>]+)'", command.template))


def _fillnull(command: nodes.Fillnull, demand: Demand) -> None:
    demand.fill(command.names)


def _join(command: nodes.Join, demand: Demand) -> None:
    demand.read(command.names)
    demand.made.update(_given(command.pipeline))


def _append(command: Any, demand: Demand) -> None:
    demand.made.update(_given(command.pipeline))


def _union(command: nodes.Union, demand: Demand) -> None:
    demand.mixed = True


def _convert(command: nodes.Convert, demand: Demand) -> None:
    for one in command.conversions:
        demand.read([one.field_name])
        if one.alias is not None:
            demand.fill([one.alias])


def _transaction(command: nodes.Transaction, demand: Demand) -> None:
    demand.read(("_time", *command.names))
    for condition in (command.startswith, command.endswith):
        if isinstance(condition, nodes.Predicate):
            demand.read(predicate_names(condition))
        elif condition is not None:
            demand.read(field_names(condition))
    demand.fill(("duration", "eventcount", "closed_txn", "_txn_orphan"))


def _xyseries(command: nodes.Xyseries, demand: Demand) -> None:
    demand.read((command.x, command.series, *command.data))
    demand.everything = False


def _every(command: nodes.Command, demand: Demand) -> None:
    """Transpose, uniq, fieldsummary without names: what they give depends on every field."""
    demand.read(getattr(command, "names", ()) or ["*"])


def _fieldformat(command: nodes.Fieldformat, demand: Demand) -> None:
    demand.read(field_names(command.expression))


def _autoregress(command: nodes.Autoregress, demand: Demand) -> None:
    demand.read([command.name])
    demand.fill([command.alias] if command.alias else
                [f"{command.name}_p{step}" for step in range(command.first, command.last + 1)])


def _trendline(command: nodes.Trendline, demand: Demand) -> None:
    demand.read(trend.name for trend in command.trends)
    demand.fill(trend.alias for trend in command.trends)


def _addinfo(command: nodes.Addinfo, demand: Demand) -> None:
    demand.written.update(("info_min_time", "info_max_time", "info_search_time"))


def _extract(command: nodes.Extract, demand: Demand) -> None:
    demand.read(["_raw"])
    demand.mixed = True


def _given(pipeline: nodes.Pipeline) -> set[str]:
    """Names that a subsearch's commands mention: any of them may be among its fields."""
    inner = Demand()
    for command in pipeline.commands:
        _visit(command, inner)
        inner.made |= set(getattr(command, "names", ()) or ())
        for aggregation in getattr(command, "aggregations", ()):
            inner.made.add(aggregation.alias)
    return inner.names | inner.made | inner.written


def _alias(command: Any, demand: Demand) -> None:
    demand.read([command.name])
    demand.fill([command.alias])


def _iplocation(command: nodes.Iplocation, demand: Demand) -> None:
    demand.read([command.name])
    demand.fill(command.prefix + name for name in PLACE_FIELDS)


def _bin(command: nodes.Bin, demand: Demand) -> None:
    demand.read([command.name])
    demand.written.add(command.alias)


_HANDLERS = {
    nodes.Search: _search, nodes.Eval: _eval, nodes.Fields: _fields, nodes.Table: _table,
    nodes.Rename: _rename, nodes.Stats: _stats, nodes.Chart: _chart, nodes.Top: _top,
    nodes.Lookup: _lookup, nodes.Spath: _spath, nodes.Fromjson: _fromjson, nodes.Rex: _rex,
    nodes.Appendpipe: _inner,
    nodes.Append: _append, nodes.Appendcols: _append, nodes.Join: _join,
    nodes.Fillnull: _fillnull,
    nodes.Return: _return, nodes.Foreach: _foreach, nodes.Bin: _bin,
    nodes.Iplocation: _iplocation, nodes.Accum: _alias, nodes.Delta: _alias, nodes.Union: _union, nodes.Convert: _convert,
    nodes.Transaction: _transaction, nodes.Xyseries: _xyseries, nodes.Transpose: _every,
    nodes.Uniq: _every, nodes.Fieldsummary: _every, nodes.Fieldformat: _fieldformat,
    nodes.Autoregress: _autoregress, nodes.Trendline: _trendline, nodes.Addinfo: _addinfo,
    nodes.Extract: _extract,
}
