"""The activity log as it is exported to a storage account: append blobs of JSON lines."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import ClassVar

from lab.clouds.azure_storage import AzureStorage
from tests.sources.runner import Outcome

ACCOUNT = "examplelogs"
CONTAINER = "insights-activity-logs"
SUBSCRIPTIONS = (
    "11111111-2222-3333-4444-555555555555",
    "22222222-3333-4444-5555-666666666666",
)


def blob_name(resource: str, at: float, interface: str = "") -> str:
    date = time.strftime("y=%Y/m=%m/d=%d/h=%H/m=00", time.gmtime(at))
    return "/".join(filter(None, (resource, date, interface, "PT1H.json")))


class Case:
    scheme = "azure_activity"
    kind = "blob"
    faulty_path = "/examplelogs/.*"
    canary = ""
    secrets: ClassVar[dict] = {}

    def __init__(self, directory: Path):
        self.ahead = 0.0
        self.stand_in = AzureStorage(lambda: time.time() + self.ahead)
        self.stand_in.container(ACCOUNT, CONTAINER)
        self._past = time.time() - 10800
        self._made = 0

    @property
    def environment(self):
        return self.stand_in.environment

    @property
    def stanza(self):
        return {"mode": "storage", "storage_accounts": ACCOUNT}

    def put(self, number: int) -> list[str]:
        """Lines in the blobs of two subscriptions, of the hour and of one that was three hours ago."""
        names = []
        for _ in range(number):
            self._made += 1
            name = f"{self._made:08d}-0000-0000-0000-000000000000"
            record = {
                "time": time.strftime("%Y-%m-%dT%H:%M:%S.1234567Z", time.gmtime(self._hour)),
                "resourceId": f"/SUBSCRIPTIONS/{self._subscription}/RESOURCEGROUPS/EXAMPLE",
                "operationName": "MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE",
                "category": "Administrative",
                "resultType": "Success",
                "correlationId": name,
            }
            self._append(json.dumps(record))
            names.append(name)
        return names

    @property
    def _subscription(self) -> str:
        return SUBSCRIPTIONS[self._made % 2]

    @property
    def _hour(self) -> float:
        return self._past if self._made % 3 == 0 else self.stand_in.clock()

    def _append(self, line: str) -> None:
        name = blob_name(f"resourceId=/SUBSCRIPTIONS/{self._subscription.upper()}", self._hour)
        self.stand_in.append(ACCOUNT, CONTAINER, name, line.encode() + b"\r\n")

    def put_bad(self) -> None:
        self._append('{"time": "2026-01-05T10:00:00Z", "correlationId": ')

    def identities(self, outcome: Outcome) -> Counter:
        texts = outcome.of("azure:monitor:activity")
        return Counter(json.loads(text)["correlationId"] for text in texts)

    def remaining(self) -> int:
        return 0

    def pass_time(self, seconds: float) -> None:
        self.ahead += seconds

    def close(self) -> None:
        self.stand_in.close()
