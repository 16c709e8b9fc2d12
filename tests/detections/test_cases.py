"""Signals to cases: joining, closing, linking back, and the same again on a second run."""

from __future__ import annotations

import re

import pytest

from tests.detections.bench import DAY
from tests.detections.records import ACCOUNT, epoch, role

NOON = epoch("2026-03-10T12:00:00")


def signal(name: str, moment: float = NOON, user: str = "deploy", **more: object) -> dict:
    key = f"{name}-{user}-{moment:.0f}"
    return {"_key": key, "signal_id": key, "time": moment, "signal": name, "cloud": "aws",
            "vendor_account": ACCOUNT, "vendor_region": "eu-west-1", "user": role(user),
            "subject": f"aws|{ACCOUNT}|{role(user)}", "mitre_id": "T1578.002", "weight": 50,
            "authorisation": "unknown", "baseline": "mature", "reason": f"What {name} says.",
            "operation_ids": [key], "src": "203.0.113.10", "drill": "false"} | more


def build(bench, moment: float) -> list[dict]:
    bench.now = moment
    bench.run("ciw_case_builder")
    return sorted(bench.documents("ciw_cases"), key=lambda case: case["opened"])


def close(bench, case: dict, moment: float, disposition: str = "benign") -> None:
    bench.put("ciw_case_state", [{"_key": case["case_id"], "case_id": case["case_id"],
                                  "state": "closed", "disposition": disposition, "version": 1,
                                  "closed_time": moment}])


def test_signals_of_one_principal_share_a_case(bench):
    bench.put("ciw_signals", [signal("denied_instance_creation"),
                              signal("instance_created_by_new_principal", NOON + 60, weight=60),
                              signal("denied_instance_creation", user="other")])
    cases = build(bench, NOON + 600)
    assert len(cases) == 2
    [case] = [case for case in cases if case["user"] == role("deploy")]
    assert case["signals"] == ["denied_instance_creation", "instance_created_by_new_principal"]
    assert (case["severity"], case["verdict"], case["signal_count"]) == (
        "high", "probed_then_created", 2)
    assert (case["first_time"], case["last_time"], case["opened"]) == (NOON, NOON + 60, NOON + 600)
    assert case["reason"].endswith("What instance_created_by_new_principal says.")


def test_a_new_signal_joins_while_the_case_is_open(bench):
    bench.put("ciw_signals", [signal("denied_instance_creation")])
    [first] = build(bench, NOON + 600)
    bench.put("ciw_signals", [signal("snapshot_shared_outside", NOON + DAY)])
    [case] = build(bench, NOON + DAY + 600)
    assert (case["case_id"], case["opened"]) == (first["case_id"], first["opened"])
    assert (first["severity"], case["severity"]) == ("medium", "high")
    assert case["sla_due"] == case["opened"] + 4 * 3600


def test_after_closing_a_new_case_links_back(bench):
    bench.put("ciw_signals", [signal("denied_instance_creation")])
    [first] = build(bench, NOON + 600)
    close(bench, first, NOON + 900)
    assert build(bench, NOON + 1200) == [first], "a closed case stays as it is"
    bench.put("ciw_signals", [signal("denied_instance_creation", NOON + DAY)])
    old, new = build(bench, NOON + DAY + 600)
    assert old == first
    assert new["previous_case_id"] == first["case_id"] != new["case_id"]
    assert new["signal_ids"] == signal("denied_instance_creation", NOON + DAY)["signal_id"]
    close(bench, new, NOON + DAY + 900)
    bench.put("ciw_signals", [signal("audit_logging_impaired", NOON + 2 * DAY)])
    assert build(bench, NOON + 2 * DAY + 600)[2]["previous_case_id"] == new["case_id"]


def test_a_rewritten_signal_stays_with_its_closed_case(bench):
    bench.put("ciw_signals", [signal("denied_instance_creation")])
    [first] = build(bench, NOON + 600)
    close(bench, first, NOON + 900)
    bench.put("ciw_signals", [signal("denied_instance_creation", reason="Fuller.")])
    [case] = build(bench, NOON + 1200)
    assert case["case_id"] == first["case_id"] and case["reason"].endswith("Fuller.")


def test_a_signal_that_goes_on_after_closing_opens_the_next_case(bench):
    """Its id is the day's: closed at noon, the afternoon of the same day must not pass unseen."""
    day = signal("denied_instance_creation")
    bench.put("ciw_signals", [day, signal("snapshot_shared_outside", NOON + 60)])
    [first] = build(bench, NOON + 600)
    close(bench, first, NOON + 900)
    bench.put("ciw_signals", [day | {"time": NOON + 3600, "reason": "The afternoon."}])
    old, new = build(bench, NOON + 4000)
    assert old == first, "a case stays as it was decided"
    assert (new["previous_case_id"], new["signal_ids"]) == (first["case_id"], day["signal_id"])
    assert new["reason"].endswith("The afternoon.")
    assert build(bench, NOON + 4300) == [old, new]
    close(bench, new, NOON + 5000)
    assert build(bench, NOON + 5300) == [old, new]
    bench.put("ciw_signals", [day | {"time": NOON + 7200}])
    assert build(bench, NOON + 7500)[2]["previous_case_id"] == new["case_id"]


