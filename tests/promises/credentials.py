"""The ways in which an input proves who it is, each with secrets that may be seen nowhere."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.clouds.aws_api import AwsApi
from lab.clouds.aws_fault_proxy import AwsFaultProxy
from lab.clouds.azure_tokens import IDENTITY_SECRET, AzureTokens
from lab.clouds.entra_authority import EntraAuthority, make_certificate
from lab.clouds.google_tokens import GoogleTokens
from tests.promises.cases._entra import CLIENT, TENANT

_AWS_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_NUMBERS = itertools.count(1)
_ROLE = "arn:aws:iam::123456789012:role/reader"


@dataclass
class Way:
    """`canaries` must not be seen; `broken` is what a damaged entry of the store would hold."""

    name: str
    stanza: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    secrets: dict[tuple[str, str], str] = field(default_factory=dict)
    canaries: tuple[str, ...] = ()
    ends: list[Any] = field(default_factory=list)

    @property
    def broken(self) -> dict[tuple[str, str], str]:
        return {key: "{" + secret for key, secret in self.secrets.items()}


def ways(case: Any, directory: Path) -> Iterator[Way]:
    """The ways of a case's provider; what `ends` holds is to be closed."""
    stand_in = case.stand_in
    if isinstance(stand_in, (AwsApi, AwsFaultProxy)):
        yield from _aws(case)
    elif isinstance(stand_in, GoogleTokens):
        yield from _google(case, directory)
    else:
        yield from _azure(case, directory)


def number_of_ways(case: Any) -> int:
    stand_in = case.stand_in
    return 2 if isinstance(stand_in, (AwsApi, AwsFaultProxy)) else \
        4 if isinstance(stand_in, AzureTokens) else 3


def _name(way: str) -> str:
    """One splunkd serves all tests: each has entries of its own. A port would be no name for them,
    since a later stand-in may be given it again."""
    return f"{way}-{next(_NUMBERS)}"


def _aws(case: Any) -> Iterator[Way]:
    keys = {
        "access_key_id": "AKIAEXAMPLEOFTHECASE",
        "secret_access_key": "canary-aws-secret-access-key",
        "session_token": "canary-aws-session-token",
    }
    name = _name("keys")
    environment = {k: v for k, v in case.environment.items() if k not in _AWS_KEYS}
    stored = {("ciw_aws", name): json.dumps(keys)}
    canaries = ("canary-aws-secret", "canary-aws-session")
    yield Way("keys", {"credential": name}, environment, stored, canaries)
    yield Way(
        "role chain",
        {"credential": name, "role_chain": _ROLE, "external_id": "canary-external-id"},
        environment, stored,
        (*canaries, "canary-external-id", "stand-in-secret-of-a-session", "stand-in-session"),
    )


def _azure(case: Any, directory: Path) -> Iterator[Way]:
    base = case.stand_in.environment
    client = {"tenant_id": TENANT, "client_id": CLIENT}
    yield Way(
        "managed identity", {"authentication": "managed_identity"}, base, {}, (IDENTITY_SECRET,)
    )
    file = directory / "certificate.pem"
    make_certificate(file)
    pem = file.read_text()
    document = json.dumps({"certificate": pem, "passphrase": "canary-passphrase"})
    federated = directory / "federated-token"
    federated.write_text("canary-federated-token")
    proofs = {
        "client secret": (
            {"secret": "canary-client-secret"}, "canary-client-secret", "canary-client-secret"),
        "certificate": (
            {"certificate": file.read_bytes()}, document.replace("canary-passphrase", ""),
            pem.splitlines()[3]),
        "workload identity": (
            {"federated": "canary-federated-token"}, "", "canary-federated-token"),
    }
    for way, (known, stored, canary) in proofs.items():
        place = directory / way.replace(" ", "-")
        place.mkdir()
        authority = EntraAuthority(place, case.stand_in, TENANT, CLIENT, **known)
        environment = {**base, **authority.environment}
        if way == "workload identity":
            environment["AZURE_FEDERATED_TOKEN_FILE"] = str(federated)
        name = _name(way.replace(" ", "-"))
        stanza = {"authentication": way.replace(" ", "_"), **client}
        secrets = {("ciw_azure", name): stored} if stored else {}
        yield Way(
            way, {**stanza, **({"credential": name} if stored else {})}, environment, secrets,
            (canary,), [authority],
        )


def _google(case: Any, directory: Path) -> Iterator[Way]:
    yield Way("metadata server", {"authentication": "metadata_server"}, case.environment)
    key = case.stand_in.key()
    name = _name("key")
    yield Way(
        "service account key", {"authentication": "service_account_key", "credential": name},
        case.environment, {("ciw_google", name): json.dumps(key)},
        (key["private_key"].splitlines()[3], key["private_key_id"]),
    )
    file = directory / "a-subject-token"
    file.write_text("canary-subject-token")
    document = case.stand_in.federation(str(file), "canary-subject-token")
    name = _name("federation")
    yield Way(
        "federation", {"authentication": "workload_identity_federation", "credential": name},
        case.environment, {("ciw_google", name): json.dumps(document)}, ("canary-subject-token",),
    )
