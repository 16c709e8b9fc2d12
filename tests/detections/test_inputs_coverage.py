"""State of the inputs from their own log: each state, and each state's near neighbour."""

from __future__ import annotations

import time

import pytest

from lab import monitor
from lab.modular_input import read_stanzas, run_stanza
from tests.promises.cases.azure_activity import Case

NOW = 1_773_144_000.0  # 2026-03-10T12:00:00Z
STANZA = "aws_cloudtrail://main"


@pytest.fixture
def log(bench):
    """`log(seconds_ago, fields…)` writes a line of an input's log; the bench's now is NOW."""
    bench.now = NOW
    path = monitor.directory(bench.home) / "ciw_aws_cloudtrail.log"

    def write(ago: float, event: str = "run_end", stanza: str = STANZA, **fields) -> None:
        at = NOW - ago
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + ".250Z"
        given = {"input": stanza.partition(":")[0], "stanza": stanza, "mode": "queue",
                 "interval": 60, **fields}
        pairs = " ".join(
            f'{name}="{value}"' if " " in str(value) else f"{name}={value}"
            for name, value in given.items()
        )
        with path.open("a", encoding="utf-8") as handle:
            handle.write(f"{stamp} INFO event={event} {pairs}\n")
        monitor.read_new(bench.home, bench.app)

    return write


def good(**more):
    return {"result": "success", "emitted": 10, "quarantined": 0, "throttled": 0, **more}


def state(bench, stanza: str = STANZA) -> dict:
    bench.run("ciw_coverage_inputs")
    [row] = [row for row in bench.documents("ciw_inputs") if row["stanza"] == stanza]
    return row


def gaps(bench) -> dict:
    return {row["telemetry"]: row for row in bench.run("ciw_overview_coverage")
            if row["telemetry"].startswith("input ")}


def test_a_healthy_input_is_no_gap(bench, log):
    log(7200, **good(emitted=5, quarantined=2, reason="old"))
    log(60, **good(lag=40, account="111122223333"))
    row = state(bench)
    assert (row["state"], row["account"], row["lag"]) == ("healthy", "111122223333", 40)
    assert (row["emitted"], row["quarantined"]) == (15, 2)
    assert "ciw:quarantine" in row["what_to_do"]
    assert row["last_run"] == row["last_success"] == NOW - 60 + 0.25
    assert not gaps(bench)
    [shown] = bench.run("ciw_overview_inputs")
    assert (shown["stanza"], shown["state"]) == (STANZA, "healthy")


def test_late_is_more_than_an_hour_behind(bench, log):
    log(60, **good(lag=3601, throttled=7, throttled_seconds="42.000"))
    row = state(bench)
    assert row["state"] == "late" and "7 times, 42 s" in row["what_to_do"]
    assert gaps(bench)["input " + STANZA]["state"] == "late"
    log(30, **good(lag=3599))
    assert state(bench)["state"] == "healthy"


def test_a_run_that_found_nothing_new_is_not_behind(bench, log):
    log(600, **good(lag=90_000))
    assert state(bench)["state"] == "late"
    log(60, **good())
    assert state(bench)["state"] == "healthy"


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        ("sqs:ReceiveMessage: AWS answered AccessDenied", "Check its credential"),
        ("the KV store is down", "KV store"),
        ("argument regions is required", "Correct the input's stanza"),
        ("the HTTP Event Collector at h:8088 does not take events", "collector and its token"),
        ("the earth shook", "tried again"),
    ],
)
def test_failing_says_why_and_what_to_do(bench, log, reason, advice):
    log(300, **good())
    log(60, result="failed", reason=reason, emitted=0)
    row = state(bench)
    assert row["state"] == "failing" and row["reason"] == reason
    assert advice in row["what_to_do"] and reason in row["what_to_do"]
    assert row["last_success"] == NOW - 300 + 0.25
    assert gaps(bench)["input " + STANZA]["questions"] == "every question about its accounts"
    log(30, **good())
    assert state(bench)["state"] == "healthy"


def test_silent_waits_for_three_intervals(bench, log):
    log(60, **good(interval=3600))
    state(bench)
    bench.now = NOW + 3 * 3600 - 100
    assert state(bench)["state"] == "healthy"
    bench.now = NOW + 3 * 3600 + 100
    row = state(bench)
    assert row["state"] == "silent" and "forward index _internal" in row["what_to_do"]
    # Its lines are no longer in the searched span: what was known of it stays.
    bench.now = NOW + 5 * 86400
    row = state(bench)
    assert row["state"] == "silent" and row["last_success"] == NOW - 60 + 0.25
    bench.now = NOW + 31 * 86400
    assert state(bench)["state"] == "gone"
    assert not gaps(bench) and not bench.run("ciw_overview_inputs")


