"""The invented organisation that the scenarios happen in: accounts, principals, networks.

Account ids are those AWS uses in its documentation; addresses are of RFC 5737; principals have
the names of roles or numbers, never of people.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

PRODUCTION = "111122223333"
DEVELOPMENT = "444455556666"
STAGING = "777788889999"
SANDBOX = "123456789012"
ATTACKERS_ACCOUNT = "999988887777"
HOME_REGIONS = ("eu-west-1", "us-east-1")

OFFICE = "192.0.2."           # the organisation's own network
PIPELINE = "198.51.100.10"    # egress of the deployment runners
STRANGER = "203.0.113."       # everybody else

TERRAFORM_AGENT = (
    "APN/1.0 HashiCorp/1.0 Terraform/1.9.8 (+https://www.terraform.io) terraform-provider-aws/5.76.0"
    " (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.32.4"
    " ua/2.1 os/linux lang/go#1.23.2 md/GOOS#linux md/GOARCH#amd64 api/ec2#1.187.0")
CLI_AGENT = ("aws-cli/2.18.10 md/awscrt#0.22.0 ua/2.0 os/linux#6.8.0 md/arch#x86_64"
             " lang/python#3.12.6 md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe")
BOTO_AGENT = "Boto3/1.35.50 md/Botocore#1.35.50 ua/2.0 os/linux lang/python#3.11.10"
CONSOLE_AGENT = ("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0")

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def letters(text: str, count: int) -> str:
    """Letters as AWS's ids have them, always the same for the same text."""
    digest = hashlib.sha256(text.encode()).digest()
    return "".join(_ALPHABET[byte % 32] for byte in (digest * 2)[:count])


def unique_id(prefix: str, text: str) -> str:
    """An AROA…, AIDA… or key id; it ends in EXAMPLE as those of AWS's documentation."""
    return prefix + letters(text, 21 - len(prefix) - 7) + "EXAMPLE"


@dataclass(frozen=True)
class Principal:
    """Who calls. `identity` builds CloudTrail's userIdentity; `service` is set for AWS services.
    A `federated` one has the session that the user named by `session` got for it."""

    account: str
    name: str
    kind: str = "role"
    session: str = ""
    path: str = "/"
    agent: str = CLI_AGENT
    address: str = OFFICE + "10"
    service: str = ""
    mfa: bool = False

    def identity(self, moment: str) -> dict[str, Any]:
        if self.kind == "user":
            return {
                "type": "IAMUser", "principalId": unique_id("AIDA", self.account + self.name),
                "arn": f"arn:aws:iam::{self.account}:user/{self.name}", "accountId": self.account,
                "accessKeyId": unique_id("AKIA", self.account + self.name),
                "userName": self.name}
        if self.kind == "federated":
            return self._federated(moment)
        role = unique_id("AROA", self.account + self.name)
        session = self.session or self.name
        identity: dict[str, Any] = {
            "type": "AssumedRole", "principalId": f"{role}:{session}",
            "arn": f"arn:aws:sts::{self.account}:assumed-role/{self.name}/{session}",
            "accountId": self.account,
            "accessKeyId": unique_id("ASIA", self.account + self.name + session),
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role", "principalId": role,
                    "arn": f"arn:aws:iam::{self.account}:role{self.path}{self.name}",
                    "accountId": self.account, "userName": self.name},
                "attributes": {"creationDate": moment, "mfaAuthenticated": str(self.mfa).lower()}}}
        if self.service:
            identity["invokedBy"] = self.service
            del identity["accessKeyId"]
        return identity

    def _federated(self, moment: str) -> dict[str, Any]:
        identity: dict[str, Any] = {
            "type": "FederatedUser", "principalId": f"{self.account}:{self.name}",
            "arn": f"arn:aws:sts::{self.account}:federated-user/{self.name}",
            "accountId": self.account,
            "accessKeyId": unique_id("ASIA", self.account + self.name),
            "sessionContext": {
                "sessionIssuer": {
                    "type": "IAMUser", "principalId": unique_id("AIDA", self.account + self.session),
                    "arn": f"arn:aws:iam::{self.account}:user/{self.session}",
                    "accountId": self.account, "userName": self.session},
                "attributes": {"creationDate": moment, "mfaAuthenticated": "false"}}}
        if self.service:
            identity["invokedBy"] = self.service
            del identity["accessKeyId"]
        return identity


def deploy(account: str, run: int) -> Principal:
    return Principal(account, "platform-deploy", session=f"pipeline-{run:05d}",
                     agent=TERRAFORM_AGENT, address=PIPELINE)


def autoscaling(account: str) -> Principal:
    return Principal(account, "AWSServiceRoleForAutoScaling", session="AutoScaling",
                     path="/aws-service-role/autoscaling.amazonaws.com/",
                     agent="autoscaling.amazonaws.com", address="autoscaling.amazonaws.com",
                     service="autoscaling.amazonaws.com")


def spot(account: str) -> Principal:
    return Principal(account, "AWSServiceRoleForEC2Spot", session="AWSServiceRoleForEC2Spot",
                     path="/aws-service-role/spot.amazonaws.com/", agent="spot.amazonaws.com",
                     address="spot.amazonaws.com", service="spot.amazonaws.com")


def scheduler(account: str) -> Principal:
    return Principal(account, "instance-scheduler", session="schedule", agent=BOTO_AGENT,
                     address=OFFICE + "6")


def backup(account: str) -> Principal:
    return Principal(account, "AWSBackupDefaultServiceRole", session="AWSBackup-Job",
                     path="/service-role/", agent="backup.amazonaws.com",
                     address="backup.amazonaws.com", service="backup.amazonaws.com")


def administrator(account: str, number: int) -> Principal:
    return Principal(account, "AWSReservedSSO_CloudAdmin_0a1b2c3d4e5f6071",
                     session=f"user-{number:04d}", agent=CONSOLE_AGENT,
                     path="/aws-reserved/sso.amazonaws.com/eu-west-1/",
                     address=f"{OFFICE}{20 + number % 30}", mfa=True)


def monitoring(account: str) -> Principal:
    return Principal(account, "monitoring-reader", session="inventory", agent=BOTO_AGENT,
                     address=OFFICE + "5")


def user(account: str, name: str, address: str, agent: str = CLI_AGENT) -> Principal:
    return Principal(account, name, kind="user", agent=agent, address=address)
