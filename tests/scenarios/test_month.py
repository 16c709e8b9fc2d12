"""The benign month: three clouds every day, what it promises is in it, and it stays the same."""

from __future__ import annotations

from collections import Counter

import pytest

from lab import scenarios
from lab.scenarios import forms, lists, month
from lab.scenarios.behaviour import machines
from lab.scenarios.events import audited
from tests.scenarios.conftest import START

DAY = 86400


@pytest.fixture(scope="module")
def found():
    return scenarios.records(scenarios.get("benign_month"), 1, START)


def test_every_cloud_works_every_day(found):
    days = Counter((forms.form(record).cloud, int((record.time - START) // DAY))
                   for record in found if START <= record.time < START + month.DAYS * DAY)
    assert {cloud for cloud, _ in days} == {"aws", "azure", "gcp"}
    for cloud in ("aws", "azure", "gcp"):
        assert min(days[cloud, day] for day in range(month.DAYS)) >= 20
    assert not any(record.step for record in found)
    assert len({(record.form, forms.identity(record)) for record in found}) == len(found)


def test_what_it_promises_is_in_it(found):
    told = "\n".join(forms.text(record) for record in found)
    for name in ("batch-runner", "recovery-exercise", "ci-build-server", "build-artifacts",
                 "Engineer_1b2c3d4e5f607182", "Engineer_2c3d4e5f60718293", "rg-jobs", "job-3",
                 month.ROLLOUT, month.ROLLOUT.lower(), *month.NEW_REGIONS):
        assert name in told, name
    operations = Counter(forms.operation(record) for record in found)
    for name in ("CreateSnapshot", "Microsoft.Compute/snapshots/write",
                 "v1.compute.disks.createSnapshot", "TerminateInstances",
                 "Microsoft.Insights/AutoscaleSettings/Scaleup/Action"):
        assert operations[name] >= 20, name


def test_what_an_admin_would_list_is_listed(found):
    own = lists.own(scenarios.get("benign_month"), START)
    rows = lists.merged(lists.standing(), {"ciw_change_requests": lists.deployments(found)}, own)
    references = {row["change_ref"] for row in rows["ciw_change_requests"]}
    assert month.ROLLOUT in references and len(references) > 400
    assert all(reference.isupper() for reference in references)
    users = {row["user"] for row in rows["ciw_approved_creators"]}
    assert "*:role/batch-runner" in users
    assert own["ciw_approved_regions"][0]["vendor_region"] == month.NEW_REGIONS[0]


def test_the_beginning_of_the_month_is_the_same_each_time():
    first, second = ([forms.text(record) for record in month.build(3, START, 2)] for _ in range(2))
    assert first == second
    assert first != [forms.text(record) for record in month.build(4, START, 2)]


def test_it_can_be_had_as_events(found):
    made = list(audited(found))
    assert len(made) == len(found)
    assert {one.index for one in made} == {"cloud_audit", "cloud_identity"}
    living = machines(found, START + month.DAYS * DAY)
    assert Counter(machine.cloud for machine in living).keys() == {"aws", "azure", "gcp"}
    assert sum(machine.until == START + month.DAYS * DAY for machine in living) < 120
    batch = [machine for machine in living if machine.role == "batch" and machine.kind ==
             "c5.24xlarge"]
    assert len(batch) == 4 * month.DAYS
    assert all(machine.until - machine.start == 3 * 3600 for machine in batch)
