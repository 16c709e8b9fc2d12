"""The log directory that Splunk monitors: whole lines, once, with the source type of its props."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pyarrow.parquet as pq
import pytest

from lab import monitor
from lab.app import App


@pytest.fixture
def logging_app(home, tmp_path):
    folder = tmp_path / "logging" / "default"
    folder.mkdir(parents=True)
    (folder / "props.conf").write_text(
        "[source::...toy_*.log*]\nsourcetype = toy:log\n"
        "[toy:log]\nTIME_PREFIX = ^\nTIME_FORMAT = %Y-%m-%dT%H:%M:%S.%3NZ\nTZ = UTC\n"
    )
    return App(folder.parent)


def found(home):
    rows = []
    for segment in home.store.segments("_internal"):
        rows += pq.read_table(segment.path).to_pylist()
    return [(row["sourcetype"], row["_raw"], row["_time"]) for row in rows]


def test_each_whole_line_comes_once(home, logging_app):
    path = monitor.directory(home) / "toy_one.log"
    path.write_text("2026-03-10T12:00:00.250Z INFO a=1\n2026-03-10T12:00:01.000Z INFO a=")
    assert monitor.read_new(home, logging_app) == 1
    assert monitor.read_new(home, logging_app) == 0
    with path.open("a") as handle:
        handle.write("2\n")
    assert monitor.read_new(home, logging_app) == 1
    assert found(home) == [
        ("toy:log", "2026-03-10T12:00:00.250Z INFO a=1", 1773144000.25),
        ("toy:log", "2026-03-10T12:00:01.000Z INFO a=2", 1773144001.0),
    ]


def test_a_file_that_was_moved_away_is_the_same_file(home, logging_app):
    path = monitor.directory(home) / "toy_one.log"
    path.write_text("2026-03-10T12:00:00.250Z INFO a=1\n")
    monitor.read_new(home, logging_app)
    path.rename(path.with_name("toy_one.log.1"))
    path.write_text("2026-03-10T12:00:05.000Z INFO a=2\n")
    assert monitor.read_new(home, logging_app) == 1


def test_a_file_without_a_source_type_is_named_after_itself(home, logging_app):
    (monitor.directory(home) / "other.log").write_text("2026-03-10T12:00:00Z hello\n")
    monitor.read_new(home, logging_app)
    assert [(kind, text) for kind, text, _ in found(home)] == [
        ("other", "2026-03-10T12:00:00Z hello")]


def test_readers_at_once_index_each_line_once(home, logging_app):
    """Inputs that end together each have the logs read."""
    path = monitor.directory(home) / "toy_one.log"
    read = 0
    for round_ in range(20):
        with path.open("a") as log:
            log.write(f"2026-03-10T12:00:00.000Z INFO a={round_}\n")
        with ThreadPoolExecutor(8) as pool:
            read += sum(pool.map(lambda _: monitor.read_new(home, logging_app), range(8)))
    assert read == 20
