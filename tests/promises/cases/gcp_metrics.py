"""Metrics of instances against the stand-in of Cloud Monitoring."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import ClassVar

from lab.clouds.google_monitoring import Monitoring, Sample
from tests.sources.runner import Outcome

PROJECT = "example-project"
METRICS = {
    "cpu/utilization": ("cloud.instance.cpu.percent", 0.5),
    "network/received_bytes_count": ("cloud.instance.network.in.bytes", 1000),
    "disk/write_bytes_count": ("cloud.instance.disk.write.bytes", 4096),
}


class Case:
    scheme = "gcp_metrics"
    kind = "poll"
    faulty_path = "/v3/projects/.*/timeSeries"
    canary = ""
    secrets: ClassVar[dict] = {}

    def __init__(self, directory: Path):
        self.ahead = 0.0
        self.stand_in = Monitoring(lambda: time.time() + self.ahead)
        self.stand_in.page_size = 3
        self._made = 0

    @property
    def environment(self):
        return self.stand_in.environment

    @property
    def stanza(self):
        return {"projects": PROJECT}

    def _sample(self, metric: str, resource: dict[str, str], value: float) -> float:
        period = (self.stand_in.clock() - 600) // 300 * 300
        sample = Sample("compute.googleapis.com/instance/" + metric, period + 60, value, resource)
        self.stand_in.samples.setdefault(PROJECT, []).append(sample)
        return period

    def put(self, number: int) -> list[str]:
        names = []
        for _ in range(number):
            self._made += 1
            instance = str(10**18 + self._made)
            metric, (name, value) = list(METRICS.items())[self._made % 3]
            labels = {"project_id": PROJECT, "zone": "europe-west3-a", "instance_id": instance}
            period = self._sample(metric, labels, value)
            names.append(f"{name} {instance} {period:.0f}")
        return names

    def put_bad(self) -> None:
        self._sample("cpu/utilization", {"project_id": PROJECT, "zone": "europe-west3-a"}, 0.1)

    def identities(self, outcome: Outcome) -> Counter:
        found: Counter = Counter()
        for text in outcome.of("ciw:metrics"):
            point = json.loads(text)
            name = next(key for key in point if key.startswith("cloud.instance"))
            found[f"{name} {point['object_id']} {point['time']}"] += 1
        return found

    def remaining(self) -> int:
        return 0

    def pass_time(self, seconds: float) -> None:
        self.ahead += seconds

    def close(self) -> None:
        self.stand_in.close()
