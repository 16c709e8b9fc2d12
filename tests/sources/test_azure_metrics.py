"""Azure's metrics beyond the promises: batches, regions, late values, errors of single metrics."""

from __future__ import annotations

import json
from types import SimpleNamespace

import azure_metrics
import pytest
from ciw.polling import Slice

from lab.engine.run import Context, search
from lab.home import Home
from lab.ingest.pipeline import Request, ingest
from tests.sources.azure_runs import SUBSCRIPTION, Clock, run_input, stand_in

NOW = 1767607200
CPU, NETWORK = "percentage cpu", "network in total"


@pytest.fixture
def clock():
    return Clock(NOW)


@pytest.fixture
def monitor(clock):
    with stand_in("azure_metrics", {}, clock) as made:
        yield made


def machine(monitor, name: str, region: str = "westeurope") -> str:
    path = (
        f"/subscriptions/{SUBSCRIPTION}/resourceGroups/example/providers/Microsoft.Compute/"
        f"virtualMachines/{name}"
    )
    monitor.rows["resources"].append(
        {
            "id": path, "type": "Microsoft.Compute/virtualMachines", "location": region,
            "subscriptionId": SUBSCRIPTION, "properties": {},
        }
    )
    return path.lower()


def value(monitor, name: str, metric: str, at: int, number) -> None:
    monitor.values.setdefault((name, metric), {})[at] = number


def run(monitor, tmp_path, **stanza):
    stanza = {"subscriptions": SUBSCRIPTION, "period": "PT1M", **stanza}
    return run_input("azure_metrics", monitor, tmp_path, stanza)


def points(outcome) -> list[dict]:
    return [json.loads(text) for text in outcome.of("ciw:metrics")]


def batches(monitor) -> list:
    return [c.request for c in monitor.calls if c.request.path.endswith("getBatch")]


def test_fifty_machines_a_call(monitor, clock, tmp_path):
    clock.now = NOW + 600
    for number in range(120):
        value(monitor, machine(monitor, f"m{number:03d}"), CPU, NOW + 60, number)
    outcome = run(monitor, tmp_path, backfill_days="0")
    assert len(points(outcome)) == 120
    sizes = {len(request.document["resourceids"]) for request in batches(monitor)}
    assert max(sizes) == 50 and 20 in sizes


def test_a_value_that_comes_late_comes_alone_and_once(monitor, clock, tmp_path):
    name = machine(monitor, "web")
    value(monitor, name, CPU, NOW - 600, 5)
    assert [p["cloud.instance.cpu.percent"] for p in points(run(monitor, tmp_path))] == [5]
    value(monitor, name, NETWORK, NOW - 600, 7)
    clock.now += 300
    late = points(run(monitor, tmp_path))
    assert [(p["time"], p["cloud.instance.network.in.bytes"]) for p in late] == [(NOW - 600, 7)]
    assert "cloud.instance.cpu.percent" not in late[0]
    clock.now += 300
    assert points(run(monitor, tmp_path)) == []


def test_a_period_is_read_when_it_is_over(monitor, clock, tmp_path):
    name = machine(monitor, "web")
    clock.now = NOW + 430
    value(monitor, name, CPU, NOW + 180, 1)
    value(monitor, name, CPU, NOW + 240, 2)
    assert [p["time"] for p in points(run(monitor, tmp_path))] == [NOW + 180]
    clock.now += 60
    assert [p["time"] for p in points(run(monitor, tmp_path))] == [NOW + 240]


def test_a_region_that_refuses_holds_up_no_other(monitor, clock, tmp_path):
    value(monitor, machine(monitor, "a", "westeurope"), CPU, NOW - 600, 1)
    value(monitor, machine(monitor, "b", "germanynorth"), CPU, NOW - 600, 2)
    monitor.fault("status", path="/germanynorth/.*", status=404, times=1)
    outcome = run(monitor, tmp_path)
    assert [p["vendor_region"] for p in points(outcome)] == ["westeurope"]
    assert outcome.counts["failed"] == 1
    assert [p["vendor_region"] for p in points(run(monitor, tmp_path))] == ["germanynorth"]


