"""Azure's records to rows of the operation log: each trap with records that fall in and beside it."""

from __future__ import annotations

import pytest

from tests.detections.azure_records import (
    CLI,
    ENTRA,
    EXPORT,
    KUBERNETES,
    OPERATOR,
    PIPELINE,
    PORTAL,
    REST,
    application,
    creation,
    directory,
    disk,
    launch,
    machine,
    operation,
    person,
    resource,
    rule,
    size,
    snapshot,
)
from tests.detections.azure_rows import NOON, row_of, rows_of, take

WRITE = "Microsoft.Compute/virtualMachines/write"


# --- create against update -----------------------------------------------------------------------

def test_created_or_there_already(bench):
    found = rows_of(bench, {"new": launch(NOON, "a"), "there": launch(NOON, "b", code="OK")})
    assert {name: (row["action"], row.get("obtained_count")) for name, row in found.items()} == {
        "new": ("created", "1"), "there": ("modified", None)}


def test_disks_and_snapshots_answer_202_to_both(bench):
    """Their own time tells; where there is none, whether the request says what to make them of."""
    tags, made = {"tags": {"a": "b"}}, {"properties": {"timeCreated": "2026-03-10T12:00:01.1+00:00"}}
    old = {"properties": {"timeCreated": "2026-03-01T12:00:01.12+00:00"}}
    stories = {}
    for name, asked, got in (("source told", creation(disk("d")), None), ("tagged", tags, None),
                             ("young", tags, made), ("old", creation(disk("d")), old)):
        stories[name] = operation("Microsoft.Compute/snapshots/write", snapshot(name[0]), NOON,
                                  asked, got, "Accepted")
        stories[name][2].properties["statusCode"] = "OK"
    assert {name: row["action"] for name, row in rows_of(bench, stories).items()} == {
        "source told": "created", "tagged": "modified", "young": "created", "old": "modified"}


# --- who ------------------------------------------------------------------------------------------

PRINCIPALS = {
    "portal": (person(app=PORTAL.upper()), OPERATOR, "human", "console", None),
    "cli": (person("Operator@Example.com", CLI), OPERATOR, "human", "cli", None),
    "other app": (person(app="33333333-6c92-4234-8c6d-cf6fdfb57f95"), OPERATOR, "human", "sdk",
                  None),
    "pipeline": (application(), PIPELINE, "role", "sdk", None),
    "machine": (application(xms_mirid=machine("Agent")), PIPELINE, "role", "sdk",
                machine("Agent").lower()),
    "service": (application(KUBERNETES), KUBERNETES, "service", "service", None),
    "nobody": ({}, "unknown", "unknown", "unknown", None),
}


@pytest.mark.parametrize("shape", [REST, EXPORT])
def test_principals(bench, shape):
    found = rows_of(bench, {name: launch(NOON, str(number), claims=case[0])
                            for number, (name, case) in enumerate(PRINCIPALS.items())}, shape)
    for name, (_, *wanted) in PRINCIPALS.items():
        row = found[name]
        assert [row["user"], row["user_type"], row["channel"], row.get("acting_for")] == wanted, name


def test_the_callers_address_goes_before_the_tokens(bench):
    stories = {"caller": launch(NOON, "a"), "token": launch(NOON, "b")}
    for row in (*stories["caller"][1:], *stories["token"]):
        row.address = ""
    stories["caller"][0].address = "203.0.113.200"
    found = rows_of(bench, stories)
    assert (found["caller"]["src"], found["token"]["src"]) == ("203.0.113.200", "203.0.113.7")


# --- outcome --------------------------------------------------------------------------------------

REFUSALS = {
    "AuthorizationFailed": ({"code": "AuthorizationFailed", "message": "no"}, "Forbidden"),
    "QuotaExceeded": ({"code": "InvalidTemplateDeployment",
                       "details": [{"code": "QuotaExceeded"}]}, "BadRequest"),
    "QuotaExceeded in words": ({"code": "OperationNotAllowed", "message":
                                "exceeding approved standardNCFamily Cores quota"}, "Conflict"),
    "OperationNotAllowed": ({"code": "OperationNotAllowed", "message": "the disk is attached"},
                            "Conflict"),
    "Forbidden": (None, "Forbidden"),
}


