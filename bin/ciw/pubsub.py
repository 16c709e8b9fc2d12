"""Messages of a Pub/Sub subscription: held while they are worked on, acknowledged last.

A message is an event, so there is no checkpoint for each. The input keeps a ledger of the ids that
it has sent and perhaps not acknowledged: a message that comes again after a crash is acknowledged
and not sent again. Other processes with the same subscription have ledgers of their own; Pub/Sub
gives a message to one of them at a time.
Methods: projects.subscriptions.pull, .acknowledge, .modifyAckDeadline (Pub/Sub REST reference, v1).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Callable, NamedTuple

from .declare import Argument, Bad, Cursor, Meta, Page, Permission, Shard
from .errors import AuthError, InputError, Retriable, ShardError
from .google import PROJECT, Google
from .heartbeat import Heartbeat, Message
from .http import Refused

# Batches whose ids the ledger keeps: an acknowledgement may get lost, and be lost again.
_REMEMBERED = 3
# Seconds for which a pull waits for messages. Pub/Sub itself would wait for about ninety; a stop
# must not. What it hands to a pull that has been given up comes again after its deadline.
_PATIENCE = 25.0

ARGUMENTS = (
    Argument(
        "subscription",
        "Subscription",
        "Pull subscription, projects/PROJECT/subscriptions/NAME. Give it a dead-letter topic only "
        "with many delivery attempts: a message counts one for each crash",
        pattern=r"projects/" + PROJECT + r"/subscriptions/[A-Za-z][\w.~+%-]{2,254}",
        shape="projects/PROJECT/subscriptions/NAME",
    ),
    Argument(
        "max_messages",
        "Messages a pull",
        "Most messages asked for at once",
        kind="integer",
        default="500",
        minimum=1,
        maximum=1000,
    ),
    Argument(
        "ack_deadline",
        "Acknowledgement deadline",
        "Seconds for which a pulled message is held, renewed at half that time; after a crash it "
        "comes again when it has passed",
        kind="integer",
        default="60",
        minimum=10,
        maximum=600,
    ),
)
PERMISSIONS = (
    Permission(
        "pubsub.subscriptions.consume", "the subscription", "pulling, holding, acknowledging"
    ),
)


class Received(NamedTuple):
    """A message's content: `data` as text, when it was published, its attributes."""

    id: str
    data: str
    published: str
    attributes: dict[str, str]
    bad: Bad | None = None


@dataclass
class _Batch:
    """What one pull gave, and the position at which all of it has been sent."""

    messages: list[Message]
    ids: list[str]
    end: float = 0.0


class _NotTaken(InputError):
    """Pub/Sub refuses acknowledgement ids: the messages are not held any more."""


