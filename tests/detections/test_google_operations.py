"""Cloud Audit Logs to rows of the operation log: the traps of Google's records.

Shapes are those of "Understanding audit logs" and "Compute Engine audit logging"
(cloud.google.com/logging/docs/audit, cloud.google.com/compute/docs/audit-logging).
"""

from __future__ import annotations

import json

import pytest

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
    sourcetype,
    url,
)
from tests.detections.records import epoch

NOON = epoch("2026-03-10T12:00:00")
FIREWALL = f"projects/{PROJECT}/global/firewalls/open"
POLICY = f"projects/{PROJECT}/global/firewallPolicies/edge"
SUBNET = f"projects/{PROJECT}/regions/europe-west3/subnetworks/default"
POOL = ("principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/"
        "subject/repository")
IAM = {"service": "iam"}
LOG_CONFIG = "google.logging.v2.ConfigServiceV2."


def log_of(record: dict) -> str:
    inner = record.get("data", record)
    inner = json.loads(inner) if isinstance(inner, str) else inner
    return inner["logName"].rpartition("%2F")[2]


def take(bench, records: list[dict], index_time: float | None = None) -> None:
    for log in sorted({log_of(record) for record in records}):
        bench.take_json([record for record in records if log_of(record) == log],
                        sourcetype(log), index_time)


def rows_of(bench, *records: dict) -> list[dict]:
    take(bench, list(records))
    bench.collect()
    return bench.search("`ciw_changes`")


def row_of(bench, *records: dict) -> dict:
    [row] = rows_of(bench, *records)
    return row


def content(row: dict) -> dict:
    """What a row says, without when and how it came."""
    return {name: value for name, value in row.items()
            if not name.startswith("_") and name not in ("version", "host")}


# --- which operation ------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [
    "v1.compute.instances.insert", "beta.compute.instances.insert", "compute.instances.insert",
    "alpha.compute.instances.insert", "google.cloud.compute.v1.Instances.Insert",
])
def test_versions_of_a_method_are_one_operation(bench, method):
    row = row_of(bench, entry(method, NOON, path("instances", "example-1"), {}))
    assert (row["command"], row["action"], row["object_category"]) == (
        "compute.instances.insert", "created", "instance")


@pytest.mark.parametrize(("service", "method", "command"), [
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
])
def test_long_names(bench, service, method, command):
    assert row_of(bench, entry(method, NOON, "projects/x", {}, service=service))[
        "command"] == command


def test_other_operations_stay_out(bench):
    """The same last step of another service; a method that only mentions one in its request."""
    assert not rows_of(
        bench, entry("v1.compute.instances.list", NOON, "projects/x", {"note": "instances.insert"}),
        entry("storage.buckets.insert", NOON, "projects/x", {}, service="storage"),
        entry("google.pubsub.v1.Publisher.SetIamPolicy", NOON, "projects/x", {}, service="pubsub"))


@pytest.mark.parametrize(("log", "method", "action"), [
    ("activity", "v1.compute.instances.stop", "stopped"),
    ("data_access", "v1.compute.instances.getSerialPortOutput", "read"),
    ("system_event", "compute.instances.preempted", "stopped"),
    ("policy", "v1.compute.instances.insert", "created"),
])
def test_every_audit_log(bench, log, method, action):
    row = row_of(bench, entry(method, NOON, path("instances", "example-1"), log=log))
    assert (row["action"], row["object_id"]) == (action, path("instances", "example-1"))


@pytest.mark.parametrize("text", [False, True])
def test_both_ways_in_give_equal_rows(bench, tmp_path, app_root, text):
    from tests.detections.bench import Bench

    records = [*launch(NOON, trigger="trigger-1", tags={"owner": "payments"}),
               entry("SetIamPolicy", NOON, f"projects/{PROJECT}", {},
                     service="cloudresourcemanager", serviceData=delta("ADD", "user:a@example.org"))]
    other = Bench(tmp_path / "enveloped", app_root)
    (tmp_path / "enveloped").mkdir()
    bare = [content(row) for row in rows_of(bench, *records)]
    assert bare == [content(row) for row in rows_of(
        other, *[enveloped(record, text) for record in records])]
    assert len(bare) == 2


