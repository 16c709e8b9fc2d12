"""Each detection against the sample records beside it: samples/<signal>/cases.json lists them.

A sample that should raise a signal is called positive_…, one that should not negative_….
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from lab import scenarios
from tests.detections.test_every_cloud import SIGNALS as OF_THE_STRANGER
from tests.detections.together import Disguise, Sample, Shared

SAMPLES = Path(__file__).parent / "samples"
SIGNALS = sorted(path.name for path in SAMPLES.iterdir())
SOAK = bool(os.environ.get("CIW_SOAK"))
# Signals of which a sample must not see what the others' instances speak to.
ALONE = ("beaconing_egress",)
CLOUD_OF = {"Records": "aws", "aws": "aws", "azure": "azure", "mscs": "azure", "google": "gcp",
            "gcp": "gcp"}
CASES = [
    (signal, case)
    for signal in SIGNALS
    for case in json.loads((SAMPLES / signal / "cases.json").read_text("utf-8"))
]


@pytest.fixture(scope="module")
def shared(app_root, tmp_path_factory):
    """The number of a sample → the sample and the home in which it is: made where first asked for.
    """
    samples = [Sample(signal, case, SAMPLES / signal / case["file"], Disguise(number, app_root))
               for number, (signal, case) in enumerate(CASES)]
    homes: dict[tuple, Shared] = {}
    groups: dict[tuple, list[Sample]] = {}
    for number, sample in enumerate(samples):
        groups.setdefault(group(number, sample), []).append(sample)

    def find(number: int) -> tuple[Sample, Shared]:
        key = group(number, samples[number])
        if key not in homes:
            homes[key] = Shared(tmp_path_factory.mktemp("home"), app_root, groups[key])
        return samples[number], homes[key]

    return find


def group(number: int, sample: Sample) -> tuple:
    """What samples have in common that may share a home; in a soak each has one."""
    alone = SOAK or sample.alone or sample.signal in ALONE
    return (sample.end, sample.needs, number if alone else None)


@pytest.mark.parametrize("number", range(len(CASES)), ids=[
    f"{signal}-{case['file'].removesuffix('.json')}" for signal, case in CASES])
def test_sample(shared, number):
    sample, home = shared(number)
    found = sample.raised(home.raised(sample.signal))
    wanted, rest = sample.case["expect"], list(found)
    for fields in wanted:
        fitting = [document for document in rest
                   if all(text(document.get(name)) == value for name, value in fields.items())]
        assert fitting, f"{sample.case['about']}\nwanted: {fields}\nraised: {found}"
        rest.remove(fitting[0])
    assert not rest, (
        f"{sample.case['about']}\nraised too: {[document['reason'] for document in rest]}")
    for document in found:
        complete(sample.signal, document)


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
