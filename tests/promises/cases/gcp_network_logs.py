"""VPC flows and DNS queries against the stand-in of Pub/Sub."""

from __future__ import annotations

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

    def __init__(self, directory: Path):
        super().__init__()

    def entry(self, number: int) -> dict[str, Any]:
        return {
            "logName": "projects/example-project/logs/" + list(LOGS.values())[number % 2],
            "jsonPayload": {"bytes_sent": "42", "rdata": "192.0.2.1 " * 150},
        }
