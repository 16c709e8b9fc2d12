"""What Azure writes to storage: golden pairs, and blobs that grow, are replaced and vanish."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path

import azure_network_logs
import pytest
from ciw import azure_activity_export, emit
from ciw.azure_blobs import Blob, BlobGone, BlobShorter
from ciw.blob_polling import Work
from ciw.declare import Cursor, Shard
from ciw.emit import encode_page
from ciw.log import Log

GOLDEN = Path(__file__).parent / "golden"
PAIRS = sorted(
    f"{path.parent.name}/{path.stem}" for path in GOLDEN.glob("azure_*_*/*.json")
)
VNET, NSG = "insights-logs-flowlogflowevent", "insights-logs-networksecuritygroupflowevent"
SOURCES = {"azure_network_logs": azure_network_logs, "azure_activity_storage": azure_activity_export}
NAME = "resourceId=/SUBSCRIPTIONS/EXAMPLE/y=2026/m=01/d=05/h=09/m=00/PT1H.json"
HEAD, CLOSING = b'{"records":[', b"]}"


class Local:
    """A container of one blob, in memory."""

    label = "examplelogs/container"

    def __init__(self, content: bytes, name: str = VNET):
        self.name = name
        self.content = content
        self.version = 1
        self.asked: list[int] = []
        self.gone_after = -1

    def blob_url(self, blob: Blob) -> str:
        return f"https://examplelogs.blob.core.windows.net/{self.name}/{blob.name}"

    def read(self, blob: Blob, start: int):
        self.asked.append(start)
        if self.content is None:
            raise BlobGone("HTTP 404")
        if start >= len(self.content):
            raise BlobShorter("HTTP 416")
        size = 1 << 16
        for at in range(start, len(self.content), size):
            if 0 <= self.gone_after <= at:
                raise BlobGone("HTTP 404")
            yield self.content[at : at + size], f'"v{self.version}"'

    @property
    def container(self):
        return self

    def shard(self, grows: bool = True) -> Shard:
        blob = Blob(NAME, f"v{self.version}", len(self.content or b"x"), 0.0)
        return Shard("blob", "blob", Work(blob, self), endless=grows)


class Context:
    index = "example"

    def __init__(self, page_bytes: int = 1 << 17):
        self.page_bytes = page_bytes
        self.written = io.StringIO()
        self.log = Log(self.written)

    def count(self, name: str, number: int) -> None:
        """Nobody asks here."""


def emitted(pair: str) -> bytes:
    source = SOURCES[pair.partition("/")[0]]
    name = "insights-activity-logs" if "activity" in pair else NSG if "nsg" in pair else VNET
    container = Local((GOLDEN / f"{pair}.json").read_bytes(), name)
    pages = source.pages(Context(), container.shard(grows=False), None)
    return b"".join(encode_page(page, "input://main")[0] for page in pages)


@pytest.mark.parametrize("pair", PAIRS)
def test_a_native_file_becomes_exactly_this_stream(pair, monkeypatch):
    monkeypatch.setattr(emit.time, "time", lambda: 1767600000.0)
    assert emitted(pair) == (GOLDEN / f"{pair}.xml").read_bytes()


def test_every_pair_is_whole():
    written = {f"{path.parent.name}/{path.stem}" for path in GOLDEN.glob("azure_*_*/*.xml")}
    assert sorted(written) == PAIRS and len(PAIRS) >= 7


def record(first: int, tuples: int = 3) -> bytes:
    flow = [f"1767603603599,192.0.2.1,198.51.100.7,{first + n},443,6,O,B,NX,0,0,0,0"
            for n in range(tuples)]
    groups = [{"rule": "r", "flowTuples": flow}]
    return json.dumps(
        {"time": "2026-01-05T09:00:52Z", "flowLogVersion": 4, "macAddress": "000D3AF87856",
         "flowRecords": {"flows": [{"aclID": "a", "flowGroups": groups}]}}
    ).encode()


class Reading:
    """Reads a shard again and again, each time from the last cursor, as the core does."""

    def __init__(self, container: Local, page_bytes: int = 1 << 17, source=azure_network_logs):
        self.container = container
        self.context = Context(page_bytes)
        self.cursor: Cursor | None = None
        self.source = source
        self.ports: list[int] = []
        self.texts: list[str] = []
        self.bad: list = []

    def read(self, grows: bool = True, at_most: int = 10**6) -> int:
        """Takes up to `at_most` pages; the number of events that came."""
        before = len(self.texts)
        pages = self.source.pages(self.context, self.container.shard(grows), self.cursor)
        for count, page in enumerate(pages, 1):
            assert self.cursor is None or page.cursor.position >= self.cursor.position
            state = json.loads(json.dumps(page.cursor.state))
            self.cursor = Cursor(json.loads(json.dumps(page.cursor.position)), False, state)
            self.texts += [text for _, text in page.events]
            self.bad += page.bad
            if count == at_most:
                break
        return len(self.texts) - before

    def sources(self) -> list[int]:
        return [json.loads(text)["src_port"] for text in self.texts]


def test_a_new_blob_that_takes_several_answers_is_read_whole():
    """What lies behind the first answer was cut by as much as had been let go of it."""
    container = Local(HEAD + b",".join(record(number) for number in range(700)) + CLOSING)
    assert len(container.content) > 3 << 16
    reading = Reading(container, page_bytes=1 << 14)
    assert reading.read(grows=False) == 2100
    assert reading.bad == []


def test_a_block_before_the_closing_one_is_all_that_is_read_again():
    container = Local(HEAD + record(1) + CLOSING)
    reading = Reading(container)
    assert reading.read() == 3
    assert reading.read() == 0 and len(container.asked) == 1, "its ETag says that it is the same"
    for number in range(1, 6):
        container.content = container.content[:-2] + b"," + record(10 * number) + CLOSING
        container.version += 1
        assert reading.read() == 3
        assert container.asked[-1] > 0
    assert reading.read(grows=False) == 0
    assert len(set(reading.sources())) == len(reading.texts) == 18
    assert reading.bad == []


def test_what_is_cut_within_a_record_waits_until_nothing_more_comes():
    container = Local(HEAD + record(1) + b"," + record(10)[:80])
    reading = Reading(container)
    assert reading.read() == 3 and reading.bad == []
    container.version += 1
    container.content = HEAD + record(1) + b"," + record(10) + CLOSING
    assert reading.read() == 3 and reading.bad == []
    container.version += 1
    container.content = container.content[:-2] + b',{"time"'
    assert reading.read(grows=False) == 0
    assert len(reading.bad) == 1 and reading.bad[0].excerpt == '{"time"'


@pytest.mark.parametrize("page_bytes", [300, 2000, 1 << 17])
def test_a_crash_after_any_page_loses_and_repeats_nothing(page_bytes):
    content = HEAD + b",".join(record(100 * n, 1 + 7 * n) for n in range(1, 5)) + CLOSING
    whole = Reading(Local(content), page_bytes)
    whole.read()
    broken = Reading(Local(content), page_bytes)
    while broken.cursor is None or not broken.cursor.state["etag"]:
        broken.read(at_most=1)
        broken.context.page_bytes = 300 + (broken.context.page_bytes * 7) % 5000
    assert broken.sources() == whole.sources() and len(whole.texts) == 74


@pytest.mark.parametrize("page_bytes", [60, 100, 1 << 17])
def test_a_crash_after_any_page_of_lines_loses_and_repeats_nothing(page_bytes):
    """A long line, begun in one piece, and the short ones behind it make several pages, each of
    which is recorded only as far as it goes."""
    lines = [json.dumps({"n": n, "text": "x" * (n * 37 % 90)}).encode() for n in range(40)]
    container = Local(b"\n".join(lines) + b"\n", "insights-activity-logs")
    reading = Reading(container, page_bytes, azure_activity_export)
    for _ in range(200):
        reading.read(at_most=1)
        if reading.cursor.state["etag"]:
            break
    assert [json.loads(text)["n"] for text in reading.texts] == list(range(40))
    assert reading.bad == []


def test_a_shorter_blob_of_the_same_name_is_read_from_its_start():
    container = Local(HEAD + record(1) + b"," + record(10) + CLOSING)
    reading = Reading(container)
    reading.read()
    container.version, container.content = 2, HEAD + record(20) + CLOSING
    assert reading.read() == 3
    assert reading.sources()[-3:] == [20, 21, 22]
    assert "event=blob_replaced" in reading.context.written.getvalue()
    container.version = 3
    container.content = container.content[:-2] + b"," + record(30) + CLOSING
    assert reading.read() == 3


def test_another_blob_that_is_longer_is_told_by_its_bytes():
    container = Local(HEAD + record(1) + CLOSING)
    reading = Reading(container)
    reading.read()
    container.version = 2
    container.content = HEAD + record(50, 9) + b"," + record(90) + CLOSING
    assert reading.read() == 12
    assert "event=blob_replaced" in reading.context.written.getvalue()


def test_a_blob_that_is_emptied_or_deleted_ends_without_a_failure():
    container = Local(HEAD + record(1) + CLOSING)
    reading = Reading(container)
    reading.read()
    container.version, container.content = 2, None
    assert reading.read() == 0
    assert "event=blob_deleted" in reading.context.written.getvalue()
    container.version, container.content = 3, HEAD + record(7) + CLOSING
    assert reading.read() == 3


def test_what_was_read_before_a_blob_vanished_stands():
    container = Local(HEAD + b",".join(record(n, 1) for n in range(1, 900)) + CLOSING)
    container.gone_after = 1 << 16
    reading = Reading(container)
    assert 200 < reading.read() < 400


def test_lines_are_taken_whole_and_each_once():
    lines = [json.dumps({"time": "2026-01-05T09:00:00Z", "n": n}).encode() for n in range(5)]
    container = Local(b"\r\n".join(lines[:2]) + b"\r\n" + lines[2][:9], "insights-activity-logs")
    reading = Reading(container, source=azure_activity_export)
    assert reading.read() == 2
    container.version, container.content = 2, b"\r\n".join(lines[:4])
    assert reading.read() == 2, "the last is whole, though its line has not ended"
    container.version, container.content = 3, container.content + b"\r\n" + lines[4] + b"\r\nrest"
    assert reading.read() == 1 and reading.bad == []
    assert reading.read(grows=False) == 0, "its ETag has not changed"
    container.version, container.content = 4, container.content + b"!"
    reading.read(grows=False)
    assert [bad.excerpt for bad in reading.bad] == ["rest!"]
    assert [json.loads(text)["n"] for text in reading.texts] == [0, 1, 2, 3, 4]


def test_a_line_over_the_limit_is_quarantined_without_being_held(monkeypatch):
    from ciw import json_lines

    monkeypatch.setattr(json_lines, "_LIMIT", 1000)
    good = b'{"time":"2026-01-05T09:00:00Z"}\n'
    container = Local(good + b'{"a":"' + b"x" * 5000 + b'"}\n' + good, "insights-activity-logs")
    reading = Reading(container, page_bytes=256, source=azure_activity_export)
    assert reading.read() == 2
    assert [(bad.size, bad.offset) for bad in reading.bad] == [(5008, len(good))]


def test_the_clock_of_a_tuple_is_read_by_its_digits():
    assert azure_network_logs.azure_flows._seconds("1767603603599") == "1767603603.599"
    assert azure_network_logs.azure_flows._seconds("1767603603") == "1767603603"
    assert time.gmtime(1767603603).tm_year == 2026


@pytest.mark.parametrize("odd", [7, None, "", "1767603603599", "1\n2", "x,y", "\u00b2" * 13])
def test_a_bad_tuple_costs_one_tuple(odd):
    document = json.loads(record(1, 40))
    tuples = document["flowRecords"]["flows"][0]["flowGroups"][0]["flowTuples"]
    tuples.insert(20, odd)
    reading = Reading(Local(HEAD + json.dumps(document).encode() + CLOSING))
    assert reading.read() == 40
    assert reading.sources() == list(range(1, 41))
    assert [bad.excerpt for bad in reading.bad] == [str(odd)]


def test_two_tuples_in_one_text_are_no_event():
    document = json.loads(record(1, 4))
    tuples = document["flowRecords"]["flows"][0]["flowGroups"][0]["flowTuples"]
    tuples[1:3] = ["\n".join(tuples[1:3]), "bad"]
    reading = Reading(Local(HEAD + json.dumps(document).encode() + CLOSING))
    assert reading.read() == 2 and len(reading.bad) == 2


def test_all_tuples_at_once_become_what_each_alone_becomes():
    from ciw import azure_flows

    texts = [
        f"176760360{n:04d},2001:db8::{n % 99},192.0.2.{n % 250},{n},443,17,{'IO'[n % 2]},"
        f"{'BCED'[n % 4]},NX_HW_NOT_SUPPORTED,{n},{n * 9},0,{n * 7}"
        for n in range(1, 300)
    ]
    end = '"rule":"100%","recordTime":"t"}'
    alone: list = []
    azure_flows._add(alone, [], texts, azure_flows._VNET, azure_flows._vnet, end, "where")
    assert azure_flows._at_once(texts, end) == alone and len(alone) == 299
    assert all(json.loads(text)["rule"] == "100%" for _, text in alone)
