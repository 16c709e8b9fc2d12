"""The lookup command and automatic lookups: exact, WILDCARD and CIDR matches.

Values compare with case unless the definition says otherwise. The first `max_matches` rows of
the table in its order count; several of them make the outputs multivalues. Where fewer than
`min_matches` match, `default_match` fills up. In a time-based lookup those rows match whose time
is between `min_offset_secs` and `max_offset_secs` before `_time`, the latest ones first
(transforms.conf.spec). An event that lacks a field to match by stays as it
is. For the others OUTPUT overwrites, also with nothing where there is no match; OUTPUTNEW writes
each field that the event does not have (props.conf.spec, LOOKUP-).
"""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from lab.app import LookupDefinition
from lab.engine import addresses
from lab.engine.columns import literal
from lab.engine.expressions import CONVERT, Typed, common_kind, text
from lab.engine.frame import SQL_TYPES, Column, Frame
from lab.engine.patterns import wildcard
from lab.engine.session import Session, column_array
from lab.engine.timeformat import strptime
from lab.engine.values import format_number, to_number
from lab.lookups import Table, UnknownLookup, definition, read
from lab.spl import nodes
from lab.spl.errors import SPLError


def open_table(session: Session, name: str, span) -> tuple[LookupDefinition, Table]:
    """SPLError where there is no such lookup."""
    context = session.context
    try:
        found = definition(context.app, name)
        if context.authority is not None:
            context.authority.check_lookup("read", found, span)
        return found, read(context.home, context.app, name)
    except UnknownLookup as error:
        raise SPLError(str(error), span, name) from error


def mappings(session: Session, node: nodes.Lookup) -> tuple[nodes.LookupMapping, ...]:
    if node.outputs:
        return node.outputs
    _, table = open_table(session, node.table, node.span)
    keys = {mapping.lookup_field for mapping in node.inputs}
    return tuple(nodes.LookupMapping(name, name) for name in table.fields if name not in keys)


def output_fields(session: Session, node: nodes.Lookup) -> list[str]:
    return [mapping.event_field for mapping in mappings(session, node)]


def apply_lookup(session: Session, frame: Frame, node: nodes.Lookup,
                 inputs: Frame | None = None) -> Frame:
    """`inputs` holds the fields to match by, where they are not the frame's own."""
    found, table = open_table(session, node.table, node.span)
    outputs = mappings(session, node)
    for mapping in (*node.inputs, *outputs):
        if mapping.lookup_field not in table.fields:
            raise SPLError(
                f"the lookup {node.table} has no field {mapping.lookup_field!r}", node.span,
                mapping.lookup_field, "it has " + ", ".join(table.fields),
            )
    source = inputs or frame
    keys = [source.columns.get(mapping.event_field) for mapping in node.inputs]
    if found.time_field is not None:
        keys.append(_event_time(source, found, table, node))
    if any(key is None for key in keys):
        return frame
    fuzzy = found.time_field is not None or any(
        mapping.lookup_field in found.match_type for mapping in node.inputs)
    if fuzzy or any(key.kind == "mv" for key in keys):
        joined, columns = _by_distinct(session, frame, keys, node, found, table, outputs)
    else:
        joined, columns = _by_join(session, frame, keys, node, found, table, outputs)
    return _put(session, joined, node, outputs, columns, _present(keys))


def _event_time(source: Frame, found: LookupDefinition, table: Table, node: nodes.Lookup
                ) -> Column:
    column = source.columns.get("_time")
    if column is None:
        raise SPLError(f"{node.table} is a time-based lookup and needs _time, which the rows do not"
                       " have", node.span, node.table)
    if found.time_field not in table.fields:
        raise SPLError(f"the lookup {node.table} has no field {found.time_field!r}, its"
                       " time_field", node.span, found.time_field)
    return column


def _present(keys: list[Column]) -> str:
    return " AND ".join(f"{key.sql} IS NOT NULL" for key in keys)


def _key_texts(keys: list[Column], fold: bool) -> list[str]:
    texts = [text(Typed(key.sql, key.kind)) for key in keys]
    return [f"lower({sql})" for sql in texts] if fold else texts


def _outputs(rows: list[dict], outputs, found: LookupDefinition) -> dict[str, list[str]]:
    """The values of each output over the rows that matched."""
    made: dict[str, list[str]] = {}
    for mapping in outputs:
        values: list[str] = []
        for row in rows[:found.max_matches]:
            value = row.get(mapping.lookup_field)
            if value is not None:
                values.extend(value if isinstance(value, list) else [value])
        missing = found.min_matches - len(rows)
        values += [found.default_match] * max(missing, 0)
        made[mapping.event_field] = values
    return made


