"""The tabs of a case in a real browser, against the real REST handler and made-up searches."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

from tests.ui import case_seeds


def test_each_tab_shows_what_it_should_and_records_what_is_done(drive, desk):
    case_id = desk.id("build-agent", "111122223333")
    related = desk.id("terraform-ci", "111122223333")
    seen = drive("casetabs", case_id=case_id)

    # What a tab does not show is not asked for.
    assert seen["askedForReport"] == []
    assert seen["asked"] == [f"ciw_investigate_{name}" for name in case_seeds.INVESTIGATIONS]
    assert (seen["address"], seen["tab"].split()[0]) == (f"?theme=dark&case={case_id}&tab=l2", "L2")

    panels = seen["panels"]
    timeline = panels["Timeline"]
    assert timeline.index("CreateSnapshot") < timeline.index("RunInstances")
    assert "× 3" in timeline and "network change" in timeline and "failure" in timeline
    assert case_seeds.HOSTILE in timeline
    assert seen["graph"]["nodes"] == 4 and seen["graph"]["edges"] == 4
    assert seen["graph"]["inCase"] == 1
    assert "The list below says the same in words" in seen["graph"]["named"]
    assert f"{case_seeds.INSTANCE} (instance, in this case) was made of" in seen["words"]
    assert seen["marked"] == 1
    assert "No DNS log covers the network" in panels["Threat intelligence"]
    assert "at least 85.68 USD; 1 of 2 without a price" in panels["Cost so far"]
    assert "1 of 4 unknown" in panels["Access and network reach"]
    assert case_seeds.HOSTILE in panels["Related instances"]
    assert seen["injected"] == 0

    links = [urlsplit(link) for link in seen["links"]]
    assert not [link for link in links if link.scheme]
    dashboard = next(link for link in links if link.path.endswith("/investigation"))
    assert dashboard.query == f"form.case_id={case_id}"
    searches = [parse_qs(link.query)["q"][0] for link in links if link.path.endswith("/search")]
    assert sorted(searches) == sorted(
        f'| savedsearch ciw_investigate_{name} case_id="{case_id}"'
        for name in case_seeds.INVESTIGATIONS
    )
    cases = [parse_qs(link.query) for link in links if not link.path]
    assert [query["case"] for query in cases] == [[related]]

    assert seen["arrow"][0].split()[0] == "Contain" and seen["arrow"][1] == "ciw-tab-contain"
    assert seen["closedBox"] is True
    assert seen["pasted"].strip() == seen["command"].strip() != ""
    assert seen["noteFocused"] is True
    assert seen["noteKept"] == "The first group was deleted by mistake."
    assert "Done by ciw_l2" in seen["ticked"]
    assert "The first group was deleted by mistake." in seen["ticked"]
    assert "why it is watched" in seen["complaint"]
    assert "principal" in seen["watch"] and "The key was public." in seen["watch"]
    assert (seen["kept"], seen["keptDays"]) == ("May come back by another key.", "90")

    records = sorted(
        desk.kv.collection("ciw_case_history").find({"case_id": case_id}),
        key=lambda row: row["version"],
    )
    told = [(row["who"], row["verb"], json.loads(row["detail"])) for row in records]
    assert [(who, verb) for who, verb, _ in told] == [
        ("ciw_l2", verb) for verb in ("acknowledge", "step", "step", "watch", "unwatch")
    ]
    assert [told[at][2]["done"] for at in (1, 2)] == ["yes", "no"]
    assert {told[at][2]["step"] for at in (1, 2)} == {seen["step"]}
    assert told[3][2]["watch_value"] == "build-agent" and told[3][2]["days"] == "30"
    assert desk.kv.collection("ciw_monitoring").find() == []

    assert f"as of version {seen['version']}, written 20" in seen["reportHead"]
    assert f"As of version {seen['version']} of the case" in seen["report"]
    assert "build-agent" in seen["report"] and "The key was public." in seen["report"]
    assert seen["file"].endswith(".md")
    assert json.loads(seen["json"])
    assert seen["readerBoxes"] == 0
    assert "You can copy the commands and not tick the steps" in seen["reader"]
    assert "meets the card’s condition “The creation is unauthorised”" in seen["grounds"]
    assert "ciw_changes" in seen["grounds"]
    assert seen["similar"]
    assert seen["axe"] == {f"{tab} {theme}": [] for theme in ("dark", "light")
                           for tab in ("l1", "l2", "contain", "report")}  # fmt: skip
    assert seen["outside"] == []
    assert [fault for fault in seen["faults"] if "409" not in fault] == []
