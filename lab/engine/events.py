"""The events of a generating search: indexes, windows, fields by the props, then its predicate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from lab.engine import segments as columns_of
from lab.engine.calculated import apply_rules
from lab.engine.columns import quoted
from lab.engine.datefields import DATE_FIELDS, date_columns
from lab.engine.demand import Demand, predicate_names
from lab.engine.eventtypes import predicate_of
from lab.engine.extraction import CUT, EXTRACTION_CUTOFF
from lab.engine.frame import Column, Frame
from lab.engine.patterns import wildcard
from lab.engine.predicates import PredicateCompiler
from lab.engine.prefilter import mentions, tested_values, text_mask
from lab.engine.rules import Rules
from lab.engine.scope import (
    Window,
    indexes_of,
    resolved,
    restricted,
    settled,
    sourcetypes_of,
    window_of,
)
from lab.engine.session import Session
from lab.engine.store import Segment
from lab.spl import nodes
from lab.spl.errors import NOWHERE, SPLError

SYSTEM_FIELDS = {"_time": "num", "_indextime": "num", "_raw": "str", "index": "str",
                 "sourcetype": "str", "source": "str", "host": "str"}
# From so many rows on, only the predicate's fields are read of all of them, and the others of
# the events that match, unless those are a greater share.
TWO_STEP_ROWS = 20_000
TWO_STEP_SHARE = 0.3
_ROW_BITS = 32
_NOT_KEPT = frozenset((
    "date_zone", "punct", "timestartpos", "timeendpos", "splunk_server", "linecount",
))


def load(session: Session, node: nodes.Search, demand: Demand) -> Frame:
    """The matching events, newest first, with the fields that the pipeline reads."""
    predicate = restricted(session, resolved(session, node.predicate))
    window = window_of(session, node.window)
    session.search_earliest, session.search_latest = window.earliest, window.latest
    chosen = segments_in(session, indexes_of(session, predicate), window, sourcetypes_of(predicate))
    predicate = settled(predicate, _certain(chosen))
    names = {name for name in demand.names | predicate_names(predicate) if "*" not in name}
    for name in names:
        if name in _NOT_KEPT:
            raise SPLError(f"the lab does not keep Splunk's internal field {name}", node.span,
                           name, "work from _time with strftime()")
    if _asks_for_types(names):
        names |= _type_fields(session)
    needed = predicate_names(predicate) & names
    total = sum(segment.rows for _, segment in chosen)
    in_two = total >= TWO_STEP_ROWS and bool(names - needed - set(SYSTEM_FIELDS)) \
        and not isinstance(predicate, nodes.MatchAll)
    found = _candidates(session, chosen, window, predicate, needed) if in_two else None
    if found is not None and sum(map(len, found.rows.values())) < total * TWO_STEP_SHARE:
        session.read += found.read
        frame = _picked(session, chosen, found.rows, names, tell=True)
        _warn_unknown(session, frame, {name for name in needed & found.tested
                                       if not _is_mentioned(chosen, name)})
        result = _matching(session, frame, predicate)
    else:
        result = _read(session, chosen, window, predicate, demand, names, needed, in_two)
    if demand.everything or demand.wildcards:
        def fetch(inner: Session, current: Frame) -> Frame:
            return _everything(inner, current, chosen)

        result = replace(result, lazy=fetch)
    return result


def _read(session: Session, chosen: Sequence[Chosen], window: Window,
          predicate: nodes.Predicate, demand: Demand, names: set[str], needed: set[str],
          in_two: bool) -> Frame:
    """The matching events, from fields that are read of all events in the window and kept."""
    loaded = _frame(session, chosen, window, needed if in_two else names)
    session.read += loaded.read
    result = _matching(session, loaded.frame, predicate)
    if in_two:
        result = session.materialise(result)
        if session.count(result) < sum(s.rows for _, s in chosen) * TWO_STEP_SHARE:
            result = _picked(session, chosen, _rows(session, result), names)
        else:
            result = _matching(session, _frame(session, chosen, window, names).frame, predicate)
    if loaded.read:
        _warn_unknown(session, loaded.frame if in_two else result,
                      needed if in_two else (demand.expected | needed) & names)
    return result


@dataclass(frozen=True)
class Candidates:
    """Positions of the events that may match, by the number of their segment; how many events of
    each index lie in the window; the fields that were looked for in the text."""

    rows: dict[int, list[int]]
    read: Counter[str]
    tested: set[str]


def _candidates(session: Session, chosen: Sequence[Chosen], window: Window,
                predicate: nodes.Predicate, needed: set[str]) -> Candidates | None:
    """None where the text does not tell, or where the fields are at hand in any case."""
    outputs_of = _outputs_of(session)
    rules = [columns_of.groups(segment, session.context.app)[0] for _, segment in chosen]
    own = needed - set(SYSTEM_FIELDS)
    if all(columns_of.is_extracted(segment, own, rules[number])
           for number, (_, segment) in enumerate(chosen)):
        return None
    found = Candidates({}, Counter(), set())
    for number, (index, segment) in enumerate(chosen):
        session.check()
        tested = tested_values(segment, rules[number], predicate, outputs_of)
        if tested is None:
            return None
        within = columns_of.window_mask(segment, window.earliest, window.latest,
                                        window.index_earliest, window.index_latest)
        read = segment.rows if within is None else pc.sum(within).as_py() or 0
        if not read:
            continue
        mask = text_mask(segment, tested)
        positions = pc.indices_nonzero(mask if within is None else pc.and_(mask, within))
        rows = {**found.rows, number: positions.to_pylist()} if len(positions) else found.rows
        found = Candidates(rows, found.read + Counter({index: read}), found.tested | tested.keys())
    return found


def _is_mentioned(chosen: Sequence[Chosen], name: str) -> bool:
    return any(mentions(segment, name) for _, segment in chosen)


def _certain(chosen: Sequence[Chosen]) -> dict[str, set[str]]:
    """Values, in lower case, that every event of the segments has one of."""
    return {"index": {index.lower() for index, _ in chosen},
            "sourcetype": {name.lower() for _, segment in chosen for name in segment.sourcetypes}}


def _matching(session: Session, frame: Frame, predicate: nodes.Predicate) -> Frame:
    if isinstance(predicate, nodes.MatchAll):
        return frame
    return session.where(frame, PredicateCompiler(session, frame).compile(predicate))


def _asks_for_types(names: set[str]) -> bool:
    return any(name in ("eventtype", "tag") or name.startswith("tag::") for name in names)


def _type_fields(session: Session) -> set[str]:
    """What the event types' searches and the tags look at."""
    app = session.context.app
    names = {field for field, _ in app.tags if field != "eventtype"}
    for name in app.eventtypes:
        names |= predicate_names(resolved(session, predicate_of(app, name)))
    return names


