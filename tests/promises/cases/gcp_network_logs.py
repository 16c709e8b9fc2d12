"""VPC flows and DNS queries against the stand-in of Pub/Sub, with a federated identity."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path

from lab.clouds.google_pubsub import PubSub
from tests.sources.runner import Outcome

SUBSCRIPTION = "projects/example-project/subscriptions/network"
LOGS = {
    "google:gcp:compute:vpc_flows": "compute.googleapis.com%2Fvpc_flows",
    "google:gcp:pubsub:platform": "dns.googleapis.com%2Fdns_queries",
}


class Case:
    scheme = "gcp_network_logs"
    kind = "queue"
    faulty_path = "/v1/projects/.*:(pull|acknowledge|modifyAckDeadline)"
    canary = "canary-subject-token-0f6b2c"

    def __init__(self, directory: Path):
        self.ahead = 0.0
        self.stand_in = PubSub(lambda: time.time() + self.ahead)
        self.stand_in.subscription(SUBSCRIPTION)
        file = directory / "subject-token"
        file.write_text(self.canary, "utf-8")
        document = self.stand_in.federation(str(file), self.canary)
        # One splunkd serves all tests; each has a configuration of its own.
        self._name = "federation-" + self.stand_in.url.rpartition(":")[2]
        self.secrets = {("ciw_google", self._name): json.dumps(document)}
        self._made = 0

    @property
    def environment(self):
        return self.stand_in.environment

    @property
    def stanza(self):
        return {"subscription": SUBSCRIPTION, "max_messages": "5"}

    @property
    def stored(self):
        return {"authentication": "workload_identity_federation", "credential": self._name}

    def put(self, number: int) -> list[str]:
        names = []
        for _ in range(number):
            self._made += 1
            name = f"insert-{self._made}"
            log = list(LOGS.values())[self._made % 2]
            entry = {
                "logName": "projects/example-project/logs/" + log,
                "insertId": name,
                "timestamp": "2026-01-05T10:00:00.123456789Z",
                "jsonPayload": {"bytes_sent": "42", "rdata": "192.0.2.1 " * 150},
            }
            self.stand_in.publish(SUBSCRIPTION, json.dumps(entry).encode())
            names.append(name)
        return names

    def put_bad(self) -> None:
        self.stand_in.publish(SUBSCRIPTION, b"\xff\xfe no text")

    def identities(self, outcome: Outcome) -> Counter:
        texts = [text for kind in LOGS for text in outcome.of(kind)]
        return Counter(json.loads(text)["data"]["insertId"] for text in texts)

    def remaining(self) -> int:
        return len(self.stand_in.subscription(SUBSCRIPTION).messages)

    def pass_time(self, seconds: float) -> None:
        self.ahead += seconds

    def close(self) -> None:
        self.stand_in.close()
