"""Azure activity rows for tests, in both shapes, and Entra's directory audits.

Shapes: "Azure Activity Log event schema" (learn.microsoft.com/azure/azure-monitor/essentials/
activity-log-schema) for what Resource Manager lists and for what diagnostic settings export.
"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from itertools import count

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/Example"
PORTAL = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c"
CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
KUBERNETES = "7319c514-987d-4e9b-ac3d-d38c4f427f4c"
PIPELINE = "22222222-6c92-4234-8c6d-cf6fdfb57f95"
OPERATOR = "operator@example.com"
_UPN = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"
_OBJECT = "http://schemas.microsoft.com/identity/claims/objectidentifier"
_NUMBERS = count(1)

REST = "mscs:azure:audit"
EXPORT = "azure:monitor:activity"
ENTRA = "azure:aad:audit"


def resource(kind: str, name: str) -> str:
    """An id as callers write it; `kind` such as Microsoft.Compute/virtualMachines."""
    return f"{GROUP}/providers/{kind}/{name}"


def machine(name: str = "Web-1") -> str:
    return resource("Microsoft.Compute/virtualMachines", name)


def disk(name: str) -> str:
    return resource("Microsoft.Compute/disks", name)


def snapshot(name: str) -> str:
    return resource("Microsoft.Compute/snapshots", name)


def iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"


def person(upn: str = OPERATOR, app: str = PORTAL) -> dict:
    return {"appid": app, "ipaddr": "203.0.113.7", "name": "Operator", _UPN: upn, "uti": "token-1"}


def application(app: str = PIPELINE, **more: str) -> dict:
    return {"appid": app, "ipaddr": "203.0.113.8", _OBJECT: f"object-of-{app}", "idtyp": "app",
            **more}


class Row:
    """One row of an operation, to be written in either shape."""

    def __init__(self, operation: str, on: str, moment: float, status: str, code: str = "",
                 asked: object = None, got: object = None, claims: dict | None = None,
                 address: str = "203.0.113.7", correlation: str = "", error: dict | None = None):
        self.operation, self.on, self.moment = operation, on, moment
        self.status, self.code, self.address = status, code, address
        self.claims = person() if claims is None else claims
        self.correlation = correlation
        self.properties: dict = {"eventCategory": "Administrative", "entity": on}
        if code:
            self.properties["statusCode"] = code
        if asked is not None:
            self.properties["requestbody"] = json.dumps(asked)
        if got is not None:
            self.properties["responseBody"] = json.dumps(got)
        if error is not None:
            self.properties["statusMessage"] = json.dumps({"error": error})

    def rest(self) -> dict:
        found = {
            "caller": self.claims.get(_UPN, self.claims.get(_OBJECT, "")), "channels": "Operation",
            "claims": self.claims, "correlationId": self.correlation,
            "category": {"value": "Administrative"}, "resourceId": self.on,
            "operationName": {"value": self.operation}, "properties": self.properties,
            "status": {"value": self.status}, "subStatus": {"value": self.code},
            "eventTimestamp": iso(self.moment), "submissionTimestamp": iso(self.moment + 60),
            "subscriptionId": SUBSCRIPTION}
        if self.address:
            found["httpRequest"] = {"clientIpAddress": self.address, "method": "PUT"}
        return found

    def export(self, text: bool = False) -> dict:
        """As diagnostic settings write it; `text` has properties as JSON in a string."""
        found = {
            "time": iso(self.moment), "resourceId": self.on.upper(),
            "operationName": self.operation.upper(), "category": "Administrative",
            "resultType": _SHORT.get(self.status, self.status),
            "resultSignature": f"{self.status}.{self.code}", "durationMs": "0",
            "correlationId": self.correlation, "level": "Information",
            "identity": {"authorization": {"action": self.operation, "scope": self.on},
                         "claims": self.claims},
            "properties": json.dumps(self.properties) if text else self.properties}
        if self.address:
            found["callerIpAddress"] = self.address
        return found


_SHORT = {"Started": "Start", "Accepted": "Accept", "Succeeded": "Success", "Failed": "Failure"}


def correlation() -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"correlation-{next(_NUMBERS)}"))


def operation(name: str, on: str, moment: float, asked: object = None, got: object = None,
              code: str = "OK", last: str = "Succeeded", error: dict | None = None,
              **more: object) -> list[Row]:
    """Started with the request, Accepted with the code, and the last with the response."""
    same = {"correlation": correlation(), **more}
    first = Row(name, on, moment, "Started", asked=asked, **same)
    if last == "Failed":
        return [first, Row(name, on, moment + 2, last, code, error=error, **same)]
    return [first, Row(name, on, moment + 2, "Accepted", code, **same),
            Row(name, on, moment + 30, last, "" if code == "Created" else code, got=got, **same)]


def size(name: str = "Standard_D2s_v5", image: dict | None = None, **storage: object) -> dict:
    """The body of a machine."""
    return {"location": "West Europe", "properties": {
        "hardwareProfile": {"vmSize": name},
        "storageProfile": {"imageReference": image or {
            "publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server",
            "version": "latest"}, **storage}}}


def launch(moment: float, name: str = "Web-1", body: dict | None = None, code: str = "Created",
           **more: object) -> list[Row]:
    asked = size() if body is None else body
    return operation("Microsoft.Compute/virtualMachines/write", machine(name), moment, asked,
                     asked | {"location": "westeurope"}, code, **more)


def directory(activity: str, moment: float, targets: list[dict], result: str = "success",
              who: str = OPERATOR, **more: object) -> dict:
    """A directory audit as Microsoft Graph lists it (resource type directoryAudit)."""
    return {"id": f"Directory_{next(_NUMBERS)}", "category": "UserManagement", "result": result,
            "resultReason": "", "activityDisplayName": activity, "activityDateTime": iso(moment),
            "loggedByService": "Core Directory",
            "initiatedBy": {"user": {"id": "11111111-1a37-4937-9afe-e35d964db09b",
                                     "userPrincipalName": who, "ipAddress": "192.0.2.10"},
                            "app": None},
            "targetResources": targets, **more}


def creation(source: str = "", **more: object) -> dict:
    data = {"createOption": "Copy", "sourceResourceId": source} if source else {
        "createOption": "Empty"}
    return {"location": "westeurope", "properties": {"creationData": data, **more}}


def rule(source: object, moment: float, **more: object) -> list[Row]:
    sources = {"sourceAddressPrefixes": source} if isinstance(source, list) else {
        "sourceAddressPrefix": source}
    return operation(
        "Microsoft.Network/networkSecurityGroups/securityRules/write",
        resource("Microsoft.Network/networkSecurityGroups", "web") + "/securityRules/in", moment,
        {"properties": {"access": "Allow", "direction": "Inbound", "protocol": "Tcp",
                        "destinationPortRange": "22", **sources, **more}}, code="Created")
