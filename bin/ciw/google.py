"""Tokens for Google Cloud through google-auth: metadata server, service-account key, federation."""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Iterator
from typing import Any, Callable
from urllib.parse import urlsplit

from .declare import Argument
from .endpoints import clouds, endpoint
from .errors import AuthError, InvalidArgument, Retriable, ShardError, Stopped
from .http import Http, Refused, paged
from .proxy import ARGUMENTS as PROXY_ARGUMENTS
from .proxy import proxies

REALM = "ciw_google"
PROJECT = r"[a-z][a-z0-9.:-]{4,61}[a-z0-9]"
METHODS = ("metadata_server", "service_account_key", "workload_identity_federation")
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

ARGUMENTS = (
    Argument(
        "authentication",
        "Authentication",
        "metadata_server needs no secret; service_account_key and workload_identity_federation "
        "take their JSON from storage/passwords",
        kind="choice",
        default="metadata_server",
        choices=METHODS,
    ),
    Argument(
        "credential",
        "Stored credential",
        "Name of the entry of realm ciw_google in storage/passwords whose password is the JSON "
        "that Google gave: a service-account key or a credential configuration",
        pattern=r"[\w.@ -]{1,128}",
    ),
) + PROXY_ARGUMENTS


def check(arguments: dict[str, Any]) -> None:
    """Raises InvalidArgument for a method that lacks what it needs."""
    method = arguments["authentication"]
    if method != "metadata_server" and not arguments["credential"]:
        raise InvalidArgument(f"argument credential is required with authentication = {method}")


class Google:
    """The client of one stanza; one token serves all of Google's APIs."""

    def __init__(self, context: Any):
        self._context = context
        self._credentials: Any = None
        self.http = Http(context, self._token)

    def url(self, service: str) -> str:
        return endpoint("google", clouds("google")[0], service)

    def close(self) -> None:
        self.http.close()

    def server_time(self, service: str) -> float:
        """The clock of Google's answers so far, in epoch seconds. Raises Retriable."""
        if not self.http.server_time:
            raise Retriable(f"{self.url(service)} does not tell the time (no Date header)")
        return self.http.server_time

    def listing(
        self,
        method: str,
        url: str,
        parameters: dict[str, Any],
        what: str,
        pace: Callable[[], None] = lambda: None,
        token: str = "",
    ) -> Iterator[tuple[dict[str, Any], str]]:
        """(answer, token of the next page) along `nextPageToken`, from `token` on.

        A POST takes its parameters as body. Pages that are too large for the memory are asked for
        again with a smaller `pageSize`.
        """
        sent = dict(parameters)

        def fetch(token: str) -> tuple[tuple[dict[str, Any], str], str]:
            if token:
                sent["pageToken"] = token
            query, body = (sent, None) if method == "GET" else (None, sent)
            while True:
                pace()
                try:
                    answer = self.http.json(method, url, query, body, what=what)
                    break
                except Refused:
                    raise
                except ShardError:
                    if sent["pageSize"] == 1:
                        raise
                    sent["pageSize"] //= 2
            if not isinstance(answer, dict):
                raise Retriable(f"{what}: the answer is no JSON object")
            following = answer.get("nextPageToken") or ""
            return (answer, following), following

        return paged(fetch, what, token)

    def _token(self, renew: bool) -> str:
        # google-auth tells of Python 3.9's age on standard error, where splunkd reads our log.
        warnings.filterwarnings("ignore", "You are using a Python version", FutureWarning)
        import google.auth.exceptions as known
        import requests
        from google.auth.transport.requests import Request

        try:
            if self._credentials is None:
                self._credentials = self._make()
            if renew or not self._credentials.valid:
                with requests.Session() as session:
                    session.proxies.update(proxies(self._context))
                    self._credentials.refresh(Request(session=session))
        except known.TransportError as error:
            raise Retriable(f"a token of Google: {error}") from None
        except (known.GoogleAuthError, ValueError) as error:
            if getattr(error, "retryable", False):
                raise Retriable(f"a token of Google: {error}") from None
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise AuthError(f"a token of Google: {reason}") from None
        self._context.log.redactor.register(self._credentials.token)
        return self._credentials.token

    def _make(self) -> Any:
        method = self._context.arguments["authentication"]
        if method == "metadata_server":
            from google.auth.compute_engine import Credentials

            return Credentials(scopes=[_SCOPE])
        name = self._context.arguments["credential"]
        if self._context.splunkd is None:
            raise AuthError(
                f"credential {name!r} of realm {REALM}: the configuration on standard input has no "
                "server_uri to ask for it"
            )
        secret = self._context.splunkd.secret(REALM, name)
        self._context.log.redactor.register(secret)
        try:
            document = json.loads(secret)
            kind = document["type"]
        except (ValueError, KeyError, TypeError):
            raise AuthError(
                f"credential {name!r} of realm {REALM} in storage/passwords is not the JSON that "
                "Google gave (it has no type)"
            ) from None
        for key in ("private_key", "private_key_id"):
            if isinstance(document.get(key), str):
                self._context.log.redactor.register(document[key])
        if method == "service_account_key" and kind == "service_account":
            return self._key(document, name)
        if method == "workload_identity_federation" and kind == "external_account":
            return self._federated(document, name)
        raise AuthError(
            f"credential {name!r} of realm {REALM} in storage/passwords is of type {kind!r}, which "
            f"is not what authentication = {method} takes"
        )

    def _key(self, document: dict[str, Any], name: str) -> Any:
        from google.oauth2.service_account import Credentials

        self._refuse_foreign(document.get("token_uri", ""), "token_uri", name)
        return Credentials.from_service_account_info(document, scopes=[_SCOPE])

    def _federated(self, document: dict[str, Any], name: str) -> Any:
        """Google's own loader would ask Resource Manager for the project's id, and start programs
        that the document names: neither is wanted."""
        from google.auth import aws, identity_pool

        for key in ("token_url", "service_account_impersonation_url", "token_info_url"):
            if document.get(key):
                self._refuse_foreign(document[key], key, name)
        source = document.get("credential_source")
        if not isinstance(source, dict) or "executable" in source:
            raise AuthError(
                f"credential {name!r} of realm {REALM} in storage/passwords: credential_source "
                "must name a file, an address or AWS's environment, no program to start"
            )
        kind = aws if document.get("subject_token_type", "").endswith("aws4_request") \
            else identity_pool
        return kind.Credentials.from_info(document, scopes=[_SCOPE])

    def _refuse_foreign(self, url: str, key: str, name: str) -> None:
        """A stored document must not send the key's signature to an address of its own choice."""
        parts = urlsplit(str(url))
        host = parts.hostname or ""
        google = parts.scheme == "https" and host.endswith(".googleapis.com")
        if host not in _LOOPBACK and not google:
            raise AuthError(
                f"credential {name!r} of realm {REALM} in storage/passwords: {key} {url!r} is not "
                "an https address of googleapis.com"
            )


class Pace:
    """Keeps to a quota of so many requests a minute: a burst of them, then one after the other."""

    def __init__(self, context: Any, a_minute: int, clock: Callable[[], float] = time.monotonic):
        self._context = context
        self._clock = clock
        self._most = float(a_minute)
        self._left = self._most
        self._seen = clock()

    def wait(self) -> None:
        """Until the next request may go out. Raises Stopped."""
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._seen) * self._most / 60)
        self._seen = now
        self._left -= 1
        if self._left < 0 and self._context.stop.wait(-self._left * 60 / self._most):
            raise Stopped("asked to stop")