# --- one row an operation -------------------------------------------------------------------------


def test_a_long_operation_is_one_row(bench):
    """The request is in the first record, the outcome in the last."""
    row = row_of(bench, *launch(NOON))
    assert (row["status"], row["instance_type"], row["src"], row["obtained_count"]) == (
        "success", "n2-standard-4", "203.0.113.7", "1")
    assert row["operation_id"].startswith("operation-")


def test_how_it_ended_is_in_the_last_record(bench):
    row = row_of(bench, *launch(NOON, error={"code": 8, "message": "QUOTA_EXCEEDED"}))
    assert (row["status"], row["result"], row["obtained_count"], row["requested_count"]) == (
        "failure", "QUOTA_EXCEEDED", "0", "1")


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


@pytest.mark.parametrize(("status", "response", "result", "kind"), [
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
])
def test_results(bench, status, response, result, kind):
    take(bench, [entry("v1.compute.instances.insert", NOON, path("instances", "example-1"), {},
                       status=status, response=response)])
    bench.collect()
    [row] = bench.search("`ciw_changes` | lookup ciw_results cloud, result OUTPUT kind")
    assert row["result"] == result
    assert row["status"] == ("success" if result == "success" else "failure")
    if kind:
        assert row["kind"] == kind


# --- who ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("authentication", "user", "kind"), [
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
])
def test_principals(bench, authentication, user, kind):
    record = entry("v1.compute.instances.stop", NOON, path("instances", "example-1"))
    record["protoPayload"]["authenticationInfo"] = {
        name: value for name, value in authentication.items() if value is not None}
    row = row_of(bench, record)
    assert (row["user"], row["user_type"]) == (user, kind)


def test_who_stands_behind_an_impersonated_account_and_its_key(bench):
    row = row_of(bench, entry(
        "v1.compute.instances.stop", NOON, path("instances", "example-1"), who=ROBOT,
        authentication={
            "serviceAccountKeyName": f"//iam.googleapis.com/projects/{PROJECT}/serviceAccounts/"
            f"{ROBOT}/keys/0a1b2c3d",
            "serviceAccountDelegationInfo": [
                {"firstPartyPrincipal": {"principalEmail": HUMAN}},
                {"principalSubject": f"serviceAccount:build@{PROJECT}.iam.gserviceaccount.com"}]}))
    assert (row["user"], row["acting_for"], row["user_session"]) == (ROBOT, HUMAN, "0a1b2c3d")


@pytest.mark.parametrize(("agent", "who", "channel"), [
    ("google-api-go-client/0.5 Terraform/1.7.5 terraform-provider-google/5.0", ROBOT, "iac"),
    ("google-cloud-sdk gcloud/475.0.0 command/gcloud.compute.instances.create", HUMAN, "cli"),
    ("google-api-python-client/2.1 (gzip),gzip(gfe)", ROBOT, "sdk"),
    ("Mozilla/5.0 (X11; Linux x86_64),gzip(gfe)", HUMAN, "console"),
    ("GCE Managed Instance Group for Tesseract", GROUPS, "autoscaling"),
    ("", GROUPS, "autoscaling"),
    ("Google Deployment Manager", GROUPS, "iac"),
])
def test_channels(bench, agent, who, channel):
    row = row_of(bench, entry("v1.compute.instances.stop", NOON, path("instances", "example-1"),
                              agent=agent, who=who))
    assert row["channel"] == channel


