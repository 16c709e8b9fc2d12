"""splunkd's REST by its rules: sessions, capabilities, access lists, errors, formats."""

from __future__ import annotations

import time

import httpx
import pytest

KV = "/servicesNS/nobody/server_test/storage/collections/data"


def test_nothing_without_a_session(server):
    for headers in ({}, {"Authorization": "Splunk wrong"}, {"Authorization": "Basic !!"}):
        reply = httpx.get(server.url + "/services/search/jobs?output_mode=json", headers=headers)
        assert reply.status_code == 401
        assert reply.json()["messages"][0]["text"] == "call not properly authenticated"


def test_unknown_endpoint_and_method_are_said(admin):
    reply = admin.get("/services/licenser/usage?output_mode=json")
    assert reply.status_code == 404
    assert "no endpoint licenser/usage" in reply.json()["messages"][0]["text"]
    assert admin.delete("/services/server/info").status_code == 405


def test_current_context_has_the_roles_and_capabilities(client_of):
    with client_of("st_reader") as client:
        entry = client.get("/services/authentication/current-context?output_mode=json").json()[
            "entry"
        ][0]
    assert entry["content"]["username"] == "st_reader"
    assert entry["content"]["roles"] == ["st_reader"]
    assert {"search", "st_look"} <= set(entry["content"]["capabilities"])
    assert "st_change" not in entry["content"]["capabilities"]


@pytest.mark.parametrize(
    ("user", "collection", "reads", "writes"),
    [
        ("st_reader", "open", 200, 403),
        ("st_writer", "open", 200, 201),
        ("st_reader", "guarded", 200, 403),
        ("st_writer", "guarded", 200, 403),
        ("st_reader", "hidden", 403, 403),
        ("st_writer", "hidden", 200, 201),
        ("admin", "guarded", 200, 201),
        ("admin", "hidden", 200, 201),
    ],
)
def test_collections_follow_their_access_lists(client_of, user, collection, reads, writes):
    with client_of(user) as client:
        assert client.get(f"{KV}/{collection}").status_code == reads
        assert client.post(f"{KV}/{collection}", json={"a": 1}).status_code == writes
        refused = 403 if writes == 403 else 200
        assert client.post(f"{KV}/{collection}/batch_save", json=[]).status_code == refused
        assert client.delete(f"{KV}/{collection}").status_code == refused


def test_kv_bodies_that_are_wrong(admin):
    path = f"{KV}/open"
    for body in ("{", "[]", '"x"', '{"_key": 3}'):
        reply = admin.post(path, content=body, headers={"Content-Type": "application/json"})
        assert reply.status_code == 400, body
        assert reply.json()["messages"][0]["type"] == "ERROR"
    assert admin.post(path, data={"a": "1"}).status_code == 415
    assert admin.get(path, params={"query": "{"}).status_code == 400
    assert admin.get(path, params={"query": '{"a": {"$where": "1"}}'}).status_code == 400
    assert admin.post(f"{path}/batch_save", json=[{}] * 1001).status_code == 400
    assert admin.get(f"{KV}/nothing").status_code == 404
    assert admin.post(f"{path}/absent", json={}).status_code == 404
    other = admin.get("/servicesNS/admin/server_test/storage/collections/data/open")
    assert other.status_code == 400


def test_a_claim_by_insert_is_won_once(admin):
    first = admin.post(f"{KV}/open", json={"_key": "case:1", "who": "a"})
    second = admin.post(f"{KV}/open", json={"_key": "case:1", "who": "b"})
    assert (first.status_code, second.status_code) == (201, 409)
    assert admin.get(f"{KV}/open/case%3A1").json()["who"] == "a"


def test_json_cols_as_the_dashboards_read_them(admin):
    sid = admin.post(
        "/servicesNS/-/server_test/search/jobs",
        data={"search": "| rows host=all", "output_mode": "json", "exec_mode": "blocking"},
    ).json()["sid"]
    page = admin.get(
        f"/services/search/v2/jobs/{sid}/results_preview",
        params={"output_mode": "json_cols", "show_metadata": "true", "count": 2, "offset": 1},
    ).json()
    assert page["fields"] == [{"name": "host"}, {"name": "count"}, {"name": "tag"}]
    assert page["columns"][1:] == [["4", "3"], [["a", "b"], ["a", "b"]]]
    assert page["init_offset"] == 1 and page["preview"] is False
    chained = admin.post(
        f"/services/search/v2/jobs/{sid}/results_preview",
        data={"output_mode": "json", "search": "head 1", "count": 0},
    ).json()
    assert [row["count"] for row in chained["results"]] == ["5"]
    wrong = admin.post(
        f"/services/search/v2/jobs/{sid}/results_preview",
        data={"output_mode": "json", "search": "| boom"},
    )
    assert wrong.status_code == 400 and "boom" in wrong.json()["messages"][0]["text"]
    csv = admin.get(f"/services/search/jobs/{sid}/results?output_mode=csv&count=1&f=host&f=tag")
    assert csv.text == 'host,tag\nweb-01,"a\nb"\n'


