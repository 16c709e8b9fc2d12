"""The ledger as inventories correct it, on three clouds."""

from __future__ import annotations

from tests.detections import azure_records as azure
from tests.detections import google_records as google
from tests.detections import inventory_records as inventory
from tests.detections.bench import DAY, HOUR
from tests.detections.inventory_records import ec2, gce, gce_disk, nic, take_snapshot, vm
from tests.detections.records import epoch, launch, record, role

START = epoch("2026-03-10T09:00:00")
ONE, TWO = "i-0a1b2c3d4e5f60001", "i-0a1b2c3d4e5f60002"
SIX = START + 6 * HOUR


def ledger(bench) -> dict[str, dict]:
    """The ledger by instance, after the log's and the inventory's backfills."""
    bench.collect()
    for name in ("status", "ledger", "inventory"):
        bench.run(f"ciw_backfill_{name}", span=(0, bench.now + DAY))
    return {row["object_id"]: row for row in bench.documents("ciw_instances")}


def around(start: float = START) -> list[dict]:
    """The account's log reaches from an hour before to a day after."""
    return [record("CreateVolume", start + at, {}, {"volumeId": "vol-1"}) for at in (-HOUR, DAY)]


def pick(row: dict, **wanted: object) -> dict:
    return {name: row.get(name) for name in wanted}


def test_a_row_holds_what_the_inventory_says(bench):
    bench.take([*around(), launch(START, ONE)])
    take_snapshot(bench, "aws", SIX, [ec2(
        ONE, START, InstanceType="m5.large", PublicIpAddress="198.51.100.7",
        IamInstanceProfile={"Arn": "arn:aws:iam::111122223333:instance-profile/web"},
        Tags=[{"Key": "Owner", "Value": "payments"}])])
    wanted = {
        "user": role("deploy"), "created": START, "provenance": "proved", "state": "running",
        "state_time": START, "instance_type": "m5.large", "owner": "payments",
        "exposure": "public address 198.51.100.7", "groups": "sg-0a1b2c3d4e5f60001",
        "identity": "arn:aws:iam::111122223333:instance-profile/web",
        "metadata": "tokens required, endpoint enabled, hops 1, tags -",
        "network": "vpc-0a1b2c3d4e5f60001", "inventory_time": SIX, "launched": START}
    assert pick(ledger(bench)[ONE], **wanted) == wanted


def test_the_other_clouds_rows(bench):
    bench.take_json([row.rest() for row in azure.launch(START)], azure.REST)
    bench.take_json(google.launch(START), google.sourcetype())
    identity = azure.resource("Microsoft.ManagedIdentity/userAssignedIdentities", "App")
    group = azure.resource("Microsoft.Network/networkSecurityGroups", "web")
    take_snapshot(bench, "azure", SIX, [
        vm("Web-1", START, tags={"team": "payments"}, identity={
            "type": "SystemAssigned, UserAssigned", "principalId": "33333333-AAAA",
            "userAssignedIdentities": {identity: {"clientId": "x"}}}),
        nic("web-1", "web-1", networkSecurityGroup={"id": group}, ipConfigurations=[{"properties": {
            "publicIPAddress": {"id": "/ip"}, "subnet": {"id": "/vnets/main/subnets/a"}}}])])
    take_snapshot(bench, "gcp", SIX, [
        gce("example-1", START, tags={"items": ["web"]}, labels={"owner": "payments"},
            networkInterfaces=[{"network": "https://x/projects/p/global/networks/default",
                                "accessConfigs": [{"natIP": "198.51.100.7"}]}],
            metadata={"items": [{"key": "created-by", "value": "projects/1/zones/z/groups/g"}]}),
        gce_disk("example-1", "example-1")])
    found = ledger(bench)
    machine = found[azure.machine("web-1").lower()]
    wanted = {
        "user": azure.OPERATOR, "provenance": "proved", "instance_type": "Standard_D2s_v5",
        "image_id": "canonical:ubuntu-24_04-lts:server:latest", "groups": group.lower(),
        "identity": [identity.lower(), "33333333-aaaa"],
        "exposure": "public address /ip", "network": "/vnets/main", "owner": "payments",
        "state": "running", "vendor_region": "westeurope"}
    assert pick(machine, **wanted) == wanted
    wanted = {
        "user": google.HUMAN, "provenance": "proved", "instance_type": "n2-standard-4",
        "image_id": "projects/debian-cloud/global/images/debian-12-v1", "groups": "web",
        "identity": google.ROBOT, "exposure": "public address 198.51.100.7", "owner": "payments",
        "parent_id": ["projects/1/zones/z/groups/g",
                      "projects/debian-cloud/global/images/debian-12-v1"],
        "state": "running", "vendor_region": "europe-west3"}
    assert pick(found[google.instance_number("example-1")], **wanted) == wanted
    aliases = {row["alias"]: row["object_id"] for row in bench.documents("ciw_instance_aliases")}
    assert aliases == {
        "000D3AF87856": azure.machine("web-1").lower(),
        azure.resource("Microsoft.Network/networkInterfaces", "web-1").lower():
            azure.machine("web-1").lower(),
        google.path("instances", "example-1"): google.instance_number("example-1")}


