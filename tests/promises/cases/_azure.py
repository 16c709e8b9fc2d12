"""What the inputs that read Azure and Entra ID have in common."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import ClassVar

from tests.promises.cases._base import CloudCase, raw

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
ACCOUNT = "examplelogs"


class AzureCase(CloudCase):
    """A managed identity gives the tokens, unless a subclass has a client of its own."""

    def moment(self, before: float) -> str:
        """A time as Azure writes it, so many seconds before the service's now."""
        moment = datetime.fromtimestamp(self.clock() - before, timezone.utc)
        return moment.isoformat().replace("+00:00", "Z")


def blob_name(resource: str, at: float, interface: str = "") -> str:
    date = time.strftime("y=%Y/m=%m/d=%d/h=%H/m=00", time.gmtime(at))
    return "/".join(filter(None, (resource, date, interface, "PT1H.json")))


class BlobCase(AzureCase):
    """Blobs of an account's container that grow. A subclass has `container` and `document`."""

    kind = "blob"
    way = "objects"
    faulty_path = "/examplelogs/.*"
    without: ClassVar[dict] = {
        "gzip bomb": "blobs are written uncompressed and asked for as they are stored "
        "(Accept-Encoding: identity)",
        "truncated gzip": "blobs are written uncompressed and asked for as they are stored "
        "(Accept-Encoding: identity)",
    }

    def __init__(self) -> None:
        super().__init__()
        self._past = time.time() - 10800

    def store(self, name: str, content: bytes, kind: str) -> None:
        self.stand_in.put(ACCOUNT, self.container, name, raw(content), kind)
