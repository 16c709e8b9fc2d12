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
