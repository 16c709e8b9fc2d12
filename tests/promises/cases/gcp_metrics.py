"""Metrics of instances against the stand-in of Cloud Monitoring."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from lab.clouds.google_monitoring import Monitoring, Sample
from tests.promises.cases._base import CloudCase
from tests.sources.runner import Outcome

PROJECT = "example-project"
METRICS = {
    "cpu/utilization": ("cloud.instance.cpu.percent", 0.5),
    "network/received_bytes_count": ("cloud.instance.network.in.bytes", 1000),
    "disk/write_bytes_count": ("cloud.instance.disk.write.bytes", 4096),
}


class Case(CloudCase):
    scheme = "gcp_metrics"
    kind = "poll"
    faulty_path = "/v3/projects/.*/timeSeries"

    def __init__(self, directory: Path):
        super().__init__()
        self.stand_in = Monitoring(self.clock)
        self.stand_in.page_size = 3

    @property
    def stanza(self):
        return {"projects": PROJECT}

    def _sample(
        self, metric: str, resource: dict[str, str], value: float, machine: str = "n2-standard-4"
    ) -> float:
        period = (self.clock() - 600) // 300 * 300
        name = "compute.googleapis.com/instance/" + metric
        sample = Sample(name, period + 60, value, resource, machine_type=machine)
        self.stand_in.samples.setdefault(PROJECT, []).append(sample)
        return period

    def put_one(self, text: str = "") -> list[str]:
        self._made += 1
        instance = str(10**18 + self._made)
        metric, (name, value) = list(METRICS.items())[self._made % 3]
        labels = {"project_id": PROJECT, "zone": "europe-west3-a", "instance_id": instance}
        period = self._sample(metric, labels, value, text or "n2-standard-4")
        return [f"{name} {instance} {period:.0f}"]

    def put_bad(self) -> None:
        self._sample("cpu/utilization", {"project_id": PROJECT, "zone": "europe-west3-a"}, 0.1)

    def identities(self, outcome: Outcome) -> Counter:
        found: Counter = Counter()
        for text in outcome.of("ciw:metrics"):
            point = json.loads(text)
            name = next(key for key in point if key.startswith("cloud.instance"))
            found[f"{name} {point['object_id']} {point['time']}"] += 1
        return found
