"""Entra ID's sign-ins and directory audits, as Microsoft Graph lists them, and who exists.

Shapes: "signIn resource type", "directoryAudit resource type", "user resource type" and
"servicePrincipal resource type" (learn.microsoft.com/graph/api/resources).
"""

from __future__ import annotations

import random
import time
import uuid
from typing import Any

from lab.scenarios.azure.organisation import (
    APPLICATIONS,
    BROWSER,
    TENANT,
    Principal,
    guid,
)
from lab.scenarios.model import Record

_PLACES = {"192.0.2.": ("Dublin", "IE"), "198.51.100": ("Ashburn", "US"),
           "203.0.113.": ("Singapore", "SG")}


class Directory:
    """Makes records of one tenant; the same seed makes the same ids in the same order."""

    def __init__(self, seed: int, name: str):
        self.random = random.Random(f"{name}/{seed}")

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def sign_in(self, at: float, who: Principal, *, error: int = 0, reason: str = "",
                mfa: str = "", risk: str = "none", step: str = "") -> Record:
        """`error` is Entra's error code, 0 for a success; `mfa` how the second factor was met."""
        city, country = next((place for prefix, place in _PLACES.items()
                              if who.address.startswith(prefix)), ("", ""))
        kind = "interactiveUser" if who.kind == "User" else "servicePrincipal"
        body: dict[str, Any] = {
            "id": self._uuid(), "createdDateTime": iso(at),
            "appId": who.app, "appDisplayName": APPLICATIONS.get(who.app, who.name),
            "ipAddress": who.address, "clientAppUsed": "Browser", "userAgent": BROWSER,
            "correlationId": self._uuid(), "conditionalAccessStatus": "success",
            "isInteractive": who.kind == "User", "riskLevelDuringSignIn": risk,
            "resourceDisplayName": "Windows Azure Service Management API",
            "resourceId": "797f4846-ba00-4fd7-ba43-dac1f8f63013",
            "status": {"errorCode": error, "failureReason": reason or "Other.",
                       "additionalDetails": mfa or None},
            "location": {"city": city, "state": None, "countryOrRegion": country,
                         "geoCoordinates": {}},
            "signInEventTypes": [kind]}
        if who.kind == "User":
            body |= {"userPrincipalName": who.name, "userId": who.object_id,
                     "userDisplayName": who.name.partition("@")[0],
                     "deviceDetail": {"operatingSystem": "Linux", "browser": "Firefox 132.0",
                                      "isManaged": who.address.startswith("192.0.2.")}}
        else:
            body |= {"servicePrincipalId": who.object_id, "servicePrincipalName": who.name}
        return Record(at, TENANT, "global", body, step, "entra_sign_in")

    def audit(self, at: float, who: Principal, activity: str, category: str, target: str,
              kind: str = "User", *, operation: str = "Update", service: str = "Core Directory",
              changes: list[dict[str, str]] | None = None, step: str = "") -> Record:
        """`activity` such as "Add user" or "Reset user password"; `target` its name."""
        initiated: dict[str, Any] = {"user": None, "app": None}
        if who.kind == "User":
            initiated["user"] = {"id": who.object_id, "displayName": None,
                                 "userPrincipalName": who.name, "ipAddress": who.address,
                                 "userType": None}
        else:
            initiated["app"] = {"appId": who.app, "displayName": who.name,
                                "servicePrincipalId": who.object_id, "servicePrincipalName": None}
        correlation = self._uuid()
        body = {
            "id": f"Directory_{correlation}_{self.random.getrandbits(28)}", "category": category,
            "correlationId": correlation, "result": "success", "resultReason": "",
            "activityDisplayName": activity, "activityDateTime": iso(at),
            "loggedByService": service, "operationType": operation, "initiatedBy": initiated,
            "targetResources": [{
                "id": guid("object/" + target), "displayName": target, "type": kind,
                "userPrincipalName": target if kind == "User" else None, "groupType": None,
                "modifiedProperties": changes or []}],
            "additionalDetails": []}
        return Record(at, TENANT, "global", body, step, "entra_audit")


def user(name: str, created: float, kind: str = "Member") -> dict[str, Any]:
    """A user as the directory lists it."""
    return {"id": guid("object/" + name), "userPrincipalName": name,
            "displayName": name.partition("@")[0], "userType": kind, "accountEnabled": True,
            "createdDateTime": iso(created)[:19] + "Z", "onPremisesSyncEnabled": None}


def service_principal(who: Principal, created: float) -> dict[str, Any]:
    return {"id": who.object_id, "appId": who.app, "displayName": who.name,
            "servicePrincipalType": "Application" if who.kind == "ServicePrincipal" else who.kind,
            "accountEnabled": True, "createdDateTime": iso(created)[:19] + "Z",
            "alternativeNames": []}


def iso(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at * 1000) % 1000:03d}0000Z"
