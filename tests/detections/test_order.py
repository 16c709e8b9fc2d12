"""Order, delay, repetition: whatever way the same records arrive, the same signals come out."""

from __future__ import annotations

import os
import random

import pytest

from tests.detections.bench import Bench
from tests.detections.records import epoch, launch, record, stop_trail

NOON = epoch("2026-03-10T12:00:00")
SNAPSHOT, VOLUME, INSTANCE = "snap-0a1b2c3d4e5f60001", "vol-0a1b2c3d4e5f60001", "i-0a1b2c3d4e5f6"


def story() -> list[dict]:
    """One day of one role: refused, tried elsewhere, restored, shared, switched off."""
    return [
        launch(NOON, error="Client.UnauthorizedOperation"),
        launch(NOON + 60, error="Client.UnauthorizedOperation", region="us-east-1"),
        launch(NOON + 120, error="Client.DryRunOperation", region="ap-south-1"),
        launch(NOON + 180),
        record("CreateSnapshot", NOON + 240, {"volumeId": "vol-0a1b2c3d4e5f60009"},
               {"snapshotId": SNAPSHOT}),
        record("CreateVolume", NOON + 300, {"snapshotId": SNAPSHOT}, {"volumeId": VOLUME}),
        record("AttachVolume", NOON + 360, {"volumeId": VOLUME, "instanceId": INSTANCE}, {}),
        record("ModifySnapshotAttribute", NOON + 420, {
            "snapshotId": SNAPSHOT,
            "createVolumePermission": {"add": {"items": [{"group": "all"}]}}}, {}),
        stop_trail(NOON + 480),
        stop_trail(NOON + 540, error="AccessDenied"),
    ]


def outcome(bench, batches: list[list[dict]]) -> tuple[dict, dict]:
    """Signals and cases after each batch was taken and every search run."""
    for batch in batches:
        bench.take(batch, index_time=NOON + 3600)
        bench.now = NOON + 2 * 3600
        bench.collect()
        for name in bench.app.saved_searches:
            if name.startswith("ciw_signal_"):
                bench.run(name)
        bench.run("ciw_case_builder")
    return ({row["_key"]: row for row in bench.documents("ciw_signals")},
            {row["_key"]: row for row in bench.documents("ciw_cases")})


@pytest.fixture
def expected(tmp_path, app_root):
    records = story()
    return records, outcome(Bench(tmp_path / "in-order", app_root), [records])


@pytest.mark.parametrize("seed", range(3 if "CIW_SOAK" in os.environ else 1))
def test_arrival_does_not_matter(bench, expected, seed):
    records, (signals, cases) = expected
    assert {row["signal"] for row in signals.values()} == {
        "instance_created_by_new_principal", "denied_instance_creation",
        "snapshot_to_instance_chain", "snapshot_shared_outside", "audit_logging_impaired"}
    chance = random.Random(seed)
    mixed = [*records, *chance.sample(records, 4)]
    chance.shuffle(mixed)
    cut = sorted(chance.sample(range(1, len(mixed)), 2))
    batches = [mixed[:cut[0]], mixed[cut[0]:cut[1]], mixed[cut[1]:]]
    seen = outcome(bench, batches)
    for kind, rows, wanted in zip(("signals", "cases"), seen, (signals, cases), strict=True):
        differing = [(key, field, rows.get(key, {}).get(field), row[field])
                     for key, row in wanted.items() for field in row
                     if rows.get(key, {}).get(field) != row[field]]
        assert not differing, kind
        assert rows == wanted
