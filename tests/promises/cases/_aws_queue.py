"""What the inputs that read S3 objects announced by SQS have in common: moto behind a fault proxy."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import ClassVar

from lab.clouds.aws import shared_server
from lab.clouds.aws_fault_proxy import AwsFaultProxy

CANARY = "canary-aws-queue-secret-access-key-1f0e"


class QueueCase:
    """A subclass says how records are put into objects (`key` and `document`) and recognised.

    One transport serves them: of its two halves, S3's and SQS's, each takes the faults of one.
    """

    kind = "queue"
    canary = CANARY
    secrets: ClassVar[dict] = {
        ("ciw_aws", "promises"): json.dumps(
            {"access_key_id": "AKIAEXAMPLEOFTHECASE", "secret_access_key": CANARY}
        )
    }

    def __init__(self, directory: Path):
        self.aws = shared_server()
        self.aws.reset()
        self.trail = self.aws.trail("promises")
        self.stand_in = AwsFaultProxy(self.aws.url)
        self._made = 0

    @property
    def environment(self):
        keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        kept = {name: v for name, v in self.aws.environment.items() if name not in keys}
        return {**kept, "AWS_ENDPOINT_URL": self.stand_in.url}

    @property
    def stanza(self):
        queue = self.trail.queue_url.replace(self.aws.url, self.stand_in.url)
        return self.trail.stanza(queue_url=queue, credential="promises")

    def put(self, number: int) -> list[str]:
        """Six records an object."""
        names = []
        for start in range(0, number, 6):
            numbers = [self._made + place for place in range(min(6, number - start))]
            self._made += len(numbers)
            names += [self.identity(each) for each in numbers]
            self._deliver([self.record(each) for each in numbers])
        return names

    def put_bad(self) -> None:
        self._made += 1
        self._deliver([self.bad_record])

    def _deliver(self, records: list[str]) -> None:
        self.aws.put(self.trail, self.key(self._made), gzip.compress(self.document(records), mtime=0))

    def remaining(self) -> int:
        return self.aws.waiting(self.trail.queue_url)

    def pass_time(self, seconds: float) -> None:
        """moto's clock cannot be moved: what is still held is given back instead."""
        for receipt in self.stand_in.receipts.values():
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

    def close(self) -> None:
        self.stand_in.close()