def test_the_past_is_read_with_percent_and_end(bench, log):
    log(30, "progress", partition="sub/1", percent="41.250", ends="2026-03-10T13:00:00Z")
    row = state(bench)
    assert row["state"] == "late" and row["backfill_percent"] == 41.3
    assert "41.3 percent, until about 2026-03-10T13:00:00Z" in row["what_to_do"]
    log(5, **good(lag=20))
    row = state(bench)
    assert row["state"] == "healthy" and "backfill_percent" not in row


def test_another_hosts_lease_is_no_fault(bench, log):
    log(60, result="standby", reason="host a holds the lease")
    assert state(bench)["state"] == "standby"
    assert not gaps(bench)


def test_inputs_are_told_apart(bench, log):
    log(60, **good())
    log(60, stanza="gcp_metrics://x", result="partial", reason="HTTP 403: no", emitted=1)
    assert state(bench)["state"] == "healthy"
    assert state(bench, "gcp_metrics://x")["state"] == "failing"
    assert gaps(bench)["input gcp_metrics://x"]["questions"] == "data volume"


def test_what_an_input_logs_is_what_coverage_reads(bench, tmp_path, monkeypatch):
    """A real run, with a stand-in that makes it wait: the line, the file, the source type, the
    search. A second one whose account refuses."""
    case = Case(tmp_path)
    monkeypatch.setenv("SPLUNK_HOME", "elsewhere")
    for name, value in case.environment.items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "inputs.conf"
    settings = "".join(f"{name} = {value}\n" for name, value in case.stanza.items())
    file.write_text(f"[azure_activity://main]\ncheckpoint = file\nlog_level = ERROR\n{settings}")
    (stanza,) = read_stanzas(bench.app, file)
    began = time.time()
    case.put(6)
    case.put_bad()
    case.stand_in.fault("status", path=case.faulty_path, status=429, headers={"Retry-After": "1"})
    report = run_stanza(bench.home, bench.app, stanza, "http://127.0.0.1:1", "key")
    assert report.exit_code == 0, report.sentence()
    bench.now = time.time() + 1
    row = state(bench, "azure_activity://main")
    assert (row["state"], row["result"], row["emitted"], row["quarantined"]) == (
        "healthy", "success", 6, 1)
    assert (row["mode"], row["output"], row["input"]) == ("rest", "xml", "azure_activity")
    assert row["account"] == case.stanza["subscriptions"] and row["interval"] == 300
    # The newest record is a minute old when it is put there; the rest is what the run took.
    took = bench.now - began
    assert row["throttled"] == 1 and 1 <= row["throttled_seconds"] <= took
    assert 60 <= row["lag"] <= 62 + took
    case.stand_in.fault("status", path=case.faulty_path, status=403, times=50)
    run_stanza(bench.home, bench.app, stanza, "http://127.0.0.1:1", "key")
    case.close()
    bench.now = time.time() + 1
    row = state(bench, "azure_activity://main")
    assert (row["state"], row["result"]) == ("failing", "partial") and "403" in row["reason"]


def test_a_log_that_cannot_be_written_stops_no_input(tmp_path):
    from ciw.log_file import LogFile

    file = LogFile(str(tmp_path / "none" / "ciw_x.log"))
    file.write("INFO event=x")
    assert "none" in file.failure


def test_a_log_that_grows_is_moved_away_once(tmp_path):
    from ciw.log_file import LogFile

    path = tmp_path / "ciw_x.log"
    first, second = (LogFile(str(path), largest=200) for _ in range(2))
    for number in range(40):
        first.write(f"INFO event=a number={number}")
        second.write(f"INFO event=b number={number}")
    kept = sorted(each.name for each in tmp_path.iterdir())
    assert kept == ["ciw_x.log", "ciw_x.log.1", "ciw_x.log.2", "ciw_x.log.3"]
    lines = [line for each in tmp_path.iterdir() for line in each.read_text().splitlines()]
    assert all(line.startswith("20") and "event=" in line for line in lines)
    assert len(lines) == len(set(lines)) and any("number=39" in line for line in lines)


