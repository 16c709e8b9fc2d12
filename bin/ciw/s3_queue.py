"""The way in for log objects in S3 that a queue announces: a message is deleted last.

Order: receive, look every object up in the checkpoint, send and commit chunk by chunk, make the
commits durable, delete. What cannot be read is left to the queue's dead-letter policy after it has
been quarantined; where the queue has none, this module deletes it after the quarantine event is
recorded, so that it neither loops for ever nor vanishes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from .aws import ACCOUNT, REGION_PATTERN, REGION_SHAPE, Aws, translate
from .aws import ARGUMENTS as AWS_ARGUMENTS
from .aws import PERMISSION as ASSUME_ROLE
from .declare import Argument, Bad, Permission, Shard
from .errors import InvalidArgument
from .heartbeat import Heartbeat, Message
from .progress import Backlog
from .s3_notification import NotNotification, S3Object, objects_of
from .s3_reader import S3Reader
from .sqs import Queue

_BUCKET = r"[a-z0-9.*-]{3,63}"

ARGUMENTS = (
    Argument(
        "queue_url",
        "Queue URL",
        "URL of the SQS queue that gets the bucket's notifications (from S3, SNS or EventBridge). "
        "Give it a dead-letter queue: messages about objects that cannot be read end there; "
        "without one the input says so at each start, quarantines such an object and deletes its "
        "message",
        required=True,
        pattern=r"https?://[^\s/@]+/\d{12}/[\w-]{1,80}(\.fifo)?",
        shape="an SQS queue's URL",
    ),
    Argument(
        "region",
        "Region",
        "AWS region of the queue, for example eu-central-1",
        required=True,
        pattern=REGION_PATTERN,
        shape=REGION_SHAPE,
    ),
    Argument(
        "buckets",
        "Buckets",
        "Buckets that may be read, with commas; * stands for any characters. BUCKET@ACCOUNT "
        "also requires that the account owns the bucket. Notifications naming another bucket "
        "are refused",
        kind="list",
        required=True,
        pattern=_BUCKET + "(@" + ACCOUNT + ")?",
        shape="BUCKET or BUCKET@ACCOUNT",
    ),
    Argument(
        "visibility_timeout",
        "Visibility timeout",
        "Seconds a received message stays hidden from other consumers, renewed at half that time; "
        "after a crash its objects come again when it has passed",
        kind="integer",
        default="300",
        minimum=2,
        maximum=43200,
    ),
    Argument(
        "max_receives",
        "Receives before quarantine",
        "Times an unreadable object is tried before it is quarantined; the queue's own "
        "maxReceiveCount counts where it is smaller",
        kind="integer",
        default="5",
        minimum=1,
        maximum=1000,
    ),
    Argument(
        "wait_seconds",
        "Wait",
        "Seconds to wait for messages before the queue counts as empty and the run ends",
        kind="integer",
        default="5",
        minimum=0,
        maximum=20,
    ),
) + AWS_ARGUMENTS

PERMISSIONS = (
    Permission("sqs:ReceiveMessage", "the queue", "notifications"),
    Permission("sqs:DeleteMessage", "the queue", "removing what was read"),
    Permission("sqs:ChangeMessageVisibility", "the queue", "holding a message while it is read"),
    Permission("sqs:GetQueueAttributes", "the queue", "whether it has a dead-letter queue"),
    Permission("s3:GetObject", "objects of the buckets", "the logs"),
    Permission("s3:GetObjectVersion", "objects of versioned buckets", "the logs"),
    Permission("kms:Decrypt", "the key of encrypted buckets", "the logs"),
    ASSUME_ROLE,
)
SERVICES = ("sqs", "s3", "sts")
# A run that fails for these is followed by the next; more would keep a stop waiting.
_SQS_ATTEMPTS = 4
_FINISHED = {"done", "already_done"}


def check(arguments: dict[str, Any]) -> None:
    """Raises InvalidArgument for what single arguments cannot tell."""
    roles = {entry.split("=", 1)[0] for entry in arguments["account_roles"]}
    owners = {entry.partition("@")[2] for entry in arguments["buckets"]} - {""}
    for account in sorted(roles - owners):
        raise InvalidArgument(
            f"argument account_roles: account {account} owns none of the buckets; write its bucket as "
            f"BUCKET@{account} in buckets"
        )
    host = re.match(r"https?://([^/:]+)", arguments["queue_url"]).group(1)
    if arguments["queue_url"].startswith("http:") and host not in ("127.0.0.1", "localhost"):
        raise InvalidArgument(f"argument queue_url: only https is accepted, not {host}")


@dataclass
class _Work:
    """A message and what has to be done before it may be deleted."""

    message: Message
    shards: list[Shard] = field(default_factory=list)


@dataclass(frozen=True)
class ObjectWork:
    """A shard's payload: an object and how to read it."""

    object: S3Object
    reader: S3Reader

    def pieces(self, size: int) -> Iterator[bytes]:
        return self.reader.pieces(self.object, size)


