"""Backlogs of 200,000 messages, objects, events and resources are worked in bounded memory.

200,000 of each in `make soak`, which prints the peaks; a part of them otherwise. The services are
stand-ins that make what they list at the moment it is asked for: no emulator holds that much.
Objects that grow are in test_backlog_of_blobs.py.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import time
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from lab.clouds.azure_management import AzureManagement
from lab.clouds.azure_resource_graph import AzureResourceGraph
from lab.clouds.google_pubsub import PubSub
from lab.clouds.stand_in import Request, Response, StandIn, route
from tests.faults import report
from tests.faults.backlog import LIMIT_MB, Worked, work
from tests.sources.runner import configuration

SOAK = bool(os.environ.get("CIW_SOAK"))
NUMBER = 200_000 if SOAK else 2_000
SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"


def worked(tmp_path, service: StandIn, scheme: str, **stanza: str) -> Worked:
    parameters = {"checkpoint": "file", "index": "example", **stanza}
    document = configuration(tmp_path, parameters, scheme=scheme)
    return work(document, service.environment)


def hold(result: Worked, what: str, number: int) -> None:
    report.say("backlog-" + what.split()[0], result.line(f"{number} {what}"))
    assert result.counts["emitted"] == result.events, "the stream has what was counted"
    assert result.counts["failed"] == 0
    assert 0 < result.input_mb < LIMIT_MB and result.outlet_mb < LIMIT_MB


class Queue(StandIn):
    """SQS and S3 with `number` CloudTrail files of one record, each announced by a message.

    Of both services it has what the input calls: ReceiveMessage, DeleteMessageBatch,
    ChangeMessageVisibilityBatch, GetQueueAttributes and GetObject, without a check of signatures.
    A message is held until it is deleted: none comes twice.
    """

    bucket = "example-trail"

    def __init__(self, number: int):
        super().__init__()
        self.number = number
        self.given = self.deleted = self.read = 0

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ACCESS_KEY_ID": "AKIAEXAMPLEOFBACKLOG",
            "AWS_SECRET_ACCESS_KEY": "not-a-secret",
            "AWS_ENDPOINT_URL": self.url,
        }

    @property
    def queue_url(self) -> str:
        return f"{self.url}/111122223333/backlog"

    @route("POST", "/.*")
    def sqs(self, request: Request) -> Response:
        self.calls.clear()
        operation = request.headers["x-amz-target"].partition(".")[2]
        body = request.document
        if operation == "GetQueueAttributes":
            known = {
                "RedrivePolicy": json.dumps({"maxReceiveCount": 10}),
                "ApproximateNumberOfMessages": str(self.number - self.given),
            }
            answer: dict[str, Any] = {
                "Attributes": {name: known[name] for name in body["AttributeNames"]}
            }
        elif operation == "ReceiveMessage":
            until = min(self.given + body["MaxNumberOfMessages"], self.number)
            answer = {"Messages": [self._message(each) for each in range(self.given, until)]}
            self.given = until
        else:
            answer = {"Successful": [{"Id": each["Id"]} for each in body["Entries"]]}
            if operation == "DeleteMessageBatch":
                self.deleted += len(body["Entries"])
        return Response(answer, headers={"Content-Type": "application/x-amz-json-1.0"})

    def _message(self, number: int) -> dict[str, Any]:
        entity = {"key": self._key(number), "size": 100, "eTag": f"{number:032x}"}
        record = {
            "eventSource": "aws:s3",
            "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": self.bucket}, "object": entity},
        }
        return {
            "MessageId": f"message-{number}",
            "ReceiptHandle": f"receipt-{number}",
            "Body": json.dumps({"Records": [record]}),
            "Attributes": {"ApproximateReceiveCount": "1"},
        }

    @staticmethod
    def _key(number: int) -> str:
        name = f"111122223333_CloudTrail_eu-central-1_20260105T1010Z_{number:016d}.json.gz"
        return "AWSLogs/111122223333/CloudTrail/eu-central-1/2026/01/05/" + name

    @route("GET", "/.*")
    def s3(self, request: Request) -> Response:
        self.read += 1
        number = int(request.path.rpartition("_")[2].partition(".")[0])
        record = {"eventVersion": "1.11", "eventTime": "2026-01-05T10:00:00Z",
                  "eventName": "RunInstances", "eventID": f"{number:08d}"}
        content = gzip.compress(json.dumps({"Records": [record]}).encode(), 1, mtime=0)
        return Response(content, headers={"ETag": f'"{number:032x}"'})


def test_a_queue_of_objects(tmp_path):
    number = NUMBER if SOAK else 300
    with Queue(number) as service:
        result = worked(
            tmp_path, service, "aws_cloudtrail", queue_url=service.queue_url,
            region="eu-central-1", buckets=service.bucket, wait_seconds="0",
        )
        hold(result, "objects announced in a queue", number)
        assert (result.events, service.deleted, service.read) == (number,) * 3


class Published(PubSub):
    """A subscription into which each pull brings what it asks for, `left` messages in all."""

    name = "projects/example-project/subscriptions/audit"

    def __init__(self, left: int):
        super().__init__()
        self.left = left
        self.subscription(self.name)

    def _pull(self, parameters: dict[str, Any], body: dict[str, Any]) -> Any:
        self.calls.clear()
        self.subscription(self.name).acknowledged.clear()
        for _ in range(min(self.left, body["maxMessages"])):
            self.left -= 1
            entry = {
                "logName": "projects/example-project/logs/cloudaudit.googleapis.com%2Factivity",
                "insertId": f"insert-{self.left}",
                "timestamp": "2026-01-05T10:00:00.123456789Z",
                "protoPayload": {"methodName": "v1.compute.instances.insert"},
                "labels": {"text": "as long as a real entry " * 40},
            }
            self.publish(self.name, json.dumps(entry).encode())
        return super()._pull(parameters, body)


def test_messages_of_pub_sub(tmp_path):
    with Published(NUMBER) as service:
        result = worked(tmp_path, service, "gcp_audit", subscription=service.name)
        hold(result, "messages of Pub/Sub", NUMBER)
        assert result.events == NUMBER
        assert service.subscription(service.name).messages == {}


class Activity(AzureManagement):
    """One row of the activity log each second, `number` rows up to three hours ago."""

    def __init__(self, number: int):
        super().__init__()
        self.last = int(time.time()) - 3 * 3600
        self.first = self.last - number

    @route("GET", "/subscriptions/([^/]+)/providers/Microsoft.Insights/eventtypes/management/values")
    def activity_log(self, request: Request, subscription: str) -> Response:
        self.calls.clear()
        start, end = (
            int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())
            for text in re.findall(r"'([^']+)'", request.query["$filter"])
        )
        seconds = range(max(start, self.first), min(end, self.last - 1) + 1)
        self.activity[subscription] = [self._row(second) for second in seconds]
        return super().activity_log(request, subscription)

    @staticmethod
    def _row(second: int) -> dict[str, Any]:
        return {
            "eventDataId": f"{second:08d}-0000-0000-0000-000000000000",
            "eventTimestamp": datetime.fromtimestamp(second, timezone.utc).isoformat(),
            "operationName": {"value": "Microsoft.Compute/virtualMachines/write"},
            "properties": {"text": "as long as a real entry " * 40},
        }


def test_events_of_a_polled_log(tmp_path):
    with Activity(NUMBER) as service:
        result = worked(
            tmp_path, service, "azure_activity", subscriptions=SUBSCRIPTION,
            backfill_days=str(NUMBER // 86400 + 1),
        )
        hold(result, "events of a polled log", NUMBER)
        assert result.events == NUMBER


class _Disks(Sequence):
    """The rows of a subscription's listing, made when they are asked for."""

    def __init__(self, subscription: str, number: int):
        self._subscription = subscription
        self._number = number

    def __len__(self) -> int:
        return self._number

    def __getitem__(self, part: Any) -> Any:
        return [self._row(each) for each in range(self._number)[part]]

    def _row(self, number: int) -> dict[str, Any]:
        kind = "microsoft.compute/disks"
        return {
            "id": f"/subscriptions/{self._subscription}/providers/{kind}/example-{number:08d}",
            "type": kind,
            "location": "westeurope",
            "subscriptionId": self._subscription,
            "properties": {"diskState": "Unattached", "text": "as a real resource " * 20},
        }


class Graph(AzureResourceGraph):
    """Twenty subscriptions with as many disks each."""

    def __init__(self, number: int):
        super().__init__()
        self.each = number // 20
        self.subscriptions = [f"{n:08d}-2222-3333-4444-555555555555" for n in range(20)]
        for subscription in self.subscriptions:
            self.add_subscription(subscription)

    def _select(
        self, table: str, types: set[str], subscriptions: list[str], options: dict[str, Any]
    ) -> Any:
        self.calls.clear()
        if "microsoft.compute/disks" in types:
            return _Disks(subscriptions[0], self.each)
        return super()._select(table, types, subscriptions, options)


def test_resources_of_a_snapshot(tmp_path):
    """A part's record names what the part has sent: parts are as large as large subscriptions are,
    and not all of it in one."""
    with Graph(NUMBER) as service:
        subscriptions = ",".join(service.subscriptions)
        result = worked(tmp_path, service, "azure_inventory", subscriptions=subscriptions)
        hold(result, "resources of one snapshot", NUMBER)
        # Each subscription itself, whether its activity log goes anywhere, and one marker.
        assert result.events == NUMBER + 2 * 20 + 1
