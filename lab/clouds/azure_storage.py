"""Azure's blob storage on this machine: append and block blobs, ranges, ETags, paging, tokens.

Requests and answers: "List Blobs", "Get Blob", "Specifying the range header", "Status and error
codes" and "Authorize with Microsoft Entra ID" of the Blob service's REST API (learn.microsoft.com/
rest/api/storageservices). What it is compared with is Azurite (tests/sources/test_azurite.py).
"""

from __future__ import annotations

import email.utils
import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from lab.clouds.azure_management import AzureManagement
from lab.clouds.stand_in import Request, Response, route

AUDIENCE = "https://storage.azure.com"
CLOSING = b"]}"
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_MOST_NAMES = 5000


@dataclass
class Blob:
    content: bytes
    kind: str
    etag: str
    modified: float


@dataclass
class Container:
    """Blobs by name, and the names in order."""

    blobs: dict[str, Blob] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)


class AzureStorage(AzureManagement):
    """`containers` by (account, name); a test writes with `put`, `append` and `add_record`."""

    services = ("management", "storage")

    def __init__(self, clock: Callable[[], float] = time.time):
        super().__init__(clock)
        self.containers: dict[tuple[str, str], Container] = {}
        self._version = 0

    def audience_of(self, path: str) -> str:
        manages = path.startswith(("/msi/", "/subscriptions/", "/providers/"))
        return super().audience_of(path) if manages else AUDIENCE

    def container(self, account: str, name: str) -> Container:
        """The container, made where it is missing."""
        return self.containers.setdefault((account, name), Container())

    def put(
        self, account: str, container: str, name: str, content: bytes, kind: str = "AppendBlob",
        modified: float | None = None,
    ) -> None:
        """Makes or replaces a blob: its ETag changes."""
        with self.lock:
            held = self.container(account, container)
            if name not in held.blobs:
                insort(held.names, name)
            self._version += 1
            when = self.clock() if modified is None else modified
            held.blobs[name] = Blob(content, kind, f"0x8DA{self._version:013X}", when)

    def append(self, account: str, container: str, name: str, content: bytes) -> None:
        """Append Block."""
        with self.lock:
            known = self.container(account, container).blobs.get(name)
            self.put(account, container, name, (known.content if known else b"") + content)

    def add_record(self, account: str, container: str, name: str, record: bytes) -> None:
        """A block more before the closing one, as flow logs grow."""
        with self.lock:
            known = self.container(account, container).blobs.get(name)
            before = known.content[: -len(CLOSING)] + b"," if known else b'{"records":['
            self.put(account, container, name, before + record + CLOSING, "BlockBlob")

    def delete(self, account: str, container: str, name: str) -> None:
        with self.lock:
            held = self.container(account, container)
            held.names.remove(name)
            del held.blobs[name]

    def answer(self, request: Request) -> Response:
        if self.audience_of(request.path) != AUDIENCE:
            return super().answer(request)
        if not request.headers.get("x-ms-version") or not request.headers.get("x-ms-date"):
            return _error(400, "MissingRequiredHeader")
        token = self.tokens.get(request.bearer)
        if token is None or token.expires < self.clock() or token.audience.rstrip("/") != AUDIENCE:
            return _error(401, "InvalidAuthenticationInfo")
        return super().answer(request)

    @route("GET", "/(?!msi/)([a-z0-9]{3,24})/([a-z0-9-]{3,63})")
    def list_blobs(self, request: Request, account: str, name: str) -> Response:
        asked = request.query
        if (asked.get("restype"), asked.get("comp")) != ("container", "list"):
            return _error(400, "InvalidQueryParameterValue")
        held = self.containers.get((account, name))
        if held is None:
            return _error(404, "ContainerNotFound")
        limit = min(int(asked.get("maxresults", _MOST_NAMES)), _MOST_NAMES)
        if limit < 1:
            return _error(400, "OutOfRangeQueryParameterValue")
        prefix, marker = asked.get("prefix", ""), asked.get("marker", "")
        start = urlsafe_b64decode(marker).decode() if marker else prefix
        entries, following = [], ""
        for entry, is_folder in _walk(held, prefix, asked.get("delimiter", ""), start):
            if len(entries) == limit:
                following = urlsafe_b64encode(entry.encode()).decode()
                break
            entries.append(
                f"<BlobPrefix><Name>{escape(entry)}</Name></BlobPrefix>"
                if is_folder
                else _described(entry, held.blobs[entry])
            )
        document = (
            '<?xml version="1.0" encoding="utf-8"?>'
            f'<EnumerationResults ServiceEndpoint="{self.url}/" ContainerName="{name}">'
            f"<Prefix>{escape(prefix)}</Prefix><Blobs>{''.join(entries)}</Blobs>"
            f"<NextMarker>{following}</NextMarker></EnumerationResults>"
        )
        return Response(document.encode(), headers={"Content-Type": "application/xml"})

    @route("GET", "/(?!msi/)([a-z0-9]{3,24})/([a-z0-9-]{3,63})/(.+)")
    def get_blob(self, request: Request, account: str, name: str, path: str) -> Response:
        held = self.containers.get((account, name))
        if held is None:
            return _error(404, "ContainerNotFound")
        blob = held.blobs.get(path)
        if blob is None:
            return _error(404, "BlobNotFound")
        quoted = f'"{blob.etag}"'
        if request.headers.get("if-match", quoted) not in (quoted, "*"):
            return _error(412, "ConditionNotMet")
        headers = {
            "ETag": quoted,
            "Last-Modified": email.utils.formatdate(blob.modified, usegmt=True),
            "x-ms-blob-type": blob.kind,
            "Content-Type": "application/octet-stream",
        }
        wanted = request.headers.get("x-ms-range") or request.headers.get("range")
        if not wanted:
            return Response(blob.content, headers=headers)
        found = _RANGE.fullmatch(wanted)
        if found is None:
            return _error(400, "InvalidHeaderValue")
        start, size = int(found.group(1)), len(blob.content)
        if start >= size:
            return _error(416, "InvalidRange")
        end = min(int(found.group(2) or size - 1), size - 1)
        headers["Content-Range"] = f"bytes {start}-{end}/{size}"
        return Response(blob.content[start : end + 1], 206, headers)


def _walk(
    held: Container, prefix: str, delimiter: str, start: str
) -> Iterator[tuple[str, bool]]:
    """(name, False) of blobs and (folder, True), in order, from the name `start` on."""
    at = bisect_left(held.names, max(start, prefix))
    while at < len(held.names) and held.names[at].startswith(prefix):
        name = held.names[at]
        cut = name.find(delimiter, len(prefix)) if delimiter else -1
        if cut < 0:
            yield name, False
            at += 1
            continue
        folder = name[: cut + len(delimiter)]
        yield folder, True
        at = bisect_left(held.names, folder + "\U0010ffff")


def _described(name: str, blob: Blob) -> str:
    modified = email.utils.formatdate(blob.modified, usegmt=True)
    return (
        f"<Blob><Name>{escape(name)}</Name><Properties><Last-Modified>{modified}</Last-Modified>"
        f"<Etag>{blob.etag}</Etag><Content-Length>{len(blob.content)}</Content-Length>"
        "<Content-Type>application/octet-stream</Content-Type>"
        f"<BlobType>{blob.kind}</BlobType></Properties></Blob>"
    )


def _error(status: int, code: str) -> Response:
    content = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code></Error>'
    headers = {"x-ms-error-code": code, "Content-Type": "application/xml"}
    return Response(content.encode(), status, headers)
