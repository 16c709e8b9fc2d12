"""What analysts decide on a case, in the searches: exceptions silence, watches raise."""

from __future__ import annotations

import datetime
import json

import pytest
from ciw_triage.kv import DuplicateKey
from ciw_triage.routes import respond

from tests.detections.bench import DAY, HOUR
from tests.detections.records import ACCOUNT, epoch, launch, record, role
from tests.detections.test_cases import signal

NOON = epoch("2026-03-10T12:00:00")
SIGNALS = ("instance_created_by_new_principal", "denied_instance_creation")


class Store:
    """The endpoint's KV store over the home of the bench; roles are tested elsewhere."""

    def __init__(self, bench):
        self.kv = bench.home.kv

    def find(self, collection, query=None, fields=None):
        return self.kv.collection(collection).find(query=query)

    def get(self, collection, key):
        return self.kv.collection(collection).get(key)

    def get_many(self, collection, keys):
        return {key: found for key in keys if (found := self.get(collection, key))}

    def insert(self, collection, document):
        if self.get(collection, document["_key"]):
            raise DuplicateKey(document["_key"])
        self.kv.collection(collection).upsert_many([document])

    def put(self, collection, document):
        self.kv.collection(collection).upsert_many([document])

    def delete(self, collection, key):
        self.kv.collection(collection).delete({"_key": key})

    def current_user(self):
        from ciw_triage.machine import CAPABILITIES

        return {"username": "tina", "roles": ["ciw_l2"], "capabilities": list(CAPABILITIES)}


def decide(bench, case, verb, **values):
    """One change by the desk's own handler, at the bench's time."""
    body = {"case_id": case["case_id"], "version": 0, "verb": verb, "reason": "known", **values}
    request = {
        "method": "POST", "path_info": "case", "query": [], "payload": json.dumps(body),
        "session": {"authtoken": "t"}, "system_authtoken": "s", "server": {"rest_uri": "x"},
    }  # fmt: skip
    reply = respond(json.dumps(request), lambda *_: Store(bench), lambda: bench.now)
    assert reply["status"] == 200, reply["payload"]
    return reply["payload"]


def covered(bench):
    bench.put("ciw_baseline_status", [{"cloud": "aws", "vendor_account": ACCOUNT,
                                       "state": "mature", "covered_days": 30}])


def happen(bench, records, moment):
    bench.take(records)
    bench.now = moment
    bench.collect()
    for name in SIGNALS:
        bench.run(f"ciw_signal_{name}")
    bench.run("ciw_case_builder")
    return sorted(bench.documents("ciw_cases"), key=lambda case: case["opened"])


def deeds(moment, who="deploy"):
    denied = record("RunInstances", moment, {"instanceType": "t3.micro"}, who=who,
                    error="Client.UnauthorizedOperation")
    return [launch(moment + 60, who=who), denied]


def test_an_exception_silences_the_identical_event_until_it_expires(bench):
    covered(bench)
    [case] = happen(bench, deeds(NOON), NOON + HOUR)
    assert sorted(case["signals"]) == sorted(SIGNALS)
    reply = decide(bench, case, "close", disposition="benign", exception_days="7")
    assert [(one["signal"], one["expires"]) for one in reply["exceptions"]] == [
        (name, "2026-03-17") for name in sorted(SIGNALS)]
    bench.run("ciw_merge_exceptions")
    # Later on the same day, and on the last day of the exception.
    assert happen(bench, deeds(NOON + 2 * HOUR), NOON + 3 * HOUR) == [case]
    last = NOON + 7 * DAY
    assert happen(bench, deeds(last), last + HOUR) == [case]
    bench.now = NOON + 8 * DAY
    bench.run("ciw_merge_exceptions")
    again = [*deeds(NOON + 8 * DAY), launch(NOON + 8 * DAY, who="other")]
    after = happen(bench, again, NOON + 8 * DAY + HOUR)
    # What was silent on the last day stays so, though the signals look back at it.
    assert {(one["user"], one.get("previous_case_id"), one["first_time"])
            for one in after if one != case} == {
        (role("deploy"), case["case_id"], NOON + 8 * DAY), (role("other"), None, NOON + 8 * DAY)}


