"""Blobs of Azure storage accounts: listing page by page, reading from an offset on.

"List Blobs", "Get Blob" and "Versioning for Azure Storage" (learn.microsoft.com/rest/api/
storageservices). Authorized by Microsoft Entra ID alone; no account key, no shared signature.
"""

from __future__ import annotations

import email.utils
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote
from xml.etree import ElementTree

from .azure import Azure
from .declare import Argument
from .errors import InputError, Retriable
from .http import Http, Refused, paged

# The latest that the national clouds serve too.
VERSION = "2021-12-02"
ACCOUNT = r"[a-z0-9]{3,24}"
# Names a page of a listing: at about 1 KB each this is a megabyte of XML at a time.
_NAMES = 1000
_LARGEST_LISTING = 32 << 20
# Bytes asked for at once. A version of the blob is held to its ETag from one to the next.
RANGE = 4 << 20

ARGUMENT = Argument(
    "storage_accounts",
    "Storage accounts",
    "Names of the storage accounts to read, with commas",
    kind="list",
    pattern=ACCOUNT,
    shape="a storage account's name: 3 to 24 lowercase letters and digits",
)
READ_BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"


class BlobGone(InputError):
    """The blob was deleted after it had been listed."""


class BlobShorter(InputError):
    """The blob ends before the offset asked for."""


@dataclass(frozen=True)
class Blob:
    """A blob as its listing described it; `modified` in epoch seconds, 0 where it is not told."""

    name: str
    etag: str
    size: int
    modified: float


@dataclass(frozen=True)
class Listing:
    """A page: blobs, and the folders (with their delimiter) where one was given."""

    blobs: list[Blob]
    folders: list[str]


class Container:
    """One container of one account, through the Azure client of a run."""

    def __init__(self, azure: Azure, account: str, name: str):
        self.account = account
        self.name = name
        self.url = azure.url("storage", account=account) + "/" + name
        self._http: Http = azure.http("storage")

    @property
    def label(self) -> str:
        return f"{self.account}/{self.name}"

    @property
    def server_time(self) -> float:
        """The service's clock as of its last answer, in epoch seconds. Raises Retriable."""
        if not self._http.server_time:
            raise Retriable(f"{self.url} does not tell the time (no Date header)")
        return self._http.server_time

    def blob_url(self, blob: Blob) -> str:
        return f"{self.url}/{quote(blob.name, safe='/=')}"

    def listing(self, prefix: str = "", delimiter: str = "") -> Iterator[Listing]:
        """Pages in the order of names. Raises Retriable, Refused (404: no such container)."""
        what = f"the list of {self.label}/{prefix}"
        params = {"restype": "container", "comp": "list", "maxresults": str(_NAMES)}
        if prefix:
            params["prefix"] = prefix
        if delimiter:
            params["delimiter"] = delimiter

        def fetch(marker: str | None) -> tuple[Listing, str | None]:
            asked = {**params, "marker": marker} if marker else params
            _, content = self._http.whole(self.url, asked, self._headers(), what, _LARGEST_LISTING)
            return _parse(content, what)

        return paged(fetch, what)

    def read(self, blob: Blob, start: int) -> Iterator[tuple[bytes, str]]:
        """(bytes, ETag of the version read) from `start` to the end of what is there now.

        All of them are of one version: where it changes in between this is Retriable, and what
        has been read stands. Raises BlobGone, BlobShorter, Retriable, ShardError.
        """
        what = f"the blob {self.label}/{blob.name}"
        url, etag, end = self.blob_url(blob), "", start + 1
        while start < end:
            headers = self._headers()
            headers["Range"] = headers["x-ms-range"] = f"bytes={start}-{start + RANGE - 1}"
            if etag:
                headers["If-Match"] = etag
            try:
                answer, content = self._http.whole(url, None, headers, what, 2 * RANGE)
            except Refused as error:
                raise _meaning(error) from None
            end = _size(answer, what)
            etag = answer.get("ETag", "")
            start += len(content)
            yield content, etag

    def _headers(self) -> dict[str, str]:
        """The service's own time where it is known: one that is far off is refused. Ranges count
        the bytes that are stored, so nothing may be compressed on the way."""
        return {
            "x-ms-version": VERSION,
            "x-ms-date": email.utils.formatdate(self._http.server_time or time.time(), usegmt=True),
            "Accept-Encoding": "identity",
        }


def _meaning(error: Refused) -> InputError:
    return {
        404: BlobGone(str(error)),
        412: Retriable(str(error) + " (it was changed while it was read)"),
        416: BlobShorter(str(error)),
    }.get(error.status, error)


def _size(answer: Any, what: str) -> int:
    """The blob's size, of `Content-Range: bytes 0-99/1234`."""
    whole = answer.get("Content-Range", "").rpartition("/")[2]
    if not whole.isdigit():
        raise Retriable(f"{what}: the answer does not tell its range")
    return int(whole)


def _parse(content: bytes, what: str) -> tuple[Listing, str | None]:
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        raise Retriable(f"{what}: the answer is not XML ({error})") from error
    if root.tag != "EnumerationResults":
        raise Retriable(f"{what}: the answer is no list of blobs")
    entries = root.find("Blobs")
    listing = Listing([], [])
    for entry in entries if entries is not None else ():
        if entry.tag == "BlobPrefix":
            listing.folders.append(_name(entry))
        elif entry.tag == "Blob" and entry.findtext("Properties/ResourceType") != "directory":
            listing.blobs.append(_blob(entry, what))
    return listing, root.findtext("NextMarker") or None


def _blob(entry: ElementTree.Element, what: str) -> Blob:
    size = entry.findtext("Properties/Content-Length") or ""
    if not size.isdigit():
        raise Retriable(f"{what}: a blob has no Content-Length")
    return Blob(
        _name(entry),
        (entry.findtext("Properties/Etag") or "").strip('"'),
        int(size),
        _modified(entry.findtext("Properties/Last-Modified") or ""),
    )


def _name(entry: ElementTree.Element) -> str:
    """A name that XML cannot carry comes percent-encoded, and says so."""
    name = entry.find("Name")
    if name is None:
        return ""
    return unquote(name.text or "") if name.get("Encoded") == "true" else name.text or ""


def _modified(text: str) -> float:
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError):
        return 0.0
