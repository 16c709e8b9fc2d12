"""splunk-sdk's own client against the server: nobody here wrote that client."""

from __future__ import annotations

import json

import pytest
from splunklib import client, results
from splunklib.binding import AuthenticationError, HTTPError


@pytest.fixture(scope="module")
def service(server):
    return client.connect(
        scheme="http",
        host="127.0.0.1",
        port=server.port,
        username="admin",
        password=server.users["admin"],
        owner="nobody",
        app="server_test",
    )


def test_a_wrong_password_is_refused(server):
    with pytest.raises(AuthenticationError):
        client.connect(
            scheme="http", host="127.0.0.1", port=server.port, username="admin", password="not it"
        )


def test_info_says_what_it_is(service):
    assert service.info["product_type"] == "cloud_instance_watch_lab"
    assert service.splunk_version == (9, 4, 0)


def test_oneshot_rows_with_multivalues(service):
    stream = service.jobs.oneshot("| rows host=web-01", output_mode="json")
    rows = [row for row in results.JSONResultsReader(stream) if isinstance(row, dict)]
    assert rows == [{"host": "web-01", "count": "5", "tag": ["a", "b"]}]


def test_oneshot_in_xml_has_order_and_escapes(service):
    reader = service.jobs.oneshot("| rows host=all")
    text = reader.read().decode()
    assert "<fieldOrder><field>host</field><field>count</field><field>tag</field>" in text
    assert "&lt;img src=x" in text and "<img" not in text


def test_blocking_job_state_results_and_cancel(service):
    job = service.jobs.create(
        "| makeresults count=3", exec_mode="blocking", earliest_time="-1h", latest_time="now"
    )
    assert job.is_done() and job["dispatchState"] == "DONE" and job["resultCount"] == "3"
    rows = [
        r
        for r in results.JSONResultsReader(job.results(output_mode="json", count=2))
        if isinstance(r, dict)
    ]
    assert rows == [{"_time": "2023-11-14T22:13:20.000+00:00"}] * 2
    assert job.sid in [known.sid for known in service.jobs]
    job.cancel()
    with pytest.raises(HTTPError, match="Unknown sid"):
        job.refresh()


def test_normal_job_is_ready_and_becomes_done(service, engine):
    engine.release.clear()
    job = service.jobs.create("| slow")
    assert job.is_ready() and not job.is_done()
    assert job.preview(output_mode="json").read()
    engine.release.set()
    service.jobs.create("| makeresults", exec_mode="blocking")
    while not job.is_done():
        pass
    assert json.load(job.results(output_mode="json"))["results"] == [{"x": "1"}]


def test_export_streams_lines(service):
    stream = service.jobs.export("| rows host=all", output_mode="json")
    rows = [row for row in results.JSONResultsReader(stream) if isinstance(row, dict)]
    assert [row["count"] for row in rows] == ["5", "4", "3"]


def test_a_wrong_search_fails_with_its_reason(service):
    with pytest.raises(HTTPError, match="unknown command 'boom'"):
        service.jobs.oneshot("| boom")
    with pytest.raises(HTTPError, match="unknown command 'boom'") as refused:
        service.jobs.create("| boom")
    assert refused.value.status == 400
    job = service.jobs.create("| late", exec_mode="blocking")
    assert job["isFailed"] == "1" and job["dispatchState"] == "FAILED"
    with pytest.raises(HTTPError, match="wrong only in its rows"):
        job.results(output_mode="json")


def test_saved_searches(service):
    assert [saved.name for saved in service.saved_searches] == ["plain", "asked", "switched_off"]
    saved = service.saved_searches["plain"]
    assert saved["search"] == "| makeresults count=2"
    job = saved.dispatch()
    while not job.is_done():
        pass
    assert job["resultCount"] == "2"
    assert job.sid in [past.sid for past in saved.history()]


def test_dispatch_puts_arguments_in_and_wants_all(service):
    job = service.saved_searches["asked"].dispatch(**{"args.case_id": "00ff"})
    while not job.is_done():
        pass
    assert json.load(job.results(output_mode="json"))["results"] == [{"said": "00ff"}]
    with pytest.raises(HTTPError, match="takes the arguments: case_id; given: none"):
        service.saved_searches["asked"].dispatch()
    with pytest.raises(HTTPError, match="given: case_id, user"):
        service.saved_searches["asked"].dispatch(**{"args.case_id": "1", "args.user": "x"})
    with pytest.raises(HTTPError, match="disabled"):
        service.saved_searches["switched_off"].dispatch()


def test_kvstore(service):
    assert [c.name for c in service.kvstore] == ["open", "guarded", "hidden"]
    data = service.kvstore["open"].data
    data.delete()
    key = data.insert(json.dumps({"_key": "a b/c", "n": 3}))["_key"]
    assert key == "a b/c"
    assert data.query_by_id("a b/c")["n"] == 3
    with pytest.raises(HTTPError) as refused:
        data.insert(json.dumps({"_key": "a b/c"}))
    assert refused.value.status == 409
    data.update("a b/c", json.dumps({"n": 4}))
    data.batch_save({"_key": "x", "n": 9}, {"_key": "y", "n": 1})
    assert [d["_key"] for d in data.query(query=json.dumps({"n": {"$gt": 3}}), sort="n:-1")] == [
        "x",
        "a b/c",
    ]
    data.delete(query=json.dumps({"n": 9}))
    data.delete_by_id("y")
    assert [d["n"] for d in data.query()] == [4]
    with pytest.raises(HTTPError) as missing:
        data.query_by_id("x")
    assert missing.value.status == 404


def test_storage_passwords(service):
    made = service.storage_passwords.create("s3cret:1", "key:id", "realm")
    assert (made.username, made.realm, made.clear_password) == ("key:id", "realm", "s3cret:1")
    with pytest.raises(HTTPError, match="exists"):
        service.storage_passwords.create("other", "key:id", "realm")
    assert [p.name for p in service.storage_passwords] == [r"realm:key\:id:"]
    service.storage_passwords.delete("key:id", "realm")
    assert list(service.storage_passwords) == []


def test_confs_users_and_apps(service):
    assert service.confs["collections"]["open"]["field.n"] == "number"
    assert "st_reader" in [user.name for user in service.users]
    assert service.apps["server_test"]["version"] == "0.0.1"
    assert "admin_all_objects" in service.capabilities
