from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import httpx
import pytest

from lab.home import Home
from lab.server import start

HERE = Path(__file__).parent
APP = HERE / "app"
NOW = 1_700_000_000.0


def _fake_engine():
    spec = importlib.util.spec_from_file_location("fake_engine", HERE / "fake_engine.py")
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.FakeEngine()


@pytest.fixture(scope="session")
def engine():
    return _fake_engine()


@pytest.fixture(scope="session")
def server(tmp_path_factory, engine):
    home = Home(tmp_path_factory.mktemp("lab"))
    with start(home, home.app(APP), engine=engine, clock=lambda: NOW) as running:
        yield running


@pytest.fixture(scope="session")
def client_of(server):
    """A client of splunkd's REST logged in as a user, by name."""

    def login(name: str, **settings) -> httpx.Client:
        reply = httpx.post(
            server.url + "/services/auth/login",
            data={"username": name, "password": server.users[name], "output_mode": "json"},
        )
        return httpx.Client(
            base_url=server.url,
            headers={"Authorization": "Splunk " + reply.json()["sessionKey"]},
            **settings,
        )

    return login


@pytest.fixture(scope="session")
def admin(client_of):
    with client_of("admin") as client:
        yield client


@pytest.fixture
def web_of(server):
    """A browser-like client of Splunk Web logged in as a user: cookies, and the CSRF header."""

    def login(name: str) -> httpx.Client:
        reply = httpx.post(
            server.url + "/en-US/account/login",
            data={"username": name, "password": server.users[name], "return_to": "/en-US/"},
        )
        assert reply.status_code == 303
        client = httpx.Client(base_url=server.url, cookies=reply.cookies)
        client.headers["X-Splunk-Form-Key"] = reply.cookies[f"splunkweb_csrf_token_{server.port}"]
        client.headers["X-Requested-With"] = "XMLHttpRequest"
        return client

    return login


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    """A server with the real engine and the app of live_app/; a fresh home for each module."""
    from tests.lab.server.live import Live, start_live

    with start_live(tmp_path_factory.mktemp("live")) as running:
        yield Live(running)


@pytest.fixture(scope="module")
def live_admin(live):
    return live.service("admin", owner="nobody", app="live_test")
