"""The dashboard of one case, with a case of the demo's stories: each panel, and where each click leads.

Without data and with failing searches it is in tests/ui/test_dashboards.py.
"""

from __future__ import annotations

import json
import shutil
import time
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest

from lab.home import Home
from tests.ui.conftest import PASSWORD
from tests.ui.test_dashboards import BARE, click, commands, page

PRINCIPAL, OTHER = "user/svc-backup-sync", "role/data-migration"
FOUND, UNFOUND = "i-0feedfacefeedface", "i-0badc0ffee0badc0f"


@pytest.fixture
def desk(demo, renderer, tmp_path, app_root, monkeypatch):
    """A copy of the demo in which the principal has two instances more: one is in another case."""
    monkeypatch.setenv("LAB_PASSWORD", PASSWORD)
    import lab.server

    home = Home(shutil.copytree(demo.home, tmp_path / "home"))
    app, now = home.app(app_root), time.time()
    kept = home.kv.collection("ciw_cases").find()
    mine, other = (next(case for case in kept if str(case["user"]).endswith(name))
                   for name in (PRINCIPAL, OTHER))
    things = other["object_id"] if isinstance(other["object_id"], list) else [other["object_id"]]
    home.kv.collection("ciw_cases").upsert_many([{
        **other, "vendor_account": mine["vendor_account"], "object_id": [*things, FOUND]}])
    home.kv.collection("ciw_instances").upsert_many([{
        "_key": name, "object_id": name, "cloud": "aws", "vendor_account": mine["vendor_account"],
        "vendor_region": "us-east-1", "user": mine["user"], "user_type": "user", "state": "running",
        "state_time": now, "created": now - 60, "instance_type": "c5.large",
        "authorisation": "unapproved"} for name in (FOUND, UNFOUND)])  # fmt: skip
    with lab.server.start(home, app) as server:
        yield SimpleNamespace(url=server.url, app=app, mine=mine["_key"], other=other["_key"])


def test_every_panel_tells_of_the_case_and_every_click_lands(drive, desk):
    query = f"?form.case_id={desk.mine}"
    seen = drive("dashboards", pages=[page(
        "investigation", desk.mine, "critical", "RunInstances", "svc-backup-sync", FOUND, UNFOUND,
        "mining pool", "can everybody reach it?", "measured out",
        query=query, height=4200,
        click=[
            click("tile", "viz_case", desk.mine, words=("svc-backup-sync", "Escalate")),
            click("head", "viz_head", "critical"),
            click("with a case", "viz_related", "investigation", words=("data-migration",)),
            click("without", "viz_related", "search", words=("1 row", UNFOUND))]),
        page("investigation", "There is no such case", choose=[
            {"as": "chosen", "words": ["data-migration"], "press": [
                {"within": '[data-input-id="input_open"] button'},
                {"within": '[data-test="option"]:has-text("data-migration")'}]}])])  # fmt: skip
    panels = seen["panels"]["investigation" + query]
    for name, shown in panels.items():
        assert not shown["failed"], name
        assert not [bare for bare in BARE if bare in shown["text"]], f"{name}: {shown['text']}"
    assert "0 data points" not in panels["viz_cpu"]["text"]
    assert json.dumps(panels["viz_network"]["text"]).count("internet") >= 2

    landed = {name.split(": ")[1]: urlsplit(url) for name, url in seen["landed"].items()}
    for name in ("tile", "head"):
        assert (landed[name].path.rsplit("/", 1)[1], landed[name].query) == (
            "desk", f"case={desk.mine}")
    assert landed["with a case"].path.endswith("/investigation")
    assert parse_qs(landed["with a case"].query)["form.case_id"] == [desk.other]
    assert landed["without"].path.endswith("/search")
    [search] = parse_qs(landed["without"].query)["q"]
    assert search == f'| inputlookup ciw_instances where object_id="{UNFOUND}"'
    assert commands(search, desk.app) == ["Inputlookup"]
    assert seen["faults"] == []
    assert seen["outside"] == []
