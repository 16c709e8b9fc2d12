"""The collector's way out: recorded after the acknowledgement, posted again without one."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from ciw import outlet_hec as module
from ciw.checkpoint import Checkpoint
from ciw.checkpoint_file import FileStore
from ciw.declare import Bad, Cursor, Meta, Page
from ciw.errors import AuthError, CheckpointError, InvalidArgument, Stopped
from ciw.hec_events import HecEncoder
from ciw.journal import Journal, encode
from ciw.outlet_hec import HecOutlet, check

RECORD_ONE, RECORD_TWO = encode({"k": "one", "d": {}}), encode({"k": "two", "d": {}})
TOKEN = "00000000-1111-2222-3333-444444444444"


class Collector:
    """The collector's event and ack endpoints; `acknowledge` decides what is told as indexed."""

    def __init__(self):
        self.posted: list[bytes] = []
        self.acknowledge = lambda number: True
        self.status = 200
        collector = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                """Quiet."""

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = collector.answer(self.path, self.headers, body)
                text = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path, headers, body):
        if headers["Authorization"] != "Splunk " + TOKEN or not headers["X-Splunk-Request-Channel"]:
            return 403, {"text": "Invalid token", "code": 4}
        if self.status != 200:
            return self.status, {"text": "Server is busy", "code": 9}
        if path.startswith("/services/collector/event?"):
            self.posted.append(body)
            return 200, {"text": "Success", "code": 0, "ackId": len(self.posted) - 1}
        asked = json.loads(body)["acks"]
        return 200, {"acks": {str(number): self.acknowledge(number) for number in asked}}


class Waits:
    def __init__(self):
        self.now = 0.0
        self.stopped = False

    def wait(self, seconds):
        self.now += seconds
        return self.stopped


@pytest.fixture
def collector():
    given = Collector()
    yield given
    given.server.shutdown()
    given.server.server_close()


@pytest.fixture
def waits():
    return Waits()


@pytest.fixture
def journal(tmp_path):
    given = Journal(str(tmp_path / "journal"))
    yield given
    given.close()


@pytest.fixture
def outlet(collector, journal, waits):
    given = HecOutlet(collector.url, TOKEN, journal, waits, lambda: waits.now, patience=5.0)
    yield given
    given.close()


def page(*texts):
    return Page(Meta("st", "s3://b/k", index="i"), [("17.5", text) for text in texts], Cursor(1))


def test_a_page_has_the_same_events_as_the_stream(outlet):
    given = page('a "b"', "c]]>\x01")
    given.events.append(("", "no time"))
    given.bad.append(Bad("where", "why"))
    data, sanitised = outlet.encode(given, "x://y", "q")
    decoder, text, events = json.JSONDecoder(), data.decode(), []
    while text:
        event, end = decoder.raw_decode(text)
        events.append(event)
        text = text[end:]
    # Where the quarantine's index is refused, nothing of the chunk was taken before it.
    assert (events[0]["sourcetype"], events[0]["index"]) == ("ciw:quarantine", "q")
    assert events[1] == {
        "sourcetype": "st", "source": "s3://b/k", "index": "i", "event": 'a "b"', "time": "17.5",
    }
    assert events[2]["event"] == "c]]>\uf8ff0001" and sanitised == 1
    assert "time" not in events[3]


def test_what_a_page_leaves_to_the_stanza_is_written_out():
    encoder = HecEncoder(Meta("of:stanza", "x://y", "host.example", "main"))
    data, _ = encoder.encode(Page(Meta("st"), [("1", "a")], Cursor(1)), "x://y")
    assert json.loads(data) == {
        "sourcetype": "st", "source": "x://y", "host": "host.example", "index": "main",
        "time": "1", "event": "a",
    }


def test_an_event_that_the_collector_would_refuse_is_quarantined_alone():
    given = page("small", "ü" * 40, "x" * 60)
    given.clean = True
    data, _ = HecEncoder(largest=64).encode(given, "x://y")
    assert [text for _, text in given.events] == ["small", "x" * 60]
    (bad,) = given.bad
    assert bad.size == 80 and "hec_max_event_mb" in bad.reason
    assert data.count(b"ciw:quarantine") == 1 and data.count(b'"event":"') == 2


def test_data_points_take_the_collectors_own_form():
    text = '{"time":1795000000,"cloud":"aws","object_id":"i-1","cloud.instance.cpu.percent":93.10,"n":1}'
    given = Page(Meta("ciw:metrics", index="m"), [("1795000000", text)], Cursor(1))
    data, _ = HecEncoder().encode(given, "x://y")
    assert json.loads(data) == {
        "sourcetype": "ciw:metrics", "index": "m", "time": "1795000000", "event": "metric",
        "fields": {"cloud": "aws", "object_id": "i-1", "metric_name:cloud.instance.cpu.percent": 93.1},
    }


