"""One suite for both stores of checkpoints, and what a crash leaves of a journal."""

from __future__ import annotations

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from ciw.checkpoint import Checkpoint
from ciw.checkpoint_file import FileStore
from ciw.checkpoint_kv import COLLECTION, KVStore
from ciw.declare import Cursor
from ciw.errors import CheckpointError, InputError
from ciw.journal import Journal, encode
from ciw.outlet import DirectOutlet
from ciw.splunkd import Splunkd

PREFIX = f"/servicesNS/nobody/cloud_instance_watch/storage/collections/data/{COLLECTION}"
KEY = "session-key-of-the-test"


class FakeSplunkd:
    """The storage/collections/data endpoints of one collection, with splunkd's status codes."""

    def __init__(self):
        self.documents: dict[str, dict] = {}
        self.status = 200
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                """Quiet."""

            def answer(self, status, document=None):
                body = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def handle_one(self, method):
                size = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(size)) if size else None
                if self.headers["Authorization"] != "Splunk " + KEY:
                    return self.answer(401, {"messages": []})
                if fake.status != 200:
                    return self.answer(fake.status, {"messages": [{"text": "KV store down"}]})
                parts = urlsplit(self.path)
                if not parts.path.startswith(PREFIX):
                    return self.answer(404, {"messages": []})
                return self.answer(*fake.call(method, parts, body))

            def do_GET(self):
                self.handle_one("GET")

            def do_POST(self):
                self.handle_one("POST")

            def do_DELETE(self):
                self.handle_one("DELETE")

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.uri = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def call(self, method, parts, body):
        rest = parts.path[len(PREFIX) :].strip("/")
        if method == "GET" and rest:
            if rest in self.documents:
                return 200, self.documents[rest]
            return 404, {"messages": [{"type": "ERROR", "text": "Could not find object."}]}
        if method == "GET":
            return 200, list(self.documents.values())[:1]
        if method == "POST" and rest == "batch_save":
            self.documents.update((each["_key"], each) for each in body)
            return 200, [each["_key"] for each in body]
        query = json.loads(parse_qs(parts.query)["query"][0])
        assert set(query) == {"input", "done", "updated"}
        self.documents = {
            key: each
            for key, each in self.documents.items()
            if not (each["done"] and each["updated"] < query["updated"]["$lt"])
        }
        return 200, None


@pytest.fixture
def fake():
    server = FakeSplunkd()
    yield server
    server.server.shutdown()
    server.server.server_close()


@pytest.fixture(params=["file", "kvstore"])
def reopen(request, tmp_path, fake):
    """Opens the checkpoint again, as the next run does."""
    journals = []

    def open_again():
        while journals:
            journals.pop().close()
        journal = Journal(str(tmp_path / "journal"))
        journals.append(journal)
        if request.param == "file":
            store = FileStore(str(tmp_path / "cursors"))
        else:
            store = KVStore(Splunkd(fake.uri, KEY), "aws_cloudtrail://main")
        fd = os.open(os.devnull, os.O_WRONLY)
        request.addfinalizer(lambda: os.close(fd))
        return Checkpoint("aws_cloudtrail://main", store, journal, DirectOutlet(fd, journal))

    yield open_again
    while journals:
        journals.pop().close()


def test_what_was_committed_is_there_in_the_next_run(reopen):
    first = reopen()
    assert first.get("shard") is None
    first.commit("shard", Cursor(7, state={"etag": "x"}))
    assert first.get("shard") == Cursor(7, state={"etag": "x"})
    assert reopen().get("shard") == Cursor(7, state={"etag": "x"}), "without sync: as after a kill"
    second = reopen()
    second.commit("shard", Cursor(9, done=True))
    second.close()
    assert reopen().get("shard") == Cursor(9, done=True)


def test_an_announced_chunk_without_its_record_is_in_doubt_once(reopen):
    first = reopen()
    first.send("shard", "s3://b/k", 0, Cursor(3), b"data")
    first._journal.append(
        encode({"k": json.loads(json.dumps(_key(first, "shard"))), "l": "s3://b/k", "i": [3, 5]})
    )
    second = reopen()
    (doubt,) = second.in_doubt
    assert (doubt.label, doubt.start, doubt.end) == ("s3://b/k", 3, 5)
    assert second.get("shard") == Cursor(3)
    assert reopen().in_doubt == []


def _key(checkpoint, shard):
    from ciw.checkpoint import shard_key

    return shard_key(checkpoint._stanza, shard)


def test_what_the_store_does_not_confirm_is_neither_announced_nor_sent_nor_recorded(tmp_path):
    """Another process may have taken the work over: only a commit without events may wait for the
    save to find that out."""

    class Overtaken(FileStore):
        def confirm(self):
            raise CheckpointError("taken over")

    journal = Journal(str(tmp_path / "journal"))
    fd = os.open(tmp_path / "sent", os.O_WRONLY | os.O_CREAT)
    store, outlet = Overtaken(str(tmp_path / "cursors")), DirectOutlet(fd, journal)
    checkpoint = Checkpoint("azure_activity://main", store, journal, outlet)
    with pytest.raises(CheckpointError, match="taken over"):
        checkpoint.send("shard", "shard", 0, Cursor(1), b"<event/>")
    assert (tmp_path / "sent").read_bytes() == b"" and journal.read() == []
    assert checkpoint.get("shard") is None
    os.close(fd)
    journal.close()


