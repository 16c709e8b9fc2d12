"""Answers of Google's APIs beside the exact events they become (`.json` and `.xml`)."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import gcp_audit
import gcp_inventory
import gcp_metrics
import pytest
from ciw.declare import Page, Shard
from ciw.emit import encode_page
from ciw.log import Log
from ciw.polling import Slice
from ciw.snapshot import Part, Snapshot

GOLDEN = Path(__file__).parent / "golden"
PAIRS = {
    "gcp_audit_entries/entries": gcp_audit,
    "gcp_metrics/series": gcp_metrics,
    "gcp_inventory/assets": gcp_inventory,
}


def answer(pair: str) -> dict:
    return json.loads((GOLDEN / f"{pair}.json").read_text("utf-8"))


def client(pair: str):
    """A client whose one listing gives the pair's answer; of metrics, the series of that type."""

    def listing(method, url, parameters, what, *more, **others):
        given = answer(pair)
        wanted = str(parameters.get("filter", "")).split('"')[1:2]
        if "timeSeries" in given:
            given["timeSeries"] = [
                each for each in given["timeSeries"] if [each["metric"]["type"]] == wanted
            ]
        yield given, ""

    return SimpleNamespace(listing=listing, url=lambda service: "http://x")


def payload(pair: str):
    name, google = pair.partition("/")[0], client(pair)
    part = Slice("projects/example-project", 1767606900.0, 1767607800.0)
    pace = SimpleNamespace(wait=lambda: None)
    if name == "gcp_audit_entries":
        return gcp_audit.Work(part, google, pace)
    if name == "gcp_metrics":
        return gcp_metrics.Work(part, google, part.end)
    work = gcp_inventory.Work("RESOURCE", "organizations/123456789012", google, pace)
    return Part(Snapshot("2026-01-05T10:10:00Z", 1767607800.0), work, Counter())


def pages(pair: str) -> list[Page]:
    context = SimpleNamespace(
        index="main", page_bytes=1 << 17, log=Log(io.StringIO()), count=lambda name, number: None,
        arguments={"mode": "entries", "logs": ("activity",), "period": "300"},
    )
    return list(PAIRS[pair].pages(context, Shard(pair, pair, payload(pair)), None))


@pytest.mark.parametrize("pair", PAIRS)
def test_an_answer_becomes_exactly_these_events(pair):
    stream = b""
    for page in pages(pair):
        page.bad.clear()
        stream += encode_page(page, "golden://main")[0]
    assert stream == (GOLDEN / f"{pair}.xml").read_bytes()


@pytest.mark.parametrize(
    ("pair", "reasons"),
    [
        ("gcp_audit_entries/entries", ["an entry lacks logName, timestamp or insertId"]),
        ("gcp_metrics/series", ["a time series is not as documented"] * 2),
        ("gcp_inventory/assets", ["an asset has no name or type"]),
    ],
)
def test_what_cannot_be_an_event_is_told(pair, reasons):
    told = [bad.reason.partition(":")[0] for page in pages(pair) for bad in page.bad]
    assert told == reasons