def test_refusals(bench):
    found = rows_of(bench, {name: launch(NOON, str(number), last="Failed", code=code, error=error)
                            for number, (name, (error, code)) in enumerate(REFUSALS.items())})
    for name, row in found.items():
        assert (row["action"], row["status"], row["result"], row["obtained_count"]) == (
            "created", "failure", name.split()[0], "0")


# --- what -----------------------------------------------------------------------------------------

def test_scale_sets_are_counted(bench):
    on = resource("Microsoft.Compute/virtualMachineScaleSets", "Web")
    row = row_of(bench, operation("Microsoft.Compute/virtualMachineScaleSets/write", on, NOON, {
        "location": "westeurope", "sku": {"name": "Standard_NC24ads_A100_v4", "capacity": 12},
        "properties": {"virtualMachineProfile": {"storageProfile": {"imageReference": {
            "id": resource("Microsoft.Compute/images", "Gold")}}}}}, code="Created"))
    image = resource("Microsoft.Compute/images", "Gold").lower()
    assert (row["object_category"], row["instance_type"], row["requested_count"],
            row["obtained_count"], row["image_id"], row["parent_id"]) == (
        "instance_fleet", "Standard_NC24ads_A100_v4", "12", "12", image, image)


FLEETS = {
    "nodes": ("Microsoft.ContainerService/managedClusters/agentPools/write",
              {"properties": {"vmSize": "Standard_D4s_v5", "count": 3}}, "3", "Standard_D4s_v5"),
    "batch": ("Microsoft.Batch/batchAccounts/pools/write",
              {"properties": {"vmSize": "STANDARD_NC6", "scaleSettings": {
                  "fixedScale": {"targetDedicatedNodes": 8}}}}, "8", "STANDARD_NC6"),
    "learning": ("Microsoft.MachineLearningServices/workspaces/computes/write",
                 {"properties": {"properties": {"vmSize": "STANDARD_NC6", "scaleSettings": {
                     "maxNodeCount": 4}}}}, "4", "STANDARD_NC6"),
}


def test_other_ways_to_instances(bench):
    found = rows_of(bench, {
        name: operation(command, resource("Microsoft.X/y", name), NOON, body, code="Created")
        for name, (command, body, _, _) in FLEETS.items()})
    for name, (_, _, number, kind) in FLEETS.items():
        row = found[name]
        assert (row["action"], row["object_category"], row["requested_count"],
                row["obtained_count"], row["instance_type"]) == (
            "created", "instance_fleet", number, number, kind)


def test_lineage_of_snapshot_disk_and_machine(bench):
    """An attached boot disk has no image; the disk that Azure makes itself is no parent."""
    take(bench, [
        *operation("Microsoft.Compute/snapshots/write", snapshot("S"), NOON, creation(disk("D")),
                   code="Accepted"),
        *operation("Microsoft.Compute/disks/write", disk("New"), NOON + 60, creation(snapshot("S")),
                   code="Accepted"),
        *launch(NOON + 120, "Copy", {"location": "westeurope", "properties": {"storageProfile": {
            "osDisk": {"createOption": "Attach", "managedDisk": {"id": disk("New")}}}}}),
        *operation(WRITE, machine("Plain"), NOON + 180, size(), size(osDisk={
            "createOption": "FromImage", "managedDisk": {"id": disk("Own")}}), "Created"),
        *launch(NOON + 240, "Data", {"location": "westeurope", "properties": {"storageProfile": {
            "osDisk": {"createOption": "FromImage"},
            "dataDisks": [{"createOption": "Attach", "managedDisk": {"id": disk("Old")}},
                          {"createOption": "Empty"}]}}})])
    bench.collect()
    parents = {row["object_id"].rsplit("/", 1)[1]: row.get("parent_id")
               for row in bench.search("`ciw_changes` action=created")}
    assert parents == {"s": disk("D").lower(), "new": snapshot("S").lower(),
                       "copy": disk("New").lower(), "plain": None, "data": disk("Old").lower()}


