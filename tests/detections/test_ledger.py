"""The ledger of instances: who created each, how, and what became of it."""

from __future__ import annotations

import itertools

import pytest

from tests.detections.bench import HOUR
from tests.detections.records import ACCOUNT, epoch, launch, record, role

START = epoch("2026-03-10T09:00:00")
INSTANCE = "i-0a1b2c3d4e5f60001"


def on_instance(name: str, moment: float, **more) -> dict:
    items = {"instancesSet": {"items": [{"instanceId": INSTANCE}]}}
    return record(name, moment, items, items, **more)


def build(bench, records) -> list[dict]:
    """The ledger after the backfill over these records."""
    bench.take(records)
    bench.collect()
    bench.run("ciw_backfill_ledger", span=(0, bench.now + HOUR))
    return bench.documents("ciw_instances")


def test_a_creation_is_a_row(bench):
    bench.put("ciw_owners", [])
    (row,) = build(bench, [launch(START, INSTANCE, tags={"owner": "payments",
                                                         "change": "CHG0001234"})])
    wanted = {"cloud": "aws", "vendor_account": ACCOUNT, "vendor_region": "eu-west-1",
              "object_id": INSTANCE, "created": START, "user": role("deploy"),
              "user_type": "role", "channel": "cli", "src": "203.0.113.10",
              "instance_type": "t3.micro", "image_id": "ami-0a1b2c3d4e5f60001",
              "authorisation": "unknown", "authorisation_reason":
              "the account has no approved creators, and no change request covers it", "change_ref": "CHG0001234", "owner": "payments",
              "state": "running", "state_time": START, "provenance": "proved"}
    assert {name: row.get(name) for name in wanted} == wanted


def test_each_instance_of_a_launch_has_a_row(bench):
    made = launch(START)
    made["responseElements"]["instancesSet"]["items"] = [
        {"instanceId": f"i-0a1b2c3d4e5f6000{n}"} for n in range(3)]
    assert {row["object_id"] for row in build(bench, [made])} == {
        f"i-0a1b2c3d4e5f6000{n}" for n in range(3)}


def test_a_refused_creation_is_none(bench):
    assert build(bench, [launch(START, error="Client.UnauthorizedOperation")]) == []


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_of_arrival_does_not_matter(bench, order):
    """Launch, stop and termination arrive in any order, each in a run of its own."""
    events = [launch(START, INSTANCE), on_instance("StopInstances", START + 600, who="other"),
              on_instance("TerminateInstances", START + 1200, who="other")]
    for place in order:
        rows = build(bench, [events[place]])
    (row,) = rows
    assert (row["user"], row["created"], row["state"], row["state_time"], row["provenance"]) == (
        role("deploy"), START, "terminated", START + 1200, "proved")


@pytest.mark.parametrize("order", [(0, 2, 1), (2, 1, 0)])
def test_the_type_is_that_of_the_last_resizing(bench, order):
    """Whatever arrives when: each is read by a run of its own."""
    records = [launch(START, INSTANCE), *(
        record("ModifyInstanceAttribute", START + HOUR * number,
               {"instanceId": INSTANCE, "instanceType": {"value": kind}}, {"_return": True})
        for number, kind in ((1, "m5.large"), (2, "c5.large")))]
    for number in order:
        arrived = bench.now or START + 12 * HOUR
        bench.take([records[number]], index_time=arrived)
        bench.now = arrived + 300
        bench.run("ciw_collect_operations")
        bench.now += 180
        bench.run("ciw_ledger_instances")
        bench.now += 120
    [row] = bench.documents("ciw_instances")
    assert (row["instance_type"], row["created"]) == ("c5.large", START)


def test_nothing_is_known_of_the_creation_of_what_was_there_before(bench):
    (row,) = build(bench, [on_instance("StopInstances", START)])
    assert (row["provenance"], row["state"], row.get("user")) == ("unknown", "stopped", None)


def test_a_run_again_writes_nothing(bench):
    (first,) = build(bench, [launch(START, INSTANCE)])
    bench.now += HOUR
    bench.run("ciw_backfill_ledger", span=(0, bench.now + HOUR))
    assert bench.documents("ciw_instances") == [first]


def test_interfaces_and_addresses_name_their_instance(bench):
    """Each instance of a launch by its own; an address that is given anew by the newer."""
    made, later = launch(START), launch(START + HOUR)
    made["responseElements"]["instancesSet"]["items"] = [
        {"instanceId": f"i-0a1b2c3d4e5f6000{n}", "privateIpAddress": f"10.0.0.{n}",
         "networkInterfaceSet": {"items": [{"networkInterfaceId": f"eni-0a1b2c3d4e5f6000{n}"}]}}
        for n in (1, 2)]
    later["responseElements"]["instancesSet"]["items"] = [
        {"instanceId": "i-0a1b2c3d4e5f60009", "privateIpAddress": "10.0.0.2"}]
    bench.take([made, later])
    bench.collect()
    bench.run("ciw_backfill_aliases", span=(0, bench.now + HOUR))
    found = {row["alias"]: row["object_id"] for row in bench.documents("ciw_instance_aliases")}
    assert found == {"eni-0a1b2c3d4e5f60001": "i-0a1b2c3d4e5f60001",
                     "eni-0a1b2c3d4e5f60002": "i-0a1b2c3d4e5f60002",
                     "10.0.0.1": "i-0a1b2c3d4e5f60001", "10.0.0.2": "i-0a1b2c3d4e5f60009"}