def shards(context: Any) -> Iterator[Shard]:
    """Objects from the queue until it is empty or the input is asked to stop."""
    arguments = context.arguments
    allowed = tuple(entry.partition("@")[::2] for entry in arguments["buckets"])
    aws = Aws(context, arguments["region"])
    queue = Queue(
        aws.client("sqs", attempts=_SQS_ATTEMPTS),
        arguments["queue_url"],
        arguments["visibility_timeout"],
        arguments["wait_seconds"],
    )
    _warn_about_redrive(context, queue)
    backlog = Backlog(context, queue.url, queue.waiting)
    reader = S3Reader(aws, lambda obj: _owner(allowed, obj.bucket) or "")
    try:
        with Heartbeat(queue, context.log) as heartbeat:
            while not context.stopping():
                messages = queue.receive()
                if not messages:
                    return
                context.count("messages", len(messages))
                heartbeat.hold(messages)
                try:
                    yield from _batch(context, queue, heartbeat, reader, allowed, messages)
                finally:
                    heartbeat.drop(messages)
                backlog.handled(len(messages))
    finally:
        reader.close()


def _warn_about_redrive(context: Any, queue: Queue) -> None:
    if queue.redrive == 0:
        context.log.warning(
            "queue_without_dead_letter_queue",
            queue=queue.url,
            action="set a redrive policy on the queue; until then an unreadable object is "
            f"quarantined and its message deleted after {context.arguments['max_receives']} receives",
        )
    elif queue.redrive is None:
        context.log.warning(
            "dead_letter_queue_unknown",
            queue=queue.url,
            action="allow sqs:GetQueueAttributes; until then unreadable messages are quarantined "
            "and left in the queue",
        )


def _batch(
    context: Any,
    queue: Queue,
    heartbeat: Heartbeat,
    reader: S3Reader,
    allowed: tuple[tuple[str, str], ...],
    messages: list[Message],
) -> Iterator[Shard]:
    works = [_plan(message, queue.visibility, reader, allowed) for message in messages]
    for shard in (shard for work in works for shard in work.shards):
        shard.partition, shard.server_time = queue.url, queue.server_time
    ready = [
        shard.payload.object
        for work in works
        for shard in work.shards
        if isinstance(shard.payload, ObjectWork)
    ]
    for obj in ready:
        reader.fetch_ahead(obj)
    fates: dict[str, list[Message]] = {"delete": [], "release": [], "leave": []}
    try:
        for work in works:
            yield from work.shards
            fate = yield from _fate(context, queue, work)
            fates[fate].append(work.message)
            if fate == "leave":
                heartbeat.drop([work.message])
    finally:
        for obj in ready:
            reader.forget(obj)
    # Only what is durable may be forgotten by the queue.
    context.sync()
    for message_id in queue.delete(fates["delete"]):
        context.log.warning("message_not_deleted", queue=queue.url, message=message_id)
    heartbeat.drop(messages)
    if fates["release"]:
        _release(context, queue, fates["release"])


def _release(context: Any, queue: Queue, messages: list[Message]) -> None:
    """A stop must not fail for this: what is not given back comes back after its timeout."""
    try:
        queue.hold(messages, 0)
    except Exception as error:  # noqa: BLE001
        failure = translate(error, "sqs:ChangeMessageVisibility of " + queue.url)
        context.log.warning("messages_not_released", queue=queue.url, reason=failure)