# --- where ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("resource", "labels", "region"), [
    (path("instances", "a"), {"zone": ZONE}, "europe-west3"),
    (path("instances", "a"), {}, "europe-west3"),
    (f"projects/{PROJECT}/regions/us-central1/subnetworks/a", {}, "us-central1"),
    (f"projects/{PROJECT}/locations/northamerica-northeast1/jobs/a",
     {"location": "northamerica-northeast1"}, "northamerica-northeast1"),
    (f"projects/{PROJECT}/global/firewalls/a", {"location": "global"}, "global"),
])
def test_regions(bench, resource, labels, region):
    assert row_of(bench, entry("v1.compute.instances.stop", NOON, resource, labels=labels))[
        "vendor_region"] == region


def test_a_domain_scoped_project_and_its_own_number(bench):
    """The last record, and groups' own calls, name the project by its number."""
    project = "example.com:legacy"
    records = launch(NOON, project=project)
    records[1]["protoPayload"]["resourceName"] = records[1]["protoPayload"][
        "resourceName"].replace(project, NUMBER)
    row = row_of(bench, *records)
    assert row["vendor_account"] == project
    assert row["object_id"] == [instance_number("example-1"),
                                path("instances", "example-1", project)]


def test_an_organisations_log_names_the_project_in_the_resource(bench):
    row = row_of(bench, entry("v1.compute.instances.stop", NOON, path("instances", "a"),
                              project="", parent="organizations/123456789012"))
    assert row["vendor_account"] == PROJECT


# --- what -----------------------------------------------------------------------------------------


def test_an_instance_has_its_number_and_its_address(bench):
    """Metrics, DNS and the inventory have the number; flow logs and references the address."""
    row = row_of(bench, *launch(NOON))
    assert row["object_id"] == [instance_number("example-1"), path("instances", "example-1")]
    assert row["obtained_count"] == "1"


def test_a_long_record_is_read_to_its_end(bench):
    records = launch(NOON, request={"padding": "x" * 20000, "sourceMachineImage": url(
        f"projects/{PROJECT}/global/machineImages/golden")})
    assert f"projects/{PROJECT}/global/machineImages/golden" in row_of(bench, *records)["parent_id"]


@pytest.mark.parametrize(("method", "resource", "request_", "object_id", "parents"), [
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
])
def test_lineage(bench, method, resource, request_, object_id, parents):
    row = row_of(bench, *long(method, NOON, resource, request_))
    assert (row["object_id"], row.get("parent_id")) == (object_id, parents)


def test_the_instance_that_a_disk_is_attached_to(bench):
    row = row_of(bench, *long("v1.compute.instances.attachDisk", NOON, path("instances", "a"),
                              {"source": url(path("disks", "data"))},
                              labels={"instance_id": instance_number("a")}))
    assert (row["action"], row["object_category"], row["object_id"], row["dest"]) == (
        "attached", "volume", path("disks", "data"), instance_number("a"))


def test_a_disk_and_a_snapshot_that_an_instance_starts_from(bench):
    row = row_of(bench, *launch(NOON, request={"disks": [
        {"source": url(path("disks", "data"))},
        {"initializeParams": {"sourceSnapshot": url(snapshot("copy", "other"))}}]}))
    assert row["parent_id"] == [path("disks", "data"), snapshot("copy", "other")]


def test_types_accelerators_and_images(bench):
    row = row_of(bench, *launch(NOON, request={"guestAccelerators": [
        {"acceleratorType": url(f"projects/{PROJECT}/zones/{ZONE}/acceleratorTypes/"
                                "nvidia-tesla-t4"), "acceleratorCount": 4}]}))
    assert row["instance_type"] == ["n2-standard-4", "nvidia-tesla-t4"]
    assert row["image_id"] == "projects/debian-cloud/global/images/debian-12-v1"


