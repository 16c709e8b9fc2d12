"""Cases of the demo's data from the queue to their closing, each recorded change read by REST."""

from __future__ import annotations

import json
import shutil
import time
from datetime import UTC, date, datetime
from types import SimpleNamespace
from urllib.parse import quote

import pytest

from lab.demo_desk import Client
from tests.ui.conftest import PASSWORD
from tests.ui.seeds import QUESTIONS

# Of the demo's stories; its everyday life, with what is refused in it, is another at each hour.
PRINCIPALS = {"mining": "user/svc-backup-sync", "snapshot": "role/data-migration"}
CHECKER = "arn:aws:iam::123456789012:user/quota-checker"
BENIGN = {
    "case_id": "0123456789abcdef", "subject": f"aws|123456789012|{CHECKER}", "cloud": "aws",
    "vendor_account": "123456789012", "vendor_region": "eu-west-1", "user": CHECKER,
    "src": "192.0.2.27", "severity": "medium", "severity_rank": 2, "verdict": "refused_creation",
    "mitre_id": "T1578.002", "authorisation": "unknown", "baseline": "mature",
    "signals": "denied_instance_creation", "signal_ids": "ab" * 32, "signal_count": 1,
    "reason": f"Instance creation was attempted and refused: {CHECKER} was refused once.",
    "drill": "false",
}  # fmt: skip


@pytest.fixture
def desk(demo, tmp_path, app_root, monkeypatch):
    """A server on a copy of the demo: `.url`, `.client(user)`, `.cases` by name of PRINCIPALS."""
    monkeypatch.setenv("LAB_PASSWORD", PASSWORD)
    import lab.server
    from lab.home import Home

    home = Home(shutil.copytree(demo.home, tmp_path / "home"))
    app = home.app(app_root)
    now = time.time()
    home.kv.collection("ciw_cases").upsert_many([BENIGN | {
        "_key": BENIGN["case_id"], "opened": now - 900, "first_time": now - 1200,
        "last_time": now - 1200, "updated": now - 900, "sla_due": now + 86400}])
    home.kv.collection("ciw_signals").upsert_many([{
        "_key": BENIGN["signal_ids"], "signal": BENIGN["signals"], "time": now - 1200,
        "user": CHECKER, "weight": 60, "reason": "It was refused once."}])
    found = {
        name: next(case["_key"] for case in home.kv.collection("ciw_cases").find()
                   if str(case.get("user")).endswith(principal))
        for name, principal in PRINCIPALS.items()
    }  # fmt: skip
    found["benign"] = BENIGN["case_id"]
    with lab.server.start(home, app) as server:
        yield SimpleNamespace(
            url=server.url, cases=found,
            client=lambda user: Client(server.url, app.name, user, PASSWORD),
        )  # fmt: skip


def days_left(expires: str) -> int:
    return (date.fromisoformat(expires) - datetime.now(UTC).date()).days


def test_incidents_to_their_end_and_a_benign_case_with_an_exception(drive, desk, renderer):
    incidents = {name: desk.cases[name] for name in ("mining", "snapshot")}
    benign = desk.cases["benign"]
    seen = drive("incident", incidents=incidents, benign=benign)
    reader = desk.client("ciw_viewer")

    def kept(collection: str, query: dict) -> list[dict]:
        path = f"storage/collections/data/{collection}?query={quote(json.dumps(query))}"
        return reader.get(path)

    for name, case_id in incidents.items():
        told = seen[name]
        assert [question for question, _ in told["answers"]] == list(QUESTIONS)
        assert {answer for _, answer in told["answers"]} <= {"Yes", "No", "Unknown"}
        assert (told["rule"], told["tab"], told["failed"]) == ("escalate", "l2", 0)
        assert "RunInstances" in told["panels"]["Timeline"]
        assert told["dashboard"].endswith(f"investigation?form.case_id={case_id}")
        assert len(told["steps"]) == 3
        assert any("modify-instance-attribute" in command for command in told["commands"])
        assert told["axe"] == {"l2": [], "contain": []}

        view = reader.get(f"ciw_triage/case?case_id={case_id}")
        state = view["state"]
        assert (state["state"], state["disposition"]) == ("closed", "true_positive")
        changes = [(entry["who"], entry["verb"]) for entry in view["history"]]
        assert changes[-9:] == [
            ("ciw_l1", "answer"), ("ciw_l1", "escalate"), ("ciw_l2", "step"), ("ciw_l2", "step"),
            ("ciw_l2", "step"), ("ciw_l2", "watch"), ("ciw_l2", "contain"), ("ciw_l2", "step"),
            ("ciw_l2", "close"),
        ]  # fmt: skip
        assert sorted(view["steps"]) == sorted([*told["steps"], told["review"]])
        assert {step["who"] for step in view["steps"].values()} == {"ciw_l2"}
        assert [watch["active"] for watch in view["watches"]] == [True]
        (row,) = kept("ciw_monitoring", {"user": view["case"]["user"]})
        assert row["_key"] == view["watches"][0]["key"] and row["owner"] == "ciw_l2"
        assert 6 <= days_left(row["expires"]) <= 8
        for words in ("Nobody planned these machines.", "Isolated, keys disabled, disks kept."):
            assert words in told["report"]
    assert seen["snapshot"]["nodes"] >= 3

    view = reader.get(f"ciw_triage/case?case_id={benign}")
    assert (view["state"]["state"], view["state"]["disposition"]) == ("closed", "benign")
    (row,) = kept("ciw_exceptions", {"user": view["case"]["user"]})
    assert (row["signal"], row["owner"]) == ("denied_instance_creation", "ciw_l1")
    assert 29 <= days_left(row["expires"]) <= 31
    assert [(found["signal"], found["active"]) for found in view["exceptions"]] == [
        ("denied_instance_creation", True)
    ]
    assert "nothing is raised by: denied instance creation; for user/quota-checker" in seen["silences"]
    assert "Denied instance creation: silent until the end of" in seen["exceptions"]
    assert seen["outside"] == []
    assert seen["faults"] == []
