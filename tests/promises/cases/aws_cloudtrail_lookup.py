"""CloudTrail's event history against the stand-in of LookupEvents."""

from __future__ import annotations

import math
import time
from collections import Counter
from pathlib import Path

from lab.clouds.aws_api import REGION
from lab.clouds.aws_event_history import EventHistory
from tests.promises.cases._aws_api import ApiCase
from tests.sources.runner import Outcome


class Case(ApiCase):
    scheme = "aws_cloudtrail"
    kind = "poll"
    faulty_path = "/cloudtrail/LookupEvents"

    def __init__(self, directory: Path):
        super().__init__()
        # Early in a slice of a quarter of an hour: all that is put and passes lies in it.
        now = time.time()
        self.ahead = math.ceil(now / 900) * 900 + 100 - now
        self.stand_in = EventHistory(self.clock)
        self.stand_in.page_size = 10

    @property
    def stanza(self):
        return {"mode": "lookup", "regions": REGION, "backfill_days": "0"}

    def put_one(self, text: str = "") -> list[str]:
        return [self._put({"userAgent": text})]

    def _put(self, more: dict[str, str], instead: str = "") -> str:
        self._made += 1
        at = self.clock() - 30 - self._made
        name = f"{self._made:08d}-0000-4000-8000-000000000000"
        record = {
            "eventVersion": "1.11",
            "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)),
            "eventName": "RunInstances",
            "eventID": name,
            **more,
        }
        self.stand_in.add(at, record, text=instead)
        return name

    def put_bad(self) -> None:
        self._put({}, '{"eventVersion": ')

    def identities(self, outcome: Outcome) -> Counter:
        return Counter(outcome.event_ids)
