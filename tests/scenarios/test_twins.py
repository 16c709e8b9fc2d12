"""A benign twin is its attack but for one fact, which shows where its label says and nowhere else."""

from __future__ import annotations

import re
from typing import Any

import pytest

from lab import scenarios
from lab.scenarios import forms
from lab.scenarios.behaviour import machines
from lab.scenarios.model import Record
from tests.scenarios.conftest import START, each, records_of

TWINS = [scenario for scenario in scenarios.all_scenarios() if scenario.twin_of]
EVERYWHERE = {"gpu_mining", "snapshot_exfiltration", "boot_disk_chain", "logging_impaired",
              "denied_prober", "slow_instance", "insider_at_night", "short_lived",
              "config_reverted", "tls_mining", "bulk_transfer"}
REQUIRED = {
    "aws": {*EVERYWHERE, "leaked_key_launch", "group_redirected"},
    "azure": {*EVERYWHERE, "helpdesk_takeover", "scale_set_redirected"},
    "google": {*EVERYWHERE, "leaked_key_mining", "group_redirected"},
}
# What is told by every record and follows from who calls, or is an id of the call itself.
_IDS = re.compile(r"(eventID|requestID|eventDataId|operationId|insertId|correlationId|uti)$")


def flat(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        return {key: leaf for name, part in value.items()
                for key, leaf in flat(part, f"{path}.{name}" if path else name).items()}
    if isinstance(value, list):
        return {key: leaf for number, part in enumerate(value)
                for key, leaf in flat(part, f"{path}.{number}").items()}
    return {path: value}


def difference(first: Record, second: Record) -> set[str]:
    one, other = flat(first.body), flat(second.body)
    return {path for path in one.keys() | other.keys()
            if one.get(path, _IDS) != other.get(path, _IDS) and not _IDS.search(path)}


@pytest.mark.parametrize("twin", TWINS, ids=each)
def test_a_twin_differs_where_its_label_says(twin):
    attack = scenarios.get(twin.twin_of)
    ours, theirs = records_of(twin.id), records_of(attack.id)
    assert [(one.time, one.account, one.region, forms.operation(one)) for one in ours] == \
        [(one.time, one.account, one.region, forms.operation(one)) for one in theirs]
    shown: set[str] = set()
    for one, other in zip(ours, theirs, strict=True):
        for path in difference(one, other):
            named = [pattern for pattern in twin.differs_in if re.search(pattern, path)]
            assert named, f"{forms.operation(one)} differs in {path}, which differs_in lacks"
            shown.update(named)
    end = START + twin.seconds
    roles = [[machine.role for machine in machines(found, end)] for found in (ours, theirs)]
    if roles[0] != roles[1]:
        shown.add("role")
    if twin.lists != attack.lists:
        shown.add("list")
    assert shown == set(twin.differs_in)
    assert twin.differs and not twin.techniques and twin.at_most == "low"
    assert not any(record.step for record in ours) and any(record.step for record in theirs)


@pytest.mark.parametrize("cloud", sorted(REQUIRED))
def test_every_story_is_there_with_its_twin(cloud):
    twinned = {scenario.twin_of for scenario in TWINS}
    assert {f"{cloud}_{name}" for name in REQUIRED[cloud]} <= twinned


@pytest.mark.parametrize("twin", TWINS, ids=each)
def test_lists_are_rows_that_an_admin_could_write(twin, app_root):
    """Lists of the app, with the columns that they have."""
    for name, row in twin.lists:
        header = (app_root / "lookups" / f"{name}.csv").read_text("utf-8-sig").splitlines()[0]
        assert set(row) <= set(header.split(",")), name
        assert row["cloud"] in ("aws", "azure", "gcp") and row["vendor_account"]
