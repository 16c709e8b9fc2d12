"""The activity log as it is exported to a storage account: append blobs of JSON lines."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from lab.clouds.azure_storage import AzureStorage
from tests.promises.cases._azure import ACCOUNT, BlobCase, blob_name
from tests.promises.cases._base import raw
from tests.sources.runner import Outcome

CONTAINER = "insights-activity-logs"
SUBSCRIPTIONS = (
    "11111111-2222-3333-4444-555555555555",
    "22222222-3333-4444-5555-666666666666",
)


class Case(BlobCase):
    scheme = "azure_activity"
    container = CONTAINER

    def __init__(self, directory: Path):
        super().__init__()
        self.stand_in = AzureStorage(self.clock)
        self.stand_in.container(ACCOUNT, CONTAINER)

    @property
    def stanza(self):
        return {"mode": "storage", "storage_accounts": ACCOUNT}

    def put_one(self, text: str = "") -> list[str]:
        """A line in the blobs of two subscriptions, of the hour or of one that was three hours
        ago."""
        name, line = self._line(text)
        self._append(line)
        return [name]

    def _line(self, text: str = "") -> tuple[str, str]:
        self._made += 1
        name = f"{self._made:08d}-0000-0000-0000-000000000000"
        record = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S.1234567Z", time.gmtime(self._hour)),
            "resourceId": f"/SUBSCRIPTIONS/{self._subscription}/RESOURCEGROUPS/EXAMPLE",
            "operationName": "MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE",
            "category": "Administrative",
            "resultType": "Success",
            "resultDescription": text,
            "correlationId": name,
        }
        return name, json.dumps(record)

    @property
    def _subscription(self) -> str:
        return SUBSCRIPTIONS[self._made % 2]

    @property
    def _hour(self) -> float:
        return self._past if self._made % 3 == 0 else self.clock()

    def _append(self, line: str) -> None:
        name = blob_name(f"resourceId=/SUBSCRIPTIONS/{self._subscription.upper()}", self._hour)
        self.stand_in.append(ACCOUNT, CONTAINER, name, raw(line.encode()) + b"\r\n")

    def put_stored(self, make: Callable[[bytes], bytes]) -> list[str]:
        """A blob of two lines, of another resource, whose bytes are what `make` does with them."""
        lines = [self._line(), self._line()]
        content = "".join(line + "\r\n" for _, line in lines).encode()
        name = blob_name(f"resourceId=/SUBSCRIPTIONS/STORED-{self._made}", self.clock())
        self.store(name, make(content), "AppendBlob")
        return [name for name, _ in lines]

    def put_bad(self) -> None:
        self._append('{"time": "2026-01-05T10:00:00Z", "correlationId": ')

    def identities(self, outcome: Outcome) -> Counter:
        texts = outcome.of("azure:monitor:activity")
        return Counter(json.loads(text)["correlationId"] for text in texts)
