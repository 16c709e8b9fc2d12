"""The queue at work, the baselines and the lists, in a real browser against the real handler."""

from __future__ import annotations

import csv
import io

from tests.ui import seeds


def test_the_queue_at_work(drive, desk):
    documents, _ = seeds.cases(desk.now)
    extra = dict(documents[0], case_id="f" * 16, _key="f" * 16)
    seen = drive(
        "queue", extra={"case": extra, "state": {"case_id": "f" * 16, "state": "new", "version": 0}}
    )
    assert seen["held"]
    assert seen["news"].startswith("1 new (1 critical), 1 left")
    assert seen["gone"] == seen["first"]
    assert seen["helpTookTheKey"]
    assert "1 recorded (assign)" in seen["assigned"]
    assert seen["mine"] == [[seen["first"]], "?owner=-me-"]
    assert seen["soon"] == "true"
    assert seen["reason"] == "Tier 2 should look."
    assert seen["copied"][0] == "copy" and seen["copied"][1].endswith("?due=soon")
    assert seen["page"] == ["?page=baselines", "Baselines"]
    verbs = sorted(row["verb"] for row in desk.kv.collection("ciw_case_history").find())
    assert verbs == ["assign", "escalate"]

    rows = list(csv.DictReader(io.StringIO(seen["csv"], newline="")))
    assert len(rows) == 10
    hostile = next(row for row in rows if row["user"] == seeds.HOSTILE)
    assert hostile["reason"].startswith(f"{seeds.HOSTILE} {seeds.HOSTILE_MORE}")
    assert hostile["link"].endswith(f"/desk?case={hostile['case_id']}")
    assert seen["axe"] == {"held": [], "help": []}
    assert seen["outside"] == []
    assert [fault for fault in seen["faults"] if "404" not in fault] == []


def baselines(now: float) -> list[dict]:
    """Values of one principal as the hourly search keeps them; the last is trusted already."""
    found = []
    for number, (dimension, value, state) in enumerate(
        [
            ("creator", "instance", "candidate"), ("region", "ap-south-1", "candidate"),
            ("type", "p3.16xlarge", "candidate"), ("hour", "09", "trusted"),
        ]
    ):  # fmt: skip
        found.append(
            {
                "_key": f"{number:064x}", "cloud": "aws", "vendor_account": "111122223333",
                "user": "build-agent", "dimension": dimension, "value": value, "state": state,
                "first_seen": int(now) - 86400 * 3, "last_seen": int(now) - 600,
                "distinct_days": 3 - number % 3, "decided_by": "", "reason": "",
            }
        )  # fmt: skip
    return found


def test_lists_and_baselines_are_edited_checked_and_recorded(drive, desk):
    desk.kv.collection("ciw_baseline").upsert_many(baselines(desk.now))
    seen = drive("lists")
    assert seen["lists"] == 11
    assert seen["problem"]
    assert "Somebody changed this row after you read it" in seen["conflict"]
    assert seen["typed"] == "Mine"
    assert "Line 4: It has 2 cells and the first line 7." in seen["parse"]
    assert "Line 4, cloud:" in seen["refused"]
    assert "'=1+1" in seen["csv"] and "\n=" not in seen["csv"] and ",=" not in seen["csv"]
    assert "Withdrawn." in seen["history"] and "summary: Theirs → Mine" in seen["history"]
    rows = {row["change_ref"]: row for row in desk.kv.collection("ciw_change_requests").find()}
    assert sorted(rows) == ["CHG0001", "CHG2"]
    assert (rows["CHG0001"]["summary"], rows["CHG2"]["summary"]) == ("Mine", "=1+1")

    assert seen["candidates"] == 3
    assert "build-agent" in seen["operations"]
    assert "A decision needs a reason" in seen["complaint"]
    assert "2 recorded. 1 refused" in seen["decided"]
    assert "ap-south-1 of build-agent" in seen["decided"]
    assert seen["trusted"] == 3
    rulings = {
        row["value"]: (row["ruling"], row["ruled_by"], row["ruled_because"])
        for row in desk.kv.collection("ciw_baseline_decisions").find()
    }
    assert rulings == {
        "instance": ("trusted", "ciw_l2", "The team told us."),
        "p3.16xlarge": ("trusted", "ciw_l2", "The team told us."),
        "ap-south-1": ("rejected", "ciw_admin", "Nobody of ours works there."),
    }
    assert (seen["viewerButtons"], seen["viewerMay"]) == (0, False)
    assert {name: faults for name, faults in seen["axe"].items() if faults} == {}
    assert {name: wide for name, wide in seen["wide"].items() if wide > 0} == {}
    assert seen["outside"] == []
    assert [fault for fault in seen["faults"] if "400" not in fault and "409" not in fault] == []


def test_a_case_is_worked_and_the_next_one_opened_with_the_keyboard_alone(drive, desk):
    seen = drive("keys")
    # What is sent ahead of the page is not asked for once more by it.
    assert seen["asked"] == 1
    assert "2 of the 10 shown" in seen["place"]
    state, case = seen["whileRecording"]
    assert state["address"] == f"?case={case}"
    assert "Not possible while the case is escalated" in seen["refused"]
    state, changes, case = seen["inForm"]
    assert (state["address"], state["dialogs"], changes) == (f"?case={case}", 0, 0)
    assert state["focused"] == "True positive"
    assert seen["turnedOut"] == 1
    assert seen["note"] == "First. More."
    typed, expected, changes = seen["typed"]
    assert (typed, changes) == (expected, 0)
    assert seen["address"][0] == seen["address"][1]
    assert seen["next"][0] == seen["next"][1]
    records = desk.kv.collection("ciw_case_history").find({"case_id": seen["ids"][1]})
    assert [(row["verb"], row["reason"]) for row in sorted(records, key=lambda r: r["version"])] == [
        ("acknowledge", ""), ("escalate", "Tier 2 should look."),
    ]  # fmt: skip
    assert (seen["axe"], seen["outside"], seen["faults"]) == ([], [], [])
