"""Tokens for Azure and Microsoft Graph through azure-identity, never from the stanza itself."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from .declare import Argument
from .endpoints import clouds, endpoint
from .errors import AuthError, InputError, InvalidArgument, Retriable, ShardError
from .http import Http, paged
from .proxy import ARGUMENTS as PROXY_ARGUMENTS
from .proxy import proxies

REALM = "ciw_azure"
GUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
METHODS = ("managed_identity", "workload_identity", "client_secret", "certificate")
# A token this near its end is not used any more, in seconds.
_MARGIN = 300

ARGUMENTS = (
    Argument(
        "azure_cloud",
        "Azure cloud",
        "National cloud: " + ", ".join(clouds("azure")),
        kind="choice",
        default="public",
        choices=clouds("azure"),
    ),
    Argument(
        "authentication",
        "Authentication",
        "managed_identity and workload_identity need no secret; client_secret and certificate "
        "take theirs from storage/passwords",
        kind="choice",
        default="managed_identity",
        choices=METHODS,
    ),
    Argument("tenant_id", "Tenant", "Directory (tenant) id", pattern=GUID, shape="a GUID"),
    Argument(
        "client_id",
        "Client",
        "Application (client) id; with managed_identity that of a user-assigned one",
        pattern=GUID,
        shape="a GUID",
    ),
    Argument(
        "credential",
        "Stored credential",
        "Name of the entry of realm ciw_azure in storage/passwords whose password is the client "
        "secret, or JSON with certificate (PEM with its private key) and, if there is one, "
        "passphrase",
        pattern=r"[\w.@ -]{1,128}",
    ),
) + PROXY_ARGUMENTS


def check(arguments: dict[str, Any]) -> None:
    """Raises InvalidArgument for a method that lacks what it needs."""
    method = arguments["authentication"]
    needed = {
        "managed_identity": (),
        "workload_identity": ("tenant_id", "client_id"),
        "client_secret": ("tenant_id", "client_id", "credential"),
        "certificate": ("tenant_id", "client_id", "credential"),
    }[method]
    for name in needed:
        if not arguments[name]:
            raise InvalidArgument(f"argument {name} is required with authentication = {method}")


class Azure:
    """Clients of one stanza: `http(service)` asks that service's API with its own token."""

    def __init__(self, context: Any):
        self._context = context
        self._arguments = context.arguments
        self._credential: Any = None
        self._tokens: dict[str, Any] = {}
        self._clients: dict[str, Http] = {}

    def url(self, service: str, **parts: str) -> str:
        return endpoint("azure", self._arguments["azure_cloud"], service, **parts)

    def http(self, service: str) -> Http:
        """The client of a service; its tokens are for the service's own audience."""
        if service not in self._clients:
            scope = self._scope(service)
            self._clients[service] = Http(
                self._context, lambda renew: self._token(scope, renew)
            )
        return self._clients[service]

    def values(
        self, service: str, path: str, params: dict[str, str], what: str
    ) -> Iterator[list[Any]]:
        """The `value` lists of a listing, page by page along `nextLink` (Azure's paging)."""
        base = self.url(service)
        client = self.http(service)

        def fetch(link: str | None) -> tuple[list[Any], str | None]:
            if link is None:
                answer = client.json("GET", base + path, params, what=what)
            else:
                if urlsplit(link)[:2] != urlsplit(base)[:2]:
                    raise ShardError(f"{what}: the next page is said to be at another host: {link}")
                answer = client.json("GET", link, what=what)
            if not isinstance(answer, dict) or not isinstance(answer.get("value"), list):
                raise Retriable(f"{what}: the answer has no list of values")
            return answer["value"], answer.get("nextLink") or answer.get("@odata.nextLink")

        return paged(fetch, what)

    def server_time(self, service: str) -> float:
        """The service's clock as of its last answer, in epoch seconds. Raises Retriable."""
        moment = self.http(service).server_time
        if not moment:
            raise Retriable(f"{self.url(service)} does not tell the time (no Date header)")
        return moment

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def _scope(self, service: str) -> str:
        # Audiences: storage and the metrics data plane have names of their own ("Authorize access
        # to blobs using Microsoft Entra ID"; "Azure Monitor Metrics Data plane").
        if service == "storage":
            return "https://storage.azure.com/.default"
        if service == "metrics":
            domain = self.url("metrics", region="x").partition("metrics.monitor.")[2]
            return f"https://metrics.monitor.{domain or 'azure.com'}/.default"
        return self.url(service) + "/.default"

    def _token(self, scope: str, renew: bool) -> str:
        known = self._tokens.get(scope)
        now = self._context.now()
        if renew:
            # A credential keeps the tokens it got, and would give the refused one again.
            self._credential = None
        if renew or known is None or known.expires_on < now + _MARGIN:
            known = self._tokens[scope] = self._ask(scope)
        return known.token

    def _ask(self, scope: str) -> Any:
        from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError
        from azure.identity import CredentialUnavailableError

        what = f"a token for {scope}"
        try:
            if self._credential is None:
                self._credential = self._make()
            token = self._credential.get_token(scope)
        except InputError:
            raise
        except ServiceRequestError as error:
            raise Retriable(f"{what}: {error}") from None
        except (ClientAuthenticationError, CredentialUnavailableError, ValueError) as error:
            raise AuthError(f"{what}: {str(error).splitlines()[0]}") from None
        self._context.log.redactor.register(token.token)
        return token

    def _make(self) -> Any:
        from azure import identity

        arguments = self._arguments
        tenant, client = arguments["tenant_id"], arguments["client_id"]
        options = {
            "authority": self.url("authority"),
            "proxies": proxies(self._context),
            "additionally_allowed_tenants": [],
            # The authority is of our own table: no other host is asked whether it is one.
            "disable_instance_discovery": True,
        }
        method = arguments["authentication"]
        if method == "managed_identity":
            chosen = {"client_id": client} if client else {}
            return identity.ManagedIdentityCredential(**chosen)
        if method == "workload_identity":
            if not os.environ.get("AZURE_FEDERATED_TOKEN_FILE"):
                raise AuthError(
                    "authentication = workload_identity needs AZURE_FEDERATED_TOKEN_FILE in "
                    "splunkd's environment"
                )
            return identity.WorkloadIdentityCredential(
                tenant_id=tenant, client_id=client, **options
            )
        secret = self._context.splunkd.secret(REALM, arguments["credential"])
        self._context.log.redactor.register(secret)
        if method == "client_secret":
            return identity.ClientSecretCredential(tenant, client, secret, **options)
        certificate, passphrase = _certificate(secret, arguments["credential"])
        self._context.log.redactor.register(passphrase)
        return identity.CertificateCredential(
            tenant, client, certificate_data=certificate.encode(), password=passphrase or None,
            **options,
        )


def _certificate(text: str, name: str) -> tuple[str, str]:
    """(PEM, passphrase) of the stored JSON. Raises AuthError."""
    try:
        document = json.loads(text)
        certificate, passphrase = document["certificate"], document.get("passphrase") or ""
        if isinstance(certificate, str) and isinstance(passphrase, str):
            return certificate, passphrase
    except (ValueError, KeyError, TypeError, AttributeError):
        certificate = None
    raise AuthError(
        f"credential {name!r} of realm {REALM} in storage/passwords is not JSON with certificate "
        "(PEM text) and, if there is one, passphrase"
    )
