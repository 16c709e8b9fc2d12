"""Cloud Audit Logs to rows of the operation log: exposure, sharing, permissions, logging.

Firewall rules are logged with `alloweds`, Compute Engine's policies whole, others as the difference
("Compute Engine audit logging", google.iam.v1.logging.AuditData).
"""

from __future__ import annotations

from tests.detections.google_records import (
    PROJECT,
    ROBOT,
    ZONE,
    entry,
    launch,
    long,
    path,
)
from tests.detections.google_rows import delta, of_each, seen
from tests.detections.records import epoch

NOON = epoch("2026-03-10T12:00:00")
FIREWALL = f"projects/{PROJECT}/global/firewalls/open"
SUBNET = f"projects/{PROJECT}/regions/europe-west3/subnetworks/default"
IAM = {"service": "iam"}
LOG_CONFIG = "google.logging.v2.ConfigServiceV2."


# --- exposure -------------------------------------------------------------------------------------


def rule(**more: object) -> dict:
    return {"alloweds": [{"IPProtocol": "tcp", "ports": ["22", "8000-8080"]}],
            "direction": "INGRESS", "sourceRanges": ["0.0.0.0/0"]} | more


EXPOSURE = [
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
]


def test_exposure(bench):
    rows = of_each(bench, *[
        long(f"v1.compute.{method}", NOON + number,
             path("instances", "a") if "instances" in method else FIREWALL, request)
        for number, (method, request, _) in enumerate(EXPOSURE)])
    assert seen(rows, "exposure") == [(exposure,) for *_, exposure in EXPOSURE]


def test_an_instance_with_a_public_address(bench):
    rows = of_each(
        bench, launch(NOON, "a", request={
            "networkInterfaces": [{"accessConfigs": [{"type": "ONE_TO_ONE_NAT"}]}]}),
        launch(NOON + 1, "b", request={"networkInterfaces": [{"network": "default"}]}))
    assert seen(rows, "exposure") == [("public address",), (None,)]


# --- sharing and permissions ----------------------------------------------------------------------


def audited(action: str, **more: str) -> dict:
    return {"policyDelta": {"auditConfigDeltas": [
        {"action": action, "service": "allServices", "logType": "DATA_READ"} | more]}}


def policy(*members: str) -> dict:
    return {"policy": {"bindings": [{"role": "roles/compute.storageAdmin",
                                     "members": list(members)}]}}


SHARING = [
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
]


def test_sharing(bench):
    kinds = ("snapshots", "images", "disks", "machineImages")
    rows = of_each(bench, *[
        entry(f"v1.compute.{kind}.setIamPolicy", NOON + 10 * number + place,
              path(kind, "x", place="zones/" + ZONE if kind == "disks" else "global"), request,
              **more)
        for number, (request, more, *_) in enumerate(SHARING) for place, kind in enumerate(kinds)])
    assert seen(rows, "action", "shared_with") == [
        (action, shared) for *_, action, shared in SHARING for _ in kinds]


PERMISSIONS = [
    (delta("ADD", f"serviceAccount:{ROBOT}"), "iam_policy", "attached", ROBOT),
    (delta("REMOVE", "user:a@example.org"), "iam_policy", "detached", "a@example.org"),
    (audited("REMOVE"), "audit_config", "disabled", f"projects/{PROJECT}"),
    (audited("ADD", exemptedMember="user:a@example.org"), "audit_config", "disabled",
     f"projects/{PROJECT}"),
    (audited("ADD"), "iam_policy", "modified", f"projects/{PROJECT}"),
    (audited("REMOVE", exemptedMember="user:a@example.org"), "iam_policy", "modified",
     f"projects/{PROJECT}"),
]


def test_permissions_and_audit_configuration(bench):
    rows = of_each(bench, *[
        entry("SetIamPolicy", NOON + number, f"projects/{PROJECT}", {},
              service="cloudresourcemanager", serviceData=data)
        for number, (data, *_) in enumerate(PERMISSIONS)])
    assert seen(rows, "object_category", "action", "object_id") == [
        tuple(expected) for _, *expected in PERMISSIONS]


def test_new_principals_and_their_keys(bench):
    key = f"projects/{PROJECT}/serviceAccounts/{ROBOT}/keys/0a1b2c3d"
    account, credential, human = of_each(
        bench, entry("google.iam.admin.v1.CreateServiceAccount", NOON, f"projects/{PROJECT}",
                     {"account_id": "deploy"}, response={"email": ROBOT}, **IAM),
        entry("google.iam.admin.v1.CreateServiceAccountKey", NOON + 1,
              "projects/-/serviceAccounts/100000000000000000001", {}, response={"name": key},
              labels={"email_id": ROBOT}, **IAM),
        entry("google.admin.AdminService.createUser", NOON + 2,
              "organizations/123456789012/userSettings", service="admin", project="",
              parent="organizations/123456789012", metadata={"event": [{"parameter": [
                  {"name": "DOMAIN", "value": "example.com"},
                  {"name": "USER_EMAIL", "value": "new@example.com"}]}]}))
    assert (account["object_category"], account["object_id"]) == ("iam_principal", ROBOT)
    assert (credential["object_id"], credential["parent_id"]) == ("0a1b2c3d", ROBOT)
    assert (human["object_category"], human["object_id"]) == ("iam_principal", "new@example.com")


# --- logging --------------------------------------------------------------------------------------


NARROWED = [
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
]


def test_logging_narrowed(bench):
    rows = of_each(bench, *[
        entry(method, NOON + number, f"projects/{PROJECT}/sinks/audit", request, service=service)
        for number, (method, service, request, _) in enumerate(NARROWED)])
    assert seen(rows, "object_category", "action") == [
        ("audit_config", action) for *_, action in NARROWED]


FLOW_LOGS = [
    ({"enableFlowLogs": False}, "disabled"), ({"logConfig": {"enable": False}}, "disabled"),
    ({"enableFlowLogs": True}, "modified"), ({"privateIpGoogleAccess": True}, "modified"),
]


def test_flow_logs_of_a_subnetwork(bench):
    """A long operation: only the first record says what was asked for."""
    rows = of_each(bench, *[
        long("v1.compute.subnetworks.patch", NOON + number, SUBNET, request)
        for number, (request, _) in enumerate(FLOW_LOGS)])
    assert seen(rows, "object_category", "action", "status") == [
        ("flow_log", action, "success") for _, action in FLOW_LOGS]