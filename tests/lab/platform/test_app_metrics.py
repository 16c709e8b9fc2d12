"""The app's own source type ciw:metrics: its measures become metrics with their dimensions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab.conf import Stanza
from lab.engine.run import Context, search
from lab.ingest.pipeline import Request, ingest
from lab.modular_input import RunReport, _Indexer
from lab.xmlstream import StreamEvent

ROOT = Path(__file__).resolve().parents[3]
CPU = "cloud.instance.cpu.percent"
NOW = 1_795_000_300.0
DIMENSIONS = {
    "cloud": "azure", "vendor_account": "11111111-2222-3333-4444-555555555555",
    "vendor_region": "westeurope", "instance_type": "Standard_NC24ads_A100_v4",
    "object_id": "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/web-1"
    "/providers/Microsoft.Compute/virtualMachines/vm_1",
}
POINT = {"time": 1795000000, **DIMENSIONS, CPU: 93.1, "cloud.instance.network.in.bytes": 1048576,
         "attempt": 2}


@pytest.fixture
def app(home):
    return home.app(ROOT)


def rows(home, app, spl: str) -> list[dict]:
    return search(spl, Context(home, app, NOW)).rows


def check(home, app) -> None:
    names = " ".join(DIMENSIONS)
    assert rows(home, app, f"| mstats avg({CPU}) AS cpu sum(cloud.instance.network.in.bytes) AS n"
                f" WHERE index=cloud_metrics BY {names}") == [
        {**DIMENSIONS, "cpu": "93.1", "n": "1048576"}]
    assert rows(home, app, "| mcatalog values(metric_name) AS m values(_dims) AS d"
                " WHERE index=cloud_metrics") == [
        {"m": [CPU, "cloud.instance.network.in.bytes"], "d": sorted(DIMENSIONS)}]


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_plain_measure_fields_of_a_file(home, app, tmp_path, separators):
    path = tmp_path / "points.json"
    path.write_text(json.dumps(POINT, separators=separators) + '\n{"time": 1795000000, "n": 1}\n')
    report = ingest(home, app, [path], Request("cloud_metrics", "ciw:metrics"))
    assert report.indexed == 1 and "numeric measure" in report.quarantined[0]
    assert home.store.segments("cloud_metrics")[0].time_min == 1795000000
    check(home, app)


def test_plain_measure_fields_of_an_inputs_stream(home, app):
    report = RunReport("aws_metrics://x")
    indexer = _Indexer(home, app, Stanza("aws_metrics://x", Path("inputs.conf"), 1, {
        "index": "cloud_metrics", "sourcetype": "ciw:metrics"}), report, None)
    indexer.add(StreamEvent(values={"data": json.dumps(POINT) + "\n", "time": "1795000000.500"}))
    indexer.add(StreamEvent(values={"data": "not a metric", "time": "1795000000"}))
    indexer.add(StreamEvent(values={"data": json.dumps(POINT), "time": "1795000000", "index": "main"}))
    indexer.flush()
    assert report.indexed == {"cloud_metrics": 1}
    assert len(report.refused) == 2 and not report.succeeded
    assert "refused, the first: cloud_metrics: no indexed field" in report.sentence()
    assert "event index" in report.refused[1]
    check(home, app)


def test_hecs_form_gives_the_same(home, app, tmp_path):
    path = tmp_path / "points.json"
    measures = {f"metric_name:{name}": value for name, value in POINT.items()
                if name.startswith("cloud.")}
    path.write_text(json.dumps({"time": "2026-11-18T11:06:40.500Z", **DIMENSIONS, **measures}) + "\n"
                    + json.dumps({"time": 1795000000, "event": "metric",
                                  "fields": {"metric_name:x": "y"}}) + "\n")
    report = ingest(home, app, [path], Request("cloud_metrics", "ciw:metrics"))
    assert report.indexed == 1 and "no number" in report.quarantined[0]
    check(home, app)
