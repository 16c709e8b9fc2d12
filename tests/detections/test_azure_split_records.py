"""One operation of Azure is told in several records: united in any order, batch and shape."""

from __future__ import annotations

import os
import random

import pytest

from tests.detections.azure_records import (
    EXPORT,
    OPERATOR,
    REST,
    SUBSCRIPTION,
    Row,
    application,
    correlation,
    creation,
    disk,
    launch,
    machine,
    operation,
    rule,
    size,
    snapshot,
)
from tests.detections.azure_rows import LOG, NOON, row_of, rows_of, take
from tests.detections.bench import Bench

WRITE = "Microsoft.Compute/virtualMachines/write"


# --- one operation -------------------------------------------------------------------------------

def test_three_records_are_one_creation(bench):
    """The request is on the first, the code on the second, the response on the last."""
    row = row_of(bench, launch(NOON, body=size() | {"tags": {"Owner": "payments",
                                                             "change_ref": "CHG0099"}}))
    assert {name: row[name] for name in (
        "action", "object_category", "status", "result", "user", "user_type", "src", "channel",
        "vendor_account", "vendor_region", "object_id", "instance_type", "image_id",
        "requested_count", "obtained_count", "owner", "change_ref", "cloud", "mitre_id")} == {
        "action": "created", "object_category": "instance", "status": "success",
        "result": "success", "user": OPERATOR, "user_type": "human", "src": "203.0.113.7",
        "channel": "console", "vendor_account": SUBSCRIPTION, "vendor_region": "westeurope",
        "object_id": machine().lower(), "instance_type": "Standard_D2s_v5",
        "image_id": "canonical:ubuntu-24_04-lts:server:latest", "requested_count": "1",
        "obtained_count": "1", "owner": "payments", "change_ref": "CHG0099", "cloud": "azure",
        "mitre_id": "T1578.002"}
    [moment] = bench.search("| `ciw_operation_log` BY operation_id version "
                            "| eval at=_time | table at")
    assert float(moment["at"]) == NOON


@pytest.mark.parametrize("text", [False, True])
def test_both_shapes_give_the_same_row(bench, tmp_path, app_root, text):
    """As Resource Manager lists it, as it is exported, and with properties as JSON in a string."""
    rows = [*launch(NOON), *rule("*", NOON + 60), *launch(
        NOON + 120, "Other", claims=application(), last="Failed", code="Forbidden",
        error={"code": "AuthorizationFailed", "message": "no"})]
    other = Bench(tmp_path / "other", app_root)
    for home, form in ((bench, REST), (other, EXPORT)):
        take(home, rows, form, text)
        home.collect()
    listed, exported = bench.search(LOG + " | table *"), other.search(LOG + " | table *")
    assert len(listed) == 3 and listed == exported


def test_the_last_record_can_be_missing(bench):
    """Pending while it may still come, and a success that nobody refused after hours."""
    row = row_of(bench, launch(NOON)[:2])
    assert (row["status"], row["action"], row["obtained_count"]) == ("pending", "created", "0")
    assert bench.search("`ciw_changes` status=success") == []
    bench.run("ciw_collect_unfinished")
    assert bench.search("`ciw_changes` status=success") == [], "it may still come"
    bench.now = NOON + 7 * 3600
    bench.run("ciw_collect_unfinished")
    [row] = bench.search("`ciw_changes`")
    assert (row["status"], row["action"], row["obtained_count"], row["object_id"]) == (
        "success", "created", "1", machine().lower())
    bench.run("ciw_collect_unfinished")
    assert len(bench.search("index=ciw_operations")) == 2, "told once"


def test_a_late_refusal_overrules_what_was_taken_for_done(bench):
    rows = operation(WRITE, machine(), NOON, size(), code="Conflict", last="Failed",
                     error={"code": "SkuNotAvailable"})
    take(bench, rows[:1])
    bench.collect()
    bench.now = NOON + 7 * 3600
    bench.run("ciw_collect_unfinished")
    take(bench, rows[1:])
    bench.collect()
    [row] = bench.search("`ciw_changes`")
    assert (row["status"], row["result"], row["instance_type"]) == (
        "failure", "SkuNotAvailable", "Standard_D2s_v5")