def test_an_error_of_one_metric_is_said_and_costs_only_that(monitor, tmp_path):
    name = machine(monitor, "web")
    value(monitor, name, CPU, NOW - 600, 1)
    monitor.errors[name, NETWORK] = "InvalidSeries"
    outcome = run(monitor, tmp_path)
    assert len(points(outcome)) == 1
    assert "event=metric_error" in outcome.log and "InvalidSeries" in outcome.log


def test_an_answer_of_another_form_costs_one_machine(monitor, clock, tmp_path):
    good, odd = machine(monitor, "good"), machine(monitor, "odd")
    for name in (good, odd):
        value(monitor, name, CPU, NOW - 600, 1)
    metric_of = monitor._metric

    def twisted(resource, name, aggregations, periods):
        metric = metric_of(resource, name, aggregations, periods)
        return metric if resource == good or name == CPU else ["twisted"]

    monitor._metric = twisted
    outcome = run(monitor, tmp_path)
    assert sorted(p["object_id"] for p in points(outcome)) == sorted([good, odd])
    assert {bad["object_id"] for bad in outcome.quarantined} == {odd}
    again = len(outcome.quarantined)
    clock.now += 60
    assert run(monitor, tmp_path).quarantined == [] and again


def test_a_large_answer_is_sent_in_pages_that_record_only_themselves():
    machines = [azure_metrics.Machine(f"m{number}", "x", "") for number in range(6)]
    work = azure_metrics.Work(Slice("s/r", NOW, NOW + 900), "s", "r", machines, None, NOW + 2000)
    state: dict[str, str] = {}
    writer = azure_metrics.Writer(work, 60, NOW + 900, state, "main")
    data = [{"timeStamp": "2026-01-05T10:01:00Z", "average": 1}]
    metric = {"name": {"value": "Percentage CPU"}, "timeseries": [{"data": data}]}
    answer = [{"resourceid": machine.id, "value": [metric]} for machine in machines]
    context = SimpleNamespace(page_bytes=200, count=lambda name, number: None, log=None)
    sizes = [(len(events), len(state)) for events, _ in writer.groups(context, answer, machines)]
    assert sizes == [(2, 2), (2, 4), (2, 6)]
    assert list(writer.groups(context, answer, machines)) == []


def test_a_region_is_followed_after_its_last_machine_is_gone(monitor, clock, tmp_path):
    machine(monitor, "web")
    run(monitor, tmp_path)
    gone = list(monitor.rows["resources"])
    monitor.rows["resources"].clear()
    clock.now += 86400
    run(monitor, tmp_path)
    monitor.rows["resources"] += gone
    clock.now += 900
    before = len(batches(monitor))
    run(monitor, tmp_path)
    assert len(batches(monitor)) - before < 8, "the day without machines is not asked for again"


def test_the_points_are_metrics_in_the_lab(monitor, tmp_path, app_root):
    name = machine(monitor, "web")
    value(monitor, name, CPU, NOW - 600, 93.1)
    outcome = run(monitor, tmp_path)
    path = tmp_path / "points.json"
    path.write_text("\n".join(outcome.of("ciw:metrics")) + "\n", encoding="utf-8")
    home = Home(tmp_path / "home")
    app = home.app(app_root)
    ingest(home, app, [path], Request(index="cloud_metrics", sourcetype="ciw:metrics"))
    rows = search(
        "| mstats max(cloud.instance.cpu.percent) AS cpu WHERE index=cloud_metrics "
        "BY cloud object_id vendor_account",
        Context(home=home, app=app, now=4e9),
    ).rows
    assert [(row["cpu"], row["object_id"], row["cloud"]) for row in rows] == [
        ("93.1", name, "azure")
    ]
