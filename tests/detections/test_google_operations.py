"""Cloud Audit Logs to rows of the operation log: the traps of Google's records.

Shapes are those of "Understanding audit logs" and "Compute Engine audit logging"
(cloud.google.com/logging/docs/audit, cloud.google.com/compute/docs/audit-logging).
"""

from __future__ import annotations

import pytest

from tests.detections.bench import Bench
from tests.detections.google_records import (
    GROUPS,
    HUMAN,
    NUMBER,
    PROJECT,
    ROBOT,
    ZONE,
    entry,
    enveloped,
    instance_number,
    launch,
    long,
    path,
    snapshot,
    url,
)
from tests.detections.google_rows import content, delta, of_each, only, rows_of, seen, take
from tests.detections.records import epoch

NOON = epoch("2026-03-10T12:00:00")
FIREWALL = f"projects/{PROJECT}/global/firewalls/open"
POOL = ("principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/"
        "subject/repository")


# --- which operation ------------------------------------------------------------------------------


def test_versions_of_a_method_are_one_operation(bench):
    methods = ("v1.compute.instances.insert", "beta.compute.instances.insert",
               "compute.instances.insert", "alpha.compute.instances.insert",
               "google.cloud.compute.v1.Instances.Insert")
    rows = of_each(bench, *[entry(method, NOON + number, path("instances", "example-1"), {})
                            for number, method in enumerate(methods)])
    assert set(seen(rows, "command", "action", "object_category")) == {
        ("compute.instances.insert", "created", "instance")}


LONG_NAMES = [
    ("container", "google.container.v1beta1.ClusterManager.CreateNodePool",
     "container.ClusterManager.CreateNodePool"),
    ("aiplatform", "google.cloud.aiplatform.ui.JobService.CreateCustomJob",
     "aiplatform.JobService.CreateCustomJob"),
    ("iam", "google.iam.admin.v1.CreateServiceAccountKey", "iam.admin.CreateServiceAccountKey"),
    ("cloudresourcemanager", "SetIamPolicy", "cloudresourcemanager.SetIamPolicy"),
    ("deploymentmanager", "v2.deploymentmanager.deployments.insert",
     "deploymentmanager.deployments.insert"),
    ("us-central1-ssh-serialport", "google.ssh-serialport.v1.connect", "ssh-serialport.connect"),
    ("cloudquotas", "google.api.cloudquotas.v1.CloudQuotas.CreateQuotaPreference",
     "cloudquotas.CloudQuotas.CreateQuotaPreference"),
]


def test_long_names(bench):
    rows = of_each(bench, *[entry(method, NOON + number, "projects/x", {}, service=service)
                            for number, (service, method, _) in enumerate(LONG_NAMES)])
    assert seen(rows, "command") == [(command,) for *_, command in LONG_NAMES]


def test_other_operations_stay_out(bench):
    """The same last step of another service; a method that only mentions one in its request."""
    assert not rows_of(
        bench, entry("v1.compute.instances.list", NOON, "projects/x", {"note": "instances.insert"}),
        entry("storage.buckets.insert", NOON, "projects/x", {}, service="storage"),
        entry("google.pubsub.v1.Publisher.SetIamPolicy", NOON, "projects/x", {}, service="pubsub"))


def test_every_audit_log(bench):
    rows = of_each(
        bench,
        entry("v1.compute.instances.stop", NOON, path("instances", "a"), log="activity"),
        entry("v1.compute.instances.getSerialPortOutput", NOON + 1, path("instances", "a"),
              log="data_access"),
        entry("compute.instances.preempted", NOON + 2, path("instances", "a"), log="system_event"),
        entry("v1.compute.instances.insert", NOON + 3, path("instances", "a"), log="policy"))
    assert seen(rows, "action") == [("stopped",), ("read",), ("stopped",), ("created",)]
    assert {row["object_id"] for row in rows} == {path("instances", "a")}


def test_both_ways_in_give_equal_rows(tmp_path, app_root):
    records = [*launch(NOON, trigger="trigger-1", tags={"owner": "payments"}),
               entry("SetIamPolicy", NOON + 1, f"projects/{PROJECT}", {},
                     service="cloudresourcemanager", serviceData=delta("ADD", "user:a@example.org"))]
    found = []
    for number, wrapped in enumerate((records, [enveloped(record) for record in records])):
        root = tmp_path / str(number)
        root.mkdir()
        found.append([content(row) for row in rows_of(Bench(root, app_root), *wrapped)])
    assert found[0] == found[1] and len(found[0]) == 2


# --- one row an operation -------------------------------------------------------------------------


