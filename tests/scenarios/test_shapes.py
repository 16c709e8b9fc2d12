"""Every record has its provider's native shape, and nothing that tells what it is."""

from __future__ import annotations

import ipaddress
import json
import re
import uuid

from lab.clouds.google_discovery import _problem
from lab.scenarios import forms
from lab.scenarios.azure.activity import exported
from lab.scenarios.model import Record
from tests.scenarios.conftest import START, every, records_of

DOCUMENTATION = [ipaddress.ip_network(text)
                 for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
CLOUDTRAIL = {
    "eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion",
    "sourceIPAddress", "userAgent", "requestParameters", "responseElements", "requestID", "eventID",
    "readOnly", "eventType", "managementEvent", "recipientAccountId", "eventCategory"}
# "Azure Monitor activity log event schema": what every administrative row has.
ACTIVITY = {
    "caller", "channels", "claims", "correlationId", "description", "eventDataId", "eventName",
    "category", "eventTimestamp", "id", "level", "operationId", "operationName",
    "resourceGroupName", "resourceProviderName", "resourceType", "resourceId", "status",
    "subStatus", "submissionTimestamp", "subscriptionId", "tenantId", "properties"}
EXPORTED = {
    "time", "resourceId", "operationName", "category", "resultType", "resultSignature",
    "durationMs", "callerIpAddress", "correlationId", "identity", "level", "properties"}
# "signIn resource type" and "directoryAudit resource type" of Microsoft Graph.
SIGN_IN = {"id", "createdDateTime", "appId", "appDisplayName", "ipAddress", "status", "location",
           "isInteractive", "signInEventTypes", "correlationId", "conditionalAccessStatus"}
AUDIT = {"id", "category", "correlationId", "result", "activityDisplayName", "activityDateTime",
         "loggedByService", "operationType", "initiatedBy", "targetResources"}
TELLS = re.compile(r"malicious|attack|scenario|benign|\btwin\b|\"step\"", re.IGNORECASE)


@every
def test_records_are_native(scenario):
    found = records_of(scenario.id)
    assert found
    assert len({(record.form, forms.identity(record)) for record in found}) == len(found)
    for record in found:
        CHECKS[record.form](record)
        assert START - 60 <= record.time < START + scenario.seconds + 300
        assert not TELLS.search(forms.text(record)), forms.text(record)


def _documented(address: str) -> None:
    assert any(ipaddress.ip_address(address) in network for network in DOCUMENTATION), address


def _cloudtrail(record: Record) -> None:
    body = record.body
    assert set(body) >= CLOUDTRAIL
    address = body["sourceIPAddress"]
    if address.endswith(".amazonaws.com"):
        assert body["userIdentity"]["invokedBy"] == address
    else:
        _documented(address)
        assert body["tlsDetails"]["tlsVersion"]
    if "errorCode" in body:
        assert body["responseElements"] is None


def _activity(record: Record) -> None:
    body = record.body
    assert set(body) >= ACTIVITY
    assert body["status"]["value"] in ("Started", "Accepted", "Succeeded", "Failed")
    assert body["subscriptionId"] == record.account == body["resourceId"].split("/")[2]
    assert all(set(body[name]) == {"value", "localizedValue"}
               for name in ("operationName", "status", "subStatus"))
    for name in ("correlationId", "eventDataId", "operationId", "subscriptionId", "tenantId"):
        uuid.UUID(body[name])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", body["eventTimestamp"])
    for name in ("requestbody", "responseBody", "statusMessage"):
        if name in body["properties"]:
            json.loads(body["properties"][name])
    if "httpRequest" in body:
        _documented(body["httpRequest"]["clientIpAddress"])
    row = exported(body)
    assert set(row) >= EXPORTED
    assert row["resultType"] in ("Start", "Accept", "Success", "Failure")


def _sign_in(record: Record) -> None:
    assert set(record.body) >= SIGN_IN
    _documented(record.body["ipAddress"])


def _directory_audit(record: Record) -> None:
    assert set(record.body) >= AUDIT
    assert any(record.body["initiatedBy"].values())


def _log_entry(record: Record) -> None:
    body = record.body
    assert not _problem("logging", "v2", "LogEntry", body)
    payload = body["protoPayload"]
    assert payload["@type"] == "type.googleapis.com/google.cloud.audit.AuditLog"
    assert {"authenticationInfo", "requestMetadata", "serviceName", "methodName",
            "resourceName"} <= set(payload)
    assert body["logName"] == f"projects/{record.account}/logs/cloudaudit.googleapis.com%2Factivity"
    assert payload["resourceName"].startswith("projects/")
    if "callerIp" in payload["requestMetadata"]:
        _documented(payload["requestMetadata"]["callerIp"])
    if body.get("operation", {}).get("first"):
        assert payload["request"]["@type"]
    elif body.get("operation", {}).get("last"):
        assert "request" not in payload and "authorizationInfo" not in payload


CHECKS = {"cloudtrail": _cloudtrail, "azure_activity": _activity, "entra_sign_in": _sign_in,
          "entra_audit": _directory_audit, "log_entry": _log_entry}


@every
def test_rows_of_one_operation_belong_together(scenario):
    """Azure: Started first, a body of the request on it alone. Google: a first and a last entry,
    or one that is both."""
    rows: dict[str, list[Record]] = {}
    for record in records_of(scenario.id):
        if record.form == "azure_activity":
            # The operations of one deployment share its correlationId.
            rows.setdefault(record.body["correlationId"] + record.body["resourceId"],
                            []).append(record)
        elif "operation" in record.body:
            rows.setdefault(record.body["operation"]["id"], []).append(record)
    for found in rows.values():
        if found[0].form == "azure_activity":
            states = [record.body["status"]["value"] for record in found]
            assert states in (["Started", "Accepted", "Succeeded"], ["Started", "Succeeded"],
                              ["Started", "Accepted"], ["Started", "Failed"], ["Succeeded"])
            assert all("requestbody" not in record.body["properties"] for record in found[1:])
        else:
            marks = [set(record.body["operation"]) & {"first", "last"} for record in found]
            assert marks in ([{"first"}, {"last"}], [{"first", "last"}])
