"""Google's audit logs against the stand-in of Pub/Sub; the metadata server gives the tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.promises.cases._google import SubscriptionCase


class Case(SubscriptionCase):
    scheme = "gcp_audit"
    subscription = "projects/example-project/subscriptions/audit"
    sourcetypes = ("google:gcp:pubsub:audit:admin_activity",)

    def __init__(self, directory: Path):
        super().__init__()

    def entry(self, number: int) -> dict[str, Any]:
        return {
            "logName": "projects/example.com:example-project/logs/"
            "cloudaudit.googleapis.com%2Factivity",
            "protoPayload": {
                "methodName": "v1.compute.instances.insert",
                "request": "as long as a real entry " * 60,
            },
        }