def test_a_long_operation_is_one_row(bench):
    """The request is in the first record, the outcome in the last."""
    made, refused, begun = of_each(
        bench, launch(NOON), launch(NOON + 1, "b", error={"code": 8, "message": "QUOTA_EXCEEDED"}),
        launch(NOON + 2, "c")[:1])
    assert seen([made, refused, begun], "status", "instance_type", "src", "obtained_count") == [
        ("success", "n2-standard-4", "203.0.113.7", "1"),
        ("failure", "n2-standard-4", "203.0.113.7", "0"),
        ("pending", "n2-standard-4", "203.0.113.7", "0")]
    assert (refused["result"], refused["requested_count"]) == ("QUOTA_EXCEEDED", "1")
    assert made["operation_id"].startswith("operation-")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_records_that_come_apart_unite(bench, order):
    records = launch(NOON)
    for number, position in enumerate(order):
        take(bench, [records[position]], index_time=NOON + 600 * (number + 1))
        bench.collect()
    [row] = bench.search("`ciw_changes`")
    assert (row["status"], row["instance_type"], row["user"]) == ("success", "n2-standard-4", HUMAN)


def test_without_a_long_operation_each_record_is_one(bench):
    first = entry("v1.compute.firewalls.delete", NOON, FIREWALL, {})
    second = entry("v1.compute.firewalls.delete", NOON, FIREWALL, {})
    rows = rows_of(bench, first, second, first)
    assert len({row["operation_id"] for row in rows}) == len(rows) == 2


# --- how it ended ---------------------------------------------------------------------------------


RESULTS = [
    ({"code": 7, "message": "PERMISSION_DENIED"}, None, "PERMISSION_DENIED", "denied"),
    ({"code": 7, "message": "Required 'compute.instances.create' permission for 'projects/x'"},
     {"error": {"code": 403, "errors": [{"reason": "forbidden"}]}}, "forbidden", "denied"),
    ({"code": 7, "message": "Permission 'iam.serviceAccounts.actAs' denied"}, None,
     "PERMISSION_DENIED", "denied"),
    (None, {"error": {"code": 403, "errors": [{"reason": "quotaExceeded"}]}}, "quotaExceeded",
     "quota"),
    ({"code": 8, "message": "Quota 'GPUS_ALL_REGIONS' exceeded. Limit: 0.0 globally."}, None,
     "RESOURCE_EXHAUSTED", "quota"),
    ({"code": 8, "message": "ZONE_RESOURCE_POOL_EXHAUSTED"}, None,
     "ZONE_RESOURCE_POOL_EXHAUSTED", "capacity"),
    ({"code": 9, "message": "Constraint constraints/compute.vmExternalIpAccess violated"},
     {"error": {"code": 412, "errors": [{"reason": "conditionNotMet"}]}}, "conditionNotMet",
     "blocked"),
    ({"code": 3, "message": "Invalid value"}, None, "INVALID_ARGUMENT", "invalid"),
    ({}, None, "success", None),
]


def test_results(bench):
    take(bench, [entry("v1.compute.instances.insert", NOON + number, path("instances", "a"), {},
                       status=status, response=response)
                 for number, (status, response, *_) in enumerate(RESULTS)])
    bench.collect()
    rows = bench.search("`ciw_changes` | lookup ciw_results cloud, result OUTPUT kind "
                        "| eval kind=if(status=\"failure\", kind, null()) | sort 0 _time")
    assert seen(rows, "status", "result", "kind") == [
        ("success" if kind is None else "failure", result, kind) for *_, result, kind in RESULTS]


# --- who ------------------------------------------------------------------------------------------


PRINCIPALS = [
    ({"principalEmail": HUMAN}, HUMAN, "human"),
    ({"principalEmail": ROBOT}, ROBOT, "role"),
    ({"principalEmail": f"{NUMBER}-compute@developer.gserviceaccount.com"},
     f"{NUMBER}-compute@developer.gserviceaccount.com", "role"),
    ({"principalEmail": GROUPS}, GROUPS, "service"),
    ({"principalEmail": f"service-{NUMBER}@container-engine-robot.iam.gserviceaccount.com"},
     f"service-{NUMBER}@container-engine-robot.iam.gserviceaccount.com", "service"),
    ({"principalEmail": "system@google.com"}, "system@google.com", "service"),
    ({"principalEmail": "", "principalSubject": POOL},
     POOL, "role"),
    ({"principalEmail": None}, "unknown", "unknown"),
]