class Subscription:
    """One subscription, with what `Heartbeat` asks of a queue."""

    def __init__(self, google: Google, name: str, visibility: int, most: int):
        self._http = google.http
        self.url = f"{google.url('pubsub')}/v1/{name}"
        self.name = name
        self.visibility = visibility
        self._most = most

    @property
    def server_time(self) -> float:
        """Pub/Sub's clock; 0 before it has answered."""
        return self._http.server_time

    def receive(self) -> tuple[list[Message], list[Received]]:
        """Up to `most` messages and their contents, in the same order; none when there is none."""
        asked = time.monotonic()
        try:
            answer = self._call("pull", {"maxMessages": self._most}, _PATIENCE)
        except ShardError as error:
            # More than is taken into memory at once.
            if self._most == 1:
                raise
            self._most //= 2
            raise Retriable(f"{error}; {self._most} messages are asked for from now on") from None
        found = answer.get("receivedMessages", ())
        messages = [
            Message(
                id=each["message"]["messageId"],
                receipt=each["ackId"],
                body="",
                receives=int(each.get("deliveryAttempt", 1)),
                held_since=asked,
            )
            for each in found
        ]
        if messages:
            # The subscription's own deadline may be shorter than this input's.
            self.hold(messages, self.visibility)
        return messages, [self._content(each["message"]) for each in found]

    def _content(self, message: dict[str, Any]) -> Received:
        encoded = message.get("data", "")
        bad, text = None, ""
        try:
            text = _decoded(encoded).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError) as error:
            bad = Bad(
                where=f"{self.name} message {message['messageId']}",
                reason=f"the message is not UTF-8 text: {error}",
                size=len(encoded),
                sha256=hashlib.sha256(encoded.encode()).hexdigest(),
                excerpt=encoded,
            )
        return Received(
            message["messageId"], text, message.get("publishTime", ""),
            message.get("attributes", {}), bad,
        )

    def acknowledge(self, messages: list[Message]) -> bool:
        """Acknowledges what is still held; what was lost is somebody else's.

        False where Pub/Sub does not take it: with exactly-once delivery one id that has expired
        makes it refuse the request. The messages come again, and the ledger knows them.
        """
        held = [message.receipt for message in messages if not message.lost]
        try:
            if held:
                self._call("acknowledge", {"ackIds": held})
        except _NotTaken:
            return False
        return True

    def hold(self, messages: list[Message], seconds: int) -> None:
        """Keeps messages for `seconds` from now; 0 gives them back at once."""
        asked = time.monotonic()
        receipts = [message.receipt for message in messages]
        try:
            self._call("modifyAckDeadline", {"ackIds": receipts, "ackDeadlineSeconds": seconds})
        except _NotTaken:
            # Held until the deadline that they have; then they count as lost.
            return
        for message in messages:
            message.held_since = asked

    def _call(self, method: str, body: dict[str, Any], patience: float = 0) -> dict[str, Any]:
        try:
            what = f"{method} of {self.name}"
            answer = self._http.json(
                "POST", f"{self.url}:{method}", body=body, what=what, patience=patience
            )
            return answer or {}
        except Refused as error:
            if error.status == 400 and "ackIds" in body:
                raise _NotTaken(str(error)) from None
            # Without its subscription the input has nothing to do.
            raise AuthError(str(error)) from None


def _decoded(encoded: str) -> bytes:
    """What base64 stands for. Raises binascii.Error for what is not all of its alphabet.

    The lenient decoder, several times faster on Python 3.9, passes over foreign characters: where
    it has as many bytes as the whole text stands for, there were none.
    """
    if len(encoded) % 4 == 0:
        data = binascii.a2b_base64(encoded)
        if len(data) == len(encoded) // 4 * 3 - encoded.count("=", -2):
            return data
    return base64.b64decode(encoded, validate=True)


@dataclass
class Work:
    """The payload of the only shard: the subscription and what of it is not acknowledged."""

    subscription: Subscription
    heartbeat: Heartbeat
    batches: list[_Batch] = field(default_factory=list)

    def settle(self, context: Any, position: float) -> None:
        """Acknowledges the batches that have been sent up to `position`, once that is durable."""
        sent = [batch for batch in self.batches if batch.end and batch.end <= position]
        if not sent:
            return
        context.sync()
        for batch in sent:
            if not self.subscription.acknowledge(batch.messages):
                context.log.warning("messages_not_acknowledged", messages=len(batch.messages))
            self.heartbeat.drop(batch.messages)
            self.batches.remove(batch)

    def release(self, context: Any) -> None:
        """Gives back what was not sent, so that nobody waits for the deadline."""
        left = [message for batch in self.batches for message in batch.messages]
        self.heartbeat.drop(left)
        self.batches.clear()
        if left:
            try:
                self.subscription.hold(left, 0)
            except Exception as error:  # noqa: BLE001
                # A stop must not fail for this: they come back after the deadline.
                context.log.warning("messages_not_released", reason=error)


def shards(context: Any) -> Iterator[Shard]:
    """One shard: the subscription, until it is empty or the input is asked to stop."""
    arguments = context.arguments
    google = Google(context)
    try:
        subscription = Subscription(
            google, arguments["subscription"], arguments["ack_deadline"], arguments["max_messages"]
        )
        with Heartbeat(subscription, context.log) as heartbeat:
            work = Work(subscription, heartbeat)
            key = f"pubsub\0{subscription.name}\0{socket.gethostname()}"
            shard = Shard(key, subscription.name, work, endless=True)
            yield shard
            cursor = context.checkpoint.get(key)
            work.settle(context, cursor.position if cursor is not None else 0)
            work.release(context)
    finally:
        google.close()


