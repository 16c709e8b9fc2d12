"""The views' own consistency, beyond what the official schema tells."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import pytest

from lab.app import App
from lab.engine.run import Context, search
from lab.home import Home

# savedsearch puts its argument into the search as it is, so that only a case's id may come there:
# what the source named "case" lets through.
CASE = r" case_id=\$case:result\.case_id\|s\$"


@pytest.fixture
def views(app_root):
    folder = app_root / "default" / "data" / "ui" / "views"
    return {path.stem: ElementTree.parse(path).getroot() for path in folder.glob("*.xml")}


@pytest.fixture
def studio(views):
    return {
        name: json.loads(root.findtext("definition"))
        for name, root in views.items()
        if root.get("version") == "2"
    }


def test_views_have_a_version_that_splunk_still_renders(views):
    assert {name: root.get("version") for name, root in views.items()}["desk"] == "1.1"
    assert {root.get("version") for root in views.values()} <= {"1.1", "2"}


def test_the_desk_names_its_bundle_and_has_its_mount_point(views, app_root):
    desk = views["desk"]
    assert desk.get("script") == "desk.js"
    mount = re.search(r"MOUNT = '([\w-]+)'", (app_root / "web/desk/index.tsx").read_text()).group(1)
    assert desk.find(f".//div[@id='{mount}']") is not None


def test_every_reference_of_a_dashboard_leads_somewhere(studio):
    for name, definition in studio.items():
        sources, panels = definition["dataSources"], definition["visualizations"]
        shown = [*panels.values(), *definition["inputs"].values()]
        used = {ref for one in shown for ref in one.get("dataSources", {}).values()}
        extended = {
            source["options"]["extend"]
            for source in sources.values()
            if source["type"] == "ds.chain"
        }
        assert used | extended == set(sources), name
        placed = [block["item"] for block in definition["layout"]["structure"]]
        assert sorted(placed) == sorted(panels), name
        assert set(definition["layout"]["globalInputs"]) == set(definition["inputs"]), name
        tokens = {entry["options"]["token"] for entry in definition["inputs"].values()}
        asked = set(re.findall(r"\$(\w+)\.(?:earliest|latest)\$", json.dumps(sources)))
        assert asked <= tokens, name


def test_panels_say_what_they_are_and_what_emptiness_means(studio):
    """In the description, or in a row that a search without rows gives."""
    for name, definition in studio.items():
        for panel_id, panel in definition["visualizations"].items():
            if panel["type"] == "splunk.markdown":
                assert "triangle" in panel["options"]["markdown"], f"{name}: {panel_id}"
                continue
            assert panel.get("title") and panel.get("description"), f"{name}: {panel_id}"
            source = definition["dataSources"][panel["dataSources"]["primary"]]
            worded = source["name"] in ALWAYS or "where found=0 | eval" in source["options"]["query"]
            if panel["type"] != "splunk.singlevalue" and not worded:
                assert "Empty:" in panel["description"], f"{name}: {panel_id}"


# Their saved searches give a row whatever happens: tests/investigation.
ALWAYS = ("The case, times as text", "Threats, the answer first", "Reach, as questions",
          "Flows, volumes in MiB", "Cost by instance")


def test_what_follows_the_time_picker_has_all_time_as_its_own_range(studio, app_root):
    """Over all time Splunk's savedsearch takes the range of the saved search (Search Reference,
    savedsearch, "Time ranges"), so that "All time" would be another one."""
    conf, followed = App(app_root).saved_searches, []
    for definition in studio.values():
        for source in definition["dataSources"].values():
            if "$global_time." in source["options"].get("queryParameters", {}).get("earliest", ""):
                followed.append(source["options"]["query"].removeprefix("| savedsearch "))
    assert len(followed) == 7
    assert {name: conf[name].earliest for name in followed} == dict.fromkeys(followed, "0")


def test_dashboards_run_saved_searches_that_exist(studio, app_root):
    conf = App(app_root).saved_searches
    documented = (app_root / "docs" / "dashboards.md").read_text("utf-8")
    for name, definition in studio.items():
        for source_id, source in definition["dataSources"].items():
            if source["type"] == "ds.search":
                query = source["options"]["query"]
                if query.startswith("| makeresults | eval "):
                    continue
                search = re.fullmatch(rf"\| savedsearch (ciw_\w+)({CASE})?", query)
                assert search, f"{name}: {source_id} must run a saved search, not: {query}"
                assert search.group(1) in conf, (
                    f"{name}: savedsearches.conf lacks {search.group(1)}"
                )
                assert f"`{search.group(1)}`" in documented, (
                    f"docs/dashboards.md: {search.group(1)}"
                )


def test_every_drilldown_leads_to_a_view_with_a_value_that_its_panel_has(studio, views):
    for name, definition in studio.items():
        for panel_id, panel in definition["visualizations"].items():
            for handler in panel.get("eventHandlers", []):
                url = handler["options"].get("url")
                if url is None:
                    continue
                source = definition["dataSources"][panel["dataSources"]["primary"]]
                led = re.match(r"/app/cloud_instance_watch/(?:(\w+)|\$row\.opens\.value\$)", url)
                assert led, f"{name}: {panel_id}: {url}"
                opened = led.group(1) or ", ".join(
                    re.findall(r'opens=(if\([^)]*\)[^)]*\)|"\w+"),', source["options"]["query"]))
                names = re.findall(r'"(\w+)"', opened) or [opened]
                assert {*names} <= {*views, "search"}, f"{name}: {panel_id}: {names}"
                shown = re.search(r"\| table ([^|]*)\Z", source["options"]["query"])
                for column in re.findall(r"\$row\.([\w ]+)\.value", url) if shown else ():
                    assert column in shown.group(1), f"{name}: {panel_id}: no column {column}"


def test_only_the_id_of_a_case_leaves_what_was_typed(studio, app_root, tmp_path):
    """The source named "case" is run with what a link may hold; it gives an id, or none."""
    query = studio["investigation"]["dataSources"]["ds_case"]["options"]["query"]
    assert studio["investigation"]["dataSources"]["ds_case"]["name"] == "case"
    home = Home(tmp_path)
    for typed, chosen, given in (
        ("c0123456789abcde", "typed", "c0123456789abcde"),
        (" c0123456789abcde ", "typed", "c0123456789abcde"),
        ("none", "c0123456789abcde", "c0123456789abcde"),
        ("*", "typed", "none"),
        ("", "typed", "none"),
        ("C0123456789ABCDE", "typed", "none"),
        ('c0123456789abcde" | delete', "typed", "none"),
        ("c0123456789abcde) | delete | search (", "typed", "none"),
        ("c0123456789abcde\n| delete", "typed", "none"),
    ):
        quoted = {"$case_id|s$": typed, "$open_case|s$": chosen}
        spl = query
        for token, value in quoted.items():
            spl = spl.replace(token, '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"')
        [row] = search(spl, Context(home=home, app=App(app_root), now=0)).rows
        assert row == {"case_id": given}
