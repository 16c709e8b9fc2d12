"""Objects in a bucket, announced through a queue that gives messages again and out of order."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aws_cloudtrail
from ciw.errors import Retriable, ShardError

from tests.core.simulation.cloud import Cloud
from tests.core.simulation.durable import Documents
from tests.core.simulation.world import World

VISIBILITY = 300
_RECORD = {"eventVersion": "1", "eventTime": "2026-01-05T09:00:00Z"}


@dataclass
class _Announced:
    """A message on the queue."""

    id: str
    key: str
    visible_at: float
    receives: int = 0


class QueueCloud(Cloud):
    kind = "queue"
    source = aws_cloudtrail.SOURCE
    stanza = "aws_cloudtrail://model"

    def __init__(self, world: World, durable: Callable[[], Documents]):
        super().__init__(world)
        self._durable = durable
        self._objects: dict[str, tuple[bytes, list[str]]] = {}
        self._messages: list[_Announced] = []
        self._count = 0

    @property
    def arguments(self) -> dict[str, Any]:
        return {
            "mode": "queue", "queue_url": "https://sqs/1/q", "region": "r", "buckets": ("trail",),
            "visibility_timeout": VISIBILITY, "wait_seconds": 0, "max_receives": 50,
        }

    def put(self, number: int, variant: int) -> None:
        """Variant 0: the middle record is malformed; 1: announced twice; 2: announced again."""
        if variant == 2 and self._objects:
            self._announce(sorted(self._objects)[number % len(self._objects)])
            return
        names = [self.new_name() for _ in range(number)]
        records = [json.dumps({**_RECORD, "eventID": name}) for name in names]
        if variant == 0:
            records[len(records) // 2] = records[len(records) // 2].replace('"1"', "oops")
        key = f"AWSLogs/{len(self._objects)}.json"
        self._objects[key] = b'{"Records":[' + ",".join(records).encode() + b"]}", names
        self.created += names
        for _ in range(2 if variant == 1 else 1):
            self._announce(key)

    def _announce(self, key: str) -> None:
        self._count += 1
        self._messages.append(_Announced(f"m{self._count}", key, self.world.now))

    def covered(self, documents: Documents, member: str) -> set[str]:
        names: set[str] = set()
        for key, (_, inside) in self._objects.items():
            document = documents.get(self.key(json.dumps(["trail", key, "tag"])))
            if document is not None:
                whole = len(inside) if document["done"] else int(document["position"])
                names.update(inside[:whole])
        return names

    def settle(self) -> None:
        self.world.pass_time(2 * VISIBILITY)

    def check_end(self) -> None:
        assert not self._messages, "everything has been acknowledged in the end"

    # What the core calls, in place of `ciw.aws.Aws` and botocore's clients.

    def client(self, service: str, account: str = "", region: str = "", attempts: int = 5) -> Any:
        return self

    def get_queue_attributes(self, **_: Any) -> dict[str, Any]:
        self.call("GetQueueAttributes")
        return {"Attributes": {"RedrivePolicy": '{"maxReceiveCount": 50}'}}

    def receive_message(self, **_: Any) -> dict[str, Any]:
        """Up to three messages, the youngest first: a queue promises no order."""
        self.call("ReceiveMessage")
        visible = [one for one in reversed(self._messages) if one.visible_at <= self.world.now]
        for message in visible[:3]:
            message.receives += 1
            message.visible_at = self.world.now + VISIBILITY
        return {"Messages": [self._given(message) for message in visible[:3]]}

    def _given(self, message: _Announced) -> dict[str, Any]:
        described = {"key": message.key, "eTag": "tag", "size": 0}
        body = {"Records": [{"s3": {"bucket": {"name": "trail"}, "object": described}}]}
        return {
            "MessageId": message.id, "ReceiptHandle": f"{message.id}:{message.receives}",
            "Body": json.dumps(body),
            "Attributes": {"ApproximateReceiveCount": str(message.receives)},
        }

    def delete_message_batch(self, Entries: list[dict[str, str]], **_: Any) -> dict[str, Any]:
        self.call("DeleteMessage")
        for entry in Entries:
            self.world.point("acknowledge begun")
            for message in self._of(entry):
                self.require_recorded(set(self._objects[message.key][1]), self._durable())
                self._messages.remove(message)
            self.world.point("acknowledge finished")
        return {}

    def change_message_visibility_batch(self, Entries: list[Any], **_: Any) -> dict[str, Any]:
        for entry in Entries:
            for message in self._of(entry):
                message.visible_at = self.world.now + entry["VisibilityTimeout"]
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries]}

    def _of(self, entry: dict[str, Any]) -> list[_Announced]:
        return [one for one in self._messages
                if f"{one.id}:{one.receives}" == entry["ReceiptHandle"]]

    def get_object(self, Key: str, **_: Any) -> dict[str, Any]:
        self.call("GetObject")
        if self.world.fails("refused"):
            raise ShardError("AccessDenied")
        body = _Body(self._objects[Key][0], self.world.fails("page"))
        return {"Body": body, "ContentLength": len(self._objects[Key][0]), "ETag": '"tag"'}


class _Body(io.BytesIO):
    """The connection may be reset in the middle of the body."""

    def __init__(self, content: bytes, is_cut: bool):
        super().__init__(content[: 2 * len(content) // 3] if is_cut else content)
        self._is_cut = is_cut

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(size)
        if not piece and self._is_cut:
            raise Retriable("connection reset in the body")
        return piece
