"""Tokens for Azure: each way to authenticate against a token endpoint, audiences, hostile links."""

from __future__ import annotations

import io
import json
import threading
import time
from types import SimpleNamespace

import pytest
from ciw import azure
from ciw.azure import Azure
from ciw.errors import AuthError, InvalidArgument, ShardError
from ciw.log import Log

from lab.clouds.entra_authority import EntraAuthority, make_certificate
from lab.clouds.microsoft_graph import MicrosoftGraph
from lab.clouds.stand_in import Response

TENANT = "33333333-2222-3333-4444-555555555555"
CLIENT = "44444444-2222-3333-4444-555555555555"
CANARY = "canary-in-the-credential~0000001"


@pytest.fixture
def graph():
    with MicrosoftGraph() as made:
        made.users.append({"id": "1", "displayName": "a"})
        yield made


@pytest.fixture
def context(tmp_path, graph, monkeypatch):
    """Makes a context for a method of authentication, and the authority that knows the client."""
    made = []

    def of(method: str, stored: str = "", **known):
        authority = EntraAuthority(tmp_path, graph, TENANT, CLIENT, **known)
        made.append(authority)
        for name, value in {**authority.environment, **graph.environment}.items():
            monkeypatch.setenv(name, value)
        output = io.StringIO()
        return SimpleNamespace(
            arguments={
                "azure_cloud": "public", "authentication": method, "tenant_id": TENANT,
                "client_id": CLIENT, "credential": "entry", "proxy": "", "proxy_credential": "",
            },
            splunkd=SimpleNamespace(secret=lambda realm, name: stored),
            log=Log(output), output=output, stop=threading.Event(), now=time.time,
            count=lambda name, number: None, authority=authority,
        )

    yield of
    for authority in made:
        authority.close()


def names_of_users(context) -> list[str]:
    client = Azure(context)
    try:
        return [
            user["id"]
            for answer in client.values("graph", "/v1.0/users", {"$top": "5"}, "users")
            for user in answer
        ]
    finally:
        client.close()


def certificate_with(path, passphrase: str = "") -> tuple[str, bytes]:
    """(PEM with an encrypted or plain key, the certificate alone)."""
    from cryptography.hazmat.primitives import serialization

    make_certificate(path, CLIENT)
    text = path.read_bytes()
    start = text.index(b"-----BEGIN CERTIFICATE")
    key = serialization.load_pem_private_key(text[:start], None)
    encryption = (
        serialization.BestAvailableEncryption(passphrase.encode())
        if passphrase else serialization.NoEncryption()
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )
    return (private + text[start:]).decode(), text[start:]


def test_a_client_secret(context):
    assert names_of_users(context("client_secret", CANARY, secret=CANARY)) == ["1"]


def test_a_wrong_secret_is_an_error_that_does_not_tell_it(context):
    made = context("client_secret", CANARY, secret="another")
    with pytest.raises(AuthError) as raised:
        names_of_users(made)
    assert CANARY not in str(raised.value) and "AADSTS7000215" in str(raised.value)
    assert CANARY not in made.output.getvalue()


@pytest.mark.parametrize("passphrase", ["", CANARY])
def test_a_certificate(context, tmp_path, passphrase):
    private, public = certificate_with(tmp_path / "client.pem", passphrase)
    stored = json.dumps({"certificate": private, "passphrase": passphrase})
    assert names_of_users(context("certificate", stored, certificate=public)) == ["1"]


def test_another_certificate_is_refused(context, tmp_path):
    private, _ = certificate_with(tmp_path / "client.pem")
    _, public = certificate_with(tmp_path / "other.pem")
    with pytest.raises(AuthError):
        names_of_users(context("certificate", json.dumps({"certificate": private}),
                               certificate=public))


@pytest.mark.parametrize("stored", ["no JSON " + CANARY, '{"certificate": 1}', '["x"]'])
def test_what_is_stored_must_be_a_certificate(context, stored):
    with pytest.raises(AuthError) as raised:
        names_of_users(context("certificate", stored))
    assert "entry" in str(raised.value) and CANARY not in str(raised.value)


def test_a_workload_identity(context, tmp_path, monkeypatch):
    path = tmp_path / "token"
    path.write_text("token-of-the-cluster")
    monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", str(path))
    made = context("workload_identity", federated="token-of-the-cluster")
    assert names_of_users(made) == ["1"]


def test_a_workload_identity_needs_its_file(context, monkeypatch):
    monkeypatch.delenv("AZURE_FEDERATED_TOKEN_FILE", raising=False)
    with pytest.raises(AuthError, match="AZURE_FEDERATED_TOKEN_FILE"):
        names_of_users(context("workload_identity", federated="x"))


def test_no_host_but_the_authority_is_asked(context):
    """Instance discovery would ask login.microsoftonline.com whether the authority is one."""
    made = context("client_secret", CANARY, secret=CANARY)
    names_of_users(made)
    paths = [call.request.path for call in made.authority.calls]
    assert paths == [f"/{TENANT}/v2.0/.well-known/openid-configuration",
                     f"/{TENANT}/oauth2/v2.0/token"]


def test_a_token_that_expires_is_renewed_in_the_middle(context, graph):
    graph.users += [{"id": str(number)} for number in range(2, 5)]
    graph.page_size = 1
    asked = graph.list_users

    def expiring(request, *groups):
        graph.tokens.clear()
        return asked(request, *groups)

    graph._routes = [
        (method, path, expiring if function == graph.list_users else function)
        for method, path, function in graph._routes
    ]
    assert names_of_users(context("client_secret", CANARY, secret=CANARY)) == ["1", "2", "3", "4"]


def test_a_next_page_at_another_host_is_not_asked_for(context, graph):
    def elsewhere(request, *groups):
        return Response({"value": [], "@odata.nextLink": "https://graph.example.com/v1.0/users"})

    graph._routes = [
        (method, path, elsewhere if function == graph.list_users else function)
        for method, path, function in graph._routes
    ]
    with pytest.raises(ShardError, match="another host"):
        names_of_users(context("client_secret", CANARY, secret=CANARY))


AUDIENCES = {
    ("public", "management"): "https://management.azure.com/.default",
    ("public", "graph"): "https://graph.microsoft.com/.default",
    ("public", "metrics"): "https://metrics.monitor.azure.com/.default",
    ("government", "metrics"): "https://metrics.monitor.azure.us/.default",
    ("china", "metrics"): "https://metrics.monitor.azure.cn/.default",
    ("government", "graph"): "https://graph.microsoft.us/.default",
    ("china", "storage"): "https://storage.azure.com/.default",
}


@pytest.mark.parametrize(("cloud", "service"), AUDIENCES)
def test_each_service_has_its_own_audience(cloud, service):
    context = SimpleNamespace(arguments={"azure_cloud": cloud})
    assert Azure(context)._scope(service) == AUDIENCES[cloud, service]


@pytest.mark.parametrize("method", ["client_secret", "certificate", "workload_identity"])
def test_a_method_needs_its_arguments(method):
    arguments = {"authentication": method, "tenant_id": TENANT, "client_id": "", "credential": "x"}
    with pytest.raises(InvalidArgument, match="client_id"):
        azure.check(arguments)