def test_spellings_of_the_stages(bench):
    """And names and ids in any case: one operation each."""
    stories = {"short": launch(NOON, "a"), "long": launch(NOON, "b"), "upper": launch(NOON, "c")}
    for row, word in zip(stories["short"], ("Start", "Accept", "Success"), strict=True):
        row.status = word
    row = stories["upper"][1]
    row.on, row.operation = row.on.upper(), row.operation.upper()
    assert {row["status"] for row in rows_of(bench, stories).values()} == {"success"}


def test_one_request_that_touches_two_resources_is_two_operations(bench):
    same = correlation()
    take(bench, [*launch(NOON, "a", correlation=same), *launch(NOON, "b", correlation=same)])
    bench.collect()
    assert len(bench.search("`ciw_changes` action=created")) == 2


# --- order, batches, repetition ------------------------------------------------------------------

def story() -> list[Row]:
    other = application(ipaddr="203.0.113.99")
    rows = [*launch(NOON), *launch(NOON + 10, "b", code="OK"),
            *launch(NOON + 20, "c", last="Failed", code="Conflict",
                    error={"code": "OperationNotAllowed", "message": "exceeding approved quota"}),
            *operation("Microsoft.Compute/snapshots/write", snapshot("s"), NOON + 30,
                       creation(disk("d")), {"location": "westeurope"}, "Accepted", claims=other),
            *rule("Internet", NOON + 40)]
    for row in rows[1::2]:
        row.address = ""
    return rows


@pytest.mark.parametrize("seed", range(4 if "CIW_SOAK" in os.environ else 1))
def test_any_order_and_any_batches_give_the_same_log(bench, tmp_path, app_root, seed):
    """Duplicates among them, both shapes mixed; and collecting again changes nothing."""
    rows, chance = story(), random.Random(seed)
    whole = Bench(tmp_path / "whole", app_root)
    take(whole, rows)
    whole.collect()
    wanted = whole.search(LOG + " | table *")
    assert len(wanted) == 5
    mixed = [*rows, *chance.sample(rows, 5)]
    chance.shuffle(mixed)
    arrival = NOON + 3600
    while mixed:
        batch, mixed = mixed[:(size_ := chance.randint(1, 7))], mixed[size_:]
        for shape in (REST, EXPORT):
            part = [row for number, row in enumerate(batch) if (number % 2 == 0) == (shape == REST)]
            if part:
                take(bench, part, shape, index_time=arrival)
        arrival += 300
        run_collector(bench, arrival)
    assert bench.search(LOG + " | table *") == wanted
    bench.now = arrival
    bench.collect()
    assert bench.search(LOG + " | table *") == wanted


def run_collector(bench, moment: float) -> None:
    """The collector alone, as it is scheduled five minutes after the last arrival."""
    bench.now = moment + 60
    bench.run("ciw_collect_operations")


def test_a_later_version_has_a_higher_number(bench):
    rows = launch(NOON)
    take(bench, rows[2:], index_time=NOON + 300)
    bench.now = NOON + 400
    bench.collect()
    take(bench, rows[:2], index_time=NOON + 120)
    bench.collect()
    versions = [int(row["version"]) for row in bench.search("index=ciw_operations")]
    assert len(set(versions)) == 2
    [row] = bench.search("`ciw_changes`")
    assert int(row["version"]) == max(versions) and row["instance_type"] == "Standard_D2s_v5"


def test_each_record_is_read_once_and_late_ones_are_united(bench):
    rows = launch(NOON)
    take(bench, rows[:1], index_time=NOON)
    take(bench, rows[1:2], index_time=NOON + 240)
    take(bench, rows[2:], index_time=NOON + 3 * 3600)
    for moment in (NOON, NOON + 300, NOON + 600, NOON + 3 * 3600, NOON + 3 * 3600 + 300):
        bench.now = moment
        bench.run("ciw_collect_operations")
    assert len(bench.search("index=ciw_operations")) == 3
    [row] = bench.search("`ciw_changes`")
    assert (row["status"], row["action"], row["object_id"]) == (
        "success", "created", machine().lower())
