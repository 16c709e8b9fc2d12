"""The lab's splunkd with a token that acknowledges, and a bad network before its collector."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pyarrow.parquet as pq

from lab.clouds.stand_in import Request, Response, StandIn, route
from lab.conf import Stanza
from lab.home import Home
from lab.modular_input import RunReport, _Indexer
from lab.server import start
from tests.sources.runner import Outcome, configuration, run

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "11111111-2222-4333-8444-999999999999"
DEAF = "11111111-2222-4333-8444-888888888888"
INDEXES = ("cloud_audit", "cloud_network", "cloud_identity", "cloud_inventory", "cloud_metrics")
_TOKENS = f"""
[http://acknowledging]
token = {TOKEN}
useACK = 1
index = cloud_audit
indexes = {",".join(INDEXES)}
[http://deaf]
token = {DEAF}
"""
_COLUMNS = {"_indextime", "punct", "position"}


class Splunkd:
    """A home of the lab's and its server; close it."""

    def __init__(self, path: Path):
        self.home = Home(path)
        (self.home.conf_dir / "inputs.conf").write_text(_TOKENS)
        self.app = self.home.app(ROOT)
        self.server = start(self.home, self.app)
        self.store({("ciw_hec", "splunk"): TOKEN, ("ciw_hec", "wrong"): "no-such-token",
                    ("ciw_hec", "deaf"): DEAF})

    def store(self, secrets) -> None:
        for (realm, name), password in secrets.items():
            reply = httpx.post(
                f"{self.server.url}/servicesNS/nobody/{self.app.name}/storage/passwords",
                headers={"Authorization": "Splunk " + self.server.system_token},
                data={"realm": realm, "name": name, "password": password},
            )
            assert reply.status_code in (201, 409), reply.text

    def document(self, case, settings) -> bytes:
        """The configuration of the case's stanza; `settings` go over the case's own."""
        checkpoints = self.home.path / "checkpoints"
        checkpoints.mkdir(exist_ok=True)
        return configuration(
            checkpoints, self.settings(case, settings), "case", self.server.url,
            self.server.system_token, case.scheme,
        )

    def settings(self, case, settings) -> dict[str, str]:
        index = self.app.inputs[case.scheme].get("index")
        own = {"checkpoint": "file", "index": index, "host": "sensor.example"}
        return {**own, **case.stanza, **settings}

    def run(self, case, settings) -> Outcome:
        """One run, as splunkd does it; what comes on the stream is indexed."""
        outcome = run(self.document(case, settings), case.environment)
        stanza = Stanza(f"{case.scheme}://case", Path("inputs.conf"), 1,
                        self.settings(case, settings))
        report = RunReport(stanza.name)
        indexer = _Indexer(self.home, self.app, stanza, report, None)
        for event in outcome.events:
            indexer.add(event)
        indexer.flush()
        assert not report.refused and not report.dropped, report.sentence()
        return outcome

    def events(self) -> list[tuple]:
        """Everything that is indexed: (index, columns but the time of indexing)."""
        found = []
        for index in INDEXES:
            for segment in self.home.store.segments(index):
                for row in pq.read_table(segment.path).to_pylist():
                    kept = {k: v for k, v in row.items() if k not in _COLUMNS and v is not None}
                    found.append((index, json.dumps(kept, sort_keys=True)))
        return sorted(found)

    def close(self) -> None:
        self.server.stop()


class Between(StandIn):
    """Passes requests on to the collector; its faults come in between.

    `withheld` is how many more times the collector is said to have indexed nothing yet.
    """

    def __init__(self, target: str):
        super().__init__()
        self._target = target
        self.withheld = 0

    @route("POST", "/services/collector/.*")
    def forward(self, request: Request) -> Response:
        names = ("authorization", "x-splunk-request-channel", "content-type")
        headers = {name: request.headers[name] for name in names if name in request.headers}
        query = "?" + "&".join(f"{k}={v}" for k, v in request.query.items()) if request.query else ""
        if request.path.endswith("/ack") and self.withheld > 0:
            asked = json.loads(request.body)["acks"]
            if asked != [0] or self.calls[-1:] and "event" in self.calls[-1].request.path:
                self.withheld -= 1
            return Response({"acks": {str(number): False for number in asked}})
        reply = httpx.post(self._target + request.path + query, content=request.body,
                           headers=headers, timeout=120)
        return Response(reply.content, reply.status_code)