def test_jobs_by_id_leave_out_what_is_unknown(admin):
    sid = admin.post(
        "/services/search/jobs", data={"search": "| makeresults", "output_mode": "json"}
    ).json()["sid"]
    listed = admin.get(
        "/services/search/jobs", params={"output_mode": "json", "id": [sid, "nope"]}
    ).json()["entry"]
    assert [entry["content"]["sid"] for entry in listed] == [sid]


def test_a_job_is_its_owners_and_the_admins(client_of, admin):
    with client_of("st_reader") as reader, client_of("st_writer") as writer:
        sid = reader.post(
            "/services/search/jobs", data={"search": "| makeresults", "output_mode": "json"}
        ).json()["sid"]
        assert writer.get(f"/services/search/jobs/{sid}").status_code == 404
        assert admin.get(f"/services/search/jobs/{sid}").status_code == 200


def test_a_search_has_its_users_rights(client_of, engine, admin):
    data = {
        "search": "| makeresults",
        "exec_mode": "oneshot",
        "earliest_time": "-1h",
        "latest_time": "1700000000",
    }
    with client_of("st_reader") as reader:
        reader.post("/services/search/jobs", data=data)
    seen = engine.contexts[-1]
    assert (seen.user, seen.earliest, seen.latest) == (
        "st_reader",
        1_699_996_400.0,
        1_700_000_000.0,
    )
    assert (seen.indexes_allowed, seen.indexes_default) == (("*",), ("main",))
    assert not seen.authority.permits("write", "collections", "guarded")
    assert seen.authority.may("run_collect") and not seen.authority.may("edit_user")
    admin.post("/services/search/jobs", data=data)
    seen = engine.contexts[-1]
    assert seen.indexes_allowed == ("*", "_*")
    assert seen.authority.permits("write", "collections", "guarded")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"search": "index=main"}, "Unknown search command 'index=main'"),
        ({"search": ""}, "required arguments are missing: search"),
        ({"search": "| makeresults", "earliest_time": "yesterdayish"}, "earliest_time"),
        ({"search": "| makeresults", "earliest_time": "rt-1h"}, "real-time"),
        ({"search": "| makeresults", "exec_mode": "later"}, "exec_mode=later"),
        ({"search": "| boom", "exec_mode": "oneshot"}, "unknown command 'boom'"),
        ({"search": "| crash", "exec_mode": "oneshot"}, "the lab failed: KeyError"),
    ],
)
def test_a_search_that_cannot_run_is_400_with_the_reason(admin, data, words):
    reply = admin.post("/services/search/jobs", data={"output_mode": "json", **data})
    assert reply.status_code == 400
    assert words in reply.json()["messages"][0]["text"]


def test_secrets_are_for_those_who_may_list_them(client_of):
    with client_of("st_writer") as client:
        assert client.get("/services/storage/passwords").status_code == 403


def test_handler_gets_what_splunkd_gives(client_of, server):
    with client_of("st_writer") as client:
        told = client.post(
            "/servicesNS/nobody/server_test/st_echo/a%20b?x=1&x=2", content=b'{"k": "\xc3\xa9"}'
        ).json()
    assert told["method"] == "POST" and told["rest_path"] == "/st_echo"
    assert told["path_info"] == "a b"
    assert told["query"] == [["x", "1"], ["x", "2"]]
    assert told["payload"] == '{"k": "é"}'
    assert told["session"]["user"] == "st_writer" and told["session"]["authtoken"]
    assert told["system_authtoken"] == server.system_token
    assert told["server"]["rest_uri"] == server.url
    assert told["ns"] == {"app": "server_test", "user": "nobody"}


def test_a_stanza_gives_only_what_it_says(admin):
    told = admin.post("/services/st_inside", data={"a": "1"}).json()
    assert "system_authtoken" not in told and "payload" not in told
    assert told["form"] == [["a", "1"]]


def test_handlers_capabilities(client_of):
    with client_of("st_reader") as client:
        assert client.get("/services/st_echo").status_code == 200
        refused = client.post("/services/st_echo?output_mode=json")
        assert refused.status_code == 403
        assert "st_look and (st_change" in refused.json()["messages"][0]["text"]


def test_only_the_handler_writes_where_nobody_may(client_of):
    with client_of("st_writer") as client:
        key = client.post("/services/st_echo/guarded").json()["_key"]
        assert client.get(f"{KV}/guarded/{key}").json()["by"] == "st_writer"
        assert client.post(f"{KV}/guarded", json={}).status_code == 403


def test_a_handler_that_fails_or_dies_is_said_and_the_next_call_works(client_of):
    with client_of("st_writer", timeout=90) as client:
        failed = client.get("/services/st_echo/fail")
        assert failed.status_code == 500 and "ValueError: no luck" in failed.text
        dead = client.get("/services/st_echo/exit")
        assert dead.status_code == 500 and "ended with 3" in dead.text
        text = client.get("/services/st_echo/text")
        assert (text.status_code, text.text) == (202, "<b>plain</b>")
        assert text.headers["content-type"].startswith("text/plain")


def test_a_session_ends_after_an_hour_unused(server):
    sessions = server.state.sessions
    session = sessions.open(server.state.users.get("st_reader"))
    assert sessions.find(session.key) is session
    session.used = time.time() - 3601
    assert sessions.find(session.key) is None
