"""A server with the lab's own engine behind it, for the app in live_app/, and clients of it."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
from splunklib import client, results

from lab.engine.store import Event
from lab.home import Home
from lab.server import start

APP = Path(__file__).parent / "live_app"
NOW = 1_700_000_100.0
# Minutes of work in one statement, should nothing stop it.
SLOW = (
    "| makeresults count=3000 | eval k=1 | join max=0 k [| makeresults count=3000 | eval k=1]"
    " | join max=0 k [| makeresults count=3000 | eval k=1] | stats count"
)


def make_home(folder: Path) -> Home:
    """Ten events in `web` (two hosts), three in `secret`; a data point in each metric index."""
    home = Home(folder)

    def event(n: int, host: str) -> Event:
        raw = json.dumps({"n": n, "who": f"u{n % 3}"})
        return Event(NOW - 100 + n, NOW - 100 + n, raw, "_json", "file", host, {"n": str(n)})

    home.store.append("web", [event(n, f"web-0{1 + n % 2}") for n in range(10)])
    point = {"metric_name:cpu": "5", "zone": "a"}
    for index in ("m_cpu", "closed_m"):
        home.store.append(index, [Event(NOW - 50, NOW - 50, "", "m", "file", "h", point)])
    home.store.append("secret", [event(n, "vault") for n in range(3)])
    return home


class Live:
    """A running server and its clients by user name."""

    def __init__(self, server):
        self.server = server

    def service(self, name: str = "admin", **more) -> client.Service:
        return client.connect(**self.address, username=name,
                              password=self.server.users[name], **more)

    @property
    def address(self) -> dict:
        return {"scheme": "http", "host": "127.0.0.1", "port": self.server.port}

    def http(self, name: str = "admin") -> httpx.Client:
        auth = httpx.BasicAuth(name, self.server.users[name])
        return httpx.Client(base_url=self.server.url, auth=auth, timeout=120)


def rows(service: client.Service, search: str, **more) -> list[dict]:
    """The rows of a oneshot search, read by splunklib."""
    stream = service.jobs.oneshot(search, output_mode="json", count=0, **more)
    return [row for row in results.JSONResultsReader(stream) if isinstance(row, dict)]


def start_live(folder: Path):
    home = make_home(folder)
    return start(home, home.app(APP), clock=lambda: NOW)
