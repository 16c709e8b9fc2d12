"""The HTTP Event Collector over HTTP: tokens, answers, acknowledgements, what is then found."""

from __future__ import annotations

import gzip
import threading
import time

import httpx
import pytest

from tests.lab.server.live import rows

FIXED = "11111111-2222-4333-8444-555555555555"
ACKED = "11111111-2222-4333-8444-666666666666"
OFF = "11111111-2222-4333-8444-777777777777"
CHANNEL = "0aeeac95-ac74-4aa9-b30d-6c4c0ac581ba"


@pytest.fixture
def send(live):
    def post(path: str, content: bytes, token: str = FIXED, **headers) -> httpx.Response:
        given = {"Authorization": f"Splunk {token}"} if token else {}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.post(f"{live.server.url}/services/collector{path}", content=content,
                          headers=given)

    return post


def told(reply: httpx.Response) -> tuple[int, int]:
    return reply.status_code, reply.json()["code"]


@pytest.mark.parametrize("path", ["", "/event", "/event/1.0"])
def test_events_are_found_with_the_tokens_defaults(send, live_admin, path):
    name = f"e{path}"
    reply = send(path, b'{"event": {"said": "%s"}, "time": 1700000000, "fields": {"zone": "a"}}'
                 % name.encode())
    assert reply.json() == {"text": "Success", "code": 0}
    found = rows(live_admin, f'search index=web sourcetype=told "{name}"'
                             " | table _time sourcetype zone source")
    assert found == [{"_time": "2023-11-14T22:13:20.000+00:00", "sourcetype": "told",
                      "zone": "a", "source": "http:fixed"}]


@pytest.mark.parametrize("path", ["/raw", "/raw/1.0"])
def test_raw_lines_take_what_the_query_says(send, live_admin, path):
    host = "raw" + path[-1]
    reply = send(f"{path}?host={host}&index=main&sourcetype=_json",
                 b'{"time":"2023-11-14T22:13:20Z","n":1}\n{"time":"2023-11-14T22:13:21Z","n":2}\n')
    assert told(reply) == (200, 0)
    found = rows(live_admin, f"search index=main host={host} | table n")
    assert [row["n"] for row in found] == ["2", "1"]


@pytest.mark.parametrize(
    ("header", "answer"),
    [
        ("", (401, 2)),
        ("Splunk", (401, 3)),
        ("Digest x", (401, 3)),
        ("Basic !!", (401, 3)),
        ("Splunk 00000000-0000-0000-0000-000000000000", (403, 4)),
        (f"Splunk {OFF}", (403, 1)),
    ],
)
def test_tokens_that_are_refused(send, header, answer):
    given = {"Authorization": header} if header else {}
    assert told(send("/event", b'{"event": "x"}', "", **given)) == answer


def test_the_token_in_basic_and_in_the_query(send, live):
    url = f"{live.server.url}/services/collector"
    assert httpx.post(url, content=b'{"event": "x"}', auth=("x", FIXED)).status_code == 200
    assert httpx.post(f"{url}?token={FIXED}", content=b'{"event": "x"}').status_code == 200
    assert told(httpx.post(f"{url}?token={ACKED}", content=b'{"event": "x"}')) == (400, 16)
    own = httpx.post(url, content=b'{"event": "x", "index": "secret"}',
                     headers={"Authorization": f"Splunk {live.server.hec_token}"})
    assert own.status_code == 200


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b"", {"text": "No data", "code": 5}),
        (b"nonsense", {"text": "Invalid data format", "code": 6, "invalid-event-number": 0}),
        (b'{"event": "a"}{"evnt": "b"}',
         {"text": "Invalid data format", "code": 6, "invalid-event-number": 1}),
        (b'{"event": "a"}{"time": 1}',
         {"text": "Event field is required", "code": 12, "invalid-event-number": 1}),
        (b'{"event": ""}',
         {"text": "Event field cannot be blank", "code": 13, "invalid-event-number": 0}),
        (b'{"event": "a", "index": "secret"}',
         {"text": "Incorrect index", "code": 7, "invalid-event-number": 1}),
    ],
)
def test_bodies_that_are_refused(send, body, answer):
    reply = send("/event", body)
    assert (reply.status_code, reply.json()) == (400, answer)


def test_events_before_the_bad_one_are_indexed(send, live_admin):
    send("/event", b'{"event": "before the bad one"}{"event": ""}{"event": "behind the bad one"}')
    found = rows(live_admin, 'search index=web sourcetype=told "bad one" | table _raw')
    assert [row["_raw"] for row in found] == ["before the bad one"]


