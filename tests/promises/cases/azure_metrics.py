"""Values of virtual machines against the stand-in of Azure Monitor."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, ClassVar

from lab.clouds.azure_monitor import METRICS, AzureMonitor
from tests.promises.cases._azure import SUBSCRIPTION, AzureCase
from tests.sources.runner import Outcome

MACHINE = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/Example/providers/Microsoft.Compute/"
    "virtualMachines/example-{}"
)
OURS = {
    "percentage cpu": "cloud.instance.cpu.percent",
    "network in total": "cloud.instance.network.in.bytes",
    "network out total": "cloud.instance.network.out.bytes",
    "disk read bytes": "cloud.instance.disk.read.bytes",
    "disk write bytes": "cloud.instance.disk.write.bytes",
}
_UNPAGED = "the metrics batch API answers in one piece; what exists comes from Resource Graph, " \
    "whose pages azure_inventory goes through"


class Case(AzureCase):
    scheme = "azure_metrics"
    kind = "poll"
    faulty_path = ".*/metrics:getBatch"
    without: ClassVar[dict] = {
        "page token refused": _UNPAGED,
        "page token loop": _UNPAGED,
        "empty page with a next token": _UNPAGED,
    }

    def __init__(self, directory: Path):
        super().__init__()
        self.stand_in = AzureMonitor(self.clock)
        self.stand_in.add_subscription(SUBSCRIPTION)

    @property
    def stanza(self):
        return {"subscriptions": SUBSCRIPTION, "period": "PT1M"}

    def put_one(self, text: str = "") -> list[str]:
        """A value of the next metric of the next of 30 machines, at a period of its own. With a
        text it is of a machine whose size that is."""
        self._made += 1
        machine = MACHINE.format(f"text-{self._made}" if text else f"{self._made % 30:03d}")
        return [self._value(machine, 50.5, text or "Standard_D2s_v5")]

    def _value(self, machine: str, value: Any, size: str = "Standard_D2s_v5") -> str:
        metric = list(METRICS)[self._made % 5]
        if machine not in [row["id"] for row in self.stand_in.rows["resources"]]:
            self.stand_in.rows["resources"].append(
                {
                    "id": machine,
                    "type": "microsoft.compute/virtualmachines",
                    "location": "westeurope",
                    "subscriptionId": SUBSCRIPTION,
                    "properties": {"hardwareProfile": {"vmSize": size}},
                }
            )
        values = self.stand_in.values.setdefault((machine.lower(), metric), {})
        at = int(self.clock() // 60 - 6) * 60
        # The clock moves on, by chance over a minute: each value has a period of its own.
        while at in values:
            at -= 60
        values[at] = value
        return f"{machine.lower()} {at} {OURS[metric]}"

    def put_bad(self) -> None:
        self._made += 1
        self._value(MACHINE.format(f"{self._made % 30:03d}"), "much")

    def identities(self, outcome: Outcome) -> Counter:
        found: Counter = Counter()
        for text in outcome.of("ciw:metrics"):
            event = json.loads(text)
            for name in event:
                if name.startswith("cloud."):
                    found[f"{event['object_id']} {event['time']} {name}"] += 1
        return found
