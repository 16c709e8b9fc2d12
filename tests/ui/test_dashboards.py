"""The dashboards on the real engine: without data, with failing searches; overview and coverage with
data too, each of their links followed."""

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
                    user="unknown", user_type="unknown", vendor_account="444455556666"),
            machine(5, now, object_id="i-ev", vendor_account=HOSTILE, authorisation="unapproved"),
            machine(6, now), machine(7, now, created=now - 40 * 86400)],
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
            for name in App(app_root).saved_searches if name.startswith(("ciw_overview_", "ciw_investigate_"))))
    app = home.app(app_root)
    with lab.server.start(home, app) as server:
        yield SimpleNamespace(url=server.url, app=app, id=lambda *of: seeds.identifier(" ".join(of)))


def page(name: str, *words: str, query: str = "", **more) -> dict:
    return {"name": name, "query": query, "words": words, **more}


def click(name: str, panel: str, text: str = "", within: str = "", words: tuple = ()) -> dict:
    """A click on that text, or on what `within` selects, or in the middle of the panel; `words`
    are waited for where it leads, which is not looked at without."""
    return {"as": name, "panel": panel, "text": text, "within": within, "words": words}


BAR = 'rect.highcharts-point[aria-label^="1. critical"]:not([height="0"])'
TILES = {severity: f"viz_open_{severity}" for severity in ("critical", "high", "medium", "low")}


@pytest.mark.parametrize("desk", ["full"], indirect=True)
def test_every_panel_has_data_and_every_link_lands_where_it_says(drive, desk):
    seen = drive("dashboards", keep=True, pages=[
        page("overview", "No: 3 of 6 cannot", "What unapproved instances cost, by account", "nobody",
             "the principal that created it", "Look at audit silent c0ffee00-finance.", "Overdue",
             "build-agent", click=[
                 *(click(severity, panel) for severity, panel in TILES.items()),
                 click("bar", "viz_case_age", within=BAR, words=("build-agent",)),
                 click("case", "viz_newest_cases", "build-agent", words=("build-agent", "Escalate")),
                 click("spend", "viz_spend_accounts", ACCOUNT, words=("p4d.24xlarge", "1 row")),
                 click("hostile spend", "viz_spend_accounts", HOSTILE, words=("i-ev", "1 row")),
                 click("gap", "viz_coverage", "Look at audit silent c0ffee00-finance.",
                       words=("What blindness costs", "c0ffee00-finance"))]),
        page("coverage", "1 of 4", "unknown in 2 account(s)", "aws_cloudtrail://main",
             "Check its credential.", "Correct cloud of row 2.", "learning", HOSTILE, click=[
                 click("source", "viz_read", "Look at flows missing 111122223333.",
                       words=("1 row", "flows")),
                 click("input", "viz_inputs", "Check its credential.", words=("0 rows",))]),
        page("coverage", "0 of 1", "c0ffee00-finance", query="?form.cloud=azure"),
    ])
    landed = {name: urlsplit(url) for name, url in seen["landed"].items()}
    case = desk.id("build-agent", ACCOUNT)
    assert landed["overview: case"].query == f"case={case}"
    assert landed["overview: case"].path.endswith("/desk")
    for severity in TILES:
        at = landed[f"overview: {severity}"]
        assert (at.path.rsplit("/", 1)[1], at.query) == ("desk", f"severity={severity}")
    assert landed["overview: bar"].query == "severity=critical"
    assert sorted(seen["arrived"]["overview: bar"]) == sorted(
        [case, desk.id("etl@prod-data-4411", "prod-data-4411")])
    assert landed["overview: gap"].path.endswith("/coverage")

    search = {name: parse_qs(at.query)["q"][0] for name, at in landed.items()
              if at.path.endswith("/search")}
    assert search["overview: spend"].startswith(
        f'| `ciw_unplanned(window_from,window_to)` | where cloud="aws" AND vendor_account="{ACCOUNT}"')
    assert parse_qs(landed["overview: spend"].query)["earliest"] == ["-7d@h"]
    assert commands(search["overview: spend"], desk.app) == (
        commands(search["overview: hostile spend"], desk.app))
    key = seeds.identifier(f"flows missing {ACCOUNT}")
    assert search["coverage: source"] == f'| inputlookup ciw_coverage where coverage_key="{key}"'
    assert search["coverage: input"] == (
        'index=_internal sourcetype=ciw:log stanza="aws_cloudtrail://main"')
    azure = seen["text"]["coverage?form.cloud=azure"]
    assert "Look at flows missing" not in azure
    assert seen["outside"] == []
    assert seen["faults"] == []


def commands(search: str, app) -> list[str]:
    from lab.spl.parse import parse

    return [type(command).__name__ for command in parse(search, app).commands]


CASE = "0123456789abcdef"
NOWHERE = f"?form.case_id={CASE}"


@pytest.mark.parametrize("desk", ["empty"], indirect=True)
def test_without_data_the_pages_say_so_in_words(drive, desk):
    seen = drive("dashboards", pages=[
        page("overview", "Unknown: no audit log was looked at", "no case was taken or decided yet",
             "Nothing was looked at yet"),
        page("coverage", "0 of 0", "unknown: nothing was looked at yet", "No data!"),
        page("investigation", "There is no such case", "No log holds an operation of this case",
             "No step is logged", "The log holds nothing of the principal", "no such case",
             "The ledger knows no instance of this case", "The ledger knows no other instance",
             "No address and no name of this case is known", query=NOWHERE, height=4200, click=[
                 click("case", "viz_case", CASE, words=(CASE,)),
                 click("related", "viz_related", "investigation")]),
    ])  # fmt: skip
    assert "Empty: no unapproved instance ran." in seen["text"]["overview"]
    assert "can be answered" not in seen["text"]["coverage"]
    told = seen["panels"]["investigation" + NOWHERE]
    for panel, shown in told.items():
        assert not shown["failed"], panel
        assert not [bare for bare in BARE if bare in shown["text"]], panel
        assert shown["text"].count("\n") > 1 or panel == "viz_failed", f"{panel}: {shown['text']}"
    assert "viz_lineage" not in told
    assert seen["outside"] == []


BARE = ("No data", "Invalid data", "N/A", "undefined")


@pytest.mark.parametrize("desk", ["failing"], indirect=True)
def test_a_failing_search_is_told_and_not_shown_as_nothing(drive, desk):
    seen = drive("dashboards", pages=[
        page("overview", "ciw_gone", choose=[{
            "as": "reason", "words": ["savedsearch ciw_overview_open_cases"], "press": [
                {"panel": "viz_open_critical", "within": '[aria-label="Error"]'}]}]),
        page("coverage", "ciw_gone"),
        page("investigation", "ciw_gone", query=NOWHERE, height=4200)])
    assert "ciw_overview_open_cases" not in seen["text"]["overview"]
    for text in seen["text"].values():
        assert "Yes:" not in text and "can be answered" not in text
        assert "A red triangle marks a search that failed" in text
    for name, panels in seen["panels"].items():
        for panel, shown in panels.items():
            if panel not in ("viz_failed", "viz_case"):
                assert shown["failed"], f"{name}: {panel}: {shown['text']}"
    assert seen["outside"] == []