def test_disks_attached_and_detached(bench):
    name = "Microsoft.Compute/virtualMachines/attachDetachDataDisks/action"
    take(bench, [
        *operation(name, machine(), NOON, {"dataDisksToAttach": [{"diskId": disk("A")}]}),
        *operation(name, machine(), NOON + 60, {"dataDisksToDetach": [{"diskId": disk("B")}]})])
    bench.collect()
    assert sorted((row["action"], row["object_category"], row["object_id"], row["dest"])
                  for row in bench.search("`ciw_changes`")) == [
        ("attached", "volume", disk("A").lower(), machine().lower()),
        ("detached", "volume", disk("B").lower(), machine().lower())]


def test_extensions_and_commands_are_changes_of_their_machine(bench):
    take(bench, [
        *operation("Microsoft.Compute/virtualMachines/extensions/write",
                   machine() + "/extensions/CustomScript", NOON, {}, code="Created"),
        *operation("Microsoft.Compute/virtualMachines/runCommand/action", machine(), NOON + 60),
        *operation("Microsoft.SerialConsole/serialPorts/connect/action",
                   machine() + "/providers/Microsoft.SerialConsole/serialPorts/0", NOON + 90)])
    bench.collect()
    assert {(row["action"], row["object_id"]) for row in bench.search("`ciw_changes`")} == {
        ("modified", machine().lower()), ("attached", machine().lower())}


EXPOSURES = [
    ("*", {}, "0.0.0.0/0 tcp/22"),
    ("Internet", {}, "0.0.0.0/0 tcp/22"),
    ("Any", {}, "0.0.0.0/0 tcp/22"),
    ("0.0.0.0/0", {"destinationPortRange": "20-25"}, "0.0.0.0/0 tcp/20-25"),
    ("::/0", {}, "::/0 tcp/22"),
    (["10.0.0.0/8", "Internet"], {}, "0.0.0.0/0 tcp/22"),
    ("*", {"destinationPortRange": None, "destinationPortRanges": ["22", "3389"]},
     ["0.0.0.0/0 tcp/22", "0.0.0.0/0 tcp/3389"]),
    ("*", {"protocol": "*", "destinationPortRange": "*"}, "0.0.0.0/0 all"),
    ("*", {"destinationPortRange": "*"}, "0.0.0.0/0 tcp/any"),
    ("10.0.0.0/8", {}, None),
    (["10.0.0.0/8", "198.51.100.0/24"], {}, None),
    ("VirtualNetwork", {}, None),
    ("*", {"access": "Deny"}, None),
    ("*", {"direction": "Outbound"}, None),
]


def test_exposure(bench):
    found = rows_of(bench, {str(number): rule(source, NOON, **more)
                            for number, (source, more, _) in enumerate(EXPOSURES)})
    for number, (source, more, exposure) in enumerate(EXPOSURES):
        assert found[str(number)].get("exposure") == exposure, (source, more)


def test_exposure_of_a_whole_group(bench):
    row = row_of(bench, operation(
        "Microsoft.Network/networkSecurityGroups/write",
        resource("Microsoft.Network/networkSecurityGroups", "web"), NOON,
        {"properties": {"securityRules": [
            {"name": "a", "properties": {
                "access": "Allow", "direction": "Inbound", "protocol": "Udp",
                "sourceAddressPrefix": "*", "destinationPortRange": "53"}},
            {"name": "b", "properties": {
                "access": "Deny", "direction": "Inbound", "protocol": "Tcp",
                "sourceAddressPrefix": "*", "destinationPortRange": "22"}}]}}, code="Created"))
    assert row["exposure"] == "0.0.0.0/0 udp/53"


STRANGER = "99999999-2222-3333-4444-555555555555"
GROUPS = [{"type": "Subscriptions", "ids": [STRANGER]}]
SHARINGS = {
    "link": ("snapshots/beginGetAccess/action", {"access": "Read"}, "shared", "sas"),
    "link revoked": ("snapshots/endGetAccess/action", None, "unshared", None),
    "gallery": ("galleries/share/action", {"operationType": "Add", "groups": GROUPS}, "shared",
                STRANGER),
    "public": ("galleries/share/action", {"operationType": "EnableCommunity"}, "shared", "all"),
    "withdrawn": ("galleries/share/action", {"operationType": "Remove", "groups": GROUPS},
                  "unshared", None),
}