def _warn_unknown(session: Session, frame: Frame, names: set[str]) -> None:
    for name in sorted(names - set(frame.columns)):
        if not name.startswith(("_", "tag::")) and name not in ("tag", "eventtype"):
            session.warn(f"the field {name!r} is in none of the events that were searched")


Chosen = tuple[str, Segment]


def segments_in(session: Session, indexes: Sequence[str], window: Window,
              sourcetypes: set[str] | None) -> list[Chosen]:
    """(index, segment) of what can hold matching events, in arrival order."""
    found = []
    for index in indexes:
        for segment in session.context.home.store.segments(index):
            if window.earliest is not None and segment.time_max < window.earliest \
                    or window.latest is not None and segment.time_min >= window.latest \
                    or window.index_earliest is not None \
                    and segment.indextime_max < window.index_earliest \
                    or window.index_latest is not None \
                    and segment.indextime_min >= window.index_latest:
                continue
            if sourcetypes is not None and not any(
                    wildcard(pattern, False).match(name.lower())
                    for pattern in sourcetypes for name in segment.sourcetypes):
                continue
            found.append((index, segment))
    return sorted(found, key=lambda pair: pair[1].name)


@dataclass(frozen=True)
class Loaded:
    frame: Frame
    read: Counter[str]


def _frame(session: Session, chosen: Sequence[Chosen], window: Window, names: set[str]) -> Loaded:
    """The rows of the segments within the window, with the fields named."""
    app = session.context.app
    by_rules: dict[Rules, list[dict[str, pa.Array]]] = {}
    read: Counter[str] = Counter()
    shortened = 0
    for number, (index, segment) in enumerate(chosen):
        session.check()
        mask = columns_of.window_mask(segment, window.earliest, window.latest,
                                      window.index_earliest, window.index_latest)
        rules, group = columns_of.groups(segment, app)
        if mask is not None:
            if not pc.any(mask).as_py():
                continue
            read[index] += pc.sum(mask).as_py()
        else:
            read[index] += segment.rows
        for place, rule in enumerate(rules):
            needs = rule.raw_fields(names, _outputs_of(session)).names
            if rule.kv_mode != "none" and needs - set(SYSTEM_FIELDS):
                needs = {*needs, CUT}
            arrays = stored_columns(segment, index, number, needs - DATE_FIELDS, rules, group)
            arrays |= date_columns(segment, app, needs)
            keep = mask
            if group is not None:
                mine = pc.equal(group, place)
                keep = mine if keep is None else pc.and_(keep, mine)
            if keep is not None:
                arrays = {name: column.filter(keep) for name, column in arrays.items()}
            cut = arrays.pop(CUT, None)
            shortened += 0 if cut is None else len(cut) - cut.null_count
            by_rules.setdefault(rule, []).append(arrays)
    _tell_shortened(session, shortened)
    frames = []
    for rule, parts in by_rules.items():
        frames.append(apply_rules(session, register_parts(session, parts), rule,
                                  rule.raw_fields(names, _outputs_of(session)), names))
    if not frames:
        frames = [register_parts(session, [])]
    return Loaded(union(session, frames), read)


