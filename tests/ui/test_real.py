"""The desk on real CloudTrail data: ingested, scheduled, served, with the shipped searches."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest

from lab.scheduler import run_backfill, run_schedule
from tests.detections.bench import HOUR, Bench
from tests.ui.conftest import PASSWORD
from tests.ui.seeds import QUESTIONS

END = datetime(2023, 7, 10, 13, tzinfo=UTC).timestamp()


@pytest.fixture(scope="module")
def attacked(real_data, tmp_path_factory, app_root):
    """A home to which the app came at the end of the attack of 10 July 2023."""
    bench = Bench(tmp_path_factory.mktemp("attacked"), app_root)
    bench.take_files(sorted((real_data / "cloudtrail-invictus").glob("*.json")))
    run_backfill(bench.home, bench.app, END - 13 * HOUR, END - 600)
    run_schedule(bench.home, bench.app, END - 600, END)
    return bench


@pytest.fixture
def desk(attacked, tmp_path, monkeypatch):
    """A server on that home, for a test of its own."""
    monkeypatch.setenv("LAB_PASSWORD", PASSWORD)
    import lab.server

    bench = attacked.copy(tmp_path / "desk")
    with lab.server.start(bench.home, bench.app, clock=lambda: END) as server:
        yield SimpleNamespace(url=server.url, kv=bench.home.kv, app=bench.app)


def test_every_question_is_answered_and_every_link_is_a_search(drive, desk):
    from lab.spl.parse import parse

    seen = drive("real", most=3)
    assert seen["cases"]
    for case_id, cards in seen["cases"].items():
        assert [card["question"] for card in cards] == list(QUESTIONS), case_id
        for card in cards:
            assert card["status"] == "done", f"{case_id}: {card['text']}"
            assert card["answer"] in ("Yes", "No", "Unknown"), f"{case_id}: {card['text']}"
            if card["answer"] == "Unknown":
                assert "Would tell:" in card["text"], f"{case_id}: {card['text']}"
            if card["events"]:
                (search,) = parse_qs(urlsplit(card["events"]).query)["q"]
                parse(search, desk.app)
    assert "Instances created" in seen["overview"]
    assert seen["outside"] == []
    assert seen["faults"] == []


def test_the_way_from_the_queue_to_a_kept_escalation_on_real_cases(drive, desk):
    """Real logs, real engine, the shipped question searches, the app's own endpoint."""
    seen = drive("mustshow", questions=list(QUESTIONS))
    assert seen["rule"] in ("escalate", "undecided")
    assert [name for name, _ in seen["questions"]] == list(QUESTIONS)
    assert {answer for _, answer in seen["questions"]} <= {"Yes", "No", "Unknown"}
    assert seen["reason"].startswith("Nobody planned this.")
    assert seen["keptState"] == 1
    assert "escalated to tier 2" in seen["keptHistory"]
    assert "Nobody planned this." in seen["keptHistory"]
    assert seen["keptAnswers"] == len(QUESTIONS)
    assert "Not recorded: the case moved on." in seen["conflict"]
    assert "ciw_l1 changed this case" in seen["conflict"]
    assert seen["draft"] == "Looked like a planned change."
    told = [
        row["verb"]
        for row in sorted(
            desk.kv.collection("ciw_case_history").find({"case_id": seen["case_id"]}),
            key=lambda row: row["version"],
        )
    ]
    assert told == ["answer"] * len(QUESTIONS) + ["escalate"]
    assert seen["axe"] == []
    assert seen["outside"] == []
    assert [fault for fault in seen["faults"] if "409" not in fault] == []
