"""Values of virtual machines against the stand-in of Azure Monitor."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import ClassVar

from lab.clouds.azure_monitor import METRICS, AzureMonitor
from tests.sources.runner import Outcome

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
MACHINE = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/Example/providers/Microsoft.Compute/"
    "virtualMachines/example-{:03d}"
)
OURS = {
    "percentage cpu": "cloud.instance.cpu.percent",
    "network in total": "cloud.instance.network.in.bytes",
    "network out total": "cloud.instance.network.out.bytes",
    "disk read bytes": "cloud.instance.disk.read.bytes",
    "disk write bytes": "cloud.instance.disk.write.bytes",
}


class Case:
    scheme = "azure_metrics"
    kind = "poll"
    faulty_path = ".*/metrics:getBatch"
    canary = ""
    secrets: ClassVar[dict] = {}

    def __init__(self, directory: Path):
        self.ahead = 0.0
        self.stand_in = AzureMonitor(lambda: time.time() + self.ahead)
        self.stand_in.add_subscription(SUBSCRIPTION)
        self._made = 0

    @property
    def environment(self):
        return self.stand_in.environment

    @property
    def stanza(self):
        return {"subscriptions": SUBSCRIPTION, "period": "PT1M"}

    def put(self, number: int) -> list[str]:
        return [self._value(50.5) for _ in range(number)]

    def _value(self, value) -> str:
        """A value of the next metric of the next of 30 machines, at a period of its own."""
        self._made += 1
        metric = list(METRICS)[self._made % 5]
        machine = MACHINE.format(self._made % 30)
        if machine not in [row["id"] for row in self.stand_in.rows["resources"]]:
            self.stand_in.rows["resources"].append(
                {
                    "id": machine,
                    "type": "microsoft.compute/virtualmachines",
                    "location": "westeurope",
                    "subscriptionId": SUBSCRIPTION,
                    "properties": {"hardwareProfile": {"vmSize": "Standard_D2s_v5"}},
                }
            )
        at = int(self.stand_in.clock() // 60 - 6 - self._made // 30 % 8) * 60
        self.stand_in.values.setdefault((machine.lower(), metric), {})[at] = value
        return f"{machine.lower()} {at} {OURS[metric]}"

    def put_bad(self) -> None:
        self._value("much")

    def identities(self, outcome: Outcome) -> Counter:
        found: Counter = Counter()
        for text in outcome.of("ciw:metrics"):
            event = json.loads(text)
            for name in event:
                if name.startswith("cloud."):
                    found[f"{event['object_id']} {event['time']} {name}"] += 1
        return found

    def remaining(self) -> int:
        return 0

    def pass_time(self, seconds: float) -> None:
        self.ahead += seconds

    def close(self) -> None:
        self.stand_in.close()