def test_principals(bench):
    records = []
    for number, (authentication, *_) in enumerate(PRINCIPALS):
        record = entry("v1.compute.instances.stop", NOON + number, path("instances", "a"))
        record["protoPayload"]["authenticationInfo"] = {
            name: value for name, value in authentication.items() if value is not None}
        records.append(record)
    assert seen(of_each(bench, *records), "user", "user_type") == [
        (user, kind) for _, user, kind in PRINCIPALS]


def test_who_stands_behind_an_impersonated_account_and_its_key(bench):
    row = only(bench, entry(
        "v1.compute.instances.stop", NOON, path("instances", "example-1"), who=ROBOT,
        authentication={
            "serviceAccountKeyName": f"//iam.googleapis.com/projects/{PROJECT}/serviceAccounts/"
            f"{ROBOT}/keys/0a1b2c3d",
            "serviceAccountDelegationInfo": [
                {"firstPartyPrincipal": {"principalEmail": HUMAN}},
                {"principalSubject": f"serviceAccount:build@{PROJECT}.iam.gserviceaccount.com"}]}))
    assert (row["user"], row["acting_for"], row["user_session"]) == (ROBOT, HUMAN, "0a1b2c3d")


CHANNELS = [
    ("google-api-go-client/0.5 Terraform/1.7.5 terraform-provider-google/5.0", ROBOT, "iac"),
    ("google-cloud-sdk gcloud/475.0.0 command/gcloud.compute.instances.create", HUMAN, "cli"),
    ("google-api-python-client/2.1 (gzip),gzip(gfe)", ROBOT, "sdk"),
    ("Mozilla/5.0 (X11; Linux x86_64),gzip(gfe)", HUMAN, "console"),
    ("GCE Managed Instance Group for Tesseract", GROUPS, "autoscaling"),
    ("", GROUPS, "autoscaling"),
    ("Google Deployment Manager", GROUPS, "iac"),
]


def test_channels(bench):
    rows = of_each(bench, *[
        entry("v1.compute.instances.stop", NOON + number, path("instances", "a"), agent=agent,
              who=who) for number, (agent, who, _) in enumerate(CHANNELS)])
    assert seen(rows, "channel") == [(channel,) for *_, channel in CHANNELS]


def test_who_stands_behind_a_group(bench):
    """A person makes a group; the group's instances are made by Google's agent, of the same
    trigger. One that the group makes by itself later has another."""
    rows = of_each(
        bench,
        long("v1.compute.instanceGroupManagers.insert", NOON, path("instanceGroupManagers", "web"),
             {"targetSize": 2}, trigger="trigger-1"),
        launch(NOON + 30, "web-a1b2", who=GROUPS, agent="GCE Managed Instance Group",
               trigger="trigger-1"),
        launch(NOON + 900, "web-c3d4", who=GROUPS, agent="GCE Managed Instance Group",
               trigger="trigger-2"),
        launch(NOON + 950, "own", who=ROBOT))
    assert seen(rows, "acting_for") == [(None,)] * 4
    bench.run("ciw_backfill_behind", span=(0, bench.now + 3600))
    bench.run("ciw_backfill_behind", span=(0, bench.now + 3600))
    rows = bench.search("`ciw_changes` | sort 0 _time")
    assert seen(rows, "user", "acting_for", "channel") == [
        (HUMAN, None, "cli"), (GROUPS, HUMAN, "autoscaling"), (GROUPS, None, "autoscaling"),
        (ROBOT, None, "cli")]
    assert (rows[1]["object"], rows[1]["change_type"]) == (rows[1]["object_id"], "cloud")
    assert len(bench.search("index=ciw_operations")) == 5


# --- where ----------------------------------------------------------------------------------------


REGIONS = [
    (path("instances", "a"), {"zone": ZONE}, "europe-west3"),
    (path("instances", "a"), {}, "europe-west3"),
    (f"projects/{PROJECT}/regions/us-central1/subnetworks/a", {}, "us-central1"),
    (f"projects/{PROJECT}/locations/northamerica-northeast1/jobs/a",
     {"location": "northamerica-northeast1"}, "northamerica-northeast1"),
    (f"projects/{PROJECT}/global/firewalls/a", {"location": "global"}, "global"),
]


def test_regions(bench):
    rows = of_each(bench, *[
        entry("v1.compute.instances.stop", NOON + number, resource, labels=labels)
        for number, (resource, labels, _) in enumerate(REGIONS)])
    assert seen(rows, "vendor_region") == [(region,) for *_, region in REGIONS]


def test_a_domain_scoped_project_and_its_own_number(bench):
    """The last record, and groups' own calls, name the project by its number."""
    project = "example.com:legacy"
    records = launch(NOON, project=project)
    records[1]["protoPayload"]["resourceName"] = records[1]["protoPayload"][
        "resourceName"].replace(project, NUMBER)
    row = only(bench, *records)
    assert row["vendor_account"] == project
    assert row["object_id"] == instance_number("example-1")
    assert row["alias"] == f"{row['object_id']} {path('instances', 'example-1', project)}"


