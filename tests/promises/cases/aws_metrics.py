"""CloudWatch's data points against the stand-in; its clock is early in a period."""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from pathlib import Path
from typing import ClassVar

from lab.clouds.aws_api import ACCOUNT, REGION
from lab.clouds.aws_cloudwatch import CloudWatch
from tests.promises.cases._aws_api import ApiCase
from tests.sources.runner import Outcome

DIMENSIONS = {"time", "cloud", "vendor_account", "vendor_region", "object_id", "instance_type"}
METRICS = {
    "CPUUtilization": "cloud.instance.cpu.percent",
    "NetworkIn": "cloud.instance.network.in.bytes",
    "NetworkOut": "cloud.instance.network.out.bytes",
    "EBSReadBytes": "cloud.instance.disk.read.bytes",
    "EBSWriteBytes": "cloud.instance.disk.write.bytes",
}


class Case(ApiCase):
    scheme = "aws_metrics"
    kind = "poll"
    faulty_path = "/cloudwatch/.*"
    without: ClassVar[dict] = {
        **ApiCase.without,
        "control characters": "points are numbers; an instance's type comes from EC2 in XML 1.0, "
        "which cannot carry them",
    }

    def __init__(self, directory: Path):
        super().__init__()
        now = time.time()
        self.ahead = math.ceil(now / 300) * 300 + 10 - now
        self.stand_in = CloudWatch(self.clock)
        self.stand_in.points_per_page = 25
        self.stand_in.metrics_per_page = 40

    @property
    def stanza(self):
        return {"regions": REGION, "backfill_days": "1", "index": "cloud_metrics"}

    def put_one(self, text: str = "") -> list[str]:
        return self._put(METRICS, 12.5, text or "t3.micro")

    def _put(self, metrics: dict[str, str], value: float, kind: str) -> list[str]:
        self._made += 1
        instance = f"i-{self._made:017x}"
        at = int(self.clock() // 300 - 4) * 300
        for metric in metrics:
            self.stand_in.put(instance, metric, at, value)
        self.stand_in.instances[(ACCOUNT, REGION)][instance] = kind
        return [f"{instance}:{at}:{measure}" for measure in metrics.values()]

    def put_bad(self) -> None:
        self._put({"CPUUtilization": ""}, math.nan, "t3.micro")

    def identities(self, outcome: Outcome) -> Counter:
        points = [json.loads(text) for text in outcome.of("ciw:metrics")]
        return Counter(
            f"{point['object_id']}:{point['time']}:{name}"
            for point in points
            for name in point.keys() - DIMENSIONS
        )