def _tell_shortened(session: Session, events: int) -> None:
    if events:
        session.warn(f"in {events} of the events read the JSON is longer than"
                     f" {EXTRACTION_CUTOFF} characters: KV_MODE finds no fields behind that"
                     " (limits.conf, [spath] extraction_cutoff); spath with a path does")


def _outputs_of(session: Session):
    from lab.engine.lookups import output_fields

    return lambda lookup: output_fields(session, lookup)


def stored_columns(segment: Segment, index: str, number: int, names: set[str], rules: list[Rules],
             group: pa.Array | None) -> dict[str, pa.Array]:
    stored = columns_of.stored(segment, ["_time", "position"])
    row = pc.add(stored["position"], pa.scalar(number << _ROW_BITS, pa.int64()))
    arrays = {
        "\x00newest": pc.negate(stored["_time"]), "\x00arrival": pc.negate(row), "\x00row": row,
        "_time": stored["_time"],
    }
    for name in names & set(SYSTEM_FIELDS):
        if name == "index":
            arrays[name] = pa.array([index] * segment.rows, pa.string()) if segment.rows < 64 \
                else pa.repeat(pa.scalar(index, pa.string()), segment.rows)
        elif name == "_indextime":
            arrays[name] = columns_of.stored(segment, [name])[name].cast(pa.float64())
        else:
            arrays[name] = columns_of.stored(segment, [name])[name]
    others = names - set(SYSTEM_FIELDS)
    if others:
        arrays.update(columns_of.extracted(segment, others, rules, group))
    return arrays


