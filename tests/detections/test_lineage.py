"""Names of snapshots that are used again: Azure and Google identify a resource by its name.

What takes a snapshot under one name every hour, and what restores from it, must not make a row for
each snapshot and each restore: eventstats drops what does not fit into its memory.
"""

from __future__ import annotations

import pytest

from lab.engine.store import Event
from tests.detections.bench import HOUR, Bench
from tests.detections.records import epoch

NOON = epoch("2026-03-10T12:00:00")
PLACE = "projects/example-production/zones/europe-west1-b"
SNAPSHOT = "projects/example-production/global/snapshots/database"
TAKEN = 6
EARLY, LATE = f"{PLACE}/instances/early", f"{PLACE}/instances/late"
LAUNCHES = {f"{PLACE}/instances/before": -1.0, EARLY: 0.5, LATE: TAKEN + 1}


def _row(user: str, hours: float, category: str, name: str, origin: str) -> Event:
    at = NOON + hours * HOUR
    return Event(at, at, "", "stash_hec", "lineage", "lineage", {
        "operation_id": f"{user}-{name}-{hours}", "version": "1", "cloud": "gcp",
        "vendor_account": "example-production", "vendor_region": "europe-west1",
        "command": "insert", "action": "created", "object_category": category,
        "status": "success", "result": "success", "user": user, "object_id": name,
        "parent_id": origin})


@pytest.fixture(scope="module")
def bench(tmp_path_factory, app_root) -> Bench:
    """Two principals take one snapshot again and again; three instances are made of it."""
    found = Bench(tmp_path_factory.mktemp("lineage"), app_root)
    disk = f"{PLACE}/disks/database"
    found.home.store.append("ciw_operations", [
        *(_row("backup@example.com", hours, "snapshot", SNAPSHOT, disk) for hours in range(TAKEN)),
        *(_row("admin@example.com", hours + 2.5, "snapshot", SNAPSHOT, disk)
          for hours in range(TAKEN - 2)),
        *(_row("restore@example.com", hours, "instance", name, SNAPSHOT)
          for name, hours in LAUNCHES.items())])
    found.now = NOON + (TAKEN + 2) * HOUR
    return found


def test_a_launch_tells_the_first_taking_and_all_who_took(bench):
    bench.run("ciw_signal_snapshot_to_instance_chain")
    found = {row["object_id"]: row["reason"] for row in bench.documents("ciw_signals")}
    place = "restore@example.com launched {} in gcp account example-production (europe-west1) from"
    end = "in example-production."
    assert found == {
        EARLY: f"{place.format(EARLY)} {SNAPSHOT}, taken 0.5 hours before by backup@example.com"
               f" {end}",
        LATE: f"{place.format(LATE)} {SNAPSHOT}, taken {TAKEN + 1}.0 hours before by"
              f" admin@example.com, backup@example.com {end}"}


def test_takings_under_one_name_are_one_root_a_principal(bench):
    [row] = bench.search(
        "| `ciw_operation_log` BY operation_id version | `ciw_latest` | `ciw_lineage_pairs`"
        " | `ciw_lineage_roots` | `ciw_lineage_hop` | `ciw_lineage_hop`"
        " | eval roots=mvcount(root) | stats max(roots) AS most dc(root) AS different")
    assert (row["most"], row["different"]) == ("2", "2")
