"""The event store: immutable Parquet segments, one folder an index.

A segment is written under a temporary name and then renamed, so that any number of processes
may read and append at once. Its name begins with the time of writing in nanoseconds: names in
order are arrival order. Columns of a segment:

- `_time` (DOUBLE, epoch seconds), `_indextime` (BIGINT, whole seconds as Splunk keeps it),
  `_raw`, `sourcetype`, `source`, `host` (VARCHAR), `position` (BIGINT, from 0 in arrival order);
- one column for each indexed field: `s_<name>` (VARCHAR) where every event of the segment has
  one value at most, `m_<name>` (VARCHAR[]) otherwise; names as `columns.encode` gives them.

What a planner needs to know without opening the columns is JSON in the Parquet schema metadata
under the key `lab`: rows, time range, index-time range, source types and indexed fields.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from lab.engine.columns import encode

SEGMENT_ROWS = 100_000
_INDEX_NAME = re.compile(r"_?[a-z0-9][a-z0-9_-]*\Z")
_clock_lock = threading.Lock()
_last_stamp = 0


@dataclass
class Event:
    """One event to be indexed; `fields` are its indexed fields. Times are epoch seconds."""

    time: float
    indextime: float
    raw: str
    sourcetype: str
    source: str
    host: str
    fields: dict[str, str | list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Segment:
    """A segment on disk. `fields` maps an indexed field to True where it is multivalued."""

    path: Path
    rows: int
    time_min: float
    time_max: float
    indextime_min: int
    indextime_max: int
    sourcetypes: tuple[str, ...]
    fields: dict[str, bool]

    @property
    def name(self) -> str:
        return self.path.stem


def _stamp() -> str:
    """Nanoseconds, strictly increasing within this process, so that names keep the order."""
    global _last_stamp
    with _clock_lock:
        _last_stamp = max(time.time_ns(), _last_stamp + 1)
        return f"{_last_stamp:020d}"


def _column(values: list[str | list[str] | None]) -> tuple[str, pa.Array]:
    """("s" or "m", array) for the values of one indexed field; an empty list is no value."""
    cleaned = [value if value != [] else None for value in values]
    if any(isinstance(value, list) and len(value) > 1 for value in cleaned):
        lists = [[v] if isinstance(v, str) else v for v in cleaned]
        return "m", pa.array(lists, pa.list_(pa.string()))
    singles = [value[0] if isinstance(value, list) else value for value in cleaned]
    return "s", pa.array(singles, pa.string())


def _table(events: list[Event]) -> pa.Table:
    fields: dict[str, list[str | list[str] | None]] = {}
    for row, event in enumerate(events):
        for name, value in event.fields.items():
            column = fields.get(name)
            if column is None:
                column = fields[name] = [None] * len(events)
            column[row] = value
    times = [float(event.time) for event in events]
    indextimes = [int(event.indextime) for event in events]
    columns: dict[str, pa.Array] = {
        "_time": pa.array(times, pa.float64()),
        "_indextime": pa.array(indextimes, pa.int64()),
        "_raw": pa.array([event.raw for event in events], pa.string()),
        "sourcetype": pa.array([event.sourcetype for event in events], pa.string()),
        "source": pa.array([event.source for event in events], pa.string()),
        "host": pa.array([event.host for event in events], pa.string()),
        "position": pa.array(range(len(events)), pa.int64()),
    }
    shapes: dict[str, bool] = {}
    for name in sorted(fields):
        shape, array = _column(fields[name])
        columns[f"{shape}_{encode(name)}"] = array
        shapes[name] = shape == "m"
    about = {
        "rows": len(events), "time": [min(times), max(times)],
        "indextime": [min(indextimes), max(indextimes)],
        "sourcetypes": sorted({event.sourcetype for event in events}), "fields": shapes,
    }
    table = pa.table(columns)
    return table.replace_schema_metadata({"lab": json.dumps(about)})


@lru_cache(maxsize=16384)
def _segment(path: Path) -> Segment:
    about = json.loads(pq.read_schema(path).metadata[b"lab"])
    return Segment(
        path, about["rows"], about["time"][0], about["time"][1], about["indextime"][0],
        about["indextime"][1], tuple(about["sourcetypes"]), about["fields"],
    )


def _batches(events: Iterable[Event]) -> Iterator[list[Event]]:
    iterator = iter(events)
    while batch := list(islice(iterator, SEGMENT_ROWS)):
        yield batch


class EventStore:
    """`root` is the folder that holds one folder for each index; it need not exist yet."""

    def __init__(self, root: Path | str):
        self.root = Path(root)

    def _folder(self, index: str) -> Path:
        if not _INDEX_NAME.match(index):
            raise ValueError(
                f"index {index!r}: a name has lower-case letters, digits, _ and -, and begins"
                " with a letter, a digit or _"
            )
        return self.root / index

    def append(self, index: str, events: Iterable[Event]) -> int:
        """Index events, all or none of them; the count. ValueError for a bad index name.

        Events become visible together once the last of them is written; memory holds one
        segment of them at a time.
        """
        folder = self._folder(index)
        written: list[tuple[Path, Path]] = []
        count = 0
        try:
            for batch in _batches(events):
                folder.mkdir(parents=True, exist_ok=True)
                name = f"{_stamp()}-{os.getpid():x}-{secrets.token_hex(4)}"
                temporary = folder / f".{name}.tmp"
                written.append((temporary, folder / f"{name}.parquet"))
                pq.write_table(
                    _table(batch), temporary, compression="zstd", compression_level=1
                )
                count += len(batch)
        except BaseException:
            for temporary, _ in written:
                temporary.unlink(missing_ok=True)
            raise
        for temporary, final in written:
            os.replace(temporary, final)
        return count

    def indexes(self) -> list[str]:
        """Names of the indexes that hold at least one segment."""
        if not self.root.is_dir():
            return []
        return sorted(
            entry.name for entry in self.root.iterdir()
            if entry.is_dir() and any(entry.glob("*.parquet"))
        )

    def segments(self, index: str) -> list[Segment]:
        """The segments of an index in arrival order; none for an index nobody wrote to."""
        folder = self._folder(index)
        if not folder.is_dir():
            return []
        return [_segment(path) for path in sorted(folder.glob("*.parquet"))]

    def count(self, index: str) -> int:
        return sum(segment.rows for segment in self.segments(index))
