"""Google's audit logs through Cloud Logging itself."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path

from lab.clouds.google_logging import Logging, log_name
from tests.promises.cases._base import CloudCase
from tests.sources.runner import Outcome

RESOURCE = "projects/example.com:example-project"


class Case(CloudCase):
    scheme = "gcp_audit"
    kind = "poll"
    faulty_path = "/v2/entries:list"

    def __init__(self, directory: Path):
        super().__init__()
        self.stand_in = Logging(self.clock)
        self.stand_in.page_size = 7
        self._rows = self.stand_in.entries.setdefault(RESOURCE, [])

    @property
    def stanza(self):
        return {"mode": "entries", "resources": RESOURCE, "overlap_minutes": "30"}

    def _moment(self, before: float) -> str:
        at = time.gmtime(self.clock() - before)
        return time.strftime("%Y-%m-%dT%H:%M:%S.123456789Z", at)

    def put_one(self, text: str = "") -> list[str]:
        self._made += 1
        name = f"insert-{self._made}"
        self._rows.append(
            {
                "logName": log_name(RESOURCE, "activity"),
                "insertId": name,
                "timestamp": self._moment(60 + self._made % 500),
                "protoPayload": {"methodName": "v1.compute.instances.insert"},
                "labels": {"text": text},
            }
        )
        return [name]

    def put_bad(self) -> None:
        log = log_name(RESOURCE, "activity")
        self._rows.append({"logName": log, "timestamp": self._moment(90)})

    def identities(self, outcome: Outcome) -> Counter:
        texts = outcome.of("google:gcp:pubsub:audit:admin_activity")
        return Counter(json.loads(text)["insertId"] for text in texts)
