"""VPC flows and DNS queries against the stand-in of Pub/Sub, with a federated identity."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.promises.cases._google import SubscriptionCase

LOGS = {
    "google:gcp:compute:vpc_flows": "compute.googleapis.com%2Fvpc_flows",
    "google:gcp:pubsub:platform": "dns.googleapis.com%2Fdns_queries",
}


class Case(SubscriptionCase):
    scheme = "gcp_network_logs"
    subscription = "projects/example-project/subscriptions/network"
    sourcetypes = tuple(LOGS)
    canary = "canary-subject-token-0f6b2c"

    def __init__(self, directory: Path):
        super().__init__()
        file = directory / "subject-token"
        file.write_text(self.canary, "utf-8")
        document = self.stand_in.federation(str(file), self.canary)
        # One splunkd serves all tests; each has a configuration of its own.
        self._name = "federation-" + self.stand_in.url.rpartition(":")[2]
        self.secrets = {("ciw_google", self._name): json.dumps(document)}

    @property
    def stored(self):
        return {"authentication": "workload_identity_federation", "credential": self._name}

    def entry(self, number: int) -> dict[str, Any]:
        return {
            "logName": "projects/example-project/logs/" + list(LOGS.values())[number % 2],
            "jsonPayload": {"bytes_sent": "42", "rdata": "192.0.2.1 " * 150},
        }
