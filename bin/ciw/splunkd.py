"""splunkd's REST interface with the session key that the input was given."""

from __future__ import annotations

import http.client
import json
import ssl
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from . import APP
from .errors import CheckpointError, InputError, InvalidArgument
from .tls import authority, context_for

_TIMEOUT = 30
_ATTEMPTS = 3


class Splunkd:
    """Calls under /servicesNS/nobody/<app>/. `server_uri` is what splunkd sent on stdin."""

    def __init__(self, server_uri: str, session_key: str):
        parts = urlsplit(server_uri)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InvalidArgument(f"server_uri {server_uri!r} is not an address of splunkd")
        self._parts = parts
        self._headers = {"Authorization": "Splunk " + session_key}
        self._connection: http.client.HTTPConnection | None = None

    def call(
        self,
        method: str,
        path: str,
        query: dict[str, str] | None = None,
        document: Any = None,
    ) -> tuple[int, Any]:
        """(status, decoded JSON or None). Raises CheckpointError when splunkd does not answer."""
        target = "/servicesNS/nobody/" + APP + "/" + path
        if query:
            target += "?" + urlencode(query)
        headers = dict(self._headers)
        body = None
        if document is not None:
            body = json.dumps(document).encode("utf-8")
            headers["Content-Type"] = "application/json"
        failure: Exception | None = None
        for _ in range(_ATTEMPTS):
            try:
                connection = self._connect()
                connection.request(method, target, body=body, headers=headers)
                response = connection.getresponse()
                content = response.read()
            except ssl.SSLCertVerificationError as error:
                raise CheckpointError(
                    "splunkd's certificate at {} is not signed by the authority in {}: {}".format(
                        self._parts.netloc, authority() or "the system's store", error
                    )
                )
            except (OSError, http.client.HTTPException) as error:
                failure = error
                self.close()
                continue
            return response.status, _decode(content)
        raise CheckpointError(f"splunkd does not answer at {self._parts.netloc}: {failure}")

    def secret(self, realm: str, name: str) -> str:
        """The clear text of an entry of storage/passwords. Raises InputError naming it."""
        entry = quote(f"{_colons(realm)}:{_colons(name)}:", safe="")
        status, answer = self.call("GET", "storage/passwords/" + entry, {"output_mode": "json"})
        if status == 200:
            return answer["entry"][0]["content"]["clear_password"]
        reason = {
            403: "this user may not read it (capability list_storage_passwords)",
            404: "there is none",
        }.get(status, f"splunkd answered {status}")
        raise InputError(f"secret {name!r} of realm {realm!r} in storage/passwords: {reason}")

    def _connect(self) -> http.client.HTTPConnection:
        if self._connection is None:
            host, port = self._parts.hostname, self._parts.port
            if self._parts.scheme == "https":
                self._connection = http.client.HTTPSConnection(
                    host, port or 8089, timeout=_TIMEOUT, context=context_for(host)
                )
            else:
                self._connection = http.client.HTTPConnection(host, port or 80, timeout=_TIMEOUT)
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def refused(collection: str, status: int, answer: Any) -> CheckpointError:
    """What it means that a collection of the KV store answers with this status."""
    hint = {
        401: "the session key is not valid any more: splunkd gives a new one to the next run",
        403: "this user may not use the collection",
        404: "the collection is missing: is collections.conf of the app installed here?",
        503: "the KV store is down or starting; a heavy forwarder without one needs "
        "checkpoint = file",
    }.get(status, "unexpected answer")
    return CheckpointError(
        f"KV store collection {collection}: HTTP {status}, {hint} ({json.dumps(answer)[:200]})"
    )


def _colons(text: str) -> str:
    """storage/passwords names its entries realm:name: with colons inside escaped."""
    return text.replace("\\", "\\\\").replace(":", "\\:")


def _decode(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except ValueError:
        return None
