"""splunk-sdk's search jobs: ways to run one, formats, paging, control, errors."""

from __future__ import annotations

import csv
import io
import json
import time

import pytest
from splunklib import results
from splunklib.binding import HTTPError

from tests.lab.server.live import NOW, SLOW, rows


def until(test, seconds: float = 90.0):
    for _ in range(int(seconds / 0.02)):
        if test():
            return
        time.sleep(0.02)
    raise AssertionError("it did not come about")


def test_normal_blocking_oneshot_and_export_give_the_same(live_admin):
    search = "search index=web | stats count by host"
    expected = [{"host": "web-01", "count": "5"}, {"host": "web-02", "count": "5"}]
    assert rows(live_admin, search) == expected
    job = live_admin.jobs.create(search)
    until(job.is_done)
    blocking = live_admin.jobs.create(search, exec_mode="blocking")
    assert blocking["isDone"] == "1" and blocking["resultCount"] == "2"
    export = live_admin.jobs.export(search, output_mode="json")
    for stream in (job.results(output_mode="json"), blocking.results(output_mode="json"), export):
        reader = results.JSONResultsReader(stream)
        assert [row for row in reader if isinstance(row, dict)] == expected
        assert reader.is_preview is False


def test_messages_of_a_search_come_with_its_rows(live_admin):
    stream = live_admin.jobs.oneshot("search index=nowhere | stats count", output_mode="json")
    found = list(results.JSONResultsReader(stream))
    messages = [m for m in found if isinstance(m, results.Message)]
    assert any("nowhere" in m.message and m.type == "INFO" for m in messages)
    assert found[-1] == {"count": "0"}


def test_paging(live_admin):
    job = live_admin.jobs.create("search index=web | sort n | table n", exec_mode="blocking")
    page = json.load(job.results(output_mode="json", count=3, offset=4))
    assert page["init_offset"] == 4 and [row["n"] for row in page["results"]] == ["4", "5", "6"]
    assert len(json.load(job.results(output_mode="json", count=0))["results"]) == 10
    assert json.load(job.results(output_mode="json", offset=10))["results"] == []
    with pytest.raises(HTTPError, match="negative"):
        job.results(output_mode="json", offset=-1)
    with pytest.raises(HTTPError, match="whole number"):
        job.results(output_mode="json", count="many")


def test_formats(live_admin):
    job = live_admin.jobs.create(
        'search index=web | stats count values(who) as who by host', exec_mode="blocking")
    assert json.load(job.results(output_mode="json_rows"))["rows"][0] \
        == ["web-01", "5", ["u0", "u1", "u2"]]
    assert json.load(job.results(output_mode="json_cols"))["columns"][:2] \
        == [["web-01", "web-02"], ["5", "5"]]
    table = list(csv.DictReader(io.TextIOWrapper(job.results(output_mode="csv"), "utf-8")))
    assert table[1] == {"host": "web-02", "count": "5", "who": "u0\nu1\nu2"}
    with pytest.deprecated_call():
        reader = list(results.ResultsReader(job.results(output_mode="xml")))
    assert dict(reader[0]) == {"host": "web-01", "count": "5", "who": ["u0", "u1", "u2"]}
    raw = live_admin.jobs.oneshot("search index=web n=3", output_mode="raw").read()
    assert json.loads(raw) == {"n": 3, "who": "u0"}
    with pytest.raises(HTTPError, match="output_mode=yaml"):
        job.results(output_mode="yaml")


def test_events_and_preview(live_admin):
    job = live_admin.jobs.create("search index=web n=3", exec_mode="blocking")
    (event,) = json.load(job.events(output_mode="json"))["results"]
    assert event["host"] == "web-02" and event["_time"] == "2023-11-14T22:13:23.000+00:00"
    assert json.load(job.preview(output_mode="json"))["preview"] is False
    table = live_admin.jobs.create("search index=web | stats count", exec_mode="blocking")
    assert json.load(table.events(output_mode="json"))["results"] == []
    assert (job["eventCount"], table["eventCount"]) == ("1", "0")


def test_a_jobs_own_now_and_window(live_admin):
    job = live_admin.jobs.create("search index=web | table n", exec_mode="blocking",
                                 earliest_time="-3s", latest_time="now", now=str(NOW - 95),
                                 id="mine.1")
    assert job.sid == "mine.1"
    assert [r["n"] for r in json.load(job.results(output_mode="json"))["results"]] \
        == ["4", "3", "2"]
    with pytest.raises(HTTPError, match="exists already"):
        live_admin.jobs.create("| makeresults", id="mine.1")
    with pytest.raises(HTTPError, match="letters, digits"):
        live_admin.jobs.create("| makeresults", id="../x")


@pytest.mark.parametrize("exec_mode", ["normal", "blocking"])
def test_a_bad_search_is_400_with_the_reason_and_its_place(live_admin, exec_mode):
    with pytest.raises(HTTPError) as refused:
        live_admin.jobs.create("search index=web | nonsense x", exec_mode=exec_mode)
    assert refused.value.status == 400
    text = refused.value.body.decode()
    assert 'type="FATAL"' in text and "nonsense" in text and "at character" in text
    for call in (live_admin.jobs.oneshot, live_admin.jobs.export):
        with pytest.raises(HTTPError, match="nonsense"):
            call("search index=web | nonsense x")
    with pytest.raises(HTTPError, match="begins with `search` or with a pipe"):
        live_admin.jobs.create("index=web")


