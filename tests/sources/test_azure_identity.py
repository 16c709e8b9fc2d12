"""Entra ID beyond the promises: kinds of sign-ins, what comes late, licences, snapshots."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import azure_identity
import pytest
from ciw.errors import InvalidArgument

from tests.sources.azure_runs import Clock, run_input, stand_in

NOW = 1767607200


@pytest.fixture
def clock():
    return Clock(NOW)


@pytest.fixture
def graph(clock):
    with stand_in("azure_identity", {}, clock) as made:
        yield made


def moment(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, timezone.utc).isoformat().replace("+00:00", "Z")


def sign_in(name: str, at: float, kind: str) -> dict:
    return {"id": name, "createdDateTime": moment(at), "signInEventTypes": [kind]}


def ids(outcome, sourcetype: str) -> list[str]:
    return [json.loads(text)["id"] for text in outcome.of(sourcetype)]


def test_beta_is_asked_only_for_what_v1_does_not_list(graph, tmp_path):
    graph.sign_ins += [sign_in("a", NOW - 90, "interactiveUser"),
                       sign_in("b", NOW - 90, "managedIdentity")]
    first = run_input("azure_identity", graph, tmp_path, {"collect": "sign_ins"})
    assert ids(first, "azure:aad:signin") == ["a"]
    assert not [c for c in graph.calls if c.request.path.startswith("/beta")]
    stanza = {"collect": "sign_ins, managed_identity_sign_ins"}
    assert ids(run_input("azure_identity", graph, tmp_path, stanza), "azure:aad:signin") == ["b"]


def test_what_comes_late_comes_once(graph, clock, tmp_path):
    late = {"id": "late", "activityDateTime": moment(NOW - 600), "visibleAfter": NOW + 1500}
    graph.audits += [{"id": "early", "activityDateTime": moment(NOW - 600)}, late]
    received = []
    for _ in range(4):
        outcome = run_input("azure_identity", graph, tmp_path, {"collect": "audits"})
        received += ids(outcome, "azure:aad:audit")
        clock.now += 900
    assert received == ["early", "late"]


def test_an_instant_that_two_slices_share_comes_once(graph, clock, tmp_path):
    graph.audits.append({"id": "at", "activityDateTime": moment(NOW - 900)})
    received = []
    for _ in range(3):
        outcome = run_input("azure_identity", graph, tmp_path, {"collect": "audits"})
        received += ids(outcome, "azure:aad:audit")
        clock.now += 300
    assert received == ["at"]


def test_a_tenant_without_the_licence_still_gives_its_audits(graph, tmp_path):
    """Sign-ins need Entra ID P1: Graph answers 403, and nothing else suffers."""
    graph.audits.append({"id": "a", "activityDateTime": moment(NOW - 90)})
    graph.users.append({"id": "u"})
    graph.fault("status", path=".*/signIns", status=403, times=100)
    outcome = run_input("azure_identity", graph, tmp_path, {})
    assert ids(outcome, "azure:aad:audit") == ["a"]
    assert ids(outcome, "azure:aad:user") == ["u"]
    assert outcome.counts["failed"] == 1 and "is the permission granted" in outcome.log


def test_a_snapshot_is_taken_once_a_period_and_pages_through_all(graph, clock, tmp_path):
    graph.page_size = 3
    graph.users += [{"id": f"u{number}", "createdDateTime": moment(NOW)} for number in range(8)]
    stanza = {"collect": "users, service_principals", "snapshot_minutes": "60"}
    outcome = run_input("azure_identity", graph, tmp_path, stanza)
    users = [json.loads(text) for text in outcome.of("azure:aad:user")]
    assert sorted(user["id"] for user in users) == [f"u{number}" for number in range(8)]
    assert all(user["createdDateTime"] for user in users), "it has to be selected"
    end = json.loads(outcome.of("ciw:snapshot")[0])
    assert (end["complete"], end["counts"]) == (True, {"user": 8})
    clock.now += 3000
    assert run_input("azure_identity", graph, tmp_path, stanza).events == []
    clock.now += 700
    again = run_input("azure_identity", graph, tmp_path, stanza)
    assert len(again.of("azure:aad:user")) == 8
    assert json.loads(again.of("ciw:snapshot")[0])["snapshot_id"] != end["snapshot_id"]


def test_no_backfill_begins_before_what_the_service_keeps():
    """Graph refuses a filter that goes back beyond 30 days."""
    with pytest.raises(InvalidArgument, match="from 0 to 29"):
        azure_identity.SOURCE.read_arguments({"backfill_days": "30"})


def test_only_what_there_is_may_be_collected():
    with pytest.raises(InvalidArgument, match="collect"):
        azure_identity.SOURCE.read_arguments({"collect": "audits, groups"})
