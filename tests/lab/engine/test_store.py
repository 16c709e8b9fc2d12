"""The event store: what is appended is there whole, in arrival order, or not at all."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor

import pyarrow.parquet as pq
import pytest

from lab.engine.columns import encode
from lab.engine.store import Event, EventStore


def event(time: float, **fields) -> Event:
    return Event(time, time + 5.7, "{}", "st", "src", "h", fields)


def test_append_keeps_arrival_order_and_ranges(tmp_path):
    store = EventStore(tmp_path)
    assert store.append("cloud_audit", [event(30.0), event(10.5)]) == 2
    assert store.append("cloud_audit", [event(20.0)]) == 1
    first, second = store.segments("cloud_audit")
    assert (first.rows, first.time_min, first.time_max, first.indextime_min) == (2, 10.5, 30.0, 16)
    assert second.rows == 1
    assert store.count("cloud_audit") == 3
    assert store.indexes() == ["cloud_audit"]


def test_names_that_differ_in_case_are_two_columns(tmp_path):
    store = EventStore(tmp_path)
    store.append("main", [event(1, maxResults="1", MaxResults="2", tags=["a", "b"])])
    (segment,) = store.segments("main")
    assert segment.fields == {"maxResults": False, "MaxResults": False, "tags": True}
    row = pq.read_table(segment.path).to_pylist()[0]
    assert row["s_" + encode("maxResults")] == "1"
    assert row["s_" + encode("MaxResults")] == "2"
    assert row["m_tags"] == ["a", "b"]


def test_a_failing_source_leaves_nothing(tmp_path):
    def broken():
        yield event(1)
        raise RuntimeError("source failed")

    store = EventStore(tmp_path)
    with pytest.raises(RuntimeError):
        store.append("main", broken())
    assert store.count("main") == 0
    assert store.indexes() == []


def test_nothing_appended_makes_no_segment(tmp_path):
    store = EventStore(tmp_path)
    assert store.append("main", []) == 0
    assert store.indexes() == []


def test_bad_index_name_is_refused(tmp_path):
    with pytest.raises(ValueError, match="index"):
        EventStore(tmp_path).append("../x", [event(1)])


def append_some(root) -> int:
    store = EventStore(root)
    return sum(store.append("main", [event(float(i))]) for i in range(20))


def test_several_processes_append_at_once(tmp_path):
    with ProcessPoolExecutor(2) as pool:
        assert list(pool.map(append_some, [tmp_path, tmp_path])) == [20, 20]
    assert EventStore(tmp_path).count("main") == 40