def test_a_case_id_cannot_be_taken_for_a_number(bench):
    bench.put("ciw_signals", [signal("denied_instance_creation", user=f"u{n}") for n in range(20)])
    for case in build(bench, NOON + 600):
        assert re.fullmatch(r"c[0-9a-f]{15}", case["case_id"])


def test_a_second_run_changes_nothing(bench):
    bench.put("ciw_signals", [signal("denied_instance_creation"),
                              signal("audit_logging_impaired", user="other")])
    cases = build(bench, NOON + 600)
    assert build(bench, NOON + 900) == cases


def test_unknown_creators_get_a_case_an_instance(bench):
    bench.put("ciw_signals", [
        signal("snapshot_to_instance_chain", moment, user="x", subject=f"aws|{ACCOUNT}|{instance}",
               object_id=instance) | {"user": "unknown"}
        for moment, instance in ((NOON, "i-0a1b2c3d4e5f60001"), (NOON + 1, "i-0a1b2c3d4e5f60002"))])
    assert {case["object_id"] for case in build(bench, NOON + 600)} == {
        "i-0a1b2c3d4e5f60001", "i-0a1b2c3d4e5f60002"}


def test_a_weak_signal_alone_opens_no_case_but_joins_one(bench):
    bench.put("ciw_signals", [signal("instance_created_by_new_principal", baseline="learning")])
    assert build(bench, NOON + 600) == []
    bench.put("ciw_signals", [signal("audit_logging_impaired", NOON + 60, baseline="learning")])
    [case] = build(bench, NOON + 900)
    assert case["signal_count"] == 2 and case["severity"] == "high"


@pytest.mark.parametrize(("signals", "authorisation", "baseline", "severity"), [
    (("audit_logging_impaired", "instance_created_by_new_principal"), "unknown", "mature",
     "critical"),
    (("audit_logging_impaired", "snapshot_to_instance_chain"), "unapproved", "mature", "critical"),
    (("audit_logging_impaired", "snapshot_shared_outside"), "unknown", "learning", "critical"),
    (("instance_created_by_new_principal", "snapshot_to_instance_chain"), "unapproved", "mature",
     "critical"),
    (("instance_created_by_new_principal", "snapshot_to_instance_chain"), "unknown", "mature",
     "high"),
    (("snapshot_shared_outside",), "unknown", "mature", "high"),
    (("snapshot_to_instance_chain",), "approved", "mature", "low"),
    (("snapshot_to_instance_chain",), "unapproved", "mature", "high"),
    (("snapshot_to_instance_chain",), "unknown", "mature", "medium"),
    (("instance_created_by_new_principal",), "unapproved", "mature", "high"),
    (("instance_created_by_new_principal",), "unknown", "mature", "medium"),
    (("denied_instance_creation",), "unknown", "learning", "medium"),
    (("denied_instance_creation", "instance_created_by_new_principal"), "unknown", "learning",
     "medium"),
    (("instance_created_by_new_principal", "snapshot_to_instance_chain"), "unknown", "learning",
     "medium"),
    (("instance_created_by_new_principal", "snapshot_to_instance_chain"), "unapproved",
     "learning", "critical"),
])
def test_verdicts(bench, signals, authorisation, baseline, severity):
    bench.put("ciw_signals", [signal(name, authorisation=authorisation, baseline=baseline)
                              for name in signals])
    [case] = build(bench, NOON + 600)
    assert case["severity"] == severity


@pytest.mark.parametrize(("weight", "verdict"), [
    (60, "costly_creation"), (45, "costly_creation"), (15, "unfamiliar_creation"),
    (35, "unfamiliar_creation")])
def test_a_type_that_is_merely_new_is_no_sign_of_cost(bench, weight, verdict):
    """Its weight is 15, or 35 for what is under watch; large types have 45, GPUs 60."""
    bench.put("ciw_signals", [signal("instance_created_by_new_principal"),
                              signal("unusual_instance_type", weight=weight)])
    [case] = build(bench, NOON + 600)
    assert case["verdict"] == verdict


def test_what_an_approved_instance_sends_out_is_looked_at(bench):
    bench.put("ciw_signals", [signal("bulk_transfer_new_instance", authorisation="approved")])
    [case] = build(bench, NOON + 600)
    assert (case["verdict"], case["severity"]) == ("bulk_transfer", "medium")


