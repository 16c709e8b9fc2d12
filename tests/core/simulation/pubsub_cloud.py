"""A subscription: messages come again when their deadline has passed, and out of order."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ciw import pubsub
from ciw.declare import Cursor, Meta, Page, Shard, Source
from ciw.errors import Retriable

from tests.core.simulation.cloud import Cloud, text_of
from tests.core.simulation.durable import Documents
from tests.core.simulation.world import World

DEADLINE = 60
_MOST = 4
_NAME = "projects/p/subscriptions/s"


@dataclass
class _Published:
    name: str
    visible_at: float
    deliveries: int = 0


class PubsubCloud(Cloud):
    kind = "pubsub"
    stanza = "model_pubsub://model"
    server_time = 0.0

    def __init__(self, world: World, durable: Callable[[], Documents]):
        super().__init__(world)
        self._durable = durable
        self._messages: list[_Published] = []
        self._acknowledged: set[str] = set()
        self.source = Source(
            name="model_pubsub", title="", description="", arguments=(), sourcetypes=("st",),
            cursor="lease_ack", permissions=(), shards=pubsub.shards, pages=self._pages,
        )

    @property
    def arguments(self) -> dict[str, Any]:
        return {"subscription": _NAME, "ack_deadline": DEADLINE, "max_messages": _MOST}

    def put(self, number: int, variant: int) -> None:
        for _ in range(number):
            name = self.new_name()
            self._messages.append(_Published(name, self.world.now))
            self.created.append(name)

    def covered(self, documents: Documents, member: str) -> set[str]:
        """The ledger of a run before is known as far back as four pulls reach."""
        names = set(self._acknowledged)
        room = 4 * _MOST
        for sent in reversed(self._ledger(documents, member)):
            room -= len(sent)
            if room >= 0:
                names.update(sent)
        return names

    def recorded(self, documents: Documents, member: str) -> set[str]:
        return {name for sent in self._ledger(documents, member) for name in sent}

    def _ledger(self, documents: Documents, member: str) -> list[list[str]]:
        document = documents.get(self.key(f"pubsub\0{_NAME}\0{member}"))
        return document["state"]["sent"] if document is not None else []

    def settle(self) -> None:
        self.world.pass_time(3 * DEADLINE)

    def check_end(self) -> None:
        assert not self._messages, "everything has been acknowledged in the end"

    def _pages(self, context: Any, shard: Shard, cursor: Cursor | None) -> Iterator[Page]:
        return pubsub.pages(context, shard, cursor, self._event)

    @staticmethod
    def _event(message: pubsub.Received) -> tuple[Meta, str, str]:
        if message.data.endswith("7"):
            raise ValueError("no log entry")
        return Meta("st"), "1", text_of(message.data)

    # What the core calls, in place of `ciw.google.Google` and its client for HTTP.

    @property
    def http(self) -> PubsubCloud:
        return self

    def url(self, service: str) -> str:
        return "https://" + service

    def close(self) -> None:
        """There is no connection."""

    def json(
        self, method: str, url: str, body: Any = None, what: str = "", patience: float = 0
    ) -> Any:
        self.call(what)
        return getattr(self, "_" + url.rpartition(":")[2])(body)

    def _pull(self, body: dict[str, Any]) -> dict[str, Any]:
        visible = [one for one in reversed(self._messages) if one.visible_at <= self.world.now]
        given = visible[: body["maxMessages"]]
        process = self.world.process
        assert process is not None
        if self.world.monotonic_now > process.began + 2 * DEADLINE:
            # What nobody acknowledged for two deadlines of a run may have been forgotten.
            self.world.excuse({one.name for one in given if self.world.received[one.name]})
        for message in given:
            message.deliveries += 1
            message.visible_at = self.world.now + DEADLINE
        return {"receivedMessages": [
            {
                "ackId": f"{one.name}:{one.deliveries}",
                "message": {
                    "messageId": one.name,
                    "data": base64.b64encode(one.name.encode()).decode(),
                },
            }
            for one in given
        ]}

    def _of(self, receipts: list[str]) -> list[_Published]:
        return [one for one in self._messages if f"{one.name}:{one.deliveries}" in receipts]

    def _acknowledge(self, body: dict[str, Any]) -> None:
        self.world.point("acknowledge begun")
        if self.world.fails("page"):
            raise Retriable("acknowledge: HTTP 503")
        found = self._of(body["ackIds"])
        self.require_recorded({one.name for one in found}, self._durable())
        for message in found:
            self._messages.remove(message)
            self._acknowledged.add(message.name)
        self.world.point("acknowledge finished")

    def _modifyAckDeadline(self, body: dict[str, Any]) -> None:
        for message in self._of(body["ackIds"]):
            message.visible_at = self.world.now + body["ackDeadlineSeconds"]
