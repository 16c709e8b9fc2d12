"""Vendor add-ons' settings beside ours change no row of the operation log."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.app import App
from tests.detections import azure_records as azure
from tests.detections import google_records as google
from tests.detections.bench import DAY, Bench
from tests.detections.inventory_records import ec2, gce, nic, take_snapshot, vm
from tests.detections.records import epoch, launch, record, stop_trail

NOON = epoch("2026-03-10T12:00:00")
APPS = sorted(path for path in (Path(__file__).parent / "vendor_apps").iterdir() if path.is_dir())
LOG = ("| `ciw_operation_log` BY operation_id version change_type "
       "| sort 0 str(operation_id)")
"""What was written; read by tstats, as detections do, which no search-time setting reaches."""


def aws(bench: Bench) -> None:
    bench.take([launch(NOON, "i-0a1b2c3d4e5f60001", tags={"owner": "payments"}),
                launch(NOON + 1, error="Client.UnauthorizedOperation"), stop_trail(NOON + 2),
                record("CreateSnapshot", NOON + 3, {"volumeId": "vol-0a1b2c3d4e5f60009"},
                       {"snapshotId": "snap-0a1b2c3d4e5f60001"})])


def azures(bench: Bench) -> None:
    bench.take_json([row.rest() for row in azure.launch(NOON)], azure.REST)
    bench.take_json([row.export(True) for row in azure.launch(
        NOON + 9, "Other", claims=azure.application(), last="Failed", code="Forbidden")],
        azure.EXPORT)
    bench.take_json([azure.directory("Add user", NOON, [{"id": "a"}])], azure.ENTRA)


def googles(bench: Bench) -> None:
    firewall = f"projects/{google.PROJECT}/global/firewalls/open"
    bench.take_json([
        *google.launch(NOON, trigger="trigger-1", tags={"owner": "payments"}),
        *[google.enveloped(one) for one in google.launch(
            NOON + 1, "b", who=google.ROBOT, error={"code": 8, "message": "QUOTA_EXCEEDED"})],
        google.entry("v1.compute.instances.stop", NOON + 2, google.path("instances", "c")),
        google.entry("v1.compute.firewalls.insert", NOON + 3, firewall, {
            "alloweds": [{"IPProtocol": "tcp", "ports": ["22"]}]}),
        google.entry("SetIamPolicy", NOON + 4, f"projects/{google.PROJECT}", {},
                     service="cloudresourcemanager", serviceData={"policyDelta": {"bindingDeltas": [
                         {"action": "ADD", "member": "user:a@example.org", "role": "r"}]}})],
        google.sourcetype())


TAKE = {"Splunk_TA_amazon_like": aws, "Splunk_TA_google_like": googles,
        "Splunk_TA_microsoft_like": azures}


@pytest.mark.parametrize("beside", APPS, ids=lambda path: path.name)
def test_the_log_stays_as_it_is(tmp_path, app_root, monkeypatch, beside):
    logs = []
    for name, others in (("alone", []), ("beside", [beside])):
        # A run's numbers are part of its records' ids; both homes get the same records.
        for module in ("records", "azure_records", "google_records"):
            monkeypatch.setattr(f"tests.detections.{module}._NUMBERS", iter(range(1, 10_000)))
        bench = Bench(tmp_path / name, app_root)
        bench.app = bench.home.app(app_root, others)
        TAKE[beside.name](bench)
        bench.collect()
        logs.append(bench.search(LOG))
    assert logs[0] and logs[0] == logs[1]


def test_the_add_ons_do_reach_this_apps_searches(tmp_path, app_root):
    """Else the test above would show nothing."""
    bench = Bench(tmp_path, app_root)
    bench.app = bench.home.app(app_root, APPS)
    azures(bench)
    [row] = bench.search("index=cloud_audit sourcetype=mscs:azure:audit | stats values(object_id) "
                         "AS object_id values(channel) AS channel BY sourcetype")
    assert (row["object_id"], row["channel"]) == ("vendor object", "vendor")


def app(root: Path, name: str, export: str, props: str) -> Path:
    (root / name / "default").mkdir(parents=True)
    (root / name / "metadata").mkdir()
    (root / name / "default" / "props.conf").write_text(props, encoding="utf-8")
    (root / name / "metadata" / "default.meta").write_text(f"[]\nexport = {export}\n", "utf-8")
    return root / name


def test_inventories_are_read_of_raw(tmp_path, app_root):
    """What another app extracts and calculates on their source types does not reach the ledger."""
    props = "".join(
        f"[{name}]\nKV_MODE = none\n" + "".join(
            f'EVAL-{field} = "vendor"\n' for field in (
                "cloud", "vendor_account", "object_id", "instance_type", "complete", "snapshot_id",
                "key", "state", "scope", "network", "owner"))
        for name in ("aws:metadata", "ciw:azure:inventory", "ciw:gcp:inventory", "ciw:snapshot"))
    ledgers = []
    for name, others in (("alone", []), ("beside", [app(tmp_path, "aa_x", "system", props)])):
        bench = Bench(tmp_path / name, app_root)
        bench.app = bench.home.app(app_root, others)
        take_snapshot(bench, "aws", NOON, [ec2("i-0a1b2c3d4e5f60001", NOON - 9)])
        take_snapshot(bench, "azure", NOON, [vm("a", NOON - 9), nic("a", "a")])
        take_snapshot(bench, "gcp", NOON, [gce("a", NOON - 9)])
        bench.run("ciw_backfill_inventory", span=(0, bench.now + DAY))
        ledgers.append(bench.documents("ciw_instances"))
    assert len(ledgers[0]) == 3 and ledgers[0] == ledgers[1]


def test_precedence(tmp_path, app_root):
    """At search time ours go first, at index time the first name; what is not exported counts at
    index time only.
    """
    theirs = "[aws:cloudtrail]\nKV_MODE = none\nTRUNCATE = 7\nEVAL-extra = 1\n"
    first = App(app_root, others=[app(tmp_path, "Splunk_TA_x", "system", theirs)])
    last = App(app_root, others=[app(tmp_path, "zz_x", "system", theirs)])
    hidden = App(app_root, others=[app(tmp_path, "Splunk_TA_y", "none", theirs)])
    seen = [dict(one.props("aws:cloudtrail")) for one in (first, last, hidden)]
    assert [found["KV_MODE"] for found in seen] == ["json", "json", "json"]
    assert [found["TRUNCATE"] for found in seen] == ["7", "0", "7"]
    assert ["EVAL-extra" in found for found in seen] == [True, True, False]
