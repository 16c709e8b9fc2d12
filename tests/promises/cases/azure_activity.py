"""The activity log against the stand-in of Resource Manager."""

from __future__ import annotations

import json
import time
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path
from typing import ClassVar

from lab.clouds.azure_management import AzureManagement
from tests.sources.runner import Outcome

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"


class Case:
    scheme = "azure_activity"
    kind = "poll"
    faulty_path = ".*/eventtypes/management/values"
    canary = ""
    secrets: ClassVar[dict] = {}

    def __init__(self, directory: Path):
        self.ahead = 0.0
        self.stand_in = AzureManagement(lambda: time.time() + self.ahead)
        self.stand_in.page_size = 7
        self._made = 0

    @property
    def environment(self):
        return self.stand_in.environment

    @property
    def stanza(self):
        return {"subscriptions": SUBSCRIPTION}

    def put(self, number: int) -> list[str]:
        names = []
        for _ in range(number):
            self._made += 1
            at = self.stand_in.clock() - 60 - self._made % 500
            moment = datetime.fromtimestamp(at, timezone.utc).isoformat().replace("+00:00", "Z")
            name = f"{self._made:08d}-0000-0000-0000-000000000000"
            self._rows.append(
                {
                    "eventDataId": name,
                    "eventTimestamp": moment,
                    "correlationId": "c0000000-0000-0000-0000-000000000000",
                    "operationName": {"value": "Microsoft.Compute/virtualMachines/write"},
                    "status": {"value": "Succeeded"},
                    "caller": "operator@example.com",
                }
            )
            names.append(name)
        return names

    @property
    def _rows(self):
        return self.stand_in.activity.setdefault(SUBSCRIPTION, [])

    def put_bad(self) -> None:
        moment = datetime.fromtimestamp(self.stand_in.clock() - 90, timezone.utc)
        self._rows.append({"eventTimestamp": moment.isoformat().replace("+00:00", "Z")})

    def identities(self, outcome: Outcome) -> Counter:
        return Counter(json.loads(text)["eventDataId"] for text in outcome.of("mscs:azure:audit"))

    def remaining(self) -> int:
        return 0

    def pass_time(self, seconds: float) -> None:
        self.ahead += seconds

    def close(self) -> None:
        self.stand_in.close()
