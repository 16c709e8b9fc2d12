"""A benign case closed with an exception in the browser: the identical event is silent until the
exception expires, and raises a case that links back after that."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from lab.demo_desk import Client
from lab.home import Home
from lab.ingest.pipeline import Request, ingest
from lab.scheduler import run_schedule
from tests.detections.records import ACCOUNT, record, role
from tests.ui.conftest import PASSWORD

SIGNAL = "denied_instance_creation"
RUN = ("ciw_collect_operations", "ciw_merge_exceptions", f"ciw_signal_{SIGNAL}", "ciw_case_builder")
ROUND = 600
"""Seconds of schedule in which a record is collected, met by the lists, told and made a case."""


class World:
    """What happens in the cloud and what the scheduler makes of it, beside the server on the home.

    `happen` is asked by the browser script; `closed` is the case that it closes."""

    def __init__(self, path: Path, app_root: Path):
        self.path = path
        self.home = Home(path / "home")
        shipped = self.home.app(app_root).saved_searches
        (self.home.conf_dir / "savedsearches.conf").write_text("".join(
            f"[{name}]\nenableSched = 0\n\n" for name in shipped if name not in RUN), "utf-8")
        self.app = self.home.app(app_root)
        self.home.kv.collection("ciw_baseline_status").upsert_many([{
            "cloud": "aws", "vendor_account": ACCOUNT, "state": "mature", "covered_days": 30}])
        self.times: dict[str, float] = {}
        self.refused("first", time.time() // 300 * 300 - 3600, "quota-checker")
        [case] = self.home.kv.collection("ciw_cases").find()
        self.closed = str(case["case_id"])

    def refused(self, name: str, begin: float, *principals: str) -> None:
        """Each is refused an instance at that full five minutes; then all that is due runs."""
        self.times[name] = begin + 10
        file = self.path / f"{name}.json"
        file.write_text(json.dumps({"Records": [
            record("RunInstances", begin + 10, {"instanceType": "t3.micro"}, who=who,
                   session="pipeline", error="Client.UnauthorizedOperation")
            for who in principals]}), "utf-8")
        ingest(self.home, self.app, [file],
               Request("cloud_audit", "aws:cloudtrail", index_time=begin + 30))
        run_schedule(self.home, self.app, begin, begin + ROUND)

    def happen(self, when: str) -> None:
        if when == "soon":
            # Somebody else is refused too: that the one is silent is not that nothing is told.
            self.refused(when, -(-time.time() // 300) * 300, "quota-checker", "other-checker")
        elif when == "last-day":
            self.refused(when, self.end() - 3600, "quota-checker")
        else:
            self.refused(when, self.end() + 3600, "quota-checker")

    def exception(self) -> dict:
        [row] = self.home.kv.collection("ciw_exceptions").find()
        return row

    def end(self) -> float:
        """When the last day of the exception ends."""
        last = date.fromisoformat(self.exception()["expires"])
        return datetime.combine(last + timedelta(days=1), datetime.min.time(), UTC).timestamp()

    @contextmanager
    def asked(self) -> Iterator[str]:
        """The address at which POST /<when> is `happen(when)`; no answer, and the trace on stderr,
        where that failed."""
        world = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                world.happen(self.path.lstrip("/"))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        with HTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}"
            server.shutdown()


@pytest.fixture
def desk(tmp_path, app_root, monkeypatch):
    monkeypatch.setenv("LAB_PASSWORD", PASSWORD)
    import lab.server

    world = World(tmp_path, app_root)
    home = Home(world.home.path)
    app = home.app(app_root)
    with lab.server.start(home, app) as server, world.asked() as address:
        yield SimpleNamespace(
            url=server.url, world=world, address=address,
            reader=lambda: Client(server.url, app.name, "ciw_viewer", PASSWORD),
        )  # fmt: skip


def test_an_exception_silences_the_identical_event_until_it_expires(drive, desk):
    world = desk.world
    seen = drive("exception", case_id=world.closed, world=desk.address)

    assert seen["without"] == "The next identical event opens a new case."
    assert "nothing is raised by: denied instance creation; for role/quota-checker" in seen["silences"]
    assert "The searches read it within five minutes" in seen["silences"]
    assert "Denied instance creation: silent until the end of" in seen["exceptions"]
    row = world.exception()
    assert (row["signal"], row["user"], row["owner"]) == (SIGNAL, role("quota-checker"), "ciw_l1")
    view = desk.reader().get(f"ciw_triage/case?case_id={world.closed}")
    assert (view["state"]["state"], view["state"]["disposition"]) == ("closed", "benign")
    assert date.fromisoformat(row["expires"]) == (
        datetime.fromtimestamp(view["state"]["updated"], UTC).date() + timedelta(days=7))
    assert [(one["signal"], one["active"]) for one in view["exceptions"]] == [(SIGNAL, True)]

    # The analyst's queue: what it held before and after each time.
    assert seen["queue"]["first"] == ["role/quota-checker"]
    assert seen["queue"]["closed"] == []
    assert seen["queue"]["soon"] == ["role/other-checker"]
    assert seen["queue"]["last-day"] == ["role/other-checker"]
    assert sorted(seen["queue"]["expired"]) == ["role/other-checker", "role/quota-checker"]

    # The new case tells of the event after the expiry alone, and leads to the one that was closed.
    after = [found["case"] for found in desk.reader().get("ciw_triage/queue")["cases"]
             if found["case"]["user"] == role("quota-checker")]
    assert [case["previous_case_id"] for case in after] == [world.closed]
    assert [case["first_time"] for case in after] == [world.times["expired"]]
    assert f"case={world.closed}" in seen["link"]
    assert seen["outside"] == []
    assert seen["faults"] == []
