"""CloudTrail's event history against the stand-in of LookupEvents; keys from storage/passwords."""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from pathlib import Path
from typing import ClassVar

from lab.clouds.aws_api import REGION
from lab.clouds.aws_event_history import EventHistory
from tests.sources.runner import Outcome

CANARY = "canary-aws-secret-access-key-7c1d"


class Case:
    scheme = "aws_cloudtrail"
    kind = "poll"
    faulty_path = "/cloudtrail/LookupEvents"
    canary = CANARY
    secrets: ClassVar[dict] = {
        ("ciw_aws", "reader"): json.dumps(
            {"access_key_id": "AKIAEXAMPLEOFTHECASE", "secret_access_key": CANARY}
        )
    }
    stored: ClassVar[dict] = {"credential": "reader"}

    def __init__(self, directory: Path):
        # Early in a slice of a quarter of an hour: all that is put and passes lies in it.
        now = time.time()
        self.ahead = math.ceil(now / 900) * 900 + 100 - now
        self.stand_in = EventHistory(lambda: time.time() + self.ahead)
        self.stand_in.page_size = 10
        self._made = 0

    @property
    def environment(self):
        return self.stand_in.environment

    @property
    def stanza(self):
        return {"mode": "lookup", "regions": REGION, "backfill_days": "0"}

    def put(self, number: int) -> list[str]:
        return [self._put() for _ in range(number)]

    def _put(self, text: str = "") -> str:
        self._made += 1
        at = self.stand_in.clock() - 30 - self._made
        name = f"{self._made:08d}-0000-4000-8000-000000000000"
        record = {
            "eventVersion": "1.11",
            "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)),
            "eventName": "RunInstances",
            "eventID": name,
        }
        self.stand_in.add(at, record, text=text)
        return name

    def put_bad(self) -> None:
        self._put(text='{"eventVersion": ')

    def identities(self, outcome: Outcome) -> Counter:
        return Counter(outcome.event_ids)

    def remaining(self) -> int:
        return 0

    def pass_time(self, seconds: float) -> None:
        self.ahead += seconds

    def close(self) -> None:
        self.stand_in.close()
        assert self.stand_in.violations == []
