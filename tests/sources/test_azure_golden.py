"""Golden pairs of the inputs that ask Azure's APIs: what a service holds, and the exact stream."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.sources.azure_runs import Clock, run_input, stand_in

GOLDEN = Path(__file__).parent / "golden"
PAIRS = [
    (name, path.stem)
    for name in ("azure_identity", "azure_inventory", "azure_metrics")
    for path in sorted((GOLDEN / name).glob("*.json"))
]


def emitted(name: str, pair: str, directory: Path, python: str = sys.executable) -> bytes:
    document = json.loads((GOLDEN / name / f"{pair}.json").read_text("utf-8"))
    with stand_in(name, document["service"], Clock(document["now"])) as cloud:
        result = run_input(name, cloud, directory, document["stanza"], python)
    assert result.status == 0 and result.quarantined == [], result.log
    return result.stream


@pytest.mark.parametrize(("name", "pair"), PAIRS)
def test_what_a_service_holds_becomes_exactly_this_stream(name, pair, tmp_path):
    assert emitted(name, pair, tmp_path) == (GOLDEN / name / f"{pair}.xml").read_bytes()


def test_every_pair_is_whole():
    for name in ("azure_identity", "azure_inventory", "azure_metrics"):
        written = sorted(path.stem for path in (GOLDEN / name).glob("*.xml"))
        assert [(name, stem) for stem in written] == [pair for pair in PAIRS if pair[0] == name]
