"""Each detection against the sample records beside it: samples/<signal>/cases.json lists them.

A sample that should raise a signal is called positive_…, one that should not negative_….
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from string import Template

import pytest

from lab import scenarios
from tests.detections.bench import DAY
from tests.detections.network import take_events
from tests.detections.records import iso
from tests.detections.test_every_cloud import SIGNALS as OF_THE_STRANGER

SAMPLES = Path(__file__).parent / "samples"
SIGNALS = sorted(path.name for path in SAMPLES.iterdir())
CLOUD_OF = {"Records": "aws", "aws": "aws", "azure": "azure", "mscs": "azure", "google": "gcp",
            "gcp": "gcp"}
CASES = [
    pytest.param(signal, case, id=f"{signal}-{case['file'].removesuffix('.json')}")
    for signal in SIGNALS
    for case in json.loads((SAMPLES / signal / "cases.json").read_text("utf-8"))
]


@pytest.mark.parametrize(("signal", "case"), CASES)
def test_sample(bench, signal, case):
    for file, rows in case.get("lists", {}).items():
        bench.list(file, rows)
    for collection, documents in case.get("collections", {}).items():
        bench.put(collection, documents)
    take_sample(bench, SAMPLES / signal / case["file"])
    bench.collect()
    speak(bench, case.get("telemetry", []))
    bench.run(f"ciw_signal_{signal}")
    found = bench.documents("ciw_signals")
    seen = [{name: text(document.get(name)) for name in wanted}
            for document, wanted in zip(found, case["expect"], strict=False)]
    assert (len(found), seen) == (len(case["expect"]), case["expect"]), (
        f"{case['about']}\nraised: {[document['reason'] for document in found]}")
    for document in found:
        complete(signal, document)


def take_sample(bench, path: Path) -> None:
    """A CloudTrail file, or an object of source types, each with its records."""
    document = json.loads(path.read_text("utf-8"))
    if "Records" in document:
        bench.take_files([path])
        return
    for sourcetype, records in document.items():
        bench.take_json(records, sourcetype)


def speak(bench, telemetry: list[dict]) -> None:
    """Flow records, queries, measures and inventories: each `event` (text, or an object that is
    written as JSON), `times` times, `every` so many seconds."""
    for kind in telemetry:
        begin = datetime.fromisoformat(kind["first"]).replace(tzinfo=UTC).timestamp()
        moments = [int(begin + number * kind["every"]) for number in range(kind["times"])]
        take_events(bench, kind["sourcetype"], [
            Template(written(kind["event"])).substitute(time=at, end=at + 59, iso=iso(at))
            for at in moments], kind["index"])
        bench.now = max(bench.now, moments[-1] + 600)
    inventories = any(kind["index"] == "cloud_inventory" for kind in telemetry)
    needed = ("status", "ledger", "inventory") if inventories else (
        "flows", "ledger", "aliases", "cpu")
    for name in needed if telemetry else ():
        bench.run(f"ciw_backfill_{name}", span=(0, bench.now + DAY))


def written(event: object) -> str:
    return event if isinstance(event, str) else json.dumps(event, separators=(",", ":"))


def text(value):
    """As a search shows it: numbers without a needless fraction, one value without its array."""
    if isinstance(value, list):
        return text(value[0]) if len(value) == 1 else [text(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if value is None or isinstance(value, str) else str(value)


def complete(signal: str, document: dict) -> None:
    """Whatever raised it, a signal says what, where, who, how strong and why."""
    for field in ("signal_id", "time", "mitre_id", "cloud", "vendor_account", "vendor_region",
                  "user", "subject", "weight", "authorisation", "baseline", "reason",
                  "operation_ids", "drill"):
        assert document.get(field) not in (None, "", []), f"{signal} leaves {field} empty"
    assert document["signal"] == signal
    assert document["_key"] == document["signal_id"]
    assert 1 <= document["weight"] <= 100
    assert document["reason"].endswith(".") and str(document["reason"]).count("\n") == 0


def test_every_signal_has_samples_of_both_kinds(app):
    raised = {name.removeprefix("ciw_signal_") for name in app.saved_searches
              if name.startswith("ciw_signal_")}
    assert raised == set(SIGNALS), "a signal without samples/<signal>/, or samples without a signal"
    for signal in SIGNALS:
        cases = json.loads((SAMPLES / signal / "cases.json").read_text("utf-8"))
        files = {path.name for path in (SAMPLES / signal).glob("*.json")} - {"cases.json"}
        assert {case["file"] for case in cases} == files
        for case in cases:
            assert case["file"].startswith("positive_" if case["expect"] else "negative_")
        assert {case["file"].split("_")[0] for case in cases} == {"positive", "negative"}


def test_every_signal_is_explained(app_root):
    """docs/signals.md: a heading and a row of the table of subjects and anchors for each."""
    text_ = (app_root / "docs" / "signals.md").read_text("utf-8")
    missing = [signal for signal in SIGNALS
               if f"\n## {signal}\n" not in text_ or f"\n| {signal} |" not in text_]
    assert not missing, f"docs/signals.md lacks {missing}"


def works_where(app_root: Path) -> dict[str, dict[str, str]]:
    """The table of docs/signals.md: signal → cloud → what is said of it."""
    clouds = ("aws", "azure", "gcp")
    text_ = (app_root / "docs" / "signals.md").read_text("utf-8")
    table = text_.split("| signal | AWS | Azure | Google Cloud | telemetry | ATT&CK |\n", 1)[1]
    rows = [line.strip("| ").split(" | ") for line in table.split("\n\n", 1)[0].splitlines()[1:]]
    return {row[0]: dict(zip(clouds, row[1:4], strict=True)) for row in rows}


def shown_where() -> dict[str, set[str]]:
    """Signal → the clouds of its positive samples, of the stories whose labels name it, and of
    the night of the stranger."""
    shown = {signal: set() for signal in SIGNALS}
    for signal in SIGNALS:
        for case in json.loads((SAMPLES / signal / "cases.json").read_text("utf-8")):
            document = json.loads((SAMPLES / signal / case["file"]).read_text("utf-8"))
            if case["expect"]:
                shown[signal] |= {CLOUD_OF[part] for kind in document for part in kind.split(":")
                                  if part in CLOUD_OF}
    for scenario in scenarios.all_scenarios():
        for signal in scenario.signals:
            shown[signal].add(CLOUD_OF[scenario.id.partition("_")[0]])
    for signal in (*OF_THE_STRANGER, "instance_created_by_rare_principal"):
        shown[signal] |= {"azure", "gcp"}
    return shown


def test_each_signal_is_shown_where_it_is_said_to_work(app_root):
    said = works_where(app_root)
    assert set(said) == set(SIGNALS)
    assert {signal: {cloud for cloud, words in clouds.items() if words.startswith("yes")}
            for signal, clouds in said.items()} == shown_where()
