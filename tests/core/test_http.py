"""Bounded waits and one error for each cause, against a real server on this machine."""

from __future__ import annotations

import io
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from ciw import http as module
from ciw.endpoints import clouds, endpoint
from ciw.errors import AuthError, InvalidArgument, Retriable, ShardError
from ciw.http import Http, paged
from ciw.log import Log
from ciw.proxy import REALM, proxies

CANARY = "canary-token-0123456789"


class Service:
    """Gives the planned answers in turn: (status, headers, body, bytes promised)."""

    def __init__(self):
        self.plan: list[tuple] = []
        self.tokens: list[str] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                """Quiet."""

            def do_GET(self):
                service.tokens.append(self.headers.get("Authorization", ""))
                status, headers, body, promised = service.plan.pop(0)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(promised or len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/things"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answers(self, *plan):
        self.plan = [(status, headers, body, promised) for status, headers, body, promised in plan]


def reply(status=200, body=b'{"ok": 1}', promised=0, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, named, body, promised


@pytest.fixture
def service():
    given = Service()
    yield given
    given.server.shutdown()
    given.server.server_close()


@pytest.fixture
def context():
    waits, counts = [], {}
    stop = SimpleNamespace(wait=lambda seconds: waits.append(seconds) or False)
    return SimpleNamespace(
        arguments={}, splunkd=None, log=Log(io.StringIO(), "DEBUG"), stop=stop, waits=waits,
        counts=counts, count=lambda name, n: counts.update({name: counts.get(name, 0) + n}),
    )


@pytest.fixture
def client(context):
    made = Http(context, lambda renew: CANARY + ("-new" if renew else ""))
    yield made
    made.close()


def test_a_429_is_asked_again_after_what_it_says(client, context, service):
    service.answers(reply(429, Retry_After="7"), reply(503, Retry_After="0"), reply())
    assert client.json("GET", service.url) == {"ok": 1}
    assert context.waits[0] >= 7 and context.counts["throttled"] == 2


@pytest.mark.parametrize("header", ["", "soon", "-1", "99999999999999"])
def test_a_retry_after_without_sense_is_the_usual_pause(client, context, service, header):
    service.answers(reply(429, Retry_After=header), reply())
    client.json("GET", service.url)
    assert context.waits[0] <= 30


def test_a_long_retry_after_is_left_to_the_next_run(client, context, service):
    service.answers(reply(429, Retry_After="3600"))
    with pytest.raises(Retriable, match="429"):
        client.json("GET", service.url)
    assert context.waits == []


def test_passing_failures_are_bounded(client, context, service):
    service.answers(*[reply(500)] * 9)
    with pytest.raises(Retriable, match="HTTP 500"):
        client.json("GET", service.url)
    assert len(service.tokens) == module._ATTEMPTS


def test_an_expired_token_is_renewed_once(client, service):
    service.answers(reply(401), reply())
    client.json("GET", service.url)
    assert [token.endswith("-new") for token in service.tokens] == [False, True]
    service.answers(reply(401), reply(401))
    with pytest.raises(AuthError, match="401"):
        client.json("GET", service.url)


def test_a_refusal_says_what_the_service_says(client, service):
    body = b'{"error": {"code": "AuthorizationFailed", "message": "no read"}}'
    service.answers(reply(403, body))
    with pytest.raises(ShardError, match="AuthorizationFailed: no read.*permission"):
        client.json("GET", service.url, what="listing the things of s1")


def test_a_body_cut_short_is_read_again_then_retriable(client, service):
    service.answers(reply(promised=50), reply())
    assert client.json("GET", service.url) == {"ok": 1}
    service.answers(reply(promised=50), reply(promised=50))
    with pytest.raises(Retriable):
        client.json("GET", service.url)


def test_an_answer_larger_than_allowed_is_refused(client, service):
    service.answers(reply(body=b"x" * 4096))
    with pytest.raises(ShardError, match="larger than 1000"):
        list(client.content(service.url, largest=1000))


def test_the_server_tells_the_time(client, service):
    assert client.server_time == 0
    service.answers(reply(Date="Tue, 14 Nov 2023 22:13:20 GMT"))
    client.json("GET", service.url)
    # http.server sends its own Date header too; the first one is the plan's or the server's.
    assert client.server_time >= 1_700_000_000


def test_no_token_in_the_log(client, context, service):
    service.answers(reply(500, b'{"error": "Bearer canary-token-0123456789"}'), reply())
    client.json("GET", service.url)
    assert "http_retry" in context.log._stream.getvalue()
    assert CANARY not in context.log._stream.getvalue()


def test_a_page_that_comes_back_ends_the_listing():
    answers = {None: ("one", "a"), "a": ("two", "b"), "b": ("three", "a")}
    found = []
    with pytest.raises(Retriable, match="a second time"):
        found += paged(answers.get, "listing")
    assert list(paged({None: ("one", "a"), "a": ("", None)}.get, "listing")) == ["one", ""]


def test_endpoints_come_from_the_table(monkeypatch):
    assert clouds("azure") == ("public", "government", "china")
    assert endpoint("azure", "government", "graph") == "https://graph.microsoft.us"
    assert endpoint("azure", "public", "storage", account="a1").startswith("https://a1.blob.")
    with pytest.raises(InvalidArgument, match="no graph in the cloud 'moon'"):
        endpoint("azure", "moon", "graph")
    monkeypatch.setenv("CIW_ENDPOINT_AZURE_STORAGE", "http://127.0.0.1:10000/")
    assert endpoint("azure", "public", "storage", account="a1") == "http://127.0.0.1:10000/a1"
    monkeypatch.setenv("CIW_ENDPOINT_AZURE_STORAGE", "https://evil.example")
    with pytest.raises(InvalidArgument, match="this machine only"):
        endpoint("azure", "public", "storage", account="a1")


def test_a_proxys_password_comes_from_storage_and_stays_out_of_the_log(context):
    context.arguments = {"proxy": "http://proxy.example:3128", "proxy_credential": "p"}
    secrets = {(REALM, "p"): "user:pass/word!"}
    context.splunkd = SimpleNamespace(secret=lambda realm, name: secrets[realm, name])
    assert proxies(context)["https"] == "http://user:pass%2Fword%21@proxy.example:3128"
    context.log.info("x", text="pass/word! pass%2Fword%21")
    assert "word" not in context.log._stream.getvalue()
    secrets[REALM, "p"] = "nopassword"
    with pytest.raises(AuthError, match="not USER:PASSWORD"):
        proxies(context)


def test_a_service_with_nothing_to_say_is_waited_for_with_patience(service, context, monkeypatch):
    """A long poll: silence is an answer, where the caller says so, and is not asked again."""
    silent = threading.Event()

    def wait(self):
        service.tokens.append("")
        silent.wait(90)

    monkeypatch.setattr(service.server.RequestHandlerClass, "do_GET", wait)
    assert Http(context).json("GET", service.url, patience=0.2) is None
    assert len(service.tokens) == 1
    silent.set()