def test_nothing_is_recorded_before_the_acknowledgement(outlet, collector, journal, tmp_path):
    told = set()
    collector.acknowledge = told.__contains__
    checkpoint = Checkpoint("x://y", FileStore(str(tmp_path / "c")), journal, outlet)
    checkpoint.send("a", "a", 0, Cursor(1), b"first")
    checkpoint.send("b", "b", 0, Cursor(1), b"second")
    recorded = lambda: sum("d" in entry for entry in journal.read())
    assert collector.posted == [b"first", b"second"] and recorded() == 0
    told.add(1)
    outlet._poll()
    assert recorded() == 0, "the first is still on its way"
    told.add(0)
    checkpoint.sync()
    assert recorded() == 2


def test_a_chunk_without_acknowledgement_is_posted_again_then_fails(outlet, collector, waits):
    collector.acknowledge = lambda number: number >= 1
    outlet.send(b"x", b"", b"")
    outlet.sync()
    assert collector.posted == [b"x", b"x"]
    collector.acknowledge = lambda number: False
    outlet.send(b"y", b"", b"")
    with pytest.raises(CheckpointError, match="did not acknowledge"):
        outlet.sync()
    assert collector.posted.count(b"y") == 3


def test_a_stop_while_waiting_records_nothing(outlet, collector, journal, waits):
    collector.acknowledge = lambda number: False
    outlet.send(b"x", b"", b"00000000 {}\n")
    waits.stopped = True
    with pytest.raises(Stopped):
        outlet.sync()
    assert journal.size() == 0


def test_a_busy_collector_is_asked_a_bounded_number_of_times(outlet, collector):
    collector.status = 503
    with pytest.raises(CheckpointError, match="503"):
        outlet.send(b"x")
    assert outlet.counts["output_busy"] == 5 and outlet.counts["output_busy_seconds"] > 0


def test_a_refused_token_is_said(collector, journal, waits):
    outlet = HecOutlet(collector.url, "other", journal, waits, credential="splunk")
    with pytest.raises(AuthError, match="refuses the token.*hec_credential: entry 'splunk'"):
        outlet.send(b"x")
    assert not collector.posted


def test_a_token_without_acknowledgement_is_said(outlet, collector, monkeypatch):
    monkeypatch.setattr(collector, "answer", lambda *_: (200, {"text": "Success", "code": 0}))
    with pytest.raises(CheckpointError, match="useACK"):
        outlet.send(b"x")


def test_a_token_that_acknowledges_nothing_gets_no_event(outlet, collector, monkeypatch):
    """Else each run would have its events indexed once more."""
    asked = []

    def answer(path, *_):
        asked.append(path)
        return 400, {"text": "ACK is disabled", "code": 14}

    monkeypatch.setattr(collector, "answer", answer)
    with pytest.raises(CheckpointError, match="useACK"):
        outlet.send(b"x")
    assert asked == ["/services/collector/ack"]


def test_an_index_that_the_token_may_not_write_is_said(outlet, collector, monkeypatch):
    monkeypatch.setattr(
        collector, "answer", lambda *_: (400, {"text": "Incorrect index", "code": 7}))
    with pytest.raises(CheckpointError, match="quarantine_index"):
        outlet.send(b"x")


def test_what_waits_for_acknowledgement_is_bounded(outlet, collector, monkeypatch):
    monkeypatch.setattr(module, "_WINDOW", 100)
    for _ in range(20):
        outlet.send(b"x" * 40)
        assert outlet._size <= 100


def test_arguments():
    with pytest.raises(InvalidArgument, match="hec_url is required"):
        check({"output": "hec", "hec_url": "", "hec_credential": "c"})
    with pytest.raises(InvalidArgument, match="only https"):
        check({"output": "hec", "hec_url": "http://h.example:8088", "hec_credential": "c"})
    check({"output": "xml", "hec_url": "", "hec_credential": ""})


def test_a_collector_that_was_restarted_acknowledges_only_what_it_has(collector, journal, waits):
    """It counts from 0 again: the second chunk's number is the first one's, which it forgot."""
    outlet = HecOutlet(collector.url, TOKEN, journal, waits, lambda: waits.now)
    collector.acknowledge = lambda number: False
    outlet.send(b"first", b"", RECORD_ONE)
    collector.posted.clear()
    outlet.send(b"second", b"", RECORD_TWO)
    collector.acknowledge = lambda number: number < len(collector.posted)
    outlet.sync()
    assert collector.posted == [b"second", b"first"], "the forgotten one is posted again"
    assert [entry["k"] for entry in journal.read()] == ["one", "two"]
    outlet.close()