def test_gzip_and_sizes(send, live_admin):
    body = b'{"event": "packed"}'
    assert told(send("", gzip.compress(body) + gzip.compress(body), Content_Encoding="gzip")) \
        == (200, 0)
    assert len(rows(live_admin, "search index=web packed")) == 2
    assert told(send("", b"no gzip", Content_Encoding="gzip")) == (400, 6)
    assert told(send("", gzip.compress(body)[:-9], Content_Encoding="gzip")) == (400, 6)
    assert told(send("", body, Content_Encoding="br")) == (415, 6)
    bomb = gzip.compress(b'{"event": "' + b"x" * 5_000_000 + b'"}')
    assert told(send("", bomb, Content_Encoding="gzip")) == (413, 27)
    assert told(send("", b" " * 100_001)) == (413, 27)


def test_form_bodies_of_curl_are_no_forms(send):
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert told(send("/event", b'{"event": "caf\xc3\xa9"}', **kind)) == (200, 0)
    assert told(send("/event", b'{"event": "\xe9"}', **kind)) == (400, 6)


def test_channels(send):
    body = b'{"event": "x"}'
    assert told(send("", body, ACKED)) == (400, 10)
    assert told(send("", body, ACKED, X_Splunk_Request_Channel="7")) == (400, 11)
    assert told(send(f"?channel={CHANNEL}", body, ACKED)) == (200, 0)
    assert told(send("/ack", b'{"acks": [0]}', ACKED)) == (400, 10)
    assert told(send("/ack", b'{"acks": [0]}', X_Splunk_Request_Channel=CHANNEL)) == (400, 14)
    for wrong in (b"", b"[]", b'{"acks": 1}', b'{"acks": ["0"]}'):
        assert told(send(f"/ack?channel={CHANNEL}", wrong, ACKED)) == (400, 6)


def test_an_ack_is_true_only_once_the_events_are_on_the_disk(live, send, monkeypatch):
    channel = "0aeeac95-ac74-4aa9-b30d-000000000001"
    reached, go = threading.Event(), threading.Event()
    from lab.server.hec import api

    synced = api.synced

    def slow(folder, before):
        reached.set()
        assert go.wait(90)
        synced(folder, before)

    monkeypatch.setattr(api, "synced", slow)
    reply = send(f"?channel={channel}", b'{"event": "durable"}', ACKED)
    assert reply.json() == {"text": "Success", "code": 0, "ackId": 0}
    assert reached.wait(90)

    def asked():
        return send(f"/ack?channel={channel}", b'{"acks": [0, 1]}', ACKED).json()["acks"]

    assert asked() == {"0": False, "1": False}
    go.set()
    for _ in range(4500):
        answer = asked()
        if answer["0"]:
            break
        time.sleep(0.02)
    assert answer == {"0": True, "1": False}
    assert asked() == {"0": False, "1": False}, "a true ackId is told once"


def test_an_ack_stays_false_where_indexing_fails(live, send, monkeypatch):
    channel = "0aeeac95-ac74-4aa9-b30d-000000000002"
    from lab.server.hec import api

    def broken(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(api, "deliver", broken)
    send(f"?channel={channel}", b'{"event": "lost"}', ACKED)
    monkeypatch.undo()
    assert send(f"?channel={channel}", b'{"event": "kept"}', ACKED).json()["ackId"] == 1
    for _ in range(4500):
        acks = send(f"/ack?channel={channel}", b'{"acks": [0, 1]}', ACKED).json()["acks"]
        if acks["1"]:
            break
        time.sleep(0.02)
    assert acks == {"0": False, "1": True}


def test_health_needs_no_token(live):
    for path in ("health", "health/1.0"):
        reply = httpx.get(f"{live.server.url}/services/collector/{path}")
        assert (reply.status_code, reply.json()) == (200, {"text": "HEC is healthy", "code": 17})


def test_tokens_over_rest(live, live_admin, send):
    made = live_admin.inputs.create("fresh", "http", index="web", sourcetype="told")
    assert made.name == "http://fresh" and made["token"]
    assert told(send("", b'{"event": "x"}', made["token"])) == (200, 0)
    made.disable()
    assert told(send("", b'{"event": "x"}', made["token"])) == (403, 1)
    made.enable().update(useACK="1")
    assert told(send("", b'{"event": "x"}', made["token"])) == (400, 10)
    live_admin.inputs.delete("fresh", "http")
    assert told(send("", b'{"event": "x"}', made["token"])) == (403, 4)
    with live.http("lt_writer") as other:
        assert other.get("/services/data/inputs/http").status_code == 403
