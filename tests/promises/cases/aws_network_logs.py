"""VPC flow logs and Resolver query logs in S3, announced through SQS: one object of each in turn."""

from __future__ import annotations

import json
from collections import Counter

from tests.promises.cases._aws_queue import QueueCase
from tests.sources.runner import Outcome

HEADER = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start "
    "end action log-status"
)
FOLDER = "AWSLogs/111122223333"


class Case(QueueCase):
    scheme = "aws_network_logs"
    faulty_path = "/sqs/(ReceiveMessage|DeleteMessageBatch|ChangeMessageVisibilityBatch)"
    bad_record = "2 111122223333 eni-0"

    def identity(self, number: int) -> str:
        return f"eni-{number:017x}"

    def record(self, number: int, text: str) -> str:
        return (
            f"2 111122223333 {self.identity(number)} 192.0.2.1 198.51.100.7 40000 443 6 5 420 "
            f"1767607200 1767607260 ACCEPT {text.replace(' ', '_') or 'OK'}"
        )

    def key(self, number: int) -> str:
        if number % 2:
            name = f"vpc-1_vpcdnsquerylogs_111122223333_20260105T1010Z_{number:08d}.log.gz"
            return f"{FOLDER}/vpcdnsquerylogs/vpc-1/2026/01/05/{name}"
        name = f"111122223333_vpcflowlogs_eu-central-1_fl-1_20260105T1010Z_{number:08d}.log.gz"
        return f"{FOLDER}/vpcflowlogs/eu-central-1/2026/01/05/{name}"

    def document(self, records: list[str]) -> bytes:
        if self._made % 2:
            records = [self._query(record) for record in records]
            return "\n".join(records).encode() + b"\n"
        return "\n".join([HEADER, *records]).encode() + b"\n"

    def _query(self, record: str) -> str:
        if record == self.bad_record:
            return record
        fields = record.split(" ")
        query = {
            "query_timestamp": "2026-01-05T10:00:00Z", "query_name": fields[2], "rcode": fields[-1]
        }
        return json.dumps(query)

    def identities(self, outcome: Outcome) -> Counter:
        flows = (text.split(" ")[2] for text in outcome.of("aws:cloudwatchlogs:vpcflow"))
        queries = (json.loads(text)["query_name"] for text in outcome.of("aws:route53:resolver"))
        return Counter(flows) + Counter(queries)