def test_what_a_snapshot_lacks_is_gone(bench):
    """An incomplete snapshot, and one of another region, say nothing."""
    bench.take([*around(), launch(START, ONE), launch(SIX - 60, TWO)])
    take_snapshot(bench, "aws", START + HOUR, [], complete=False)
    take_snapshot(bench, "aws", START + HOUR + 1, [], region="eu-west-2")
    assert {row["state"] for row in ledger(bench).values()} == {"running"}
    take_snapshot(bench, "aws", SIX, [])
    found = ledger(bench)
    assert pick(found[ONE], state=1, state_time=1) == {"state": "gone", "state_time": SIX}
    assert found[TWO]["state"] == "running", "it began a minute before the snapshot"


def test_what_was_listed_and_is_no_more_is_gone(bench):
    take_snapshot(bench, "gcp", START, [gce("a", START - DAY), gce("b", START - DAY)])
    ledger(bench)
    take_snapshot(bench, "gcp", SIX, [gce("a", START - DAY, status="TERMINATED")])
    found = ledger(bench)
    states = {name: (found[google.instance_number(name)]["state"],
                     found[google.instance_number(name)]["state_time"]) for name in "ab"}
    assert states == {"a": ("stopped", SIX), "b": ("gone", SIX)}


def test_an_event_after_the_snapshot_tells_the_state(bench):
    """Also what was listed, ended by an event and is in the next snapshot no more."""
    stopped, ended = ({"instancesSet": {"items": [{"instanceId": name}]}} for name in (ONE, TWO))
    bench.take([launch(START, ONE), launch(START, TWO),
                record("StopInstances", SIX + HOUR, stopped, stopped),
                record("TerminateInstances", SIX + HOUR, ended, ended)])
    take_snapshot(bench, "aws", SIX, [ec2(ONE, START), ec2(TWO, START)])
    take_snapshot(bench, "aws", SIX + 6 * HOUR, [
        ec2(ONE, START, State={"Code": 80, "Name": "stopped"})])
    found = ledger(bench)
    assert {name: (row["state"], row["state_time"]) for name, row in found.items()} == {
        ONE: ("stopped", SIX + HOUR), TWO: ("terminated", SIX + HOUR)}


def test_a_creation_without_event(bench):
    """Unproven only where the log reaches over the launch and a trail records the region."""
    bench.take(around())
    launched = {"i-a1": START, "i-b2": START - DAY, "i-c3": START + 2 * DAY}
    for region, prefix, logging in (("eu-west-1", "", True), ("eu-west-2", "u", False)):
        take_snapshot(bench, "aws", START + 3 * DAY, [
            *(ec2(name + prefix, moment, region=region,
                  LaunchTime=inventory.stamp(START + 2.5 * DAY))
              for name, moment in launched.items()),
            inventory.trail(region=region, logging=logging)], region=region)
    found = ledger(bench)
    assert {name: row["provenance"] for name, row in found.items()} == {
        "i-a1": "unproven", "i-b2": "unknown", "i-c3": "unknown",
        "i-a1u": "unknown", "i-b2u": "unknown", "i-c3u": "unknown"}
    for name, moment in launched.items():
        row = found[name]
        assert (row["created"], row["state"], row.get("user"), row["authorisation"]) == (
            moment, "running", None, "unknown")
        assert row["authorisation_reason"]


