"""What a run says of itself: progress at a bounded rate, lag by the service's clock, waits."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from ciw import polling, progress
from ciw.aws_throttling import was_throttled, watch
from ciw.checkpoint import Cursor
from ciw.health import Health, account_of
from ciw.log import Log
from ciw.progress import Backlog, Progress

from lab.clouds.stand_in import Response, StandIn, route

NOW = 1_795_000_000.0
DAY = 86400.0


class Clock:
    def __init__(self, now=0.0):
        self.now = now

    def __call__(self):
        return self.now


class Lines:
    """A log that keeps what coverage reads, whatever the level."""

    def __init__(self):
        self.stream = io.StringIO()
        self.log = Log(self.stream, level="FATAL")

    def lines(self):
        return [
            dict(pair.split("=", 1) for pair in line.split()[1:] if "=" in pair)
            for line in self.stream.getvalue().splitlines()
        ]


@pytest.fixture
def said():
    return Lines()


def test_progress_comes_once_a_minute_with_percent_and_end(said, monkeypatch):
    clock = Clock()
    monkeypatch.setattr(progress.time, "time", lambda: NOW)
    told = Progress(said, "p", start=200.0, end=1000.0, first=0.0, clock=clock)
    for second in range(130):
        clock.now = float(second)
        told.reached(200.0 + 2 * second)
    first, second = said.lines()
    # 320 of 1000 at second 60; 680 are left at two a second.
    assert (first["percent"], first["seconds_left"]) == ("32.000", "340.000")
    assert first["partition"] == "p" and first["ends"] == "2026-11-18T11:12:20Z"
    assert float(second["percent"]) == 44.0


def test_progress_without_any_progress_tells_no_end(said):
    clock = Clock()
    told = Progress(said, "p", 0.0, 100.0, clock=clock)
    clock.now = 61.0
    told.reached(0.0)
    (line,) = said.lines()
    assert line["percent"] == "0.000" and "ends" not in line


def test_a_queues_backlog_is_what_it_says_is_left(said):
    clock, left = Clock(), [300]
    told = Backlog(said, "q", lambda: left[0], clock)
    told.handled(50)
    clock.now = 60.0
    told.handled(50)
    left[0], clock.now = None, 130.0
    told.handled(50)
    (line,) = said.lines()
    assert (line["percent"], line["seconds_left"]) == ("25.000", "180.000")


def test_a_backfill_over_several_runs_keeps_its_whole(monkeypatch):
    """The second run begins where the first ended; its percent is still of all of it."""
    cursors, begun = {}, []
    monkeypatch.setattr(
        polling, "Progress",
        lambda context, partition, start, end, first: begun.append((start, first)) or
        SimpleNamespace(reached=lambda position: None),
    )
    context = SimpleNamespace(
        arguments={"overlap_minutes": 30, "backfill_days": 10},
        checkpoint=SimpleNamespace(get=cursors.get, commit=cursors.__setitem__),
        stopping=lambda: False,
    )

    def run(slices, now):
        for number, shard in enumerate(polling.slices(context, "p", now)):
            shard.outcome = "done"
            if number == slices:
                return

    run(200, NOW)
    run(10**6, NOW)
    run(10**6, NOW + 900)
    run(10**6, NOW + 3 * DAY)
    first = begun[0][0]
    assert begun[1] == (first + 200 * 900, first)
    # Caught up: the next one that falls behind is another.
    assert begun[2][0] == begun[2][1] > NOW - 3600
    assert begun[3][0] > NOW - 3600 and begun[3][1] == begun[2][1]
    assert all(isinstance(cursor, Cursor) for cursor in cursors.values())


def test_lag_is_that_of_the_partition_furthest_behind_by_the_services_clock(said):
    clock = Clock(NOW + 3600)  # this machine is an hour fast
    health = Health(said.log, clock)
    assert health.lag is None
    health.saw("a", NOW, [(str(NOW - 50), "x"), ("", "y"), (str(NOW - 500), "z")])
    health.saw("b", NOW, [(f"{NOW - 90:.3f}", "x")])
    assert health.lag == 90
    clock.now += 10
    health.saw("b", NOW + 10, [(f"{NOW:.3f}", "x")])
    assert health.lag == 60
    health.saw("c", 0.0, [])
    assert health.lag == 60


def test_each_run_ends_with_one_line(said):
    health = Health(said.log, Clock(NOW))
    health.describe({"mode": "rest", "output": "xml", "subscriptions": ("s-1",)}, "300")
    health.counts["failed"] = 1
    health.failure("first: HTTP 403")
    health.failure("second")
    health.end()
    health.end("failed", "later")
    (line,) = said.lines()
    assert (line["event"], line["result"], line["mode"]) == ("run_end", "partial", "rest")
    assert (line["account"], line["interval"]) == ("s-1", "300")
    assert 'reason="first: HTTP 403"' in said.stream.getvalue()
    for name in ("fetched", "emitted", "quarantined", "filtered", "throttled",
                 "throttled_seconds", "duration"):
        assert name in line
    assert "lag" not in line, "nothing came: nothing can be said"


def test_the_account_is_named_where_it_is_one():
    assert account_of({"projects": ("p",)}) == "p"
    assert account_of({"projects": ("p", "q"), "tenant_id": "t"}) == ""
    assert account_of({"account_roles": ("111122223333=arn:x",), "buckets": ()}) == "111122223333"
    assert account_of({"tenant_id": "t"}) == "t" and account_of({}) == ""


class Service(StandIn):
    """Answers SQS's ReceiveMessage; `refusals` are (status, code) that come first."""

    def __init__(self, refusals):
        super().__init__()
        self.refusals = refusals

    @route("POST", "/")
    def receive(self, request):
        if self.refusals:
            status, code = self.refusals.pop(0)
            return Response({"__type": "com.amazonaws.sqs#" + code, "message": "no"}, status)
        return Response({"Messages": []})


@pytest.mark.parametrize(
    ("status", "code", "times"),
    [(503, "ServiceUnavailable", 2), (400, "RequestThrottled", 1), (500, "InternalFailure", 0)],
)
def test_aws_answers_that_ask_to_slow_down_are_counted(status, code, times):
    from botocore.session import Session

    counts: dict[str, float] = {}
    session = Session()
    session.set_credentials("AKIAEXAMPLE", "secret")
    with Service([(status, code)] * max(1, times)) as service:
        client = session.create_client(
            "sqs", region_name="eu-central-1", endpoint_url=service.url,
            config=Config(retries={"mode": "standard", "max_attempts": 4}),
        )
        watch(client, lambda name, number: counts.update({name: counts.get(name, 0) + number}))
        client.receive_message(QueueUrl=service.url + "/111122223333/q")
    assert counts.get("throttled", 0) == times
    assert (counts.get("throttled_seconds", 0) > 0) == bool(times)


def test_an_error_that_the_sdk_gave_up_at_is_told_apart():
    def error(status, code):
        answer = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
        return ClientError(answer, "GetMetricData")

    assert was_throttled(error(429, "")) and was_throttled(error(400, "Throttling"))
    assert not was_throttled(error(403, "AccessDenied")) and not was_throttled(OSError())
