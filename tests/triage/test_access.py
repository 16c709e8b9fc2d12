"""Each role at each door of the endpoint, through the lab's splunkd; docs/triage.md has the table."""

from __future__ import annotations

import json

import pytest
from ciw_triage import machine

from tests.triage.conftest import PASSWORD
from tests.triage.splunkd import APP, case
from tests.triage.test_machine import FIELDS, MOVES

ROLES = ("ciw_viewer", "ciw_l1", "ciw_l2", "ciw_admin")
READ = ("whoami", "queue", "case", "runbook", "similar", "report", "lists", "list", "baseline")
CREATOR = {"cloud": "aws", "user": "*role/x", "reason": "r", "owner": "o"}
SILENCE = {"disposition": "benign", "reason": "planned", "exception_days": "7"}

# door: (from which state, verb, fields)
ALL, L1, L2 = ROLES, ROLES[1:], ROLES[2:]
VERBS = {
    verb: (next(iter(MOVES[verb])), verb, FIELDS.get(verb, {}))
    for verb in machine.VERBS
    if verb != "close"
}
VERBS["close"] = ("new", "close", FIELDS["close"])
VERBS["close, once escalated"] = ("escalated", "close", FIELDS["close"])
VERBS["close, with an exception"] = ("new", "close", SILENCE)
OTHERS = {
    "any GET": ("ciw_case_view", ALL),
    "POST list": ("ciw_list_edit", L2),
    "POST baseline": ("ciw_baseline_decide", L2),
}
CAPABILITIES = {
    "close, with an exception": ("ciw_case_close, ciw_exception_add", L1),
    "close, once escalated": ("ciw_case_close_escalated", L2),
}
FOR_L1 = ("acknowledge", "assign", "answer", "note", "escalate", "close")


def doors():
    """door: (capability, roles that may), in the order of the table."""
    found = {"any GET": OTHERS["any GET"]}
    for door, (state, verb, _) in VERBS.items():
        roles = L1 if verb in FOR_L1 else L2
        capability = machine.transition(verb, state).capability
        found[f"POST case: {door}"] = CAPABILITIES.get(door, (capability, roles))
    found.update({door: OTHERS[door] for door in ("POST list", "POST baseline")})
    return found


def test_the_table_of_roles_is_in_the_docs():
    rows = [
        "| {} | {} | {} |".format(
            door, capability, " | ".join("yes" if role in may else "no" for role in ROLES)
        )
        for door, (capability, may) in doors().items()
    ]
    text = (APP / "docs" / "triage.md").read_text("utf-8").split("## Roles at each door")[1]
    written = [line for line in text.split("\n## ")[0].splitlines() if line.startswith("| ")][1:]
    assert written == rows


@pytest.fixture(scope="module")
def ids(server):
    """A case for each role and verb, in a state from which the verb starts; and a value each."""
    found = {}
    for role in ROLES:
        for door, (state, verb, _) in VERBS.items():
            found[role, door] = f"{len(found) + 1:016x}"
            seed(server.kv, found[role, door], state, verb)
        key = {"_key": f"value-{role}", "cloud": "aws", "user": "u", "state": "candidate"}
        server.kv.collection("ciw_baseline").upsert_many([key])
    return found


def seed(kv, case_id, state, verb):
    kv.collection("ciw_cases").upsert_many([case(int(case_id, 16))])
    if state == "new" and verb != "unwatch":
        return
    watch = {"list": "ciw_monitoring", "key": f"{case_id}:1", "row": {"expires": "2000-01-01"}}
    detail = {"watch_kind": "user", "watch_value": "a", "effects": [watch]}
    kv.collection("ciw_case_history").upsert_many([{
        "_key": f"{case_id}:1", "case_id": case_id, "version": 1, "time": 1, "who": "setup",
        "verb": "watch" if verb == "unwatch" else "note", "from_state": "new", "to_state": state,
        "reason": "", "detail": json.dumps(detail if verb == "unwatch" else {})}])  # fmt: skip


