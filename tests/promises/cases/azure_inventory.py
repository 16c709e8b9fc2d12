"""Resources of a subscription against the stand-in of Resource Graph."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import ClassVar

from lab.clouds.azure_resource_graph import AzureResourceGraph
from tests.sources.runner import Outcome

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/Example/providers"
TYPES = ("microsoft.compute/virtualmachines", "microsoft.compute/disks")


class Case:
    scheme = "azure_inventory"
    kind = "snapshot"
    faulty_path = "/providers/Microsoft.ResourceGraph/resources"
    canary = ""
    secrets: ClassVar[dict] = {}

    def __init__(self, directory: Path):
        self.ahead = 0.0
        self.stand_in = AzureResourceGraph(lambda: time.time() + self.ahead)
        self.stand_in.page_size = 4
        self.stand_in.add_subscription(SUBSCRIPTION)
        self._made = 0
        self._snapshots: dict[str, str] = {}

    @property
    def environment(self):
        return self.stand_in.environment

    @property
    def stanza(self):
        return {"subscriptions": SUBSCRIPTION, "snapshot_minutes": "5"}

    def put(self, number: int) -> list[str]:
        names = []
        for _ in range(number):
            self._made += 1
            kind = TYPES[self._made % 2]
            name = f"{GROUP}/{kind}/example-{self._made:06d}"
            self.stand_in.rows["resources"].append(
                {
                    "id": name,
                    "name": f"example-{self._made:06d}",
                    "type": kind,
                    "location": "westeurope",
                    "subscriptionId": SUBSCRIPTION,
                    "properties": {"provisioningState": "Succeeded"},
                }
            )
            names.append(name.lower())
        return names

    def put_bad(self) -> None:
        self.stand_in.rows["resources"].append({"type": TYPES[0], "subscriptionId": SUBSCRIPTION})

    def identities(self, outcome: Outcome) -> Counter:
        """A resource counts in the first snapshot that has it: each lists it once."""
        found: Counter = Counter()
        for text in outcome.of("ciw:azure:inventory"):
            event = json.loads(text)
            name, snapshot = event["object_id"], event["snapshot_id"]
            if event["resource_type"] in TYPES and \
                    self._snapshots.setdefault(name, snapshot) == snapshot:
                found[name] += 1
        return found

    def remaining(self) -> int:
        return 0

    def pass_time(self, seconds: float) -> None:
        self.ahead += seconds

    def close(self) -> None:
        self.stand_in.close()
