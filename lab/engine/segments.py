"""Columns of stored events, with extracted fields cached in memory and beside the segment.

A cache file holds the columns of some fields of one segment under a digest of the rules that
made them; changed props make another digest, so stale files are never read. Files appear by
rename, so that several processes may fill the cache at once; at worst both do the work.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import secrets
import threading
from collections import OrderedDict
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lab.engine.columns import encode
from lab.engine.extraction import Extractor, arrays
from lab.engine.rules import Rules, rules_for
from lab.engine.store import Segment

MEMORY_BYTES = 1_500_000_000
DISK_ROWS = 5_000
"""Segments with fewer rows are not worth a cache file: reading them anew is as fast."""

SYSTEM = ("_time", "_indextime", "_raw", "sourcetype", "source", "host", "position")


class _Memory:
    """Least recently used columns, bounded by bytes."""

    def __init__(self) -> None:
        self._columns: OrderedDict[tuple, pa.Array | None] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: tuple) -> tuple[bool, pa.Array | None]:
        with self._lock:
            if key not in self._columns:
                return False, None
            self._columns.move_to_end(key)
            return True, self._columns[key]

    def put(self, key: tuple, column: pa.Array | None) -> None:
        size = column.nbytes if column is not None else 0
        with self._lock:
            if key in self._columns:
                return
            self._columns[key] = column
            self._bytes += size
            while self._bytes > MEMORY_BYTES and len(self._columns) > 1:
                _, old = self._columns.popitem(last=False)
                self._bytes -= old.nbytes if old is not None else 0

    def clear(self) -> None:
        with self._lock:
            self._columns.clear()
            self._bytes = 0


_memory = _Memory()


def forget() -> None:
    """Drops the columns held in memory; they are read from disk when next asked for."""
    _memory.clear()


def _flat(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def stored(segment: Segment, names: list[str]) -> dict[str, pa.Array]:
    """Columns of the segment by their stored names."""
    found, missing = {}, []
    for name in names:
        known, column = _memory.get((segment.path, name))
        if known:
            found[name] = column
        else:
            missing.append(name)
    if missing:
        table = pq.read_table(segment.path, columns=missing)
        for name in missing:
            found[name] = _flat(table.column(name))
            _memory.put((segment.path, name), found[name])
    return found


def indexed(segment: Segment, name: str) -> pa.Array | None:
    """The column of an indexed field; None where the segment does not have it."""
    if name not in segment.fields:
        return None
    column = f"{'m' if segment.fields[name] else 's'}_{encode(name)}"
    return stored(segment, [column])[column]


def groups(segment: Segment, app) -> tuple[list[Rules], pa.Array | None]:
    """The rules that hold in the segment, and each row's number among them (None: all 0)."""
    if len(segment.sourcetypes) == 1 and not _has_patterns(app):
        return [rules_for(app, segment.sourcetypes[0], "", "")], None
    columns = stored(segment, ["sourcetype", "source", "host"])
    table = pa.table(columns)
    combinations = table.group_by(["sourcetype", "source", "host"]).aggregate([]).to_pylist()
    rules: list[Rules] = []
    number: dict[tuple[str, str, str], int] = {}
    for row in combinations:
        found = rules_for(app, row["sourcetype"], row["source"], row["host"])
        if found not in rules:
            rules.append(found)
        number[(row["sourcetype"], row["source"], row["host"])] = rules.index(found)
    if len(rules) == 1:
        return rules, None
    rows = zip(*(columns[name].to_pylist() for name in ("sourcetype", "source", "host")))
    return rules, pa.array([number[row] for row in rows], pa.int32())


def _has_patterns(app) -> bool:
    return any(name.startswith(("source::", "host::")) for name in app.conf("props"))


def _digest(rules: list[Rules]) -> str:
    return hashlib.sha256(
        "\x00".join(rule.signature for rule in rules).encode()).hexdigest()[:16]


def is_extracted(segment: Segment, names: set[str], rules: list[Rules]) -> bool:
    """Whether the columns of the fields named are at hand, in memory or on disk."""
    digest = _digest(rules)
    left = {name for name in names if not _memory.get((segment.path, digest, name))[0]}
    for path in _cache_files(segment, digest) if left else ():
        left -= set(json.loads(pq.read_schema(path).metadata[b"lab"]))
    return not left


def extracted(segment: Segment, names: set[str], rules: list[Rules], group: pa.Array | None
              ) -> dict[str, pa.Array]:
    """Columns of the fields named, as the rules read them; a field nobody has is left out."""
    digest = _digest(rules)
    found: dict[str, pa.Array] = {}
    missing: set[str] = set()
    for name in names:
        known, column = _memory.get((segment.path, digest, name))
        if known:
            if column is not None:
                found[name] = column
        else:
            missing.add(name)
    if missing and segment.rows >= DISK_ROWS:
        missing -= _from_disk(segment, digest, missing, found)
    if missing:
        made = _extract(segment, missing, rules, group)
        for name in missing:
            _memory.put((segment.path, digest, name), made.get(name))
        if segment.rows >= DISK_ROWS:
            _to_disk(segment, digest, missing, made)
        found.update(made)
    return found


