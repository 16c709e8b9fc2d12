"""The invented organisation in Azure: a tenant, subscriptions, principals.

The ids are those that Microsoft's style guide gives for examples ("Sensitive identifiers", with
GUIDs such as aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e); those of Microsoft's own applications are
public ("Verify first-party Microsoft applications in sign-in reports", learn.microsoft.com).
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from typing import Any

from lab.scenarios.aws.organisation import OFFICE, PIPELINE, STRANGER

__all__ = ["OFFICE", "PIPELINE", "STRANGER"]

TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
PRODUCTION = "aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e"
DEVELOPMENT = "bbbb1b1b-cc2c-dd3d-ee4e-ffffff5f5f5f"
SANDBOX = "cccc2c2c-dd3d-ee4e-ff5f-aaaaaa6a6a6a"
SUBSCRIPTIONS = (PRODUCTION, DEVELOPMENT, SANDBOX)
HOME_REGIONS = ("westeurope", "northeurope")

PORTAL = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c"
CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
POWERSHELL = "1950a258-227b-4e31-a9cf-717495945fc2"
APPLICATIONS = {PORTAL: "Azure Portal", CLI: "Microsoft Azure CLI",
                POWERSHELL: "Microsoft Azure PowerShell"}
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"


def guid(text: str) -> str:
    """A GUID that is always the same for the same text."""
    return str(uuid.UUID(bytes=hashlib.sha256(text.encode()).digest()[:16], version=4))


@dataclass(frozen=True)
class Principal:
    """Who calls: a user by name, or an application (`kind` ServicePrincipal, or ManagedIdentity)
    by its object id. `app` is the application that holds the token. `home` is a guest's own
    tenant, `resource` the one that a managed identity belongs to."""

    name: str
    kind: str = "User"
    app: str = CLI
    address: str = OFFICE + "10"
    role: str = "Contributor"
    home: str = ""
    resource: str = ""

    @property
    def object_id(self) -> str:
        return guid("object/" + self.name)

    @property
    def caller(self) -> str:
        return self.name if self.kind == "User" else self.object_id

    @property
    def upn(self) -> str:
        return self.name if self.kind == "User" else ""

    def claims(self) -> dict[str, str]:
        """The claims of its token that the activity log keeps."""
        found = {
            "aud": "https://management.core.windows.net/",
            "iss": f"https://sts.windows.net/{TENANT}/",
            "appid": self.app, "appidacr": "0" if self.kind == "User" else "2",
            "ipaddr": self.address,
            "http://schemas.microsoft.com/identity/claims/objectidentifier": self.object_id,
            "http://schemas.microsoft.com/identity/claims/tenantid": TENANT,
            "uti": guid("token/" + self.name)[:22], "ver": "1.0"}
        if self.kind == "User":
            found |= {
                "name": self.name.partition("@")[0],
                "http://schemas.microsoft.com/identity/claims/scope": "user_impersonation",
                "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn": self.name,
                "http://schemas.microsoft.com/claims/authnmethodsreferences": "pwd,mfa"}
        else:
            found["idtyp"] = "app"
        if self.home:
            del found["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"]
            found |= {
                "http://schemas.microsoft.com/identity/claims/identityprovider":
                f"https://sts.windows.net/{self.home}/",
                "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name": self.name}
        if self.resource:
            found["xms_mirid"] = self.resource
        return found

    def evidence(self, scope: str) -> dict[str, Any]:
        """What allowed it, as authorization.evidence of the exported log has it."""
        return {"role": self.role, "roleAssignmentScope": scope,
                "roleAssignmentId": guid(f"assignment/{self.name}/{scope}").replace("-", ""),
                "principalId": self.object_id.replace("-", ""), "principalType": self.kind}


def administrator(number: int) -> Principal:
    return Principal(f"user-{number:04d}@example.com", app=PORTAL,
                     address=f"{OFFICE}{20 + number % 30}")


def deploy() -> Principal:
    return Principal("platform-deploy", "ServicePrincipal", guid("app/platform-deploy"), PIPELINE)


def backup() -> Principal:
    return Principal("backup-vault", "ServicePrincipal", guid("app/backup-vault"), OFFICE + "7")


AUTOSCALE = Principal("Microsoft.Insights/autoscaleSettings")


def group(subscription: str, name: str) -> str:
    return f"/subscriptions/{subscription}/resourceGroups/{name}"


def resource(subscription: str, resource_group: str, kind: str, name: str) -> str:
    """`kind` such as Microsoft.Compute/virtualMachines; child kinds take a name with slashes."""
    provider, *kinds = kind.split("/")
    names = name.split("/")
    path = "/".join(f"{one}/{other}" for one, other in zip(kinds, names, strict=True))
    return f"{group(subscription, resource_group)}/providers/{provider}/{path}"