def test_an_instance_of_a_scale_set_is_never_unproven(bench):
    bench.take_json([row.rest() for at in (0, DAY) for row in azure.launch(START + at)],
                    azure.REST)
    sets = azure.resource("Microsoft.Compute/virtualMachineScaleSets", "pool")
    take_snapshot(bench, "azure", START + DAY, [
        vm("alone", START + HOUR),
        vm("flexible", START + HOUR, {"virtualMachineScaleSet": {"id": sets}}),
        vm("x", START + HOUR) | {
            "resource_type": "microsoft.compute/virtualmachinescalesets/virtualmachines",
            "resource": vm("x", START + HOUR)["resource"] | {"id": sets + "/virtualMachines/3"}}])
    found = ledger(bench)
    assert {name.rpartition("/")[2]: row["provenance"] for name, row in found.items()} == {
        "web-1": "proved", "alone": "unproven", "flexible": "unknown", "3": "unknown"}


def test_a_creation_that_is_told_late_proves_it(bench):
    bench.take(around())
    take_snapshot(bench, "aws", SIX, [ec2(ONE, START, InstanceType="m5.large")])
    assert ledger(bench)[ONE]["provenance"] == "unproven"
    bench.take([launch(START, ONE)], index_time=bench.now)
    wanted = {"provenance": "proved", "user": role("deploy"), "instance_type": "m5.large",
              "inventory_time": SIX, "authorisation_reason":
              "the account has no approved creators, and no change request covers it"}
    assert pick(ledger(bench)[ONE], **wanted) == wanted


def test_a_run_again_or_an_older_snapshot_changes_nothing(bench):
    bench.take([*around(), launch(START, ONE)])
    changed = ec2(ONE, START, InstanceType="m5.large", SecurityGroups=[{"GroupId": "sg-2"}])
    take_snapshot(bench, "aws", SIX, [ec2(ONE, START)])
    take_snapshot(bench, "aws", SIX + HOUR, [changed])
    first = ledger(bench)
    assert first[ONE]["changes"] == [
        f"{SIX + HOUR:.0f}|{SIX:.0f}|groups|sg-0a1b2c3d4e5f60001|sg-2",
        f"{SIX + HOUR:.0f}|{SIX:.0f}|type|t3.micro|m5.large"]
    take_snapshot(bench, "aws", START + HOUR, [ec2(ONE, START, InstanceType="t3.large")])
    bench.now += HOUR
    assert ledger(bench) == first


def test_snapshot_by_snapshot_is_as_all_at_once(bench):
    """The schedule's runs, of what ended since the last, give what the backfill gives."""
    bench.take([*around(), launch(START, ONE)])
    moments = [START + number * 6 * HOUR for number in range(1, 5)]
    types = ["t3.micro", "m5.large", "m5.large", "m5.xlarge"]
    bench.collect()
    for name in ("status", "ledger"):
        bench.run(f"ciw_backfill_{name}", span=(0, bench.now + DAY))
    for moment, kind in zip(moments, types):
        take_snapshot(bench, "aws", moment, [ec2(ONE, START, InstanceType=kind)],
                      index_time=moment + 300)
        bench.now = moment + 600
        bench.run("ciw_ledger_inventory")
    rows = [bench.documents("ciw_instances")]
    bench.home.kv.collection("ciw_instances").delete()
    rows.append(list(ledger(bench).values()))
    for row in rows[0] + rows[1]:
        del row["updated"]
    assert rows[0] == rows[1]
    assert len(rows[0][0]["changes"]) == 2
