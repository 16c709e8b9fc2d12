"""Pub/Sub on this machine: subscriptions with deadlines, redelivery and acknowledgements.

Beside Google's emulator this tells what is not acknowledged, and its time can be moved on.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from lab.clouds.google_discovery import GoogleStandIn
from lab.clouds.stand_in import Response


@dataclass
class _Kept:
    """A message of a subscription; `until`: held by somebody until then."""

    id: str
    data: bytes
    attributes: dict[str, str]
    published: float
    until: float = 0.0
    attempts: int = 0


@dataclass
class _Subscription:
    """`acknowledged`: the messages that are gone, the last one last."""

    deadline: int = 10
    messages: dict[str, _Kept] = field(default_factory=dict)
    acknowledged: dict[str, _Kept] = field(default_factory=dict)


class PubSub(GoogleStandIn):
    apis = (("pubsub", "v1"),)
    exactly_once = False
    """Whether the subscriptions have exactly-once delivery: ids that have expired are refused."""

    def __init__(self, clock: Callable[[], float] = time.time):
        super().__init__(clock)
        self.subscriptions: dict[str, _Subscription] = {}
        self._published = 0
        self.methods.update(
            {
                "pubsub.projects.subscriptions.pull": self._pull,
                "pubsub.projects.subscriptions.acknowledge": self._acknowledge,
                "pubsub.projects.subscriptions.modifyAckDeadline": self._modify,
            }
        )

    def subscription(self, name: str) -> _Subscription:
        """projects/PROJECT/subscriptions/NAME, made when it is first named."""
        return self.subscriptions.setdefault(name, _Subscription())

    def publish(self, name: str, data: bytes, attributes: dict[str, str] | None = None) -> str:
        """Puts a message into a subscription; its id."""
        with self.lock:
            self._published += 1
            message = _Kept(str(self._published), data, attributes or {}, self.clock())
            self.subscription(name).messages[message.id] = message
        return message.id

    def redeliver(self, name: str) -> None:
        """The messages that the last pulls gave come again, the last one first, though they were
        acknowledged: Pub/Sub delivers at least once."""
        with self.lock:
            found = self.subscription(name)
            for message in [*found.messages.values(), *found.acknowledged.values()][::-1]:
                message.until = 0.0
                found.messages.pop(message.id, None)
                found.messages[message.id] = message
            found.acknowledged.clear()

    def _found(self, parameters: dict[str, Any]) -> tuple[str, _Subscription | None]:
        project, name = parameters["projectsId"], parameters["subscriptionsId"]
        full = f"projects/{project}/subscriptions/{name}"
        return full, self.subscriptions.get(full)

    def _pull(self, parameters: dict[str, Any], body: dict[str, Any]) -> Any:
        name, found = self._found(parameters)
        if found is None:
            return self.error(404, "NOT_FOUND", f"Resource not found (resource={name})")
        if body["maxMessages"] < 1:
            return self.error(400, "INVALID_ARGUMENT", "maxMessages must be positive")
        free = [each for each in found.messages.values() if each.until <= self.clock()]
        received = []
        for message in free[: body["maxMessages"]]:
            message.until = self.clock() + found.deadline
            message.attempts += 1
            received.append(
                {
                    "ackId": f"{message.id}:{message.attempts}",
                    "message": {
                        "data": base64.b64encode(message.data).decode(),
                        "attributes": message.attributes,
                        "messageId": message.id,
                        "publishTime": datetime.fromtimestamp(message.published, timezone.utc)
                        .isoformat()
                        .replace("+00:00", "Z"),
                    },
                }
            )
        return {"receivedMessages": received} if received else {}

    def _held(self, found: _Subscription, ack_id: str) -> _Kept | None:
        """The message, where this delivery is its latest one."""
        name, _, attempt = ack_id.partition(":")
        message = found.messages.get(name)
        if self.exactly_once and message and message.until <= self.clock():
            return None
        return message if message and str(message.attempts) == attempt else None

    def _acknowledge(self, parameters: dict[str, Any], body: dict[str, Any]) -> Any:
        name, found = self._found(parameters)
        if found is None:
            return self.error(404, "NOT_FOUND", f"Resource not found (resource={name})")
        held = [self._held(found, ack_id) for ack_id in body["ackIds"]]
        for message in held:
            if message is not None and found.messages.pop(message.id, None):
                found.acknowledged[message.id] = message
        if self.exactly_once and None in held:
            return self.error(400, "INVALID_ARGUMENT", "Some acknowledgement ids were invalid")
        return {}

    def _modify(self, parameters: dict[str, Any], body: dict[str, Any]) -> Response | dict:
        name, found = self._found(parameters)
        if found is None:
            return self.error(404, "NOT_FOUND", f"Resource not found (resource={name})")
        if not 0 <= body["ackDeadlineSeconds"] <= 600:
            return self.error(400, "INVALID_ARGUMENT", "the deadline is not within 0 and 600 s")
        for ack_id in body["ackIds"]:
            message = self._held(found, ack_id)
            if message is not None:
                message.until = self.clock() + body["ackDeadlineSeconds"]
        return {}
