"""CloudWatch's data points: closed periods, late and partial ones, accounts, types, the window."""

from __future__ import annotations

import json
import time

import pytest
from ciw.cloudwatch import METRICS, QUERIES, Point, Series, Window, batches

from lab.clouds.aws_api import ACCOUNT, REGION
from lab.clouds.aws_cloudwatch import CloudWatch
from tests.sources.runner import configuration, run

OTHER = "444455556666"
ONE, TWO = "i-00000000000000001", "i-00000000000000002"


@pytest.fixture
def watch():
    """The stand-in, its clock ten seconds into a period."""
    ahead = 300 - time.time() % 300 + 10
    with CloudWatch(lambda: time.time() + ahead) as made:
        yield made
        assert made.violations == []


@pytest.fixture
def collect(watch, tmp_path):
    def run_input(**arguments):
        stanza = {
            "regions": REGION, "backfill_days": "0", "checkpoint": "file", "index": "cloud_metrics",
            "log_level": "DEBUG", **arguments,
        }
        return run(
            configuration(tmp_path, stanza, scheme="aws_metrics"), watch.environment
        )

    return run_input


def points(outcome) -> list[dict]:
    return [json.loads(text) for text in outcome.of("ciw:metrics")]


def period(watch, number: int) -> int:
    """The beginning of the period that many before the one that is going on."""
    return int(watch.clock() // 300 - number) * 300


def move(watch, seconds: float) -> None:
    clock = watch.clock
    watch.clock = lambda: clock() + seconds


def test_a_data_point_of_all_measures(watch, collect):
    at = period(watch, 3)
    for number, metric in enumerate(METRICS):
        watch.put(ONE, metric.name, at, 1000.5 + number)
    watch.instances[(ACCOUNT, REGION)][ONE] = "m5d.large"
    outcome = collect(backfill_days="1")
    (event,) = outcome.events
    assert event.values["index"] == "cloud_metrics"
    assert event.values["sourcetype"] == "ciw:metrics"
    assert event.values["time"] == str(at)
    assert json.loads(event.values["data"]) == {
        "time": at,
        "cloud": "aws",
        "vendor_account": ACCOUNT,
        "vendor_region": REGION,
        "object_id": ONE,
        "instance_type": "m5d.large",
        "cloud.instance.cpu.percent": 1000.5,
        "cloud.instance.network.in.bytes": 1001.5,
        "cloud.instance.network.out.bytes": 1002.5,
        "cloud.instance.disk.read.bytes": 1003.5 + 1005.5,
        "cloud.instance.disk.write.bytes": 1004.5 + 1006.5,
    }


def test_it_becomes_metrics_in_the_lab(watch, collect, run_lab, lab_home, tmp_path):
    watch.put(ONE, "CPUUtilization", period(watch, 3), 91.25)
    watch.put(ONE, "NetworkIn", period(watch, 3), 123456789012.0)
    watch.instances[(ACCOUNT, REGION)][ONE] = "t3.micro"
    file = tmp_path / "points.json"
    file.write_text("\n".join(collect(backfill_days="1").of("ciw:metrics")))
    run_lab("ingest", "--index", "cloud_metrics", "--sourcetype", "ciw:metrics", str(file))
    search = (
        "| mstats max(cloud.instance.cpu.percent) as cpu sum(cloud.instance.network.in.bytes) as "
        "received where index=cloud_metrics by cloud, vendor_account, vendor_region, object_id, "
        "instance_type"
    )
    (row,) = json.loads(run_lab("search", "--format", "json", search).stdout)
    assert row == {
        "cloud": "aws", "vendor_account": ACCOUNT, "vendor_region": REGION, "object_id": ONE,
        "instance_type": "t3.micro", "cpu": "91.25", "received": "123456789012",
    }


def test_a_period_is_read_when_it_has_been_over_for_a_while(watch, collect):
    for number in range(4):
        watch.put(ONE, "NetworkIn", period(watch, number), number)
    outcome = collect(backfill_days="1")
    assert [point["cloud.instance.network.in.bytes"] for point in points(outcome)] == [3, 2]
    move(watch, 300)
    assert [point["cloud.instance.network.in.bytes"] for point in points(collect())] == [1]
    assert points(collect()) == []
    asked = watch.called("GetMetricData")[-1].parameters
    assert asked["EndTime"].timestamp() % 300 == 0


def test_a_late_point_comes_once_and_a_late_half_of_the_disk_adds_up(watch, collect):
    at = period(watch, 3)
    watch.put(ONE, "EBSReadBytes", at, 10)
    watch.put(ONE, "DiskReadBytes", at, 5, seen_at=watch.clock() + 500)
    assert [point["cloud.instance.disk.read.bytes"] for point in points(collect(
        backfill_days="1"))] == [10]
    move(watch, 900)
    (late,) = points(collect())
    assert late["time"] == at
    assert late["cloud.instance.disk.read.bytes"] == 5, "sums over the period are right"
    assert points(collect()) == []


def test_a_point_later_than_the_overlap_is_not_waited_for(watch, collect):
    watch.put(ONE, "NetworkIn", period(watch, 2), 1)
    watch.put(ONE, "NetworkOut", period(watch, 2), 1, seen_at=watch.clock() + 7200)
    assert len(points(collect(backfill_days="1"))) == 1
    for _ in range(2):
        move(watch, 4000)
        watch.put(ONE, "NetworkIn", period(watch, 2), 1)
        assert [sorted(point) for point in points(collect())] == [
            ["cloud", "cloud.instance.network.in.bytes", "object_id", "time", "vendor_account",
             "vendor_region"]
        ]


@pytest.mark.parametrize("status", ["InternalError", "PartialData", "Forbidden"])
def test_a_series_that_is_not_complete_is_read_again_beyond_the_overlap(watch, collect, status):
    at = period(watch, 3)
    watch.put(ONE, "NetworkIn", at, 1)
    watch.put(TWO, "NetworkIn", at, 2, seen_at=watch.clock() + 7000)
    watch.put(TWO, "NetworkIn", period(watch, 4), 3)
    watch.trouble[(TWO, "NetworkIn")] = status
    outcome = collect(backfill_days="1")
    assert len(points(outcome)) == 2, "what was given is good"
    assert f"reason={status}" in outcome.log
    assert outcome.counts["incomplete"] > 0
    move(watch, 7200)
    watch.trouble.clear()
    (late,) = points(collect())
    assert (late["object_id"], late["time"]) == (TWO, at)
    assert "event=series_incomplete" not in collect().log


def test_a_message_of_the_whole_answer_leaves_its_periods_open(watch, collect):
    watch.put(ONE, "NetworkIn", period(watch, 3), 1)
    watch.messages = [{"Code": "MaxMetricsExceeded", "Value": "too many"}]
    outcome = collect(backfill_days="1")
    assert len(points(outcome)) == 1
    assert "MaxMetricsExceeded" in outcome.log
    assert outcome.counts["incomplete"] == 1


def test_a_series_that_never_completes_is_given_up_with_an_error(watch, collect):
    watch.put(ONE, "NetworkIn", period(watch, 3), 1)
    watch.trouble[(ONE, "NetworkIn")] = "InternalError"
    first = collect(backfill_days="3")
    assert len(points(first)) == 1
    assert first.log.count("event=points_given_up") == 8, "two days in pieces of six hours"
    outcome = collect(backfill_days="3")
    assert points(outcome) == []
    assert "event=points_given_up" not in outcome.log, "told once"
    asked = watch.called("GetMetricData")
    span = asked[-1].parameters["EndTime"] - asked[-1].parameters["StartTime"]
    assert span.total_seconds() < 2 * 86400


def test_more_series_and_points_than_one_answer_holds(watch, collect):
    watch.points_per_page, watch.metrics_per_page = 100, 60
    at = period(watch, 4)
    for number in range(130):
        for metric in ("CPUUtilization", "NetworkIn", "NetworkOut", "EBSReadBytes"):
            watch.put(f"i-{number:017x}", metric, at, number)
    outcome = collect(backfill_days="1")
    measures = sum(len(point) - 5 for point in points(outcome))
    assert measures == 130 * 4
    sizes = [len(call.parameters["MetricDataQueries"]) for call in watch.called("GetMetricData")]
    assert max(sizes) <= QUERIES
    assert len(watch.called("ListMetrics")) > len(METRICS)


def test_an_account_or_region_that_is_refused_costs_itself(watch, collect):
    for account, region in ((OTHER, REGION), (OTHER, "us-east-1"), ("777788889999", REGION)):
        watch.put(ONE, "NetworkIn", period(watch, 3), 1, account=account, region=region)
    watch.denied = {"777788889999", f"{OTHER}/us-east-1"}
    roles = ", ".join(f"{a}=arn:aws:iam::{a}:role/r" for a in (OTHER, "777788889999"))
    outcome = collect(account_roles=roles, regions=f"us-east-1, {REGION}", backfill_days="1")
    assert [(p["vendor_account"], p["vendor_region"]) for p in points(outcome)] == [(OTHER, REGION)]
    assert outcome.counts["failed"] == 2


def test_without_leave_to_describe_instances_there_is_no_type(watch, collect):
    watch.put(ONE, "NetworkIn", period(watch, 3), 1)
    watch.denied = {"ec2:DescribeInstances"}
    outcome = collect(backfill_days="1")
    (point,) = points(outcome)
    assert "instance_type" not in point
    assert "event=instance_types_unknown" in outcome.log
    assert outcome.status == 0


def test_a_new_instance_is_asked_for_before_it_is_listed(watch, collect):
    watch.instances[(ACCOUNT, REGION)][ONE] = "t3.micro"
    collect(backfill_days="1")
    call = watch.called("GetMetricData")[-1]
    names = {q["MetricStat"]["Metric"]["MetricName"] for q in call.parameters["MetricDataQueries"]}
    assert names == {metric.name for metric in METRICS}


def test_validation():
    import aws_metrics
    from ciw.errors import InvalidArgument

    stanza = {"regions": REGION, "period": "60", "backfill_days": "16"}
    with pytest.raises(InvalidArgument, match="keeps periods of 60 seconds for 15 days"):
        aws_metrics.SOURCE.read_arguments(stanza)
    with pytest.raises(InvalidArgument, match="argument regions is required"):
        aws_metrics.SOURCE.read_arguments({})


def test_the_window_gives_each_point_once_and_forgets_what_is_settled():
    window = Window(3000, 300)
    point = Point(Series(ONE, 2), 3300, 1.0)
    assert window.claim(point) and not window.claim(point)
    assert window.claim(Point(Series(ONE, 3), 3300, 1.0))
    window.settle(3300)
    restored = Window.restored(json.loads(json.dumps(window.state)), 0, 300)
    assert restored == window
    assert not restored.claim(point)
    restored.settle(3600)
    assert restored.sent == {}
    assert not restored.claim(point), "before the window nothing is sent again"


def test_batches_keep_an_instance_together():
    series = [Series(f"i-{n:017x}", metric) for n in range(200) for metric in range(7)]
    made = list(batches(series))
    assert sum(map(len, made)) == 1400
    assert max(map(len, made)) <= QUERIES
    owners = [{one.instance for one in batch} for batch in made]
    assert not owners[0] & owners[1]


def test_every_call_is_declared(watch, collect):
    """The least-privilege policy grants what is called, and nothing else."""
    import aws_metrics

    watch.put(ONE, "NetworkIn", period(watch, 3), 1)
    collect(account_roles=f"{ACCOUNT}=arn:aws:iam::{ACCOUNT}:role/r", backfill_days="1")
    called = {f"{call.service}:{call.operation}" for call in watch.operations}
    assert called == {permission.action for permission in aws_metrics.SOURCE.permissions}
