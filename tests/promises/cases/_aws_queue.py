"""What the inputs that read S3 objects announced by SQS have in common: moto behind a fault proxy."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

from lab.clouds.aws import s3_message, shared_server
from lab.clouds.aws_fault_proxy import AwsFaultProxy
from tests.promises.cases._base import CloudCase, raw


class QueueCase(CloudCase):
    """A subclass says how records are put into objects (`key` and `document`) and recognised.

    One transport serves them: of its two halves, S3's and SQS's, each takes the faults of one.
    """

    kind = "queue"
    way = "objects"
    receiving_path = "/s3/.*"

    def __init__(self, directory: Path):
        super().__init__()
        self.aws = shared_server()
        self.aws.reset()
        self.trail = self.aws.trail("promises")
        self.stand_in = AwsFaultProxy(self.aws.url)
        self._keys: list[str] = []

    @property
    def environment(self):
        return {**self.aws.environment, "AWS_ENDPOINT_URL": self.stand_in.url}

    @property
    def stanza(self):
        queue = self.trail.queue_url.replace(self.aws.url, self.stand_in.url)
        return self.trail.stanza(queue_url=queue)

    def put(self, number: int) -> list[str]:
        """Six records an object."""
        names = []
        for start in range(0, number, 6):
            names += self._put(min(6, number - start))
        return names

    def put_one(self, text: str = "") -> list[str]:
        return self._put(1, text)

    def _put(self, number: int, text: str = "") -> list[str]:
        numbers = [self._made + place for place in range(number)]
        self._made += number
        self._deliver([self.record(each, text) for each in numbers])
        return [self.identity(each) for each in numbers]

    def put_stored(self, make: Callable[[bytes], bytes]) -> list[str]:
        """An object of two records whose bytes are what `make` does with them."""
        self._made += 2
        numbers = (self._made - 2, self._made - 1)
        document = self.document([self.record(each, "") for each in numbers])
        self._store(make(document))
        return [self.identity(each) for each in numbers]

    def put_bad(self) -> None:
        self._made += 1
        self._deliver([self.bad_record])

    def _deliver(self, records: list[str]) -> None:
        self._store(gzip.compress(raw(self.document(records)), mtime=0))

    def _store(self, content: bytes) -> None:
        self._keys.append(self.key(self._made))
        self.aws.put(self.trail, self._keys[-1], content)

    def redeliver(self) -> None:
        """The same notifications once more, the last one first."""
        client = self.aws.client("s3")
        for key in reversed(self._keys):
            head = client.head_object(Bucket=self.trail.bucket, Key=key)
            message = s3_message(
                self.trail.bucket, key, head["ETag"].strip('"'), head["ContentLength"]
            )
            self.aws.send(self.trail, message)

    def put_poison(self) -> None:
        """A notification that is none."""
        self.aws.send(self.trail, '{"Records": [{"s3": 7}]}')

    def allow_crashes(self) -> None:
        """A crash counts as a receive: after a few in a row a message is a dead letter, unread."""
        sqs, queue = self.aws.client("sqs"), {"QueueUrl": self.trail.queue_url}
        found = sqs.get_queue_attributes(**queue, AttributeNames=["RedrivePolicy"])["Attributes"]
        policy = json.dumps({**json.loads(found["RedrivePolicy"]), "maxReceiveCount": 1000})
        sqs.set_queue_attributes(**queue, Attributes={"RedrivePolicy": policy})

    def remaining(self) -> int:
        return self.aws.waiting(self.trail.queue_url)

    def pass_time(self, seconds: float) -> None:
        """moto's clock cannot be moved: what is still held is given back instead."""
        for receipt in list(self.stand_in.receipts.values()):
            self._release(receipt)
        self.stand_in.receipts.clear()

    def _release(self, receipt: str) -> None:
        sqs = self.aws.client("sqs")
        try:
            sqs.change_message_visibility(
                QueueUrl=self.trail.queue_url, ReceiptHandle=receipt, VisibilityTimeout=0
            )
        except (sqs.exceptions.ReceiptHandleIsInvalid, sqs.exceptions.MessageNotInflight):
            # Deleted, or in the queue already.
            return
