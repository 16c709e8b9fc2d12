"""The events of the cases: one afternoon in three clouds, 2023-11-14, UTC."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

from lab.engine.store import Event
from lab.home import Home
from lab.ingest.metrics import data_point

ACCOUNT = "111122223333"
_POLICY = {"Statement": [{"Action": ["kms:Encrypt", "kms:Decrypt"], "Principal": {"AWS": "*"}},
                         {"Action": "kms:*", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}]}


def _epoch(clock: str) -> float:
    return datetime.fromisoformat(f"2023-11-14T{clock}").replace(tzinfo=timezone.utc).timestamp()


def _shared(account: str) -> dict[str, Any]:
    return {"attributeType": "CREATE_VOLUME_PERMISSION",
            "createVolumePermission": {"add": {"items": [{"userId": account}]}}}


def _launch(kind: str, image: str) -> dict[str, Any]:
    return {"instanceType": kind, "instancesSet": {"items": [{"imageId": image}]}}


def _made(*names: str) -> dict[str, Any]:
    return {"instancesSet": {"items": [{"instanceId": name} for name in names]}}


# clock, service, operation, user, address, request, response, further fields
TRAIL: list[tuple[str, str, str, str, str, Any, Any, dict[str, Any]]] = [
    ("20:00:05", "signin", "ConsoleLogin", "ana", "192.0.2.10", None,
     {"ConsoleLogin": "Success"}, {}),
    *((clock, "signin", "ConsoleLogin", user, "203.0.113.5", None, {"ConsoleLogin": "Failure"},
       {"errorMessage": "Failed authentication"})
      for clock, user in (("20:01:00", "ben"), ("20:02:00", "ben"), ("20:03:00", "cy"))),
    ("20:04:30", "signin", "ConsoleLogin", "ben", "203.0.113.5", None,
     {"ConsoleLogin": "Success"}, {}),
    ("20:10:00", "iam", "CreateAccessKey", "ben", "203.0.113.5", {"userName": "svc"}, None, {}),
    ("20:11:00", "iam", "AttachUserPolicy", "ben", "203.0.113.5",
     {"userName": "svc", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}, None, {}),
    ("20:12:00", "iam", "CreateUser", "ben", "203.0.113.5", {"userName": "backup"}, None, {}),
    ("20:20:00", "ec2", "RunInstances", "ben", "203.0.113.5", _launch("p3.2xlarge", "ami-0aa"),
     _made("i-1", "i-2"), {"awsRegion": "ap-south-1"}),
    ("20:21:00", "ec2", "RunInstances", "ben", "203.0.113.5", _launch("p3.8xlarge", "ami-0aa"),
     None, {"awsRegion": "sa-east-1", "errorCode": "Client.UnauthorizedOperation"}),
    ("20:22:00", "ec2", "RunInstances", "ana", "192.0.2.10", _launch("t3.micro", "ami-0bb"),
     _made("i-3"), {}),
    ("20:30:00", "ec2", "ModifySnapshotAttribute", "ben", "203.0.113.5", _shared("999988887777"),
     None, {}),
    ("20:31:00", "ec2", "ModifySnapshotAttribute", "ana", "192.0.2.10", _shared(ACCOUNT), None, {}),
    ("20:32:00", "ec2", "CreateSnapshot", "ben", "203.0.113.5", {"volumeId": "vol-1"}, None, {}),
    ("20:33:00", "kms", "PutKeyPolicy", "ben", "203.0.113.5", {"policy": json.dumps(_POLICY)},
     None, {}),
    ("20:40:00", "cloudtrail", "StopLogging", "ben", "203.0.113.5", {"name": "main"}, None, {}),
    ("20:41:00", "cloudtrail", "DeleteTrail", "ben", "203.0.113.5", {"name": "main"}, None,
     {"errorCode": "AccessDenied"}),
    *((clock, service, operation, "", "198.51.100.7", None, None, {})
      for clock, service, operation in (
          ("20:50:00", "s3", "ListBuckets"), ("20:50:01", "ec2", "DescribeInstances"),
          ("20:50:02", "sts", "GetCallerIdentity"))),
    ("21:00:00", "ec2", "AuthorizeSecurityGroupIngress", "ben", "203.0.113.5",
     {"groupId": "sg-1", "ipPermissions": {"items": [
         {"fromPort": 22, "toPort": 22, "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}},
         {"fromPort": 443, "toPort": 443, "ipRanges": {"items": [{"cidrIp": "10.0.0.0/8"}]}}]}},
     None, {}),
    ("21:05:00", "ec2", "TerminateInstances", "ben", "203.0.113.5",
     {"instancesSet": {"items": [{"instanceId": "i-1"}]}}, _made("i-1"), {}),
    ("21:06:00", "sts", "AssumeRole", "ana", "192.0.2.10",
     {"roleArn": "arn:aws:iam::444455556666:role/audit"}, None, {}),
    ("21:10:00", "ecr", "PutImage", "ben", "203.0.113.5",
     {"repositoryName": "web", "imageTag": "v2"}, None, {}),
]


def _trail(entry: tuple[str, str, str, str, str, Any, Any, dict[str, Any]]) -> dict[str, Any]:
    clock, service, operation, user, address, request, response, further = entry
    if user:
        identity = {"type": "IAMUser", "userName": user, "principalId": f"AIDA{user}",
                    "arn": f"arn:aws:iam::{ACCOUNT}:user/{user}"}
    else:
        identity = {"type": "AssumedRole", "principalId": "AROA:ci",
                    "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/ci",
                    "sessionContext": {"sessionIssuer": {"userName": "deploy"}}}
    return {"eventTime": f"2023-11-14T{clock}Z", "eventSource": f"{service}.amazonaws.com",
            "eventName": operation, "awsRegion": "us-east-1", "sourceIPAddress": address,
            "userAgent": "aws-cli/2.13" if user else "Terraform/1.6", "userIdentity": identity,
            "requestParameters": request, "responseElements": response,
            "recipientAccountId": ACCOUNT, "eventID": f"{service}-{clock}", **further}


def _role(clock: str, role: str) -> dict[str, Any]:
    return {"time": f"2023-11-14T{clock}Z", "category": "AuditLogs",
            "operationName": "Add member to role", "callerIpAddress": "203.0.113.9",
            "properties": {"initiatedBy": {"user": {"userPrincipalName": "adm@corp.example"}},
                           "result": "success", "targetResources": [{"modifiedProperties": [
                               {"displayName": "Role.ObjectID", "newValue": '"r-1"'},
                               {"displayName": "Role.DisplayName", "newValue": role}]}]}}


AAD = [
    *({"time": f"2023-11-14T20:00:{second:02d}Z", "category": "SignInLogs",
       "operationName": "Sign-in activity", "callerIpAddress": f"203.0.113.{second % 3}",
       "properties": {"userPrincipalName": f"u{second}@corp.example", "appId": f"app{second % 2}",
                      "status": {"errorCode": 50126}, "location": {"countryOrRegion": "NL"},
                      "authenticationDetails": [{"succeeded": False}, {"succeeded": False}]}}
      for second in range(6)),
    _role("20:30:00", "global administrator"), _role("20:31:00", "Reader"),
    {"time": "2023-11-14T20:40:00Z", "category": "AuditLogs",
     "operationName": "Update application", "callerIpAddress": "203.0.113.9",
     "properties": {"initiatedBy": {"user": {"userPrincipalName": "adm@corp.example"}},
                    "targetResources": [{"modifiedProperties": [{
                        "displayName": "RequiredResourceAccess", "newValue": json.dumps(
                            [{"RequiredAppPermissions": [{"EntitlementId": "e-1"},
                                                         {"EntitlementId": "e-2"}]}])}]}]}},
]
GCP = [
    {"timestamp": f"2023-11-14T20:0{minute}:00Z", "data": {
        "protoPayload": {"methodName": method,
                         "authenticationInfo": {"principalEmail": who},
                         "requestMetadata": {"callerIp": address}},
        "resource": {"labels": {"project_id": "p-1"}}}}
    for minute, method, who, address in (
        (0, "google.iam.admin.v1.CreateServiceAccountKey", "dev@corp.example", "203.0.113.20"),
        (1, "v1.compute.instances.insert", "dev@corp.example", "203.0.113.20"),
        (2, "v1.compute.instances.insert", "sa@p-1.iam.gserviceaccount.com", "198.51.100.7"))
]
O365 = [
    {"CreationTime": "2023-11-14T20:00:00Z", "Operation": "New-InboxRule",
     "UserId": "joe@corp.example", "Parameters": [
         {"Name": "Name", "Value": "."}, {"Name": "MoveToFolder", "Value": "RSS Feeds"}]},
    {"CreationTime": "2023-11-14T20:01:00Z", "Operation": "AlertEntityGenerated",
     "UserId": "system", "Data": json.dumps({"etype": "User", "sev": "High"})},
]
FLOWS = [  # clock, interface, source, destination, port, bytes, verdict
    *((f"20:00:{second:02d}", "eni-1", "10.0.0.5", f"203.0.113.{second % 3}", 3333, 100 + second,
       "REJECT") for second in range(12)),
    ("20:01:00", "eni-1", "10.0.0.5", "10.0.0.6", 443, 500, "ACCEPT"),
    ("20:01:01", "eni-2", "10.0.0.9", "203.0.113.1", 22, 40, "REJECT"),
]
_LOADS = ("5", "6", "7", "90", "91", "92")


def store(home: Home) -> None:
    """All of them in index main, CPU loads of two instances in index points."""
    for sourcetype, field, events in (
            ("aws:cloudtrail", "eventTime", [_trail(entry) for entry in TRAIL]),
            ("azure:monitor:aad", "time", AAD), ("google:gcp:pubsub:message", "timestamp", GCP),
            ("o365:management:activity", "CreationTime", O365)):
        home.store.append("main", [
            Event(_epoch(event[field][11:19]), _epoch(event[field][11:19]),
                  json.dumps(event, separators=(",", ":")), sourcetype, "feed", "hub", {})
            for event in events])
    home.store.append("main", [
        Event(_epoch(clock), _epoch(clock), " ".join(map(str, rest)),
              "aws:cloudwatchlogs:vpcflow", "flows", "hub", {}) for clock, *rest in FLOWS])
    home.store.append("points", [
        Event(_epoch(f"20:{minute:02d}:00"), _epoch(f"20:{minute:02d}:00"), "", "cpu", "cpu", "hub",
              data_point({"metric_name:cpu.percent": load if name == "i-1" else "4",
                          "metric_name:net.out": "10", "object.id": name}))
        for name in ("i-1", "i-3") for minute, load in enumerate(_LOADS)])