def test_what_a_crash_left_does_not_undo_what_another_member_did(tmp_path, fake):
    def member(name):
        journal = Journal(str(tmp_path / name))
        store = KVStore(Splunkd(fake.uri, KEY), "aws_cloudtrail://main")
        fd = os.open(os.devnull, os.O_WRONLY)
        return Checkpoint("aws_cloudtrail://main", store, journal, DirectOutlet(fd, journal))

    crashed = member("one")
    crashed.commit("shard", Cursor(100))
    crashed._journal.close()
    other = member("two")
    other.commit("shard", Cursor(400, done=True))
    other.sync()
    assert member("one").get("shard") == Cursor(400, done=True)


def test_pruning_forgets_finished_shards_only(reopen):
    checkpoint = reopen()
    checkpoint.commit("finished", Cursor(1, done=True))
    checkpoint.commit("unfinished", Cursor(1))
    checkpoint.sync()
    checkpoint._flush()
    checkpoint.prune(before=4e9)
    checkpoint = reopen()
    assert checkpoint.get("finished") is None
    assert checkpoint.get("unfinished") == Cursor(1)


def test_a_finished_shard_that_is_still_asked_for_is_not_forgotten(reopen, monkeypatch):
    """What is behind a slice that cannot be read is asked for in every run, for as long."""
    now = [1_000_000.0]
    monkeypatch.setattr("ciw.checkpoint.time.time", lambda: now[0])
    checkpoint = reopen()
    checkpoint.commit("asked", Cursor(3, done=True))
    checkpoint.commit("left", Cursor(3, done=True))
    for _ in range(4):
        checkpoint.sync()
        checkpoint._flush()
        checkpoint = reopen()
        now[0] += 50_000
        assert checkpoint.get("asked") == Cursor(3, done=True)
        checkpoint.sync()
        checkpoint._flush()
        checkpoint.prune(before=now[0] - 86_400)
    checkpoint = reopen()
    assert checkpoint.get("asked") == Cursor(3, done=True)
    assert checkpoint.get("left") is None


def test_many_shards(reopen):
    checkpoint = reopen()
    for number in range(1500):
        checkpoint.commit(f"shard {number}", Cursor(number))
    checkpoint.sync()
    checkpoint._flush()
    again = reopen()
    assert all(again.get(f"shard {n}") == Cursor(n) for n in range(0, 1500, 100))


def test_a_torn_last_line_is_dropped_and_damage_elsewhere_is_an_error(tmp_path):
    path = tmp_path / "journal"
    path.write_bytes(encode({"k": "a"}) + encode({"k": "b"})[:-4])
    journal = Journal(str(path))
    assert journal.read() == [{"k": "a"}]
    journal.append(encode({"k": "c"}))
    assert journal.read() == [{"k": "a"}, {"k": "c"}]
    journal.close()
    path.write_bytes(b"00000000 {}\n" + encode({"k": "b"}))
    damaged = Journal(str(path))
    with pytest.raises(CheckpointError, match="damaged at line 1: move it away"):
        damaged.read()
    damaged.close()


def test_a_second_process_waits_and_then_says_why_it_cannot_run(tmp_path, monkeypatch):
    monkeypatch.setattr("ciw.journal._PATIENCE", 0.05)
    first = Journal(str(tmp_path / "journal"))
    with pytest.raises(CheckpointError, match="in use: another process runs this input"):
        Journal(str(tmp_path / "journal"))
    first.close()
    Journal(str(tmp_path / "journal")).close()


def test_a_damaged_file_is_named(tmp_path):
    store = FileStore(str(tmp_path))
    (tmp_path / "ab.json").write_text("{")
    with pytest.raises(CheckpointError, match=r"ab\.json cannot be read"):
        store.load("ab" + "0" * 38)


@pytest.mark.parametrize(
    ("status", "hint"),
    [(503, "checkpoint = file"), (404, "collection is missing"), (401, "session key")],
)
def test_a_kv_store_that_is_down_is_an_error_and_never_a_fallback(fake, status, hint):
    fake.status = status
    with pytest.raises(CheckpointError, match=hint):
        KVStore(Splunkd(fake.uri, KEY), "aws_cloudtrail://main")


def test_an_answerless_splunkd_is_named():
    with pytest.raises(InputError, match=r"does not answer at 127\.0\.0\.1:9"):
        Splunkd("http://127.0.0.1:9", KEY).call("GET", "x")


def test_what_a_killed_run_appended_is_made_durable_by_the_next(tmp_path, monkeypatch):
    """It says that messages have been dealt with, which are then acknowledged."""
    first = Journal(str(tmp_path / "journal"))
    first.append(encode({"k": "a"}))
    first.close()
    synced = []
    monkeypatch.setattr("ciw.journal.os.fsync", synced.append)
    second = Journal(str(tmp_path / "journal"))
    second.sync()
    second.sync()
    assert len(synced) == 1
    second.close()
