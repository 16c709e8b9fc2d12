"""CloudTrail files in S3, announced through SQS."""

from __future__ import annotations

import json
from collections import Counter

from lab.clouds.aws import delivery_key
from tests.promises.cases._aws_queue import QueueCase
from tests.sources.runner import Outcome


class Case(QueueCase):
    scheme = "aws_cloudtrail"
    faulty_path = "/s3/.*"
    bad_record = '{"eventVersion": '

    def identity(self, number: int) -> str:
        return f"{number:08d}-0000-4000-8000-000000000000"

    def record(self, number: int, text: str) -> str:
        return json.dumps(
            {
                "eventVersion": "1.11",
                "eventTime": "2026-01-05T10:00:00Z",
                "eventName": "RunInstances",
                "eventID": self.identity(number),
                "userAgent": text,
            }
        )

    def key(self, number: int) -> str:
        return delivery_key(
            f"111122223333_CloudTrail_eu-central-1_20260105T1010Z_{number:016d}.json"
        )

    def document(self, records: list[str]) -> bytes:
        return ('{"Records":[' + ",".join(records) + "]}").encode()

    def identities(self, outcome: Outcome) -> Counter:
        return Counter(outcome.event_ids)