@pytest.mark.parametrize(("method", "service", "request_", "asked"), [
    ("v1.compute.regionInstances.bulkInsert", "compute",
     {"count": "40", "instanceProperties": {"machineType": "a2-highgpu-1g"}}, "40"),
    ("v1.compute.instanceGroupManagers.insert", "compute", {"targetSize": 7}, "7"),
    ("v1.compute.instanceGroupManagers.resize", "compute", {"size": "9"}, "9"),
    ("v1.compute.instanceGroupManagers.createInstances", "compute",
     {"instances": [{"name": "a"}, {"name": "b"}]}, "2"),
    ("google.container.v1.ClusterManager.SetNodePoolSize", "container", {"nodeCount": 12}, "12"),
    ("google.container.v1.ClusterManager.CreateNodePool", "container",
     {"nodePool": {"initialNodeCount": 3, "config": {"machineType": "a2-highgpu-1g"}}}, "3"),
])
def test_how_many_were_asked_for(bench, method, service, request_, asked):
    row = row_of(bench, entry(method, NOON, f"projects/{PROJECT}/zones/{ZONE}/x/y", request_,
                              service=service))
    assert row["requested_count"] == asked


def test_change_reference_and_owner(bench):
    labelled, named, excused, plain = rows = [
        *[launch(NOON, "a", tags={"owner": "payments", "change_ref": "chg0099001"})],
        *[launch(NOON + 1, "b", request={"labels": {"ticket": "OPS-12", "team": "web"}})],
        *[launch(NOON + 2, "c")], *[launch(NOON + 3, "d", tags={"ownership": "x"})]]
    for record in excused:
        record["protoPayload"]["requestMetadata"]["requestAttributes"] = {"reason": "for CHG0012345"}
    assert labelled and named and plain
    found = rows_of(bench, *[record for records in rows for record in records])
    assert [(row.get("change_ref"), row.get("owner")) for row in sorted(
        found, key=lambda row: row["_time"])] == [
            ("CHG0099001", "payments"), ("OPS-12", "web"), ("CHG0012345", None), (None, None)]


# --- exposure -------------------------------------------------------------------------------------


def rule(**more: object) -> dict:
    return {"alloweds": [{"IPProtocol": "tcp", "ports": ["22", "8000-8080"]}],
            "direction": "INGRESS", "sourceRanges": ["0.0.0.0/0"]} | more


@pytest.mark.parametrize(("method", "request_", "exposure"), [
    ("firewalls.insert", rule(), ["0.0.0.0/0 tcp/22", "0.0.0.0/0 tcp/8000-8080"]),
    ("firewalls.insert", rule(alloweds=[{"IPProtocol": "all"}],
                              sourceRanges=["10.0.0.0/8", "::/0"]), "::/0 all"),
    ("firewalls.patch", rule(allowed=[{"IPProtocol": "ICMP"}], alloweds=[]), "0.0.0.0/0 icmp/any"),
    ("firewalls.insert", {"alloweds": [{"IPProtocol": "tcp"}]}, "0.0.0.0/0 tcp/any"),
    ("firewalls.patch", {"alloweds": [{"IPProtocol": "tcp"}]}, None),
    ("firewalls.insert", {"alloweds": [{"IPProtocol": "tcp"}], "sourceTags": ["lb"]}, None),
    ("firewalls.insert", rule(sourceRanges=["198.51.100.0/24"]), None),
    ("firewalls.insert", rule(direction="EGRESS"), None),
    ("firewalls.insert", rule(disabled=True), None),
    ("firewalls.insert", {"denieds": [{"IPProtocol": "all"}], "sourceRanges": ["0.0.0.0/0"]}, None),
    ("networkFirewallPolicies.addRule", {"action": "allow", "direction": "INGRESS", "match": {
        "srcIpRanges": ["0.0.0.0/0"], "layer4Configs": [{"ipProtocol": "tcp", "ports": ["3389"]}]}},
     "0.0.0.0/0 tcp/3389"),
    ("firewallPolicies.addRule", {"action": "deny", "direction": "INGRESS", "match": {
        "srcIpRanges": ["0.0.0.0/0"], "layer4Configs": [{"ipProtocol": "all"}]}}, None),
    ("instances.addAccessConfig", {"type": "ONE_TO_ONE_NAT", "name": "External NAT"},
     "public address"),
    ("instances.deleteAccessConfig", {"accessConfig": "External NAT"}, None),
])
def test_exposure(bench, method, request_, exposure):
    resource = path("instances", "a") if "instances" in method else FIREWALL
    assert row_of(bench, *long(f"v1.compute.{method}", NOON, resource, request_)).get(
        "exposure") == exposure