def _cache_folder(segment: Segment) -> Path:
    return segment.path.parent / ".fields" / segment.name


def _cache_files(segment: Segment, digest: str) -> list[Path]:
    return sorted(_cache_folder(segment).glob(f"{digest}-*.parquet"))


def _from_disk(segment: Segment, digest: str, names: set[str], found: dict[str, pa.Array]
               ) -> set[str]:
    """The names whose columns the cache files told."""
    told: set[str] = set()
    for path in _cache_files(segment, digest):
        about = json.loads(pq.read_schema(path).metadata[b"lab"])
        here = [name for name in about if name in names and name not in told]
        if not here:
            continue
        present = [name for name in here if about[name]]
        table = pq.read_table(path, columns=[encode(name) for name in present])
        for name in here:
            column = _flat(table.column(encode(name))) if about[name] else None
            _memory.put((segment.path, digest, name), column)
            if column is not None:
                found[name] = column
            told.add(name)
    return told


def _to_disk(segment: Segment, digest: str, names: set[str], made: dict[str, pa.Array]) -> None:
    folder = _cache_folder(segment)
    folder.mkdir(parents=True, exist_ok=True)
    columns = {encode(name): made[name] for name in sorted(made)}
    columns = columns or {"nothing": pa.nulls(segment.rows)}
    about = {name: name in made for name in sorted(names)}
    table = pa.table(columns).replace_schema_metadata({"lab": json.dumps(about)})
    mark = secrets.token_hex(6)
    temporary = folder / f".{digest}-{mark}.tmp"
    pq.write_table(table, temporary, compression="zstd", compression_level=1)
    os.replace(temporary, folder / f"{digest}-{mark}.parquet")


def _extract(segment: Segment, names: set[str], rules: list[Rules], group: pa.Array | None
             ) -> dict[str, pa.Array]:
    own = {name: column for name in names if (column := indexed(segment, name)) is not None}
    if len(own) == len(names) or all(_is_silent(rule) for rule in rules) \
            and not any(name.startswith("\x01") for name in names):
        return own
    raws = stored(segment, ["_raw"])["_raw"].to_pylist()
    numbers = group.to_pylist() if group is not None else None
    return rows_arrays(raws, own, names, rules, numbers)


def _is_silent(rules: Rules) -> bool:
    return rules.kv_mode == "none" and not rules.extracts and not rules.reports


def rows_arrays(raws: list[str], own: dict[str, pa.Array], names: set[str] | None,
                rules: list[Rules], numbers: list[int] | None) -> dict[str, pa.Array]:
    """Extraction over events at hand; `own` are their indexed fields, `names` None means all."""
    extractors = [Extractor(rule, names) for rule in rules]
    indexed_rows = _rows_of(own, len(raws))
    collecting = gc.isenabled()
    gc.disable()  # millions of short-lived containers and no cycles: the collector only costs
    try:
        rows = []
        for at, raw in enumerate(raws):
            extractor = extractors[numbers[at] if numbers is not None else 0]
            rows.append(extractor.fields(raw, indexed_rows[at] if indexed_rows else {}))
        return arrays(rows, names)
    finally:
        if collecting:
            gc.enable()


def _rows_of(own: dict[str, pa.Array], size: int) -> list[dict[str, list[str]]]:
    rows: list[dict[str, list[str]]] = [{} for _ in range(size)] if own else []
    for name, column in own.items():
        for at, value in enumerate(column.to_pylist()):
            if value is not None:
                rows[at][name] = value if isinstance(value, list) else [value]
    return rows


def window_mask(segment: Segment, lower: float | None, upper: float | None,
                index_lower: float | None, index_upper: float | None) -> pa.Array | None:
    """Rows within [lower, upper) of both times; None where all of them are."""
    tests = []
    if lower is not None and segment.time_min < lower:
        tests.append(pc.greater_equal(stored(segment, ["_time"])["_time"], lower))
    if upper is not None and segment.time_max >= upper:
        tests.append(pc.less(stored(segment, ["_time"])["_time"], upper))
    if index_lower is not None and segment.indextime_min < index_lower:
        tests.append(pc.greater_equal(stored(segment, ["_indextime"])["_indextime"],
                                      index_lower))
    if index_upper is not None and segment.indextime_max >= index_upper:
        tests.append(pc.less(stored(segment, ["_indextime"])["_indextime"], index_upper))
    if not tests:
        return None
    mask = tests[0]
    for test in tests[1:]:
        mask = pc.and_(mask, test)
    return mask