def _fate(context: Any, queue: Queue, work: _Work) -> Iterator[Shard]:
    """What becomes of a message: delete, release (back at once), leave (back after its timeout).

    A generator, for giving up on an object is a shard of its own; it returns the fate.
    """
    outcomes = {shard.outcome for shard in work.shards}
    if "stopped" in outcomes:
        return "release"
    if outcomes <= _FINISHED:
        quarantined = any(shard.bad is not None for shard in work.shards)
        # A dead-letter queue takes it over after the next receives.
        return "leave" if quarantined and queue.redrive != 0 else "delete"
    if (yield from _give_up(context, queue, work)) and queue.redrive == 0:
        return "delete"
    return "leave"


def _plan(
    message: Message, visibility: float, reader: S3Reader, allowed: tuple[tuple[str, str], ...]
) -> _Work:
    """The shards of a message: its objects, or one that says why there are none."""
    work = _Work(message)
    label = "message " + message.id
    try:
        objects = objects_of(message.body)
    except NotNotification as error:
        bad = _bad_message(message, str(error))
        work.shards.append(Shard(_message_key(message), label, bad=bad))
        return work
    if not objects:
        work.shards.append(Shard(_message_key(message), label, filtered=1))
    for obj in objects:
        owner = _owner(allowed, obj.bucket)
        refusal = ""
        if owner is None:
            refusal = f"bucket {obj.bucket} is not in the argument buckets: refused"
        elif owner and obj.account and owner != obj.account:
            refusal = f"bucket {obj.bucket} belongs to account {obj.account}, not to {owner} as the argument buckets says"
        if refusal:
            bad = _bad_message(message, refusal, obj)
            work.shards.append(Shard("refused:" + obj.identity, obj.uri, bad=bad))
        else:
            payload = ObjectWork(obj, reader)
            work.shards.append(Shard(obj.identity, obj.uri, payload))
    for shard in work.shards:
        shard.is_lost = lambda: message.is_lost(visibility)
    return work


def _owner(allowed: tuple[tuple[str, str], ...], bucket: str) -> Any:
    """The account that must own the bucket ("": any); None where it may not be read."""
    for pattern, account in allowed:
        if fnmatchcase(bucket, pattern):
            return account
    return None


def _give_up(context: Any, queue: Queue, work: _Work) -> Iterator[Shard]:
    """Quarantines a message's failing objects once they were tried often enough.

    Returns whether every one of them is quarantined.
    """
    limit = min(context.arguments["max_receives"], queue.redrive or 1000)
    message = work.message
    failed = [shard for shard in work.shards if shard.outcome not in _FINISHED]
    for shard in failed:
        context.log.error(
            "object_not_read",
            object=shard.label,
            reason=shard.reason,
            receives=message.receives,
            quarantined_after=limit,
        )
    if message.receives < limit or message.lost:
        return False
    if queue.redrive == 0 and any(shard.passing for shard in failed):
        # Giving up would delete the message: an outage must not cost objects that are sound.
        return False
    verdicts = []
    for shard in failed:
        reason = f"given up after {message.receives} receives: {shard.reason}"
        bad = _bad_message(message, reason, shard.payload.object)
        verdicts.append(Shard("given_up:" + shard.key, shard.label, bad=bad))
        yield verdicts[-1]
    return all(verdict.outcome in _FINISHED for verdict in verdicts)


def _message_key(message: Message) -> str:
    return "message:" + message.id


def _bad_message(message: Message, reason: str, obj: Any = None) -> Bad:
    data = message.body.encode("utf-8", "surrogatepass")
    detail: dict[str, Any] = {"message_id": message.id, "receives": message.receives}
    if obj is not None:
        detail.update(bucket=obj.bucket, key=obj.key, etag=obj.etag, version=obj.version)
    return Bad(
        where=obj.uri if obj is not None else "message " + message.id,
        reason=reason,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        excerpt=message.body,
        detail=detail,
    )
