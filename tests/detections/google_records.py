"""Cloud Audit Logs for tests: a LogEntry, the two of a long operation, and the Pub/Sub wrapping.

The shapes are those of "LogEntry" (Cloud Logging) and "AuditLog" (google.cloud.audit). Compute
Engine's own ways: labels of a resource as a list of key and value, a firewall's `allowed` as
`alloweds`, an instance's number in resource.labels, one root_trigger_id for a call and all that
came of it.
"""

from __future__ import annotations

import hashlib
from itertools import count

from tests.detections.records import iso

PROJECT = "example-project"
NUMBER = "123456789012"
ZONE = "europe-west3-a"
HUMAN = "operator@example.com"
ROBOT = f"deploy@{PROJECT}.iam.gserviceaccount.com"
GROUPS = f"{NUMBER}@cloudservices.gserviceaccount.com"
GCLOUD = "google-cloud-sdk gcloud/475.0.0 command/gcloud.compute.instances.create"
_NUMBERS = count(1)

LOGS = {"activity": "admin_activity", "data_access": "data_access",
        "system_event": "system_event", "policy": "policy_denied"}


def sourcetype(log: str = "activity") -> str:
    return f"google:gcp:pubsub:audit:{LOGS[log]}"


def path(kind: str, name: str, project: str = PROJECT, place: str = f"zones/{ZONE}") -> str:
    return f"projects/{project}/{place}/{kind}/{name}"


def snapshot(name: str, project: str = PROJECT) -> str:
    return path("snapshots", name, project, "global")


def url(resource: str) -> str:
    """As requests to Compute Engine name a resource."""
    return f"https://www.googleapis.com/compute/v1/{resource}"


def entry(method: str, moment: float, resource: str, request: dict | None = None,
          who: str = HUMAN, service: str = "compute", labels: dict | None = None,
          address: str = "203.0.113.7", agent: str = GCLOUD, project: str = PROJECT,
          log: str = "activity", operation: dict | None = None, trigger: str = "",
          status: dict | None = None, response: dict | None = None, authentication: dict | None = None,
          parent: str = "", **payload: object) -> dict:
    """One LogEntry; `labels` are the monitored resource's, beside its project."""
    number = next(_NUMBERS)
    found: dict = {
        "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
        "authenticationInfo": {"principalEmail": who} | (authentication or {}),
        "requestMetadata": {"callerIp": address, "callerSuppliedUserAgent": agent},
        "serviceName": f"{service}.googleapis.com", "methodName": method,
        "resourceName": resource,
    }
    if request is not None:
        found["authorizationInfo"] = [{"granted": True, "resource": resource}]
        found["request"] = request
    if response is not None:
        found["response"] = response
    if status is not None:
        found["status"] = status
    labelled = {"project_id": project} if project else {}
    given = {
        "protoPayload": found | payload, "insertId": f"-insert{number:08d}",
        "resource": {"type": "audited_resource", "labels": labelled | (labels or {})},
        "timestamp": iso(moment), "severity": "ERROR" if status else "NOTICE",
        "logName": f"{parent or 'projects/' + project}/logs/cloudaudit.googleapis.com%2F{log}",
        "receiveTimestamp": iso(moment + 1),
    }
    if operation:
        given["operation"] = {"producer": f"{service}.googleapis.com"} | operation
    if trigger:
        given["labels"] = {"compute.googleapis.com/root_trigger_id": trigger}
    return given


def long(method: str, moment: float, resource: str, request: dict, error: dict | None = None,
         seconds: float = 20, **more: object) -> list[dict]:
    """The two entries of a long operation: the last has neither request nor authorization, nor,
    as a rule, the caller's address; it tells how the operation ended."""
    name = f"operation-{int(moment)}-{next(_NUMBERS):06d}"
    first = entry(method, moment, resource, request, operation={"id": name, "first": True},
                  response={"status": "RUNNING", "name": name}, **more)
    last = entry(method, moment + seconds, resource, operation={"id": name, "last": True},
                 status=error, **more)
    del last["protoPayload"]["requestMetadata"]["callerIp"]
    return [first, last]


def instance_number(name: str) -> str:
    return str(10**18 + int(hashlib.sha256(name.encode()).hexdigest()[:8], 16))


def launch(moment: float, name: str = "example-1", request: dict | None = None,
           tags: dict[str, str] | None = None, project: str = PROJECT,
           version: str = "v1", zone: str = ZONE, **more: object) -> list[dict]:
    """instances.insert of one instance from a public image."""
    resource = path("instances", name, project, f"zones/{zone}")
    asked: dict = {
        "@type": "type.googleapis.com/compute.instances.insert", "name": name,
        "machineType": f"projects/{project}/zones/{zone}/machineTypes/n2-standard-4",
        "disks": [{"boot": True, "initializeParams": {
            "sourceImage": "projects/debian-cloud/global/images/debian-12-v1"}}]}
    if tags:
        asked["labels"] = [{"key": key, "value": value} for key, value in tags.items()]
    return long(f"{version}.compute.instances.insert", moment, resource, asked | (request or {}),
                project=project, labels={"zone": zone, "instance_id": instance_number(name)},
                **more)


def enveloped(record: dict) -> dict:
    """What Google's add-on writes of a message."""
    return {"publish_time": record["receiveTimestamp"], "data": record,
            "attributes": {"logging.googleapis.com/timestamp": record["timestamp"]}}
