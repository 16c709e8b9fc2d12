"""What the inputs that read Google Cloud have in common: subscriptions, and log entries."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from lab.clouds.google_pubsub import PubSub
from tests.promises.cases._base import CloudCase, raw
from tests.sources.runner import Outcome


class SubscriptionCase(CloudCase):
    """Entries that a sink publishes. A subclass has `subscription`, `entry`, `sourcetypes`."""

    kind = "queue"
    way = "messages"
    faulty_path = "/v1/projects/.*:(pull|acknowledge|modifyAckDeadline)"
    receiving_path = "/v1/projects/.*:pull"

    def __init__(self) -> None:
        super().__init__()
        self.stand_in = PubSub(self.clock)
        self.stand_in.exactly_once = True
        self.stand_in.subscription(self.subscription)

    @property
    def stanza(self):
        return {"subscription": self.subscription, "max_messages": "5"}

    def put_one(self, text: str = "") -> list[str]:
        return self.put_stored(raw, text)

    def put_stored(self, make: Callable[[bytes], bytes], text: str = "") -> list[str]:
        """A message whose bytes are what `make` does with an entry."""
        self._made += 1
        name = f"insert-{self._made}"
        entry = {
            "insertId": name,
            "timestamp": "2026-01-05T10:00:00.123456789Z",
            "labels": {"text": text},
            **self.entry(self._made),
        }
        self.stand_in.publish(self.subscription, make(json.dumps(entry).encode()), {"k": "v"})
        return [name]

    def redeliver(self) -> None:
        """What was delivered last comes once more, the last one first, acknowledged or not."""
        self.stand_in.redeliver(self.subscription)

    def put_poison(self) -> None:
        self.stand_in.publish(self.subscription, b"\xff\xfe no text")

    def put_bad(self) -> None:
        self.stand_in.publish(self.subscription, b'{"logName": ')

    def entry(self, number: int) -> dict[str, Any]:
        raise NotImplementedError

    def identities(self, outcome: Outcome) -> Counter:
        texts = [text for kind in self.sourcetypes for text in outcome.of(kind)]
        return Counter(json.loads(text)["data"]["insertId"] for text in texts)

    def remaining(self) -> int:
        return len(self.stand_in.subscription(self.subscription).messages)