def test_an_organisations_log_names_the_project_in_the_resource(bench):
    row = only(bench, entry("v1.compute.instances.stop", NOON, path("instances", "a"),
                              project="", parent="organizations/123456789012"))
    assert row["vendor_account"] == PROJECT


# --- what -----------------------------------------------------------------------------------------


def test_an_instance_has_its_number_and_its_address(bench):
    """Metrics, DNS and the inventory have the number; flow logs the address."""
    records = launch(NOON + 1, "b", error={"code": 7, "message": "PERMISSION_DENIED"})
    for record in records:
        del record["resource"]["labels"]["instance_id"]
    made, refused = of_each(bench, launch(NOON), records)
    number = instance_number("example-1")
    assert (made["object_id"], made["alias"], made["obtained_count"]) == (
        number, f"{number} {path('instances', 'example-1')}", "1")
    assert (refused["object_id"], refused.get("alias")) == (path("instances", "b"), None)


def test_a_long_record_is_read_to_its_end(bench):
    records = launch(NOON, request={"padding": "x" * 20000, "sourceMachineImage": url(
        f"projects/{PROJECT}/global/machineImages/golden")})
    assert f"projects/{PROJECT}/global/machineImages/golden" in only(bench, *records)["parent_id"]


LINEAGE = [
    ("v1.compute.disks.createSnapshot", path("disks", "data"), {"name": "copy"},
     snapshot("copy"), path("disks", "data")),
    ("v1.compute.snapshots.insert", snapshot("copy"),
     {"sourceDisk": url(path("disks", "data"))}, snapshot("copy"), path("disks", "data")),
    ("v1.compute.disks.insert", path("disks", "new"), {"sourceSnapshot": "global/snapshots/copy"},
     path("disks", "new"), snapshot("copy")),
    ("v1.compute.disks.insert", path("disks", "new"),
     {"sourceSnapshot": "https://compute.googleapis.com/compute/v1/" + snapshot("copy", "other")},
     path("disks", "new"), snapshot("copy", "other")),
    ("v1.compute.images.insert", f"projects/{PROJECT}/global/images/i",
     {"sourceDisk": url(path("disks", "data")), "sourceSnapshot": url(snapshot("copy"))},
     f"projects/{PROJECT}/global/images/i", [snapshot("copy"), path("disks", "data")]),
    ("beta.compute.machineImages.insert", f"projects/{PROJECT}/global/machineImages/m",
     {"sourceInstance": url(path("instances", "a"))},
     f"projects/{PROJECT}/global/machineImages/m", path("instances", "a")),
    ("v1.compute.instanceTemplates.insert", f"projects/{PROJECT}/global/instanceTemplates/t",
     {"properties": {"disks": [{"initializeParams": {"sourceImage": url(
         "projects/debian-cloud/global/images/family/debian-12")}}]}},
     f"projects/{PROJECT}/global/instanceTemplates/t",
     "projects/debian-cloud/global/images/family/debian-12"),
    ("v1.compute.instanceGroupManagers.insert", path("instanceGroupManagers", "web"),
     {"instanceTemplate": url(f"projects/{PROJECT}/global/instanceTemplates/t"), "targetSize": 3},
     path("instanceGroupManagers", "web"), f"projects/{PROJECT}/global/instanceTemplates/t"),
    ("v1.compute.instances.attachDisk", path("instances", "a"),
     {"source": url(path("disks", "data"))}, path("disks", "data"), None),
    ("v1.compute.instances.setServiceAccount", path("instances", "a"), {"email": ROBOT},
     path("instances", "a"), ROBOT),
]


def test_lineage(bench):
    rows = of_each(bench, *[
        long(method, NOON + number, resource, request)
        for number, (method, resource, request, *_) in enumerate(LINEAGE)])
    assert seen(rows, "object_id", "parent_id") == [
        (object_id, parents) for *_, object_id, parents in LINEAGE]


def test_the_instance_that_a_disk_is_attached_to(bench):
    row = only(bench, *long("v1.compute.instances.attachDisk", NOON, path("instances", "a"),
                              {"source": url(path("disks", "data"))},
                              labels={"instance_id": instance_number("a")}))
    assert (row["action"], row["object_category"], row["object_id"], row["dest"]) == (
        "attached", "volume", path("disks", "data"), instance_number("a"))