def register_parts(session: Session, parts: Sequence[dict[str, pa.Array]]) -> Frame:
    """The parts of several segments as one relation; what one lacks is NULL there."""
    names = list(dict.fromkeys(name for part in parts for name in part))
    if not names:
        names = ["\x00newest", "\x00arrival", "\x00row", "_time"]
    columns: dict[str, Column] = {}
    arrays, identifiers = [], []
    hidden = {"\x00newest": session.new("o"), "\x00arrival": session.new("o"),
              "\x00row": session.new("e")}
    for name in names:
        kind = SYSTEM_FIELDS.get(name, "str")
        if any(name in part and pa.types.is_list(part[name].type) for part in parts):
            kind = "mv"
        if name in hidden:
            target = pa.float64() if name == "\x00newest" else pa.int64()
            identifiers.append(hidden[name])
        else:
            target = {"num": pa.float64(), "str": pa.string(),
                      "mv": pa.list_(pa.string())}[kind]
            column = columns[name] = Column(session.new(), kind)
            identifiers.append(column.id)
        chunks = []
        for part in parts:
            size = len(part["_time"])
            chunk = part.get(name)
            chunks.append(pa.nulls(size, target) if chunk is None else _as(chunk, target))
        arrays.append(pa.chunked_array(chunks, target))
    relation = session.table(pa.table(arrays, identifiers))
    return Frame(relation, columns, (hidden["\x00newest"], hidden["\x00arrival"]), True,
                 row=hidden["\x00row"])


def _as(chunk: pa.Array, target: pa.DataType) -> pa.Array:
    """Single values as lists of one where another segment has several."""
    if pa.types.is_list(target) and not pa.types.is_list(chunk.type):
        valid = chunk.is_valid()
        offsets = pa.concat_arrays([pa.array([0], pa.int32()),
                                    pc.cumulative_sum(valid.cast(pa.int32()))])
        return pa.ListArray.from_arrays(offsets, chunk.drop_null(), mask=pc.invert(valid))
    return chunk


def union(session: Session, frames: Sequence[Frame]) -> Frame:
    """Event frames of one layout of hidden columns, one below the other."""
    if len(frames) == 1:
        return frames[0]
    names = list(dict.fromkeys(name for frame in frames for name in frame.columns))
    columns: dict[str, Column] = {}
    hidden = [session.new("o"), session.new("o"), session.new("e")]
    kinds = {}
    for name in names:
        found = {frame.columns[name].kind for frame in frames if name in frame.columns}
        kinds[name] = "mv" if "mv" in found else "num" if found == {"num"} else "str"
        columns[name] = Column(session.new(), kinds[name])
    from lab.engine.expressions import CONVERT, NULL, Typed
    from lab.engine.frame import SQL_TYPES

    selects = []
    for frame in frames:
        parts = []
        for name in names:
            column = frame.columns.get(name)
            typed = NULL if column is None else Typed(column.sql, column.kind)
            sql = CONVERT[kinds[name]](typed, NOWHERE)
            parts.append(f"CAST({sql} AS {SQL_TYPES[kinds[name]]}) AS {columns[name].sql}")
        for new, old in zip(hidden, [*frame.order, frame.row]):
            parts.append(f"{quoted(old)} AS {new}")
        selects.append(f"SELECT {', '.join(parts)} FROM {frame.relation}")
    relation = session.define(" UNION ALL ".join(selects))
    return Frame(relation, columns, (hidden[0], hidden[1]), True, row=hidden[2])


def _rows(session: Session, frame: Frame) -> dict[int, list[int]]:
    """Positions of the frame's events, by the number of their segment."""
    found = session.fetch_table(session.sql(
        frame.relation, f"SELECT DISTINCT {quoted(frame.row)} AS e FROM {frame.relation}"
        f" WHERE {quoted(frame.row)} IS NOT NULL ORDER BY 1",
    )).column("e").to_pylist()
    rows: dict[int, list[int]] = {}
    for row in found:
        rows.setdefault(row >> _ROW_BITS, []).append(row & ((1 << _ROW_BITS) - 1))
    return rows


