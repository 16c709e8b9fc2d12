"""The desk on real CloudTrail data: ingested, scheduled, served, with the shipped searches."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.ui.conftest import PASSWORD
from tests.ui.seeds import QUESTIONS

END = datetime(2023, 7, 10, 13, tzinfo=UTC).timestamp()


@pytest.fixture
def desk(real_data, run_lab, lab_home, app_root, monkeypatch):
    """A server on a home in which the attack of 10 July 2023 was seen as it happened."""
    logs = sorted(map(str, (real_data / "cloudtrail-invictus").glob("*.json")))
    run_lab("ingest", "--index", "cloud_audit", "--sourcetype", "aws:cloudtrail", *logs)
    run_lab(
        "schedule", "--from", "2023-07-10T11:30:00Z", "--to", "2023-07-10T13:00:00Z", timeout=300
    )
    monkeypatch.setenv("LAB_PASSWORD", PASSWORD)
    import lab.server
    from lab.home import Home

    home = Home(lab_home)
    app = home.app(app_root)
    with lab.server.start(home, app, clock=lambda: END) as server:
        yield SimpleNamespace(url=server.url, kv=home.kv, app=app)


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
