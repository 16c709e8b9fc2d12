"""Writing rows of Azure's activity log, as Resource Manager lists them and as they are exported.

Shapes: "Azure Monitor activity log event schema" and "Activity Logs - List" (learn.microsoft.com).
An operation leaves several rows with one correlationId: the request's body stands on the first,
the response's on the later ones.
"""

from __future__ import annotations

import json
import random
import uuid
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from lab.scenarios.azure.organisation import TENANT, Principal
from lab.scenarios.model import Machine, Record

_STATUS = {"Created": "Created (HTTP Status Code: 201)", "OK": "OK (HTTP Status Code: 200)",
           "Accepted": "Accepted (HTTP Status Code: 202)",
           "Forbidden": "Forbidden (HTTP Status Code: 403)",
           "Conflict": "Conflict (HTTP Status Code: 409)",
           "BadRequest": "Bad Request (HTTP Status Code: 400)"}
_EXPORTED = {"Started": ("Start", "Started."), "Accepted": ("Accept", "Accepted."),
             "Succeeded": ("Success", "Succeeded."), "Failed": ("Failure", "Failed.")}
_TICKS = 621_355_968_000_000_000


class ActivityLog:
    """Makes rows; the same seed makes the same ids in the same order."""

    def __init__(self, seed: int, name: str):
        self.random = random.Random(f"{name}/{seed}")

    def uuid(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def id(self, prefix: str) -> str:
        return f"{prefix}-{self.random.getrandbits(20):05x}"

    def operation(
        self, at: float, who: Principal, region: str, resource: str, operation: str,
        request: dict[str, Any] | None = None, response: dict[str, Any] | None = None, *,
        code: str = "OK", seconds: float = 0, error: str = "", message: str = "", step: str = "",
        ended: tuple[str, ...] = (), machines: tuple[Machine, ...] = (), finished: bool = True,
        correlation: str = "",
    ) -> list[Record]:
        """The rows of one operation.

        `code` is the HTTP status of a success (Created, OK, Accepted), `seconds` how long it goes
        on after it was accepted (0: it does not). `error` makes it a failure with that error code.
        `finished` False leaves the last row out, as happens. `correlation` is that of the
        deployment which the operation is part of.
        """
        correlation, rows = correlation or self.uuid(), []
        phases: list[tuple[float, str, str, dict[str, Any]]] = [
            (0.0, "Started", "", {"requestbody": _text(request)} if request else {})]
        if error:
            http = code if code not in ("OK", "Created", "Accepted") else "Forbidden"
            said = _text({"error": {"code": error, "message": message}})
            phases.append((0.4, "Failed", http, {"statusCode": http, "statusMessage": said}))
        else:
            body = {"responseBody": _text(response)} if response else {}
            answer = {"statusCode": code, "serviceRequestId": self.uuid(), **body}
            if seconds:
                phases.append((1.1, "Accepted", code, answer))
            if finished or not seconds:
                phases.append((1.3 + seconds, "Succeeded", code, answer))
        for after, status, sub_status, properties in phases:
            row = self._row(at + after, who, resource, operation, correlation, status, sub_status,
                            properties)
            account = resource.split("/")[2]
            rows.append(Record(at + after, account, region, row, step, "azure_activity"))
        if not error:
            rows[-1] = replace(rows[-1], ended=ended, machines=machines)
        return rows

    def _row(self, at: float, who: Principal, resource: str, operation: str, correlation: str,
             status: str, sub_status: str, properties: dict[str, Any]) -> dict[str, Any]:
        name, moment = self.uuid(), _iso(at)
        parts = resource.split("/")
        provider = operation.split("/")[0]
        kind = operation.rpartition("/")[0].removesuffix("/" + operation.split("/")[-2]) \
            if operation.endswith("/action") else operation.rpartition("/")[0]
        ticks = int(at * 10_000_000) + _TICKS
        failed = status == "Failed"
        body = {
            "authorization": {"action": operation, "scope": resource, "role": who.role},
            "caller": who.caller, "channels": "Operation", "claims": who.claims(),
            "correlationId": correlation, "description": "", "eventDataId": name,
            "eventName": _named("BeginRequest" if status == "Started" else "EndRequest",
                                "Begin request" if status == "Started" else "End request"),
            "category": _named("Administrative"), "eventTimestamp": moment,
            "httpRequest": {"clientRequestId": self.uuid(), "clientIpAddress": who.address,
                            "method": _method(operation)},
            "id": f"{resource}/events/{name}/ticks/{ticks}",
            "level": "Error" if failed else "Informational", "operationId": self.uuid(),
            "operationName": _named(operation), "resourceGroupName": parts[4] if len(parts) > 4
            and parts[3].lower() == "resourcegroups" else "",
            "resourceProviderName": _named(provider), "resourceType": _named(kind),
            "resourceId": resource, "status": _named(status),
            "subStatus": {"value": sub_status, "localizedValue": _STATUS.get(sub_status, "")},
            "submissionTimestamp": _iso(at + 90), "subscriptionId": parts[2], "tenantId": TENANT,
            "properties": {
                **properties, "eventCategory": "Administrative", "entity": resource,
                "message": operation, "hierarchy": f"{TENANT}/{parts[2]}"},
            "relatedEvents": []}
        if not who.address:
            del body["httpRequest"], body["claims"]["ipaddr"]
        return body

    def autoscale(self, at: float, subscription: str, region: str, resource: str, setting: str,
                  old: int, new: int) -> Record:
        """A scale action of an autoscale setting, whose category is Autoscale."""
        way = "Scaleup" if new > old else "Scaledown"
        operation = f"Microsoft.Insights/AutoscaleSettings/{way}/Action"
        said = (f"The autoscale engine attempting to scale resource '{resource}' from {old}"
                f" instances count to {new} instances count.")
        name = self.uuid()
        row = {
            "caller": "Microsoft.Insights/autoscaleSettings", "channels": "Admin, Operation",
            "claims": {"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/spn":
                       "Microsoft.Insights/autoscaleSettings"},
            "correlationId": self.uuid(), "description": said, "eventDataId": name,
            "eventName": _named("AutoscaleAction"), "category": _named("Autoscale"),
            "eventTimestamp": _iso(at), "id": f"{setting}/events/{name}/ticks/{int(at)}",
            "level": "Informational", "operationId": self.uuid(),
            "operationName": _named(operation), "resourceGroupName": resource.split("/")[4],
            "resourceProviderName": _named("Microsoft.Insights"),
            "resourceType": _named("Microsoft.Insights/autoscalesettings"), "resourceId": setting,
            "status": _named("Succeeded"), "subStatus": _named(""),
            "submissionTimestamp": _iso(at + 60), "subscriptionId": subscription,
            "tenantId": TENANT, "relatedEvents": [],
            "properties": {
                "Description": said, "ResourceName": resource, "OldInstancesCount": str(old),
                "NewInstancesCount": str(new), "LastScaleActionTime": _iso(at)}}
        return Record(at, subscription, region, row, "", "azure_activity")


def exported(row: dict[str, Any]) -> dict[str, Any]:
    """The same row as a diagnostic setting exports it, with its result in their spelling."""
    status = row["status"]["value"]
    result, signature = _EXPORTED[status]
    sub_status = row["subStatus"]["value"]
    authorization = row.get("authorization", {})
    kind = "User" if "@" in row["caller"] else "ServicePrincipal"
    evidence = {"role": authorization.get("role", ""), "principalType": kind,
                "roleAssignmentScope": f"/subscriptions/{row['subscriptionId']}"}
    return {
        "RoleLocation": "West Europe", "time": row["eventTimestamp"],
        "resourceId": row["resourceId"].upper(),
        "operationName": row["operationName"]["value"].upper(),
        "category": row["category"]["value"], "resultType": result,
        "resultSignature": signature + sub_status, "durationMs": "0",
        "callerIpAddress": row.get("httpRequest", {}).get("clientIpAddress", ""),
        "correlationId": row["correlationId"],
        "identity": {
            "authorization": {"scope": authorization.get("scope", ""),
                              "action": authorization.get("action", ""), "evidence": evidence},
            "claims": row["claims"]},
        "level": row["level"].replace("Informational", "Information"),
        "properties": row["properties"], "tenantId": TENANT}


def _named(value: str, shown: str = "") -> dict[str, str]:
    return {"value": value, "localizedValue": shown or value}


def _method(operation: str) -> str:
    last = operation.rpartition("/")[2].lower()
    return {"write": "PUT", "delete": "DELETE", "action": "POST"}.get(last, "GET")


def _text(body: Any) -> str:
    return json.dumps(body, separators=(",", ":"))


def _iso(at: float) -> str:
    moment = datetime.fromtimestamp(round(at, 3), timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "7Z"