@pytest.mark.parametrize("user", ["unknown", None])
def test_an_exception_of_a_resource_counts_where_nobody_is_named(bench, user):
    """As inventory_drift and traffic of instances that the ledger does not know leave the row."""
    bench.now = NOON
    bench.list("ciw_exceptions_effective.csv", [
        ["mining_egress", "aws", ACCOUNT, "*", "i-1", "lab", "soc", "2026-12-31"]])
    given = f', user="{user}"' if user else ""
    rows = bench.search(
        '| makeresults | eval object_id=split("i-1,i-2", ",") | mvexpand object_id'
        f' | eval cloud="aws", vendor_account="{ACCOUNT}"{given}'
        " | `ciw_exceptions(mining_egress)` | table object_id")
    assert rows == [{"object_id": "i-2"}]


def test_a_watch_opens_a_case_of_what_opens_none_and_ends_by_itself(bench):
    """While the account is learning a first creation alone is no case."""
    bench.now = NOON
    bench.put("ciw_cases", [{"_key": "0" * 16, "case_id": "0" * 16, "cloud": "aws",
                             "vendor_account": ACCOUNT, "user": "someone", "signals": [],
                             "subject": "earlier", "opened": NOON - DAY}])
    decide(bench, {"case_id": "0" * 16}, "watch", watch_kind="user",
           watch_value=role("deploy"), days="2")
    bench.home.kv.collection("ciw_cases").delete({})
    bench.run("ciw_merge_monitoring")
    [case] = happen(bench, [launch(NOON + DAY), launch(NOON + DAY, who="other")], NOON + DAY + HOUR)
    assert (case["user"], case["severity"], case["severity_rank"], case["sla_due"] - case["opened"]) == (
        role("deploy"), "medium", 2, 24 * HOUR)
    assert "under heightened watch: " in case["reason"] and "Under watch: known." in case["reason"]
    decide(bench, case, "close", disposition="benign")
    bench.now = NOON + 4 * DAY
    bench.run("ciw_merge_monitoring")
    assert happen(bench, [launch(NOON + 4 * DAY)], NOON + 4 * DAY + HOUR) == [case]


@pytest.mark.parametrize(("signals", "authorisation", "severity", "watched", "hours"), [
    (["instance_created_off_hours"], "unknown", None, "medium", 24),
    (["instance_created_off_hours"], "approved", "low", "medium", 24),
    (["denied_instance_creation"], "unknown", "medium", "high", 4),
    (["audit_logging_impaired"], "unknown", "high", "critical", 1),
    (["cpu_spike", "mining_egress"], "unknown", "critical", "critical", 1)])
def test_a_case_under_watch_is_a_step_more_severe(
        bench, signals, authorisation, severity, watched, hours):
    more = {"plain": {}, "seen": {"watched": "true"}}
    bench.put("ciw_signals", [
        signal(name, user=user, authorisation=authorisation, **(given if name == signals[0] else {}))
        for user, given in more.items() for name in signals])
    bench.now = datetime.datetime(2026, 3, 10, 13, tzinfo=datetime.UTC).timestamp()
    bench.run("ciw_case_builder")
    found = {case["user"]: case for case in bench.documents("ciw_cases")}
    assert found.get(role("plain"), {}).get("severity") == severity
    case = found[role("seen")]
    assert (case["severity"], case["sla_due"] - case["opened"]) == (watched, hours * HOUR)


def test_a_case_stays_one_to_decide_when_its_watch_has_ended(bench):
    watched = signal("instance_created_off_hours", authorisation="unknown", watched="true")
    bench.put("ciw_signals", [watched])
    bench.now = NOON
    bench.run("ciw_case_builder")
    [case] = bench.documents("ciw_cases")
    assert case["severity"] == "medium"
    bench.put("ciw_signals", [{**watched, "watched": None}])
    bench.now = NOON + HOUR
    bench.run("ciw_case_builder")
    [case] = bench.documents("ciw_cases")
    assert (case["severity"], case["severity_rank"], case["sla_due"] - case["opened"]) == (
        "low", 1, 72 * HOUR)
