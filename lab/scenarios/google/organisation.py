"""The invented organisation in Google Cloud: projects, their numbers, principals.

Projects have names that begin with example-; the organisation's number is one of documentation.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from lab.scenarios.aws.organisation import OFFICE, PIPELINE, STRANGER

__all__ = ["OFFICE", "PIPELINE", "STRANGER"]

ORGANISATION = "123456789012"
PRODUCTION = "example-production"
DEVELOPMENT = "example-development"
SANDBOX = "example-sandbox"
PROJECTS = {PRODUCTION: "111111111111", DEVELOPMENT: "222222222222", SANDBOX: "333333333333"}
FOREIGN_PROJECT = "unknown-project"
HOME_ZONES = ("europe-west1-b", "us-central1-a")

TERRAFORM = ("Terraform/1.9.8 (+https://www.terraform.io) Terraform-Plugin-SDK/2.33.0"
             " terraform-provider-google/6.10.0,gzip(gfe)")
GCLOUD = ("google-cloud-sdk gcloud/497.0.0 command/gcloud.compute.instances.create"
          " invocation-id/0 environment/None environment-version/None client-os/LINUX"
          " interactive/False from-script/False python/3.11.9,gzip(gfe)")
CONSOLE = ("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0,gzip(gfe)")
CLIENT = "google-api-python-client/2.149.0 (gzip),gzip(gfe)"


def number(text: str) -> str:
    """A numeric id of Google's, always the same for the same text."""
    return str(1_000_000_000_000_000_000 + int(hashlib.sha256(text.encode()).hexdigest()[:14], 16))


@dataclass(frozen=True)
class Principal:
    """Who calls. `delegation` are the accounts behind it, outermost first; `key` the name of the
    service-account key that it signs with. A federated identity has no address of its own:
    `email` is its subject, principal://…"""

    email: str
    address: str = OFFICE + "10"
    agent: str = GCLOUD
    key: str = ""
    delegation: tuple[str, ...] = field(default=())

    def authentication(self) -> dict[str, Any]:
        if self.email.startswith("principal://"):
            return {"principalSubject": self.email}
        kind = "serviceAccount" if "gserviceaccount.com" in self.email else "user"
        found: dict[str, Any] = {"principalEmail": self.email,
                                 "principalSubject": f"{kind}:{self.email}"}
        if self.key:
            found["serviceAccountKeyName"] = (
                f"//iam.googleapis.com/projects/{self.email.partition('@')[2].split('.')[0]}"
                f"/serviceAccounts/{self.email}/keys/{self.key}")
        if self.delegation:
            found["serviceAccountDelegationInfo"] = [
                {"firstPartyPrincipal": {"principalEmail": email}} for email in self.delegation]
        return found


def account(name: str, project: str) -> str:
    return f"{name}@{project}.iam.gserviceaccount.com"


def administrator(which: int) -> Principal:
    return Principal(f"user-{which:04d}@example.com", f"{OFFICE}{20 + which % 30}", CONSOLE)


def deploy(project: str) -> Principal:
    return Principal(account("platform-deploy", project), PIPELINE, TERRAFORM)


def backup(project: str) -> Principal:
    return Principal(account("backup-runner", project), OFFICE + "7", CLIENT)


def managed_groups(project: str) -> Principal:
    """Google's agent that acts for managed instance groups; it hides who set the group up."""
    return Principal(f"{PROJECTS[project]}@cloudservices.gserviceaccount.com", "",
                     "GCE Managed Instance Group for Compute Engine")