def _by_join(session: Session, frame: Frame, keys, node: nodes.Lookup, found: LookupDefinition,
             table: Table, outputs) -> tuple[Frame, dict[str, Column]]:
    """Exact matches of single values: one join with the table grouped by its keys."""
    fold = not found.case_sensitive_match
    groups: dict[tuple[str, ...], list[dict]] = {}
    for row in table.rows:
        for key in _row_keys(row, [mapping.lookup_field for mapping in node.inputs], fold):
            groups.setdefault(key, []).append(row)
    matched = {key: _outputs(rows, outputs, found) for key, rows in groups.items()}
    conditions = [f"{sql} = k.k{at}" for at, sql in enumerate(_key_texts(keys, fold))]
    return _join(session, frame, conditions, list(matched), list(matched.values()), outputs,
                 found, keys)


def _row_keys(row: dict, names: list[str], fold: bool) -> list[tuple[str, ...]]:
    """A multivalue in a key column stands for each of its values."""
    keys: list[tuple[str, ...]] = [()]
    for name in names:
        value = row.get(name)
        if value is None:
            return []
        values = value if isinstance(value, list) else [value]
        keys = [(*key, one.lower() if fold else one) for key in keys for one in values]
    return keys


def _by_distinct(session: Session, frame: Frame, keys, node: nodes.Lookup,
                 found: LookupDefinition, table: Table, outputs
                 ) -> tuple[Frame, dict[str, Column]]:
    """Wildcards, networks and multivalues: each distinct input is matched in Python."""
    frame = session.materialise(replace(frame, columns={
        **frame.columns, **{f"\x00key{at}": key for at, key in enumerate(keys)}}))
    parts = ", ".join(f"{key.sql} AS k{at}" for at, key in enumerate(keys))
    rows = session.fetch(
        f"SELECT DISTINCT {parts} FROM {frame.relation} WHERE {_present(keys)}")
    matcher = Matcher(found, table, [mapping.lookup_field for mapping in node.inputs])
    matched = []
    for row in rows:
        combinations: list[tuple[str, ...]] = [()]
        for value, key in zip(row, keys):
            values = value if key.kind == "mv" else \
                [value if key.kind == "str" else format_number(value)]
            combinations = [(*one, each) for one in combinations for each in values]
        hits: dict[int, dict] = {}
        for combination in combinations:
            for at, hit in matcher.match(combination):
                hits[at] = hit
        ordered = [hits[at] for at in sorted(hits)] if len(combinations) > 1 \
            else list(hits.values())
        matched.append(_outputs(ordered, outputs, found) if ordered else None)
    kept = [(row, made) for row, made in zip(rows, matched) if made is not None]
    conditions = [f"f.{key.sql} = k.k{at}" for at, key in enumerate(keys)]
    kinds = [key.kind for key in keys]
    joined, columns = _join(session, frame, conditions, [row for row, _ in kept],
                            [made for _, made in kept], outputs, found, keys, kinds)
    return joined.drop(f"\x00key{at}" for at in range(len(keys))), columns


def _join(session: Session, frame: Frame, conditions: list[str], keys: list[tuple],
          made: list[dict[str, list[str]]], outputs, found: LookupDefinition,
          inputs: list[Column], kinds: list[str] | None = None) -> tuple[Frame, dict[str, Column]]:
    arrays, names = [], []
    for at in range(len(inputs)):
        kind, array = column_array([key[at] for key in keys], kinds[at] if kinds else "str")
        arrays.append(array)
        names.append(f"k{at}")
    columns: dict[str, Column] = {}
    for at, mapping in enumerate(outputs):
        lists = [row[mapping.event_field] for row in made]
        several = found.min_matches > 1 or any(len(values) > 1 for values in lists)
        values = [v or None for v in lists] if several else [v[0] if v else None for v in lists]
        kind, array = column_array(values, "mv" if several else "str")
        column = columns[mapping.event_field] = Column(session.new(), kind)
        arrays.append(array)
        names.append(column.id)
    matched = session.new("k")
    arrays.append(pa.array([True] * len(keys), pa.bool_()))
    names.append(matched)
    relation = session.table(pa.table(arrays, names))
    picked = ", ".join(f"k.{column.sql}" for column in columns.values())
    joined = session.define(
        f"SELECT f.*, {picked}{', ' if picked else ''}k.{matched} FROM {frame.relation} f"
        f" LEFT JOIN {relation} k ON {' AND '.join(conditions)}"
    )
    if found.min_matches > 0:
        filled = {}
        parts = []
        for name, column in columns.items():
            new = filled[name] = Column(session.new(), column.kind)
            word = literal(found.default_match)
            value = f"[{', '.join([word] * found.min_matches)}]" if column.kind == "mv" else word
            parts.append(f"CASE WHEN {matched} THEN {column.sql} WHEN {_present(inputs)}"
                         f" THEN {value} END AS {new.sql}")
        joined = session.define(f"SELECT *, {', '.join(parts)} FROM {joined}")
        columns = filled
    return replace(frame, relation=joined), columns


