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
from ciw.journal import Journal
from ciw.outlet_hec import HecOutlet, check

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
    given = HecOutlet(collector.url, TOKEN, journal, waits, lambda: waits.now)
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
    assert events[0] == {
        "sourcetype": "st", "source": "s3://b/k", "index": "i", "event": 'a "b"', "time": "17.5",
    }
    assert events[1]["event"] == "c]]>\uf8ff0001" and sanitised == 1
    assert "time" not in events[2]
    assert (events[3]["sourcetype"], events[3]["index"]) == ("ciw:quarantine", "q")


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


def test_a_refused_token_is_said(collector, journal, waits):
    with pytest.raises(AuthError, match="refuses the token"):
        HecOutlet(collector.url, "other", journal, waits).send(b"x")


def test_a_token_without_acknowledgement_is_said(outlet, collector, monkeypatch):
    monkeypatch.setattr(collector, "answer", lambda *_: (200, {"text": "Success", "code": 0}))
    with pytest.raises(CheckpointError, match="useACK"):
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