def test_a_search_that_fails_in_its_rows_is_a_failed_job(live_admin):
    job = live_admin.jobs.create('| makeresults | eval x=split("a b"," ") | eval y=x+1 | table y',
                                 exec_mode="blocking")
    assert (job["isFailed"], job["dispatchState"]) == ("1", "FAILED")
    assert "several values" in job["messages"]["fatal"][0]
    with pytest.raises(HTTPError, match="several values"):
        job.results()


def test_cancel_breaks_the_running_search_off(live, live_admin):
    job = live_admin.jobs.create(SLOW)
    until(lambda: job.is_ready() and job["dispatchState"] == "RUNNING")
    known = live.server.state.jobs.find(job.sid, live.server.state.sessions.system)
    # Long enough to be inside the one statement that takes minutes, where no step comes to ask.
    time.sleep(1.5)
    assert not known.done.is_set()
    job.cancel()
    assert known.done.wait(90), "DuckDB went on"
    assert known.state == "FAILED" and known.messages[-1]["text"] == "the search was cancelled"
    with pytest.raises(HTTPError, match="Unknown sid"):
        job.refresh()
    job.cancel()


def test_finalize_ends_a_search_and_says_that_nothing_is_kept(live_admin):
    job = live_admin.jobs.create(SLOW)
    until(lambda: job.is_ready() and job["dispatchState"] == "RUNNING")
    job.finalize()
    until(job.is_done)
    assert job["isFinalized"] == "1" and job["dispatchState"] == "DONE"
    found = list(results.JSONResultsReader(job.results(output_mode="json")))
    assert "keeps no partial results" in found[0].message and len(found) == 1


def test_max_time_finalizes(live_admin):
    job = live_admin.jobs.create(SLOW, exec_mode="blocking", max_time=1)
    assert job["isFinalized"] == "1"


def test_jobs_over_the_roles_quota_wait(live, live_admin):
    single = live.service("lt_single")
    first, second = single.jobs.create(SLOW), single.jobs.create("| makeresults")
    until(lambda: first.is_ready() and first["dispatchState"] == "RUNNING")
    assert rows(live_admin, "| makeresults | table x") == [{}]
    assert not second.is_ready() and second["dispatchState"] == "QUEUED"
    first.cancel()
    until(second.is_done)
    assert second["resultCount"] == "1"


def test_pause_holds_a_search_between_two_steps(live, live_admin):
    jobs = live.server.state.jobs
    blockers = [live_admin.jobs.create(SLOW) for _ in range(3)]
    job = live_admin.jobs.create("| makeresults")
    job.pause()
    for blocker in blockers:
        blocker.cancel()
    until(lambda: job.is_ready() and job["dispatchState"] == "PAUSED")
    assert job["isPaused"] == "1" and not job.is_done()
    job.unpause()
    until(job.is_done)
    assert job["resultCount"] == "1"
    assert jobs.find(job.sid, live.server.state.sessions.system).state == "DONE"


def test_other_controls(live_admin):
    job = live_admin.jobs.create("| makeresults", exec_mode="blocking")
    job.touch().set_ttl(77).set_priority(3).enable_preview().disable_preview()
    job.refresh()
    assert (job["ttl"], job["priority"]) == ("77", "3")
    for action in (job.pause, job.unpause, job.finalize):
        action()
    with pytest.raises(HTTPError, match="from 0 to 10"):
        job.set_priority(11)
    with pytest.raises(HTTPError, match="Invalid action 'dance'"):
        job.post("control", action="dance")
    job.post("control", action="save")
    assert job.refresh()["isSaved"] == "1"


def test_log_timeline_and_summary(live_admin):
    job = live_admin.jobs.create("search index=nowhere", exec_mode="blocking")
    assert b"nowhere" in job.searchlog().read()
    for ask in (job.timeline, job.summary):
        with pytest.raises(HTTPError, match="the lab keeps no"):
            ask()


def test_lists_of_jobs(live_admin):
    job = live_admin.jobs.create("| makeresults | eval marker=1", exec_mode="blocking")
    assert job.sid in [known.sid for known in live_admin.jobs]
    assert live_admin.job(job.sid)["resultCount"] == "1"
    assert [j.sid for j in live_admin.jobs.list(search="marker")] == [job.sid]
    assert len(live_admin.jobs.list(count=2)) == 2


def test_parser_and_times(live_admin):
    told = json.load(live_admin.parse("search index=web | stats count by host",
                                      output_mode="json").body)
    assert [c["command"] for c in told["commands"]] == ["search", "stats"]
    assert told["reportsSearch"] == "stats count by host"
    assert b'<s:key name="command">stats</s:key>' in live_admin.parse(
        "search index=web | stats count").body.read()
    with pytest.raises(HTTPError, match="nonsense"):
        live_admin.parse("search index=web | nonsense")
    reply = live_admin.get("search/timeparser", time=["-1h@h", "now"], output_mode="json")
    assert json.load(reply.body) == {"-1h@h": "2023-11-14T21:00:00.000+00:00",
                                     "now": "2023-11-14T22:15:00.000+00:00"}
    with pytest.raises(HTTPError, match="yesterdayish"):
        live_admin.get("search/timeparser", time="yesterdayish")
    assert b"<title>stats</title>" in live_admin.get("search/commands", count=0).body.read()
    with pytest.raises(HTTPError, match="no search/typeahead"):
        live_admin.get("search/typeahead", prefix="ind", count=5)