def _picked(session: Session, chosen: Sequence[Chosen], rows: dict[int, list[int]],
            names: set[str] | None, tell: bool = False) -> Frame:
    """The fields named (None: all) of some events, read from their text without a cache.

    `tell` warns of events that KV_MODE does not read to their end.
    """
    app, outputs_of = session.context.app, _outputs_of(session)
    by_rules: dict[Rules, list[dict[str, pa.Array]]] = {}
    shortened = 0
    for number, positions in rows.items():
        index, segment = chosen[number]
        rules, group = columns_of.groups(segment, app)
        taken = pa.array(positions, pa.int64())
        numbers = group.take(taken).to_pylist() if group is not None else None
        system = stored_columns(segment, index, number, set(SYSTEM_FIELDS), rules, group)
        raws = columns_of.stored(segment, ["_raw"])["_raw"]
        for place, rule in enumerate(rules):
            here = [position for at, position in enumerate(positions)
                    if numbers is None or numbers[at] == place]
            take = pa.array(here, pa.int64())
            wanted = None if names is None else rule.raw_fields(names, outputs_of).names
            own = {name: column.take(take) for name in segment.fields
                   if (wanted is None or name in wanted)
                   and (column := columns_of.indexed(segment, name)) is not None}
            some = raws.take(take).to_pylist()
            arrays = columns_of.rows_arrays(
                some, own, None if wanted is None else {*wanted, CUT}, [rule], None)
            cut = arrays.pop(CUT, None)
            shortened += 0 if cut is None else len(cut) - cut.null_count
            if wanted is None:
                marks = {name for name in rule.raw_fields({n for n, _ in rule.evals}, outputs_of)
                         .names if name.startswith("\x01")}
                arrays.update(columns_of.rows_arrays(some, {}, marks, [rule], None))
            arrays |= {name: column.take(take) for name, column in system.items()}
            arrays |= date_columns(segment, app, wanted or set(), here)
            by_rules.setdefault(rule, []).append(arrays)
    if tell:
        _tell_shortened(session, shortened)
    frames = []
    for rule, parts in by_rules.items():
        wanted = names
        if wanted is None:
            wanted = set().union(*(part.keys() for part in parts)) \
                | {name for name, _ in rule.evals} | {alias.target for alias in rule.aliases} \
                | {name for lookup in rule.lookups for name in outputs_of(lookup)} \
                | {"eventtype", "tag"}
        frames.append(apply_rules(session, register_parts(session, parts), rule,
                                  rule.raw_fields(wanted, outputs_of), wanted))
    return union(session, frames) if frames else register_parts(session, [])


def _everything(session: Session, frame: Frame, chosen: Sequence[Chosen]) -> Frame:
    """The frame with every further field that its events have."""
    frame = session.materialise(frame)
    rows = _rows(session, frame)
    if not rows:
        return replace(frame, lazy=None)
    whole = session.materialise(_picked(session, chosen, rows, None))
    extra = {name: column for name, column in whole.columns.items()
             if name not in frame.columns and name not in frame.removed
             and not name.startswith(("\x00", "\x01"))}
    extra = _present(session, whole, extra)
    if not extra:
        return replace(frame, lazy=None)
    picked = ", ".join(f"w.{column.sql}" for column in extra.values())
    relation = session.define(
        f"SELECT f.*, {picked} FROM {frame.relation} f LEFT JOIN {whole.relation} w"
        f" ON f.{quoted(frame.row)} = w.{quoted(whole.row)}"
    )
    return replace(frame, relation=relation, columns={**frame.columns, **extra}, lazy=None)


def _present(session: Session, frame: Frame, columns: dict[str, Column]) -> dict[str, Column]:
    """Those columns that have a value somewhere."""
    if not columns:
        return {}
    counts = ", ".join(f"count({column.sql})" for column in columns.values())
    found = session.fetch(session.sql(frame.relation,
                                      f"SELECT {counts} FROM {frame.relation}"))[0]
    return {name: column for (name, column), count in zip(columns.items(), found) if count}


def expand(session: Session, frame: Frame) -> Frame:
    """Every field of the events at hand, for what has to see them all."""
    return frame if frame.lazy is None else frame.lazy(session, frame)