def test_sharing(bench):
    found = rows_of(bench, {name: operation(f"Microsoft.Compute/{command}", snapshot("s"), NOON, body)
                            for name, (command, body, _, _) in SHARINGS.items()})
    assert {name: (row["action"], row.get("shared_with")) for name, row in found.items()} == {
        name: (action, shared) for name, (_, _, action, shared) in SHARINGS.items()}


LOGGING = {
    "none left": ("Microsoft.Insights/diagnosticSettings/write",
                  {"properties": {"logs": [{"enabled": False}, {"enabled": False}]}}, "disabled"),
    "one left": ("Microsoft.Insights/diagnosticSettings/write",
                 {"properties": {"logs": [{"enabled": False}, {"enabled": True}]}}, "modified"),
    "deleted": ("Microsoft.Insights/diagnosticSettings/delete", None, "deleted"),
    "flows off": ("Microsoft.Network/networkWatchers/flowLogs/write",
                  {"properties": {"enabled": False}}, "disabled"),
    "flows on": ("Microsoft.Network/networkWatchers/flowLogs/write",
                 {"properties": {"enabled": True}}, "modified"),
    "defender off": ("Microsoft.Security/pricings/write",
                     {"properties": {"pricingTier": "Free"}}, "disabled"),
    "defender on": ("Microsoft.Security/pricings/write",
                    {"properties": {"pricingTier": "Standard"}}, "modified"),
}


def test_logging_switched_off(bench):
    found = rows_of(bench, {name: operation(command, resource("Microsoft.X/y", "z"), NOON, body)
                            for name, (command, body, _) in LOGGING.items()})
    assert {name: row["action"] for name, row in found.items()} == {
        name: action for name, (_, _, action) in LOGGING.items()}


def test_other_operations_stay_out(bench):
    take(bench, [*operation("Microsoft.Compute/virtualMachines/read", machine(), NOON),
                 *operation("Microsoft.Web/sites/write", resource("Microsoft.Web/sites", "s"), NOON),
                 *launch(NOON)])
    bench.collect()
    assert len(bench.search("`ciw_changes`")) == 1


# --- Entra ----------------------------------------------------------------------------------------

AUDITS = {
    "Add user": ("created", "iam_principal"),
    "Add service principal": ("created", "iam_principal"),
    "Add service principal credentials": ("created", "iam_credential"),
    "Update application \u2013 Certificates and secrets management ": ("created",
                                                                      "iam_credential"),
    "Add member to role": ("attached", "iam_policy"),
}


def test_directory_audits(bench):
    """New principals by all the ids that later records know them by; other audits stay out."""
    bench.take_json([directory(activity, NOON, [
        {"id": "AAAAAAAA-6c92-4234-8c6d-cf6fdfb57f95", "userPrincipalName": "New@example.com"},
        {"id": "aaaaaaaa-6c92-4234-8c6d-cf6fdfb57f95", "userPrincipalName": None}],
        # A target that is no user has null for a name.
        additionalDetails=[{"key": "User-Agent", "value": "Mozilla/5.0"},
                           {"key": "AppId", "value": PIPELINE}])
        for activity in (*AUDITS, "Update device")], ENTRA, index="cloud_identity")
    bench.collect()
    rows = bench.search("`ciw_changes`")
    assert sorted((row["action"], row["object_category"]) for row in rows) == sorted(
        AUDITS.values())
    for row in rows:
        assert (row["user"], row["user_type"], row["src"], row["user_agent"], row["status"]) == (
            OPERATOR, "human", "192.0.2.10", "Mozilla/5.0", "success")
        assert set(row["object_id"]) == {"aaaaaaaa-6c92-4234-8c6d-cf6fdfb57f95",
                                         "new@example.com", PIPELINE}
