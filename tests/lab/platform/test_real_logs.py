"""Real CloudTrail files through the command line; the detections over them are CONTENT's tests."""

import json
import subprocess

COUNTS = {"RunInstances": 8, "TerminateInstances": 2, "CreateSnapshot": 2, "AttachRolePolicy": 6,
          "ModifySnapshotAttribute": 2, "SharedSnapshotVolumeCreated": 2, "CreateRole": 13,
          "StopLogging": 3, "DeleteTrail": 3, "DeleteFlowLogs": 1, "GetPasswordData": 29}


def test_every_record_is_indexed_with_its_own_time(run_lab, real_data):
    files = sorted(str(path) for path in (real_data / "cloudtrail-invictus").glob("*.json"))
    done: subprocess.CompletedProcess = run_lab(
        "ingest", "--index", "cloud_audit", "--sourcetype", "aws:cloudtrail", *files)
    assert (done.returncode, done.stdout, done.stderr) == (0, "2900\n", "")

    done = run_lab("search", "--format", "json", "index=cloud_audit | stats count by eventName")
    counts = {row["eventName"]: int(row["count"]) for row in json.loads(done.stdout)}
    assert sum(counts.values()) == 2900
    assert {name: counts.get(name) for name in COUNTS} == COUNTS

    done = run_lab("search", "index=cloud_audit | eval late=_indextime-_time,"
                   ' id=spath(_raw, "eventID") | stats '
                   "min(_time) AS first max(_time) AS last dc(id) AS ids max(late) AS late")
    row, = json.loads(done.stdout)
    assert row == {"first": "1688989338", "last": "1688992670", "ids": "2900", "late": "0"}


def test_bad_spl_is_exit_three_with_its_place(run_lab):
    done = run_lab("search", "index=cloud_audit | nosuchcommand x", check=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert "nosuchcommand" in done.stderr and "at character 21" in done.stderr