def _put(session: Session, frame: Frame, node: nodes.Lookup, outputs,
         columns: dict[str, Column], present: str) -> Frame:
    """OUTPUT or OUTPUTNEW of the joined columns onto the event's fields."""
    additions = []
    for mapping in outputs:
        new = columns[mapping.event_field]
        old = frame.columns.get(mapping.event_field)
        if old is None:
            frame = frame.put(mapping.event_field, new)
            continue
        parts = [Typed(new.sql, new.kind), Typed(old.sql, old.kind)]
        kind = common_kind(parts)
        fresh, kept = (CONVERT[kind](part, node.span) for part in parts)
        if node.overwrite:
            sql = f"CASE WHEN {present} THEN {fresh} ELSE {kept} END"
        else:
            sql = f"coalesce({kept}, {fresh})"
        additions.append((mapping.event_field, f"CAST({sql} AS {SQL_TYPES[kind]})", kind))
    return session.derive(frame, additions)


class Matcher:
    """Finds the rows of a table for one combination of single input values."""

    def __init__(self, found: LookupDefinition, table: Table, names: list[str]):
        self.found = found
        self.fold = not found.case_sensitive_match
        self.kinds = [found.match_type.get(name, "exact") for name in names]
        exact = [name for name, kind in zip(names, self.kinds) if kind == "exact"]
        self.fuzzy = [(at, name, kind) for at, (name, kind) in enumerate(zip(names, self.kinds))
                      if kind != "exact"]
        self.exact = [at for at, kind in enumerate(self.kinds) if kind == "exact"]
        self.moments: dict[int, float] = {}
        self.rows: dict[tuple[str, ...], list[tuple[int, dict]]] = {}
        for number, row in enumerate(table.rows):
            if any(row.get(name) is None for _, name, _ in self.fuzzy):
                continue
            if found.time_field is not None:
                self.moments[number] = self._moment(row)
            for key in _row_keys(row, exact, self.fold):
                self.rows.setdefault(key, []).append((number, row))

    def _moment(self, row: dict) -> float:
        """The time of a row; SPLError where it is none."""
        written = row.get(self.found.time_field)
        plain = self.found.time_format == "%s.%Q"
        moment = None if not isinstance(written, str) else \
            to_number(written) if plain else strptime(written, self.found.time_format)
        if moment is None:
            raise SPLError(f"the lookup {self.found.name}: {written!r} in its time_field"
                           f" {self.found.time_field} is not of the form"
                           f" {self.found.time_format!r}", construct=self.found.name)
        return moment

    def _in_time(self, hits: list[tuple[int, dict]], written: str) -> list[tuple[int, dict]]:
        """The latest `max_matches` of the rows that lie as far before the event as they may."""
        event = to_number(written)
        within = [hit for hit in hits if event is not None and self.found.min_offset_secs
                  <= event - self.moments[hit[0]] <= self.found.max_offset_secs]
        within.sort(key=lambda hit: -self.moments[hit[0]])
        kept, left = within[:self.found.max_matches], within[self.found.max_matches:]
        if left and self.moments[left[0][0]] == self.moments[kept[-1][0]]:
            raise SPLError(f"the lookup {self.found.name} has several rows of one time that match,"
                           " more than max_matches, and no page says which of them counts",
                           construct=self.found.name)
        return kept

    def match(self, values: tuple[str, ...]) -> list[tuple[int, dict]]:
        key = tuple(values[at].lower() if self.fold else values[at] for at in self.exact)
        hits = []
        for number, row in self.rows.get(key, ()):
            if all(self._fits(kind, row[name], values[at]) for at, name, kind in self.fuzzy):
                hits.append((number, row))
                if len(hits) >= self.found.max_matches and self.found.time_field is None:
                    break
        return hits if self.found.time_field is None else self._in_time(hits, values[-1])

    def _fits(self, kind: str, cell, value: str) -> bool:
        if kind == "wildcard":
            return any(wildcard(one, not self.fold).match(value) is not None
                       for one in (cell if isinstance(cell, list) else [cell]))
        return any(addresses.contains(one, value)
                   for one in (cell if isinstance(cell, list) else [cell]))