def test_a_disk_and_a_snapshot_that_an_instance_starts_from(bench):
    row = only(bench, *launch(NOON, request={"disks": [
        {"source": url(path("disks", "data"))},
        {"initializeParams": {"sourceSnapshot": url(snapshot("copy", "other"))}}]}))
    assert row["parent_id"] == [path("disks", "data"), snapshot("copy", "other")]


def test_types_accelerators_and_images(bench):
    row = only(bench, *launch(NOON, request={"guestAccelerators": [
        {"acceleratorType": url(f"projects/{PROJECT}/zones/{ZONE}/acceleratorTypes/"
                                "nvidia-tesla-t4"), "acceleratorCount": 4}]}))
    assert row["instance_type"] == ["n2-standard-4", "nvidia-tesla-t4"]
    assert row["image_id"] == "projects/debian-cloud/global/images/debian-12-v1"


ASKED = [
    ("v1.compute.regionInstances.bulkInsert", "compute",
     {"count": "40", "instanceProperties": {"machineType": "a2-highgpu-1g"}}, "40"),
    ("v1.compute.instanceGroupManagers.insert", "compute", {"targetSize": 7}, "7"),
    ("v1.compute.instanceGroupManagers.resize", "compute", {"size": "9"}, "9"),
    ("v1.compute.instanceGroupManagers.createInstances", "compute",
     {"instances": [{"name": "a"}, {"name": "b"}]}, "2"),
    ("google.container.v1.ClusterManager.SetNodePoolSize", "container", {"nodeCount": 12}, "12"),
    ("google.container.v1.ClusterManager.CreateNodePool", "container",
     {"nodePool": {"initialNodeCount": 3, "config": {"machineType": "a2-highgpu-1g"}}}, "3"),
]


def test_how_many_were_asked_for(bench):
    rows = of_each(bench, *[
        entry(method, NOON + number, f"projects/{PROJECT}/zones/{ZONE}/x/y", request,
              service=service) for number, (method, service, request, _) in enumerate(ASKED)])
    assert seen(rows, "requested_count") == [(asked,) for *_, asked in ASKED]
    assert rows[0]["obtained_count"] == "40"


def test_each_instance_of_a_bulk_insertion_has_what_its_call_asked_for(bench):
    """Its own record has no request: type, image and reference come by the trigger, where there is
    one; the call has counted it."""
    method, zone = "v1.compute.instances.bulkInsert", f"projects/{PROJECT}/zones/{ZONE}"
    asked = {"count": "2", "instanceProperties": {
        "machineType": "a2-highgpu-1g", "labels": [{"key": "change-ref", "value": "chg0099001"}],
        "disks": [{"initializeParams": {"sourceImage": "projects/p-1/global/images/i-1"}}]}}
    made = [entry(method, NOON + 5 + number, f"{zone}/instances/{name}", {"@type": "x"},
                  labels={"zone": ZONE, "instance_id": instance_number(name)}, trigger=trigger,
                  operation={"id": f"operation-{name}", "first": True, "last": True})
            for number, (name, trigger) in enumerate((("a", "trigger-1"), ("b", "")))]
    of_each(bench, long(method, NOON, f"{zone}/instances", asked, trigger="trigger-1"), *made)
    bench.run("ciw_backfill_behind", span=(0, bench.now + 3600))
    bench.run("ciw_backfill_behind", span=(0, bench.now + 3600))
    rows = bench.search("`ciw_changes` | sort 0 _time")
    assert seen(rows, "object_category", "obtained_count", "instance_type", "change_ref") == [
        ("instance_fleet", "2", "a2-highgpu-1g", "CHG0099001"),
        ("instance", "0", "a2-highgpu-1g", "CHG0099001"), ("instance", "0", None, None)]
    assert [row["object_id"] for row in rows[1:]] == [instance_number("a"), instance_number("b")]
    assert rows[1]["image_id"] == "projects/p-1/global/images/i-1"
    assert len(bench.search("index=ciw_operations")) == 4


def test_change_reference_and_owner(bench):
    explained = launch(NOON + 2, "c")
    for record in explained:
        record["protoPayload"]["requestMetadata"]["requestAttributes"] = {"reason": "for CHG0012345"}
    rows = of_each(
        bench, launch(NOON, "a", tags={"owner": "payments", "change_ref": "chg0099001"}),
        launch(NOON + 1, "b", request={"labels": {"ticket": "OPS-12", "team": "web"}}),
        explained, launch(NOON + 3, "d", tags={"ownership": "x"}))
    assert seen(rows, "change_ref", "owner") == [
        ("CHG0099001", "payments"), ("OPS-12", "web"), ("CHG0012345", None), (None, None)]
