"""The KV client and the endpoint against the lab's splunkd: keys, pages, access lists, HTTP."""

from __future__ import annotations

import time

import pytest
from ciw_triage.errors import Forbidden
from ciw_triage.kv import DuplicateKey, KVStore

from tests.triage.splunkd import case


@pytest.fixture
def system(server):
    return KVStore(server.url, server.system_token)


def test_an_insert_of_a_taken_key_is_refused(system):
    system.insert("ciw_case_history", {"_key": "a:1", "case_id": "a", "version": 1})
    with pytest.raises(DuplicateKey):
        system.insert("ciw_case_history", {"_key": "a:1", "case_id": "a", "version": 1})


def test_put_inserts_and_replaces_whole_documents(system):
    system.put("ciw_case_state", {"_key": "b", "state": "new", "owner": "x"})
    system.put("ciw_case_state", {"_key": "b", "state": "clösed"})
    kept = system.get("ciw_case_state", "b")
    assert (kept["state"], kept.get("owner")) == ("clösed", None)
    assert system.get("ciw_case_state", "no such key/..%2F") is None


@pytest.mark.parametrize("key", ["0123456789abcdef:1", "a/b|c d", "100%25 ü"])
def test_a_key_of_any_characters_is_read_and_deleted(system, key):
    system.put("ciw_case_state", {"_key": key, "state": "new"})
    assert system.get("ciw_case_state", key)["state"] == "new"
    system.delete("ciw_case_state", key)
    assert system.get("ciw_case_state", key) is None


def test_more_rows_than_a_page_are_all_read(server, system, monkeypatch):
    monkeypatch.setattr("ciw_triage.kv.PAGE", 7)
    monkeypatch.setattr("ciw_triage.kv.NARROW_PAGE", 6)
    server.kv.collection("ciw_signals").upsert_many(
        [{"_key": f"{n:03}", "signal": "s", "weight": n} for n in range(20)]
    )
    assert len(system.find("ciw_signals")) == 20
    assert len(system.find("ciw_signals", fields=("weight",))) == 20
    assert sorted(system.get_many("ciw_signals", ["003", "019", "gone"])) == ["003", "019"]


def test_only_the_system_writes_state_and_history(server, login):
    token = login("ciw_l2").token
    analyst = KVStore(server.url, token)
    assert analyst.find("ciw_case_state", {"state": "no such"}) == []
    for collection in ("ciw_case_state", "ciw_case_history"):
        with pytest.raises(Forbidden):
            analyst.put(collection, {"_key": "forged", "state": "closed"})
        with pytest.raises(Forbidden):
            analyst.insert(collection, {"_key": "forged", "state": "closed"})


def test_the_queue_is_quick_with_ten_thousand_cases(server, login):
    """Prints the median; the shape of the reply is what is asserted."""
    import json

    documents = [case(number) for number in range(10_000)]
    for start in range(0, len(documents), 1000):
        server.kv.collection("ciw_cases").upsert_many(documents[start : start + 1000])
    service = login("ciw_l1")
    spent = []
    for text in ("", "", "principal-77"):
        started = time.monotonic()
        body = service.get("ciw_triage/queue", count="50", text=text).body.read()
        spent.append(time.monotonic() - started)
    reply = json.loads(body)
    print(f"queue of 10,000 cases: {sorted(spent)[1] * 1000:.0f} ms")
    assert reply["all_cases"] == 10_000
    assert reply["total"] == 111


def test_the_handler_runs_on_splunks_pythons(server, login, app_root, app_python):
    """The process splunkd would keep, with splunklib as the package vendors it."""
    import json
    import os
    import subprocess
    from pathlib import Path

    import splunklib

    requests = [
        {
            "method": method, "rest_path": "/ciw_triage", "path_info": path, "query": [],
            "payload": payload, "session": {"user": "x", "authtoken": login("ciw_l1").token},
            "system_authtoken": server.system_token, "server": {"rest_uri": server.url},
        }
        for method, path, payload in (
            ("GET", "nothing", ""), ("GET", "whoami", ""), ("POST", "case", "{}"),
            ("GET", "lists", ""), ("GET", "baseline", ""), ("GET", "runbook", ""),
            ("GET", "similar", ""), ("GET", "report", ""), ("POST", "list", "{}"),
            ("POST", "baseline", "{}"),
        )
    ]  # fmt: skip
    done = subprocess.run(
        [app_python, str(app_root / "lab" / "server" / "persist_worker.py"), str(app_root),
         "triage_rest.py", "triage_rest.TriageHandler"],
        input="".join(json.dumps(request) + "\n" for request in requests),
        env={**os.environ, "PYTHONPATH": str(Path(splunklib.__file__).parents[1])},
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    replies = [json.loads(line)["answer"] for line in done.stdout.splitlines()]
    assert [reply["status"] for reply in replies] == [
        404, 200, 400, 200, 200, 400, 400, 400, 403, 403,
    ]  # fmt: skip
    assert replies[1]["payload"]["user"] == "ciw_l1"