def pages(
    context: Any,
    shard: Shard,
    cursor: Cursor | None,
    event: Callable[[Received], tuple[Meta, str, str]],
) -> Iterator[Page]:
    """Pages of what the pulls give. `event` makes (meta, time, text) of a message, or raises
    ValueError, which quarantines it. It has seen to control characters in ASCII texts: JSON has
    none, and looking through a text once more costs as much as a fifth of parsing it."""
    work: Work = shard.payload
    work.release(context)
    position = cursor.position if cursor is not None else 0.0
    ledger = _Ledger(cursor, context.arguments)
    while not context.stopping():
        messages, contents = work.subscription.receive()
        if not messages:
            return
        work.heartbeat.hold(messages)
        shard.server_time = work.subscription.server_time
        known = ledger.known
        fresh = [content for content in contents if content.id not in known]
        context.count("messages", len(messages))
        context.count("read", len(messages))
        context.count("repeated", len(messages) - len(fresh))
        batch = _Batch(messages, [content.id for content in fresh])
        work.batches.append(batch)
        ledger.begin_batch()
        for page in _pages(context, fresh, event, work.subscription.name):
            ledger.add(page.ids)
            position += len(page.ids)
            reached = Cursor(position, state=ledger.state)
            yield Page(page.meta, page.events, reached, page.bad, clean=page.ascii)
        batch.end = max(position, 1.0)
        # The core holds a page until it knows the next one: an empty one lets the last go out
        # before the pull that may wait.
        yield Page(Meta(""), [], Cursor(position, state=ledger.state))
        recorded = context.checkpoint.get(shard.key)
        work.settle(context, recorded.position if recorded is not None else 0)


class _Ledger:
    """The ids of the last few batches sent, and for a while those of the run before: what it had
    not acknowledged comes again when its deadline has passed, behind any number of new messages.
    """

    def __init__(self, cursor: Cursor | None, arguments: dict[str, Any]):
        self._before: list[list[str]] = []
        self._batches: list[list[str]] = []
        self._until = time.monotonic() + 2 * arguments["ack_deadline"]
        room = (_REMEMBERED + 1) * arguments["max_messages"]
        for ids in reversed(cursor.state.get("sent", ()) if cursor is not None else ()):
            room -= len(ids)
            if room < 0:
                break
            self._before.insert(0, ids)

    @property
    def known(self) -> set[str]:
        return {name for ids in (*self._before, *self._batches) for name in ids}

    @property
    def state(self) -> dict[str, Any]:
        return {"sent": [ids for ids in (*self._before, *self._batches) if ids]}

    def begin_batch(self) -> None:
        if time.monotonic() > self._until:
            self._before = []
        if not self._batches or self._batches[-1]:
            # A batch of nothing new pushes none out.
            self._batches = [*self._batches[-_REMEMBERED:], []]

    def add(self, ids: list[str]) -> None:
        self._batches[-1] = [*self._batches[-1], *ids]


@dataclass
class _Group:
    """The part of a batch that makes one page."""

    meta: Meta
    events: list[tuple[str, str]] = field(default_factory=list)
    bad: list[Bad] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    size: int = 0
    ascii: bool = True


def _pages(
    context: Any,
    contents: list[Received],
    event: Callable[[Received], tuple[Meta, str, str]],
    name: str,
) -> Iterator[_Group]:
    groups: dict[Meta, _Group] = {}
    nothing, last = Meta(""), None
    for content in contents:
        bad = content.bad
        meta, moment, text = nothing, "", ""
        if bad is None:
            try:
                meta, moment, text = event(content)
            except ValueError as error:
                bad = Bad(
                    where=f"{name} message {content.id}",
                    reason=str(error),
                    size=len(content.data),
                    sha256=hashlib.sha256(content.data.encode()).hexdigest(),
                    excerpt=content.data,
                )
        # Most are of the same log, and a look-up hashes all of its metadata.
        if meta is not last:
            last, group = meta, groups.setdefault(meta, _Group(meta))
        if group.ids and group.size + len(text) > context.page_bytes:
            yield group
            group = groups[meta] = _Group(meta)
        group.ids.append(content.id)
        group.size += len(text)
        if bad is not None:
            group.bad.append(bad)
        else:
            group.events.append((moment, text))
            group.ascii = group.ascii and text.isascii()
    yield from groups.values()
