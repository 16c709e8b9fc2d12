"""The activity log against the stand-in of Resource Manager."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from lab.clouds.azure_management import AzureManagement
from tests.promises.cases._azure import SUBSCRIPTION, AzureCase
from tests.sources.runner import Outcome


class Case(AzureCase):
    scheme = "azure_activity"
    kind = "poll"
    faulty_path = ".*/eventtypes/management/values"

    def __init__(self, directory: Path):
        super().__init__()
        self.stand_in = AzureManagement(self.clock)
        self.stand_in.page_size = 7
        self._rows = self.stand_in.activity.setdefault(SUBSCRIPTION, [])

    @property
    def stanza(self):
        return {"subscriptions": SUBSCRIPTION}

    def put_one(self, text: str = "") -> list[str]:
        self._made += 1
        name = f"{self._made:08d}-0000-0000-0000-000000000000"
        self._rows.append(
            {
                "eventDataId": name,
                "eventTimestamp": self.moment(60 + self._made % 500),
                "correlationId": "c0000000-0000-0000-0000-000000000000",
                "operationName": {"value": "Microsoft.Compute/virtualMachines/write"},
                "status": {"value": "Succeeded"},
                "caller": "operator@example.com",
                "description": text,
            }
        )
        return [name]

    def put_bad(self) -> None:
        self._rows.append({"eventTimestamp": self.moment(90)})

    def identities(self, outcome: Outcome) -> Counter:
        return Counter(json.loads(text)["eventDataId"] for text in outcome.of("mscs:azure:audit"))
