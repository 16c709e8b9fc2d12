"""Resources of a subscription against the stand-in of Resource Graph."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from lab.clouds.azure_resource_graph import AzureResourceGraph
from tests.promises.cases._azure import SUBSCRIPTION, AzureCase
from tests.promises.cases._base import Snapshots
from tests.sources.runner import Outcome

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/Example/providers"
TYPES = ("microsoft.compute/virtualmachines", "microsoft.compute/disks")


class Case(Snapshots, AzureCase):
    scheme = "azure_inventory"
    faulty_path = "/providers/Microsoft.ResourceGraph/resources"

    def __init__(self, directory: Path):
        AzureCase.__init__(self)
        Snapshots.__init__(self)
        self.stand_in = AzureResourceGraph(self.clock)
        self.stand_in.page_size = 4
        self.stand_in.add_subscription(SUBSCRIPTION)

    @property
    def stanza(self):
        return {"subscriptions": SUBSCRIPTION, "snapshot_minutes": "5"}

    def put_one(self, text: str = "") -> list[str]:
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
                "tags": {"about": text},
                "properties": {"provisioningState": "Succeeded"},
            }
        )
        return [name.lower()]

    def put_bad(self) -> None:
        self.stand_in.rows["resources"].append({"type": TYPES[0], "subscriptionId": SUBSCRIPTION})

    def identities(self, outcome: Outcome) -> Counter:
        events = [json.loads(text) for text in outcome.of("ciw:azure:inventory")]
        return self.count(
            [(one["object_id"], one["snapshot_id"]) for one in events
             if one["resource_type"] in TYPES]
        )