def test_an_instance_with_a_public_address(bench):
    row = row_of(bench, *launch(NOON, request={
        "networkInterfaces": [{"accessConfigs": [{"type": "ONE_TO_ONE_NAT"}]}]}))
    assert row["exposure"] == "public address"
    rows = rows_of(bench, *launch(NOON + 60, "example-2", request={
        "networkInterfaces": [{"network": "default"}]}))
    assert [row.get("exposure") for row in sorted(rows, key=lambda row: row["_time"])] == [
        "public address", None]


# --- sharing and permissions ----------------------------------------------------------------------


def delta(action: str, member: str, role: str = "roles/owner") -> dict:
    return {"policyDelta": {"bindingDeltas": [{"action": action, "member": member, "role": role}]}}


def audited(action: str, **more: str) -> dict:
    return {"policyDelta": {"auditConfigDeltas": [
        {"action": action, "service": "allServices", "logType": "DATA_READ"} | more]}}


def policy(*members: str) -> dict:
    return {"policy": {"bindings": [{"role": "roles/compute.storageAdmin",
                                     "members": list(members)}]}}


@pytest.mark.parametrize(("request_", "more", "action", "shared_with"), [
    (policy("user:someone@example.org"), {}, "shared", "user:someone@example.org"),
    (policy("allUsers"), {}, "shared", "all"),
    (policy("allAuthenticatedUsers"), {}, "shared", "all"),
    (policy("serviceAccount:x@other-project.iam.gserviceaccount.com", "domain:example.org"), {},
     "shared", ["domain:example.org", "serviceAccount:x@other-project.iam.gserviceaccount.com"]),
    (policy("user:colleague@example.com", f"serviceAccount:{ROBOT}",
            f"projectOwner:{PROJECT}"), {}, "modified", None),
    (policy("user:colleague@gmail.com"), {"who": "operator@gmail.com"}, "shared",
     "user:colleague@gmail.com"),
    ({"policy": {}}, {}, "unshared", None),
    (policy("user:someone@example.org"),
     {"serviceData": delta("REMOVE", "user:other@example.org")}, "unshared", None),
    (policy("user:someone@example.org"),
     {"serviceData": delta("ADD", "user:other@example.org")}, "shared", "user:other@example.org"),
])
@pytest.mark.parametrize("kind", ["snapshots", "images", "disks", "machineImages"])
def test_sharing(bench, kind, request_, more, action, shared_with):
    resource = path("disks", "x") if kind == "disks" else path(kind, "x", place="global")
    row = row_of(bench, entry(f"v1.compute.{kind}.setIamPolicy", NOON, resource, request_, **more))
    assert (row["action"], row.get("shared_with")) == (action, shared_with)


@pytest.mark.parametrize(("data", "category", "action", "object_id"), [
    (delta("ADD", f"serviceAccount:{ROBOT}"), "iam_policy", "attached", ROBOT),
    (delta("REMOVE", "user:a@example.org"), "iam_policy", "detached", "a@example.org"),
    (audited("REMOVE"), "audit_config", "disabled", f"projects/{PROJECT}"),
    (audited("ADD", exemptedMember="user:a@example.org"), "audit_config", "disabled",
     f"projects/{PROJECT}"),
    (audited("ADD"), "iam_policy", "modified", f"projects/{PROJECT}"),
    (audited("REMOVE", exemptedMember="user:a@example.org"), "iam_policy", "modified",
     f"projects/{PROJECT}"),
])
def test_permissions_and_audit_configuration(bench, data, category, action, object_id):
    row = row_of(bench, entry("SetIamPolicy", NOON, f"projects/{PROJECT}", {},
                              service="cloudresourcemanager", serviceData=data))
    assert (row["object_category"], row["action"], row["object_id"]) == (
        category, action, object_id)