@pytest.fixture(scope="module")
def ask(login):
    """(status, reply) of one call as one role."""
    from splunklib import binding

    sessions = {}

    def call(role, method, path, query=None, body=None):
        if role not in sessions:
            sessions[role] = login(role)
        session = sessions[role]
        try:
            if method == "GET":
                reply = session.get(f"ciw_triage/{path}", **(query or {}))
            else:
                reply = session.post(
                    f"ciw_triage/{path}", body=json.dumps(body).encode(),
                    headers=[("Content-Type", "application/json")],
                )  # fmt: skip
        except binding.HTTPError as error:
            return error.status, json.loads(error.body)
        return 200, json.loads(reply.body.read())

    return call


@pytest.mark.parametrize("role", ROLES)
def test_a_role_passes_the_doors_that_the_table_gives_it(ids, ask, role):
    outcome = {}
    case_id = ids[role, "note"]
    queries = {"list": {"name": "ciw_owners"}, "queue": {}, "whoami": {}, "lists": {}, "baseline": {}}
    for path in READ:
        status, _ = ask(role, "GET", path, queries.get(path, {"case_id": case_id}))
        outcome.setdefault("any GET", set()).add(status)
    for door, (state, verb, values) in VERBS.items():
        key = ids[role, door]
        version = 0 if state == "new" and verb != "unwatch" else 1
        values = {k: v.replace(f"{1:016x}", key) for k, v in values.items()}
        body = {"case_id": key, "version": version, "verb": verb, **values}
        outcome[f"POST case: {door}"] = {ask(role, "POST", "case", body=body)[0]}
    row = {"name": "ciw_approved_creators", "action": "add", "reason": "r",
           "row": CREATOR | {"user": f"*role/{role}"}}  # fmt: skip
    outcome["POST list"] = {ask(role, "POST", "list", body=row)[0]}
    ruling = {"key": f"value-{role}", "verb": "approve", "was_state": "candidate", "reason": "r"}
    outcome["POST baseline"] = {ask(role, "POST", "baseline", body=ruling)[0]}
    assert outcome == {
        door: {200 if role in may else 403} for door, (_, may) in doors().items()
    }


def test_nobody_writes_past_the_endpoint(server, login):
    """Roles have no right to the collections of states, histories, decisions and signals."""
    from ciw_triage.errors import Forbidden
    from ciw_triage.kv import KVStore

    analyst = KVStore(server.url, login("ciw_l2").token)
    for name in ("ciw_case_state", "ciw_case_history", "ciw_list_history", "ciw_baseline_decisions",
                 "ciw_exceptions", "ciw_monitoring", "ciw_approved_creators", "ciw_baseline"):  # fmt: skip
        with pytest.raises(Forbidden):
            analyst.put(name, {"_key": "forged"})
        with pytest.raises(Forbidden):
            analyst.delete(name, "forged")


def test_the_client_removes_and_reads_the_newest(server):
    from ciw_triage.kv import KVStore

    system = KVStore(server.url, server.system_token)
    rows = [{"_key": f"n{n}", "list": "x", "row_key": "k", "number": n, "time": n} for n in range(5)]
    system.put_many("ciw_list_history", rows)
    assert [r["time"] for r in system.newest("ciw_list_history", {"list": "x"}, "time", 2)] == [4, 3]
    system.delete("ciw_list_history", "n4")
    system.delete("ciw_list_history", "n4")
    assert system.get("ciw_list_history", "n4") is None
    assert system.macro("ciw_trust_days") == 5
    assert system.macro("ciw_input_log") is None and system.macro("no such") is None


def test_file_rows_are_read_by_a_search(tmp_path, app_root, monkeypatch):
    from ciw_triage.kv import KVStore

    import lab.server
    from lab.home import Home

    monkeypatch.setenv("LAB_PASSWORD", PASSWORD)
    home = Home(tmp_path / "home")
    with lab.server.start(home, home.app(app_root)) as server:
        found = KVStore(server.url, server.system_token).file_rows(
            ("ciw_owners", "ciw_mining_pools")
        )
    assert found["ciw_owners"] == []
    assert {"indicator", "type", "tier", "source", "checked"} <= set(found["ciw_mining_pools"][0])
