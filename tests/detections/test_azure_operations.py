"""Azure's records to rows of the operation log: each trap with records that fall in and beside it."""

from __future__ import annotations

import random

import pytest

from tests.detections import azure_records as azure
from tests.detections.azure_records import (
    CLI,
    ENTRA,
    EXPORT,
    KUBERNETES,
    OPERATOR,
    PIPELINE,
    PORTAL,
    REST,
    SUBSCRIPTION,
    Row,
    application,
    directory,
    disk,
    launch,
    machine,
    operation,
    person,
    resource,
    size,
    snapshot,
)
from tests.detections.bench import Bench
from tests.detections.records import epoch

NOON = epoch("2026-03-10T12:00:00")
WRITE = "Microsoft.Compute/virtualMachines/write"
LOG = "`ciw_changes` | sort 0 str(operation_id) | fields - _indextime, _raw, version, index, host"


def take(bench, rows: list[Row], shape: str = REST, text: bool = False,
         index_time: float | None = None) -> None:
    events = [row.rest() if shape == REST else row.export(text) for row in rows]
    bench.take_json(events, shape, index_time)


def row_of(bench, rows: list[Row], shape: str = REST, text: bool = False) -> dict:
    take(bench, rows, shape, text)
    bench.collect()
    [row] = bench.search("`ciw_changes`")
    return row


def rows_of(bench, stories: dict[str, list[Row]], shape: str = REST) -> dict[str, dict]:
    """Each story's row, of one run of the collector; a story is told by its user session."""
    for name, rows in stories.items():
        for row in rows:
            row.claims = {**row.claims, "uti": name}
    take(bench, [row for rows in stories.values() for row in rows], shape)
    bench.collect()
    found = {row["user_session"]: row for row in bench.search("`ciw_changes`")}
    assert set(found) == set(stories)
    return found


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
    same = azure.correlation()
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


@pytest.mark.parametrize("seed", range(2))
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


# --- create against update -----------------------------------------------------------------------

def test_created_or_there_already(bench):
    found = rows_of(bench, {"new": launch(NOON, "a"), "there": launch(NOON, "b", code="OK")})
    assert {name: (row["action"], row.get("obtained_count")) for name, row in found.items()} == {
        "new": ("created", "1"), "there": ("modified", None)}


def creation(source: str = "", **more: object) -> dict:
    data = {"createOption": "Copy", "sourceResourceId": source} if source else {
        "createOption": "Empty"}
    return {"location": "westeurope", "properties": {"creationData": data, **more}}


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


def rule(source: object, moment: float = NOON, **more: object) -> list[Row]:
    sources = {"sourceAddressPrefixes": source} if isinstance(source, list) else {
        "sourceAddressPrefix": source}
    return operation(
        "Microsoft.Network/networkSecurityGroups/securityRules/write",
        resource("Microsoft.Network/networkSecurityGroups", "web") + "/securityRules/in", moment,
        {"properties": {"access": "Allow", "direction": "Inbound", "protocol": "Tcp",
                        "destinationPortRange": "22", **sources, **more}}, code="Created")


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
    found = rows_of(bench, {str(number): rule(source, **more)
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