def test_new_principals_and_their_keys(bench):
    key = f"projects/{PROJECT}/serviceAccounts/{ROBOT}/keys/0a1b2c3d"
    account, credential, human = sorted(rows_of(
        bench, entry("google.iam.admin.v1.CreateServiceAccount", NOON, f"projects/{PROJECT}",
                     {"account_id": "deploy"}, response={"email": ROBOT}, **IAM),
        entry("google.iam.admin.v1.CreateServiceAccountKey", NOON + 1,
              "projects/-/serviceAccounts/100000000000000000001", {}, response={"name": key},
              labels={"email_id": ROBOT}, **IAM),
        entry("google.admin.AdminService.createUser", NOON + 2,
              "organizations/123456789012/userSettings", service="admin", project="",
              parent="organizations/123456789012", metadata={"event": [{"parameter": [
                  {"name": "DOMAIN", "value": "example.com"},
                  {"name": "USER_EMAIL", "value": "new@example.com"}]}]})),
        key=lambda row: row["_time"])
    assert (account["object_category"], account["object_id"]) == ("iam_principal", ROBOT)
    assert (credential["object_id"], credential["parent_id"]) == (["0a1b2c3d", key], ROBOT)
    assert (human["object_category"], human["object_id"]) == ("iam_principal", "new@example.com")


# --- logging --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "service", "request_", "action"), [
    (LOG_CONFIG + "DeleteSink", "logging", {}, "deleted"),
    (LOG_CONFIG + "UpdateSink", "logging", {"sink": {"disabled": True}}, "disabled"),
    (LOG_CONFIG + "UpdateSink", "logging", {"sink": {"exclusions": [{"filter": "x"}]},
                                            "updateMask": "exclusions"}, "disabled"),
    (LOG_CONFIG + "UpdateSink", "logging", {"sink": {"exclusions": [{"filter": "x"}]},
                                            "updateMask": "description"}, "modified"),
    (LOG_CONFIG + "UpdateSink", "logging", {"sink": {"filter": "severity>=DEFAULT"}}, "modified"),
    (LOG_CONFIG + "DeleteBucket", "logging", {}, "deleted"),
    (LOG_CONFIG + "UpdateBucket", "logging", {"bucket": {"retentionDays": 1}}, "disabled"),
    (LOG_CONFIG + "UpdateBucket", "logging", {"bucket": {"retentionDays": 365}}, "modified"),
    (LOG_CONFIG + "CreateExclusion", "logging",
     {"exclusion": {"filter": "logName:cloudaudit.googleapis.com"}}, "disabled"),
    (LOG_CONFIG + "CreateExclusion", "logging",
     {"exclusion": {"filter": "resource.type=\"k8s_container\" severity<ERROR"}}, "modified"),
    (LOG_CONFIG + "DeleteExclusion", "logging", {}, "modified"),
    ("google.container.v1.ClusterManager.SetLoggingService", "container",
     {"loggingService": "none"}, "disabled"),
])
def test_logging_narrowed(bench, method, service, request_, action):
    row = row_of(bench, entry(method, NOON, f"projects/{PROJECT}/sinks/audit", request_,
                              service=service))
    assert (row["object_category"], row["action"]) == ("audit_config", action)


@pytest.mark.parametrize(("request_", "action"), [
    ({"enableFlowLogs": False}, "disabled"), ({"logConfig": {"enable": False}}, "disabled"),
    ({"enableFlowLogs": True}, "modified"), ({"privateIpGoogleAccess": True}, "modified"),
])
def test_flow_logs_of_a_subnetwork(bench, request_, action):
    """A long operation: only the first record says what was asked for."""
    row = row_of(bench, *long("v1.compute.subnetworks.patch", NOON, SUBNET, request_))
    assert (row["object_category"], row["action"], row["status"]) == ("flow_log", action, "success")
