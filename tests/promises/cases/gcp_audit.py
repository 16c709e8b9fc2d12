"""Google's audit logs against the stand-in of Pub/Sub."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import ClassVar

from lab.clouds.google_pubsub import PubSub
from tests.sources.runner import Outcome

SUBSCRIPTION = "projects/example-project/subscriptions/audit"


class Case:
    scheme = "gcp_audit"
    kind = "queue"
    faulty_path = "/v1/projects/.*:(pull|acknowledge|modifyAckDeadline)"
    canary = ""
    secrets: ClassVar[dict] = {}

    def __init__(self, directory: Path):
        self.ahead = 0.0
        self.stand_in = PubSub(lambda: time.time() + self.ahead)
        self.stand_in.subscription(SUBSCRIPTION)
        self._made = 0

    @property
    def environment(self):
        return self.stand_in.environment

    @property
    def stanza(self):
        return {"subscription": SUBSCRIPTION, "max_messages": "5"}

    def put(self, number: int) -> list[str]:
        names = []
        for _ in range(number):
            self._made += 1
            name = f"insert-{self._made}"
            entry = {
                "logName": "projects/example.com:example-project/logs/"
                "cloudaudit.googleapis.com%2Factivity",
                "insertId": name,
                "timestamp": "2026-01-05T10:00:00.123456789Z",
                "protoPayload": {"methodName": "v1.compute.instances.insert"},
                "labels": {"text": "as long as a real entry " * 60},
            }
            self.stand_in.publish(SUBSCRIPTION, json.dumps(entry).encode(), {"k": "v"})
            names.append(name)
        return names

    def put_bad(self) -> None:
        self.stand_in.publish(SUBSCRIPTION, b'{"logName": ')

    def identities(self, outcome: Outcome) -> Counter:
        texts = outcome.of("google:gcp:pubsub:audit:admin_activity")
        return Counter(json.loads(text)["data"]["insertId"] for text in texts)

    def remaining(self) -> int:
        return len(self.stand_in.subscription(SUBSCRIPTION).messages)

    def pass_time(self, seconds: float) -> None:
        self.ahead += seconds

    def close(self) -> None:
        self.stand_in.close()
