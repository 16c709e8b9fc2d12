"""The operation log makes of the stories what they tell: each instance created, by whom, where."""

from __future__ import annotations

import pytest

from lab import scenarios
from lab.engine.run import Context, search
from lab.engine.store import Event
from lab.home import Home
from lab.runs import bind, context
from lab.scenarios.behaviour import machines
from lab.scenarios.events import audited
from tests.scenarios.conftest import START, records_of

# What only the inventory tells is created by no operation.
STORIES = [scenario.id for scenario in scenarios.all_scenarios()
           if scenario.techniques and "inventory_drift" not in scenario.signals]
END = START + 3 * 86400


@pytest.fixture(scope="module")
def created(tmp_path_factory, app_root):
    """Object id → the row of the operation log that creates it."""
    home = Home(tmp_path_factory.mktemp("stories"))
    app = home.app(app_root)
    batches: dict[str, list[Event]] = {}
    for name in STORIES:
        for one in audited(records_of(name)):
            batches.setdefault(one.index, []).append(
                Event(one.time, one.time + 120, one.text, one.sourcetype, one.source, "lab"))
    for index, events in batches.items():
        home.store.append(index, events)
    for name in ("ciw_backfill_operations", "ciw_backfill_behind"):
        saved = app.saved_searches[name]
        search(bind(saved, {}), context(home, app, saved, END, span=(START - 60, END)))
    rows = search(
        "| `ciw_operation_log` action=created object_category=instance BY operation_id version"
        " | `ciw_latest` | where status!=\"failure\" | mvexpand object_id"
        " | table cloud vendor_account vendor_region user object_id instance_type",
        Context(home=home, app=app, now=END, earliest=START - 60, latest=END)).rows
    return {row["object_id"]: row for row in rows}


@pytest.mark.parametrize("name", STORIES)
def test_every_instance_of_a_story_is_created_in_the_operation_log(name, created):
    for machine in machines(records_of(name), END):
        row = created[machine.id.lower() if machine.cloud == "azure" else machine.id]
        assert (row["cloud"], row["vendor_account"], row["vendor_region"]) == \
            (machine.cloud, machine.account, machine.region)
        assert machine.kind in (row["instance_type"] if isinstance(row["instance_type"], list)
                                else [row["instance_type"]])
        assert row["user"] != "unknown"


def test_the_stories_create_nothing_else(created):
    told = {machine.id.lower() for name in STORIES for machine in machines(records_of(name), END)}
    assert {name.lower() for name in created} == told
