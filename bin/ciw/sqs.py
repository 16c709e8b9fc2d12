"""A queue of notifications: receiving, holding messages while they are worked on, settling them."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from typing import Any

from .aws import translate
from .errors import AuthError, ShardError

_BATCH = 10


@dataclass
class Message:
    """A received message; `lost` when the queue may have given it to somebody else."""

    id: str
    receipt: str
    body: str
    receives: int
    held_since: float
    lost: bool = False


class Queue:
    """One SQS queue. `redrive` is how often it gives a message before moving it to its dead-letter
    queue; 0 where it has none, None where that may not be asked."""

    def __init__(self, client: Any, url: str, visibility: int, wait: int):
        self._client = client
        self.url = url
        self.visibility = visibility
        self._wait = wait
        self.redrive = self._redrive()

    def _redrive(self) -> Any:
        try:
            answer = self._client.get_queue_attributes(
                QueueUrl=self.url, AttributeNames=["RedrivePolicy"]
            )
        except Exception as error:  # noqa: BLE001
            translated = translate(error, "sqs:GetQueueAttributes of " + self.url)
            if isinstance(translated, ShardError) and "AccessDenied" in str(translated):
                return None
            raise _fatal(translated)
        policy = json.loads(answer.get("Attributes", {}).get("RedrivePolicy") or "{}")
        return int(policy.get("maxReceiveCount", 0))

    def receive(self) -> list[Message]:
        """Up to ten messages; none when the queue gave none within the wait."""
        try:
            answer = self._client.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=_BATCH,
                WaitTimeSeconds=self._wait,
                VisibilityTimeout=self.visibility,
                AttributeNames=["ApproximateReceiveCount"],
            )
        except Exception as error:  # noqa: BLE001
            raise _fatal(translate(error, "sqs:ReceiveMessage of " + self.url))
        now = time.monotonic()
        return [
            Message(
                id=message["MessageId"],
                receipt=message["ReceiptHandle"],
                body=message["Body"],
                receives=int(message.get("Attributes", {}).get("ApproximateReceiveCount", 1)),
                held_since=now,
            )
            for message in answer.get("Messages", ())
        ]

    def delete(self, messages: list[Message]) -> list[str]:
        """Deletes what has been dealt with; the ids of those that could not be."""
        if not messages:
            return []
        entries = [
            {"Id": str(number), "ReceiptHandle": message.receipt}
            for number, message in enumerate(messages)
        ]
        try:
            answer = self._client.delete_message_batch(QueueUrl=self.url, Entries=entries)
        except Exception as error:  # noqa: BLE001
            raise _fatal(translate(error, "sqs:DeleteMessage of " + self.url))
        return [messages[int(entry["Id"])].id for entry in answer.get("Failed", ())]

    def hold(self, messages: list[Message], seconds: int) -> None:
        """Keeps messages invisible for `seconds` from now; 0 gives them back at once."""
        entries = [
            {
                "Id": str(number),
                "ReceiptHandle": message.receipt,
                "VisibilityTimeout": seconds,
            }
            for number, message in enumerate(messages)
        ]
        asked = time.monotonic()
        answer = self._client.change_message_visibility_batch(QueueUrl=self.url, Entries=entries)
        for entry in answer.get("Successful", ()):
            messages[int(entry["Id"])].held_since = asked
        for entry in answer.get("Failed", ()):
            messages[int(entry["Id"])].lost = True


def _fatal(error: Exception) -> Exception:
    """Without its queue the input has nothing to do: what is permanent ends the run."""
    return AuthError(str(error)) if isinstance(error, ShardError) else error


class Heartbeat:
    """A thread that renews the hold on messages at half the visibility timeout."""

    def __init__(self, queue: Queue, log: Any):
        self._queue = queue
        self._log = log
        self._held: dict[str, Message] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def __enter__(self) -> Heartbeat:  # noqa: PYI034 (Self needs 3.11)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(timeout=5)

    def hold(self, messages: list[Message]) -> None:
        with self._lock:
            self._held.update((message.id, message) for message in messages)

    def drop(self, messages: list[Message]) -> None:
        with self._lock:
            for message in messages:
                self._held.pop(message.id, None)

    def _run(self) -> None:
        # A failed renewal is tried again well before the other half has passed.
        pause = self._queue.visibility / 2
        while not self._ended.wait(pause):
            with self._lock:
                held = [message for message in self._held.values() if not message.lost]
            pause = self._queue.visibility / 2
            if not held:
                continue
            try:
                self._queue.hold(held, self._queue.visibility)
            except Exception as error:  # noqa: BLE001
                pause = self._queue.visibility / 8
                self._log.warning("heartbeat_failed", queue=self._queue.url, error=error)
            self._expire(held)

    def _expire(self, held: list[Message]) -> None:
        now = time.monotonic()
        for message in held:
            if not message.lost and now - message.held_since >= self._queue.visibility:
                message.lost = True
            if message.lost:
                self._log.warning("message_lost", queue=self._queue.url, message=message.id)
        lost = [message for message in held if message.lost]
        self.drop(lost)
