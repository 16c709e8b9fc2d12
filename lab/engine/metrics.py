"""Data points of metric indexes as frames: one row a point, or one row a measure.

Names of metrics and of dimensions are case-sensitive. Whether WHERE compares their values with
regard to case is not documented; where the two ways differ the search is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import pyarrow as pa

from lab.engine import segments as columns_of
from lab.engine.demand import predicate_names
from lab.engine.events import (
    SYSTEM_FIELDS,
    Chosen,
    register_parts,
    segments_in,
    stored_columns,
)
from lab.engine.frame import Frame
from lab.engine.names import pattern
from lab.engine.predicates import PredicateCompiler
from lab.engine.scope import Window, indexes_of, resolved, restricted, sourcetypes_of, window_of
from lab.engine.session import Session
from lab.ingest.metrics import MEASURE
from lab.spl import nodes
from lab.spl.errors import Span, SPLError

IMPLICIT = frozenset(("host", "source", "sourcetype", "index"))
"""Dimensions that every data point has."""
_NOT_KEPT = frozenset(("splunk_server", "splunk_server_group"))


@dataclass
class Points:
    """What of the metric indexes a condition can find; `load` what of it matches."""

    session: Session
    predicate: nodes.Predicate
    window: Window
    chosen: list[Chosen]
    span: Span

    @classmethod
    def of(cls, session: Session, where: nodes.Predicate, window: nodes.TimeWindow, span: Span
           ) -> Points:
        if "index" not in predicate_names(where) and session.context.indexes_default is None:
            raise SPLError("no metric index is named, and the lab has no default one", span,
                           "index", "add index=<name> to WHERE")
        predicate = restricted(session, resolved(session, where))
        found = window_of(session, window)
        session.search_earliest, session.search_latest = found.earliest, found.latest
        chosen = segments_in(session, indexes_of(session, predicate, "metric"), found,
                             sourcetypes_of(predicate))
        return cls(session, predicate, found, chosen, span)

    def check_names(self, names: Iterable[str], metrics: Iterable[str] = ()) -> None:
        """SPLError for an internal field that the lab does not keep; a word about what no data
        point has."""
        known = {field for _, segment in self.chosen for field in segment.fields}
        asked = {*names, *predicate_names(self.predicate)} - {"metric_name", "_dims"}
        for name in sorted(asked & _NOT_KEPT):
            raise SPLError(f"the lab does not keep Splunk's internal field {name}", self.span, name)
        if not self.chosen:
            return
        for name in sorted(asked - known - IMPLICIT):
            self.session.warn(f"no data point that was read has the dimension {name!r}")
        for name in sorted({*metrics} - {field[len(MEASURE):] for field in known}):
            self.session.warn(f"no data point that was read has the metric {name!r}")

    def metric_names(self, wanted: str = "*") -> list[str]:
        """The metrics that a name, perhaps with wildcards, stands for."""
        expression = pattern(wanted)
        return sorted({name for _, segment in self.chosen for field in segment.fields
                       if field.startswith(MEASURE)
                       and expression.match(name := field[len(MEASURE):])})

    def dimensions(self) -> list[str]:
        """The names of the dimensions, but for those that every data point has."""
        return sorted({field for _, segment in self.chosen for field in segment.fields
                       if not field.startswith(MEASURE)} - IMPLICIT)

    def wide(self, metrics: Iterable[str], names: Iterable[str]) -> Frame:
        """A row for each point that has one of the metrics; each is a field `metric_name:<name>`."""
        fields = [MEASURE + name for name in metrics]
        frame = self._load(lambda number, pair: [self._part(number, pair, names, fields)])
        present = [frame.columns[name].sql for name in fields if name in frame.columns]
        frame = self._matching(frame)
        frame = self.session.where(
            frame, " OR ".join(f"{sql} IS NOT NULL" for sql in present) or "FALSE")
        return self.session.derive(frame, [
            (name, f"CAST({frame.columns[name].sql} AS DOUBLE)", "num")
            for name in fields if name in frame.columns])

    def long(self, names: Iterable[str]) -> Frame:
        """A row for each measure, with metric_name and _value."""
        def parts(number: int, pair: Chosen) -> list[dict[str, pa.Array]]:
            found = []
            for field in pair[1].fields:
                if not field.startswith(MEASURE):
                    continue
                part = self._part(number, pair, names, [field])
                part["_value"] = part.pop(field)
                has_value = part["_value"].is_valid()
                part = {name: column.filter(has_value) for name, column in part.items()}
                part["metric_name"] = pa.repeat(pa.scalar(field[len(MEASURE):]),
                                                len(part["_value"]))
                found.append(part)
            return found

        frame = self._matching(self._load(parts))
        value = frame.columns.get("_value")
        return frame if value is None else self.session.derive(
            frame, [("_value", f"CAST({value.sql} AS DOUBLE)", "num")])

    def _part(self, number: int, pair: Chosen, names: Iterable[str], fields: list[str]
              ) -> dict[str, pa.Array]:
        index, segment = pair
        names = {*names, *predicate_names(self.predicate)} - {"metric_name"}
        arrays = stored_columns(segment, index, number, names & set(SYSTEM_FIELDS), [], None)
        for name in [*(names - set(SYSTEM_FIELDS)), *fields]:
            column = columns_of.indexed(segment, name)
            if column is not None:
                arrays[name] = column
        mask = columns_of.window_mask(segment, self.window.earliest, self.window.latest,
                                      self.window.index_earliest, self.window.index_latest)
        if mask is not None:
            arrays = {name: column.filter(mask) for name, column in arrays.items()}
        return arrays

    def _load(self, parts_of: Callable[[int, Chosen], list[dict[str, pa.Array]]]) -> Frame:
        parts = []
        for number, pair in enumerate(self.chosen):
            self.session.check()
            made = parts_of(number, pair)
            self.session.read[pair[0]] += max((len(part["_time"]) for part in made), default=0)
            parts += made
        return replace(register_parts(self.session, parts), is_events=False)

    def _matching(self, frame: Frame) -> Frame:
        compiler = PredicateCompiler(self.session, frame)
        loose = compiler.compile(self.predicate)
        exact = compiler.compile(_with_case(self.predicate))
        if loose != exact:
            select = f"SELECT count(*) FROM {frame.relation} WHERE ({loose}) <> ({exact})"
            if self.session.fetch(self.session.sql(frame.relation, select))[0][0]:
                raise SPLError("WHERE matches some data points only when upper and lower case are"
                               " the same, and no page says whether they are here", self.span,
                               "WHERE", "write the values as they are in the data")
        return self.session.where(frame, exact)


def _with_case(node: nodes.Predicate) -> nodes.Predicate:
    if isinstance(node, nodes.And):
        return replace(node, parts=tuple(_with_case(part) for part in node.parts))
    if isinstance(node, nodes.Or):
        return replace(node, parts=tuple(_with_case(part) for part in node.parts))
    if isinstance(node, nodes.Not):
        return replace(node, part=_with_case(node.part))
    if isinstance(node, nodes.InValues):
        return nodes.Or(tuple(_with_case(nodes.Compare(node.field_name, "=", value, span=node.span))
                              for value in node.values), span=node.span)
    if isinstance(node, nodes.Compare) and node.field_name != "index":
        return replace(node, case=True)
    return node
