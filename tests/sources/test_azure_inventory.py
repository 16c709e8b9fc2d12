"""Azure's inventory beyond the promises: who may create, what cannot be seen, parts that fail."""

from __future__ import annotations

import json

import pytest
from ciw.azure_roles import CREATE_INSTANCES, granted

from tests.sources.azure_runs import SUBSCRIPTION, Clock, run_input, stand_in

NOW = 1767607200
VM, SCALE_SET, DEPLOYMENT = CREATE_INSTANCES
OTHER = "99999999-2222-3333-4444-555555555555"
ROLE = "9980e02c-c2be-4d73-94e8-173b1dc7cf3c"


@pytest.fixture
def clock():
    return Clock(NOW)


@pytest.fixture
def resource_graph(clock):
    with stand_in("azure_inventory", {}, clock) as made:
        yield made


def role(*permissions: dict) -> dict:
    return {"permissions": list(permissions)}


GRANTS = {
    "owner": (role({"actions": ["*"], "notActions": []}), list(CREATE_INSTANCES)),
    "contributor": (
        role({"actions": ["*"], "notActions": ["Microsoft.Authorization/*/Write"]}),
        list(CREATE_INSTANCES),
    ),
    "reader": (role({"actions": ["*/read"]}), []),
    "any write": (role({"actions": ["*/WRITE"]}), list(CREATE_INSTANCES)),
    "excluded": (
        role({"actions": ["microsoft.compute/*"], "notActions": ["*/virtualMachines/write"]}),
        [SCALE_SET],
    ),
    "excluded here, granted there": (
        role({"actions": ["*"], "notActions": ["Microsoft.Compute/*"]}, {"actions": [VM]}),
        [VM, DEPLOYMENT],
    ),
    "extensions only": (role({"actions": ["Microsoft.Compute/virtualMachines/*/write"]}), []),
    "data actions": (role({"actions": [], "dataActions": ["*"]}), []),
    "a dot is a dot": (role({"actions": ["MicrosoftXCompute/virtualMachines/write"]}), []),
    "null": (role({"actions": None}), []),
}


@pytest.mark.parametrize("name", GRANTS)
def test_what_a_role_grants(name):
    definition, wanted = GRANTS[name]
    assert granted(definition) == wanted


@pytest.mark.parametrize("definition", [None, {}, role("x"), role({"actions": [1]})])
def test_a_role_that_is_none(definition):
    with pytest.raises(TypeError):
        granted(definition)


def run(cloud, tmp_path, **stanza):
    return run_input(
        "azure_inventory", cloud, tmp_path, {"subscriptions": SUBSCRIPTION, **stanza}
    )


def events(outcome) -> list[dict]:
    return [json.loads(text) for text in outcome.of("ciw:azure:inventory")]


def ends(outcome) -> list[dict]:
    return [json.loads(text) for text in outcome.of("ciw:snapshot")]


def add(cloud, kind: str, table: str = "resources", name: str = "x", **more) -> None:
    cloud.rows[table].append(
        {"id": f"/{kind}/{name}", "type": kind, "subscriptionId": SUBSCRIPTION, **more}
    )


def test_an_assignment_on_a_management_group_is_found(resource_graph, tmp_path):
    add(resource_graph, "microsoft.authorization/roledefinitions", "authorizationresources", ROLE,
        properties={"roleName": "Owner", "permissions": [{"actions": ["*"]}]})
    add(resource_graph, "microsoft.authorization/roleassignments", "authorizationresources",
        inherited=True, properties={"roleDefinitionId": "/providers/x/" + ROLE.upper()})
    found = {event["resource_type"]: event for event in events(run(resource_graph, tmp_path))}
    assignment = found["microsoft.authorization/roleassignments"]
    assert assignment["role_name"] == "Owner"
    assert assignment["may_create"] == list(CREATE_INSTANCES)


def test_that_nothing_is_exported_is_said(resource_graph, tmp_path):
    found = [e for e in events(run(resource_graph, tmp_path))
             if e["resource_type"] == "activity_log_export"]
    assert [event["resource"]["enabled"] for event in found] == [False]


def test_a_subscription_that_cannot_be_seen_makes_the_snapshot_incomplete(
    resource_graph, tmp_path
):
    """Resource Graph leaves it out without a word."""
    add(resource_graph, "microsoft.compute/disks")
    outcome = run(resource_graph, tmp_path, subscriptions=f"{SUBSCRIPTION}, {OTHER}")
    assert "microsoft.compute/disks" in {event["resource_type"] for event in events(outcome)}
    (end,) = ends(outcome)
    assert end["complete"] is False
    assert [(failed["part"], "not visible" in failed["reason"]) for failed in end["failed"]] == [
        (OTHER, True)
    ]


def test_a_part_that_failed_is_read_in_the_next_run_alone(resource_graph, clock, tmp_path):
    add(resource_graph, "microsoft.compute/disks")
    resource_graph.fault("status", path=".*/diagnosticSettings", status=403, times=2)
    first = run(resource_graph, tmp_path)
    assert [end["complete"] for end in ends(first)] == [False]
    clock.now += 300
    second = run(resource_graph, tmp_path)
    assert events(second) == [] and ends(second) == [], "that it is incomplete was said"
    clock.now += 300
    third = run(resource_graph, tmp_path)
    assert [event["resource_type"] for event in events(third)] == ["activity_log_export"]
    (end,) = ends(third)
    assert end["complete"] is True and end["failed"] == []
    assert end["counts"]["microsoft.compute/disks"] == 1
    assert end["snapshot_id"] == events(first)[0]["snapshot_id"]
    clock.now += 300
    assert run(resource_graph, tmp_path).events == []


def test_an_answer_that_is_cut_is_a_failure(resource_graph, tmp_path):
    """resultTruncated without $skipToken: the rest cannot be had, and the snapshot says so."""
    for number in range(5):
        add(resource_graph, "microsoft.compute/disks", name=str(number))
    resource_graph.page_size, resource_graph.truncate = 3, True
    (end,) = ends(run(resource_graph, tmp_path))
    assert end["complete"] is False and "cuts the answer" in end["failed"][0]["reason"]


def test_roles_that_create_nothing_are_counted(resource_graph, tmp_path):
    add(resource_graph, "microsoft.authorization/roledefinitions", "authorizationresources", ROLE,
        properties={"roleName": "Reader", "permissions": [{"actions": ["*/read"]}]})
    add(resource_graph, "microsoft.authorization/roledefinitions", "authorizationresources", "y",
        properties={"roleName": "Broken", "permissions": None})
    outcome = run(resource_graph, tmp_path)
    assert outcome.counts["filtered"] == 1
    assert ["permissions" in bad["reason"] for bad in outcome.quarantined] == [True]
