"""Overview and coverage on the real engine: with data, without, with failing searches."""

from __future__ import annotations

import time
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest

from lab.app import App
from lab.home import Home
from tests.ui import seeds
from tests.ui.conftest import PASSWORD

ACCOUNT = "111122223333"
HOSTILE = "<img src=x onerror=alert(1)> [link](https://example.com) | delete"


def source(kind: str, state: str, now: float, **more) -> dict:
    key = f"{kind} {state} {more.get('vendor_account', ACCOUNT)}"
    return {
        "_key": seeds.identifier(key), "coverage_key": seeds.identifier(key), "kind": kind,
        "cloud": "aws", "vendor_account": ACCOUNT, "vendor_region": "*", "network": "*",
        "state": state, "what_to_do": f"Look at {key}.", "last_event": now - 600, **more,
    }  # fmt: skip


def machine(number: int, now: float, **more) -> dict:
    return {
        "_key": f"i-{number}", "object_id": f"i-{number:017x}", "cloud": "aws",
        "vendor_account": ACCOUNT, "vendor_region": "eu-west-1", "created": now - 3600,
        "user": f"arn:aws:iam::{ACCOUNT}:role/build-agent", "user_type": "role",
        "authorisation": "approved", "state": "running", "state_time": now - 3600,
        "instance_type": "m5.large", **more,
    }  # fmt: skip


def fill(home: Home, now: float) -> None:
    cases, signals = seeds.cases(now)
    first = cases[0]
    rows = {
        "ciw_cases": cases,
        "ciw_signals": signals,
        "ciw_case_history": [{
            "_key": f"{first['case_id']}:1", "case_id": first["case_id"], "version": 1,
            "time": first["opened"] + 1800, "who": "ciw_l1", "verb": "escalate",
            "from_state": "new", "to_state": "escalated", "reason": HOSTILE}],
        "ciw_instances": [
            machine(1, now), machine(2, now),
            machine(3, now, authorisation="unapproved", instance_type="p4d.24xlarge"),
            machine(4, now, authorisation="unapproved", instance_type="unheard.of",
                    user="unknown", user_type="unknown", vendor_account="444455556666")],
        "ciw_coverage": [
            source("audit", "ok", now), source("audit", "silent", now, cloud="azure",
                                               vendor_account="c0ffee00-finance"),
            source("flows", "missing", now, instances=3, seen=0, vendor_region="eu-west-1"),
            source("audit", "switched off", now, vendor_account=HOSTILE)],
        "ciw_inputs": [{
            "_key": "1", "input_key": "1", "stanza": "aws_cloudtrail://main", "host": "forwarder",
            "input": "aws_cloudtrail", "state": "failing", "what_to_do": "Check its credential.",
            "last_seen": now - 60, "last_success": now - 7200, "throttled": 3, "quarantined": 1,
            "backfill_percent": 40}],
        "ciw_list_problems": [{
            "_key": "1", "list": "owners", "place": "row 2", "column": "cloud", "effect": "left out",
            "problem": "amazon is no cloud", "what_to_do": "Correct cloud of row 2."}],
        "ciw_baseline_status": [{
            "_key": "1", "cloud": "aws", "vendor_account": ACCOUNT, "state": "learning",
            "first_seen": now - 86400, "covered_days": 2, "wanted_days": 14}],
    }  # fmt: skip
    for collection, documents in rows.items():
        home.kv.collection(collection).upsert_many(documents)


@pytest.fixture
def desk(request, renderer, tmp_path, app_root, monkeypatch):
    """A server on a home that is "full", "empty", or whose dashboard searches are "failing"."""
    monkeypatch.setenv("LAB_PASSWORD", PASSWORD)
    import lab.server

    home, now = Home(tmp_path / "home"), time.time()
    if request.param == "full":
        fill(home, now)
    if request.param == "failing":
        (home.conf_dir / "savedsearches.conf").write_text("".join(
            f"[{name}]\nsearch = | inputlookup ciw_gone\n\n"
            for name in App(app_root).saved_searches if name.startswith("ciw_overview_")))
    with lab.server.start(home, home.app(app_root)) as server:
        yield SimpleNamespace(url=server.url, id=lambda *of: seeds.identifier(" ".join(of)))


def page(name: str, *words: str, click: tuple[tuple[str, str], ...] = (), query: str = "") -> dict:
    return {"name": name, "query": query, "words": words,
            "click": [{"text": text, "to": to} for text, to in click]}  # fmt: skip


@pytest.mark.parametrize("desk", ["full"], indirect=True)
def test_every_panel_has_data_and_every_link_lands_where_it_says(drive, desk):
    seen = drive("dashboards", keep=True, pages=[
        page("overview", "No: 2 of 4 cannot", "What unapproved instances cost, by account", "nobody",
             "the principal that created it", "Look at audit silent c0ffee00-finance.", "Overdue",
             "build-agent", click=(
                 ("build-agent", "**/desk?case=*"), ("nobody is listed", "**/search?*"),
                 ("Look at audit silent c0ffee00-finance.", "**/coverage*"))),
        page("coverage", "1 of 4", "unknown in 2 account(s)", "aws_cloudtrail://main",
             "Check its credential.", "Correct cloud of row 2.", "learning", HOSTILE, click=(
                 ("Look at flows missing 111122223333.", "**/search?*"),
                 ("Check its credential.", "**/search?*"))),
        page("coverage", "0 of 1", "c0ffee00-finance", query="?form.cloud=azure"),
    ])
    landed = {name: urlsplit(url) for name, url in seen["landed"].items()}
    case = desk.id("build-agent", ACCOUNT)
    assert landed["overview: build-agent"].query == f"case={case}"
    search = {name: parse_qs(at.query).get("q", [""])[0] for name, at in landed.items()}
    assert search["overview: nobody is listed"].startswith("| `ciw_unplanned(")
    assert landed["overview: Look at audit silent c0ffee00-finance."].path.endswith("/coverage")
    key = seeds.identifier(f"flows missing {ACCOUNT}")
    assert search["coverage: Look at flows missing 111122223333."] == (
        f'| inputlookup ciw_coverage where coverage_key="{key}"')
    assert search["coverage: Check its credential."] == (
        'index=_internal sourcetype=ciw:log stanza="aws_cloudtrail://main"')
    azure = seen["text"]["coverage?form.cloud=azure"]
    assert "Look at flows missing" not in azure
    assert seen["outside"] == []
    assert seen["faults"] == []


@pytest.mark.parametrize("desk", ["empty"], indirect=True)
def test_without_data_the_pages_say_so_in_words(drive, desk):
    seen = drive("dashboards", pages=[
        page("overview", "Unknown: no audit log was looked at", "no case was taken or decided yet",
             "Nothing was looked at yet"),
        page("coverage", "0 of 0", "can be answered", "No data!"),
    ])  # fmt: skip
    assert "Empty: no unapproved instance ran." in seen["text"]["overview"]
    assert seen["outside"] == []


@pytest.mark.parametrize("desk", ["failing"], indirect=True)
def test_a_failing_search_is_told_and_not_shown_as_nothing(drive, desk):
    seen = drive("dashboards", pages=[page("overview", "ciw_gone"), page("coverage", "ciw_gone")])
    for text in seen["text"].values():
        assert "Yes" not in text and "can be answered" not in text
    assert seen["outside"] == []
