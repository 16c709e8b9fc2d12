"""splunkd's KV store over HTTP, with the troubles that it has in an input's life."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

from lab.clouds.stand_in import Request, Response, StandIn
from tests.core.kv import KV

_PREFIX = "/servicesNS/nobody/cloud_instance_watch/"
_LEASES = "storage/collections/data/ciw_input_leases"


class Splunkd(StandIn):
    """`key` is the session key that it takes; `delay` are the seconds that an answer needs;
    `after_saves` calls a function once that many checkpoints have been saved in a run."""

    def __init__(self, directory: Path):
        super().__init__()
        self.kv = KV(directory)
        self.key = "session-key-one"
        self.delay = 0.0
        self._due: tuple[int, Callable[[], None]] | None = None

    def after_saves(self, number: int, happens: Callable[[], None]) -> None:
        self._due = (number, happens)

    def answer(self, request: Request) -> Response:
        time.sleep(self.delay)
        if request.headers.get("authorization") != "Splunk " + self.key:
            text = "call not properly authenticated"
            return Response({"messages": [{"type": "WARN", "text": text}]}, 401)
        path = unquote(request.path[len(_PREFIX):])
        status, answer = self.kv.call(request.method, path, request.query, request.document)
        if path.endswith("/batch_save") and status == 200 and self._due is not None:
            number, happens = self._due
            self._due = (number - 1, happens) if number > 1 else None
            if number == 1:
                happens()
        return Response(answer, status)

    def restart(self) -> None:
        """Session keys of before are not valid any more."""
        self.key += "-and-next"

    def take_over(self) -> None:
        """Another process claims the lease, as one does whose holder seemed dead."""
        (last,) = self._leases()[:1]
        number = last["fence"] + 1
        key = f"{last['name']}:{number}"
        self.kv.call("POST", _LEASES, None, {
            **last, "_key": key, "fence": number, "holder": "another process", "released": False,
        })

    def let_time_pass(self) -> None:
        """Whoever held a lease has been silent for longer than contenders wait."""
        for row in self._leases():
            key = row["_key"]
            self.kv.call("POST", f"{_LEASES}/{key}", None, {**row, "released": True})

    def _leases(self) -> list[dict]:
        return self.kv.call("GET", _LEASES, {"sort": "fence:-1"})[1]