@pytest.mark.parametrize(("more", "severity"), [
    (("bulk_transfer_new_instance",), "critical"), (("mining_egress",), "critical"),
    (("beaconing_egress", "cpu_spike"), "critical"), ((), "critical")])
def test_what_comes_to_a_severe_case_never_lowers_it(bench, more, severity):
    """The first row that fits decides: what an instance does stands behind who made it."""
    bench.put("ciw_signals", [signal(name, authorisation="unapproved", weight=60) for name in (
        "instance_created_by_new_principal", "unusual_instance_type", *more)])
    [case] = build(bench, NOON + 600)
    assert case["severity"] == severity


def test_retention_removes_old_closed_cases_and_their_signals(bench):
    bench.put("ciw_signals", [signal("denied_instance_creation"),
                              signal("denied_instance_creation", user="open")])
    for case in build(bench, NOON + 600):
        if case["user"] == role("deploy"):
            close(bench, case, NOON + 900)
    before = bench.documents("ciw_signals")
    bench.now = NOON + 100 * DAY
    bench.run("ciw_prune_cases"), bench.run("ciw_prune_signals")
    assert len(bench.documents("ciw_cases")) == 2 and bench.documents("ciw_signals") == before
    bench.now = NOON + 401 * DAY
    bench.run("ciw_prune_cases"), bench.run("ciw_prune_signals")
    assert [case["user"] for case in bench.documents("ciw_cases")] == [role("open")]
    assert [row["user"] for row in bench.documents("ciw_signals")] == [role("open")]


def test_a_case_of_an_instance_goes_where_its_creator_turns_out_to_belong(bench):
    """The launch arrived after the instance's traffic: nobody has taken the case yet."""
    instance = f"aws|{ACCOUNT}|i-0a1b2c3d4e5f60001"
    early = signal("mining_egress", NOON, user="x", subject=instance) | {"user": "unknown"}
    other = signal("cpu_spike", NOON, user="x", subject=instance) | {"user": "unknown"}
    bench.put("ciw_signals", [early, other])
    [alone] = build(bench, NOON + 600)
    known = signal("instance_created_by_new_principal", NOON + 60)
    bench.put("ciw_signals", [known, early | {"user": role("deploy"), "subject": known["subject"]}])
    one, two = sorted(build(bench, NOON + 900), key=lambda case: case["case_id"] != alone["case_id"])
    assert one["signal_ids"] == other["signal_id"], "what is not rewritten yet stays"
    assert set(two["signal_ids"]) == {known["signal_id"], early["signal_id"]}
    bench.put("ciw_signals", [other | {"user": role("deploy"), "subject": known["subject"]}])
    build(bench, NOON + 1200)
    bench.run("ciw_prune_cases")
    [case] = bench.documents("ciw_cases")
    assert (case["case_id"], case["signal_count"]) == (two["case_id"], 3)
    assert build(bench, NOON + 1500) == [case]


def test_a_case_that_somebody_has_taken_keeps_its_signals(bench):
    instance = f"aws|{ACCOUNT}|i-0a1b2c3d4e5f60001"
    early = signal("mining_egress", NOON, user="x", subject=instance) | {"user": "unknown"}
    bench.put("ciw_signals", [early])
    [taken] = build(bench, NOON + 600)
    bench.put("ciw_case_state", [{"_key": taken["case_id"], "case_id": taken["case_id"],
                                  "state": "in_triage", "owner": "l1"}])
    bench.put("ciw_signals", [early | {"user": role("deploy"),
                                       "subject": f"aws|{ACCOUNT}|{role('deploy')}"}])
    bench.run("ciw_prune_cases")
    [case] = build(bench, NOON + 900)
    assert (case["case_id"], case["subject"], case["user"]) == (
        taken["case_id"], instance, role("deploy"))


def test_a_signal_under_an_interfaces_name_goes_when_the_instance_is_known(bench):
    named = signal("mining_egress", NOON, user="x", object_id="eni-0a1b2c3d4e5f60001")
    own = signal("mining_egress", NOON, user="y", object_id="i-0a1b2c3d4e5f60001")
    bench.put("ciw_signals", [named, own])
    bench.now = NOON + 600
    bench.run("ciw_prune_signals")
    assert len(bench.documents("ciw_signals")) == 2
    bench.put("ciw_instance_aliases", [{
        "_key": "k", "cloud": "aws", "vendor_account": ACCOUNT, "alias": "eni-0a1b2c3d4e5f60001",
        "object_id": "i-0a1b2c3d4e5f60001", "last_seen": NOON}])
    bench.run("ciw_prune_signals")
    assert [row["signal_id"] for row in bench.documents("ciw_signals")] == [own["signal_id"]]
