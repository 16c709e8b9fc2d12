"""The whole way on 2,900 real CloudTrail records: schedule, backfill, a second run.

The records are an attack emulation by one administrator, every technique set up and torn down with
Terraform; see the data's own README for the counts.
"""

from __future__ import annotations

from collections import Counter

import pytest

from lab.scheduler import run_backfill, run_schedule
from tests.detections.bench import Bench

FIRST, LAST = 1688988600, 1688994000  # 2023-07-10 11:30 and 13:00 UTC
ACCOUNT = "123837392027"
ADMINISTRATOR = f"arn:aws:iam::{ACCOUNT}:user/bert-jan"
PROBERS = {f"arn:aws:iam::{ACCOUNT}:role/stratus-red-team-ec2lui-role-{end}"
           for end in ("pcccexdthk", "wuzemnoeqa")}

OPERATIONS = {
    "RunInstances": 8, "TerminateInstances": 2, "ModifyInstanceAttribute": 2, "CreateSnapshot": 2,
    "ModifySnapshotAttribute": 2, "DeleteSnapshot": 2, "SharedSnapshotVolumeCreated": 2,
    "CreateVolume": 2, "ModifyImageAttribute": 2, "AuthorizeSecurityGroupIngress": 2,
    "AuthorizeSecurityGroupEgress": 1, "CreateSecurityGroup": 1, "AttachRolePolicy": 6,
    "PutRolePolicy": 5, "CreateRole": 13, "CreateUser": 4, "CreateAccessKey": 2,
    "CreateLoginProfile": 2, "AddRoleToInstanceProfile": 3, "StopLogging": 3, "DeleteTrail": 3,
    "DeleteFlowLogs": 1, "GetPasswordData": 29,
}


def trails(real_data):
    return sorted((real_data / "cloudtrail-invictus").glob("*.json"))


@pytest.fixture(scope="module")
def scheduled(tmp_path_factory, app_root, real_data) -> Bench:
    bench = Bench(tmp_path_factory.mktemp("scheduled"), app_root)
    bench.take_files(trails(real_data))
    run_schedule(bench.home, bench.app, FIRST, LAST)
    bench.now = LAST
    return bench


@pytest.fixture(scope="module")
def backfilled(tmp_path_factory, app_root, real_data) -> Bench:
    bench = Bench(tmp_path_factory.mktemp("backfilled"), app_root)
    bench.take_files(trails(real_data))
    run_backfill(bench.home, bench.app, FIRST, LAST)
    bench.now = LAST
    return bench


def test_creations_by_status(scheduled):
    rows = scheduled.search(
        "`ciw_changes` object_category=instance action=created | stats count by status")
    assert rows == [{"status": "failure", "count": "6"}, {"status": "success", "count": "2"}]


def test_operations_by_command(scheduled):
    rows = scheduled.search("`ciw_changes` | stats count by command")
    counts = {row["command"]: int(row["count"]) for row in rows}
    assert {name: counts.get(name, 0) for name in OPERATIONS} == OPERATIONS


def test_backfill_gives_the_same_log(scheduled, backfilled):
    log = "`ciw_changes` | sort 0 str(operation_id) | fields - _indextime | table *"
    first, second = scheduled.search(log), backfilled.search(log)
    assert len(first) == len(second) == 197
    assert first == second


def test_backfill_twice_changes_nothing(backfilled):
    log = "`ciw_changes` | sort 0 str(operation_id) | table operation_id version status object_id"
    before = backfilled.search(log)
    run_backfill(backfilled.home, backfilled.app, FIRST, LAST)
    assert backfilled.search(log) == before


def test_launch_rows(scheduled):
    [row] = scheduled.search("`ciw_changes` object_id=i-0dbc91f429e48eeed action=created")
    assert {name: row[name] for name in (
        "user", "user_type", "channel", "instance_type", "image_id", "parent_id", "src",
        "requested_count", "obtained_count", "vendor_region", "mitre_id")} == {
        "user": ADMINISTRATOR, "user_type": "human", "channel": "iac",
        "instance_type": "t3.micro", "image_id": "ami-029eb80bc237bec6f",
        "parent_id": "ami-029eb80bc237bec6f", "src": "192.168.10.20", "requested_count": "1",
        "obtained_count": "1", "vendor_region": "us-east-1", "mitre_id": "T1578.002"}
    refused = scheduled.search("`ciw_changes` command=RunInstances result=*VcpuLimitExceeded")
    assert {(row["user"], row["requested_count"], row["obtained_count"]) for row in refused} == {
        (prober, "10", "0") for prober in PROBERS}


