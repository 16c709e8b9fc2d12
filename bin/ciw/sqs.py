"""SQS: receiving notifications, holding messages while they are worked on, settling them."""

from __future__ import annotations

import json
import time
from typing import Any

from .aws import date_of, translate
from .errors import AuthError, ShardError
from .heartbeat import Message

_BATCH = 10


class Queue:
    """One SQS queue. `redrive` is how often it gives a message before moving it to its dead-letter
    queue; 0 where it has none, None where that may not be asked."""

    def __init__(self, client: Any, url: str, visibility: int, wait: int):
        self._client = client
        self.url = url
        self.visibility = visibility
        self._wait = wait
        self.server_time = 0.0
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

    def waiting(self) -> int | None:
        """About how many messages wait; None where that may not be asked."""
        try:
            answer = self._client.get_queue_attributes(
                QueueUrl=self.url, AttributeNames=["ApproximateNumberOfMessages"]
            )
            number = answer.get("Attributes", {}).get("ApproximateNumberOfMessages")
            return int(number) if number is not None else None
        except Exception as error:  # noqa: BLE001
            # What is only shown fails nothing, but for errors that are this program's own.
            translate(error, "sqs:GetQueueAttributes of " + self.url)
            return None

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
        self.server_time = date_of(answer)
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