def test_exposure_in_both_shapes(scheduled):
    rows = scheduled.search("`ciw_changes` command=AuthorizeSecurityGroup* | table command exposure")
    assert sorted((row["command"], row.get("exposure")) for row in rows) == [
        ("AuthorizeSecurityGroupEgress", None),
        ("AuthorizeSecurityGroupIngress", "0.0.0.0/0 tcp/22"),
        ("AuthorizeSecurityGroupIngress", "0.0.0.0/0 tcp/443")]


def test_sharing_added_and_removed(scheduled):
    rows = scheduled.search("`ciw_changes` command=Modify*SnapshotAttribute OR "
                            "command=ModifyImageAttribute | table command action shared_with")
    assert sorted((row["command"], row["action"], row.get("shared_with")) for row in rows) == [
        ("ModifyDBSnapshotAttribute", "shared", "193672423079"),
        ("ModifyDBSnapshotAttribute", "unshared", None),
        ("ModifyImageAttribute", "shared", "012345678901"),
        ("ModifyImageAttribute", "unshared", None),
        ("ModifySnapshotAttribute", "shared", "012345678912"),
        ("ModifySnapshotAttribute", "unshared", None)]


def test_signals_and_whom_they_concern(scheduled):
    raised = Counter((row["signal"], row["user"]) for row in scheduled.documents("ciw_signals"))
    assert raised == Counter({
        **{("denied_instance_creation", prober): 1 for prober in PROBERS},
        ("snapshot_shared_outside", ADMINISTRATOR): 3,
        ("audit_logging_impaired", ADMINISTRATOR): 1,
        ("instance_created_by_new_principal", ADMINISTRATOR): 1,
        ("network_change_before_launch", ADMINISTRATOR): 1,
        ("new_instance_exposed", ADMINISTRATOR): 1,
        ("new_instance_identity_changed", ADMINISTRATOR): 1,
        ("short_lived_instance", ADMINISTRATOR): 1})


def test_cases(scheduled):
    cases = {case["user"]: case for case in scheduled.documents("ciw_cases")}
    assert set(cases) == {ADMINISTRATOR, *PROBERS}
    assert {user: case["severity"] for user, case in cases.items()} == {
        ADMINISTRATOR: "critical", **dict.fromkeys(PROBERS, "medium")}
    for case in cases.values():
        assert len(case["case_id"]) == 16 and case["_key"] == case["case_id"]
        assert case["sla_due"] > case["opened"] > case["first_time"]
        assert case["updated"] > case["last_time"] >= case["first_time"]


def test_running_it_again_adds_nothing(scheduled):
    before = {name: by_key(scheduled.documents(name)) for name in (
        "ciw_signals", "ciw_cases", "ciw_baseline", "ciw_baseline_status")}
    log = "`ciw_changes` | sort 0 str(operation_id) | table operation_id version"
    rows = scheduled.search(log)
    run_schedule(scheduled.home, scheduled.app, LAST - 1200, LAST)
    assert scheduled.search(log) == rows
    for name, documents in before.items():
        assert by_key(scheduled.documents(name)) == documents, name


def by_key(documents: list[dict]) -> dict[str, dict]:
    return {document["_key"]: document for document in documents}


@pytest.mark.parametrize("question", ["known_user", "business_hours", "recognised_source",
                                      "suspicious_changes", "recent_activity",
                                      "listed_in_change", "other_activity", "data_volume"])
def test_every_question_gets_one_answer(scheduled, question):
    expected = {"suspicious_changes": "yes", "other_activity": "yes"}
    [case] = [case for case in scheduled.documents("ciw_cases") if case["user"] == ADMINISTRATOR]
    [row] = scheduled.run(f"ciw_question_{question}", case_id=case["case_id"])
    assert row["answer"] == expected.get(question, "unknown"), row
    assert row["question"].endswith("?") and row["why"].endswith(".")
    assert row["concern"] == {"yes": "true"}.get(row["answer"], "unknown")
    assert bool(row.get("missing")) == (row["answer"] == "unknown")
