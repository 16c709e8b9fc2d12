"""AWS on this machine: moto's server in a process of its own, with a trail's bucket and queue.

The inputs reach it through AWS_ENDPOINT_URL, the SDK's own setting, so that nothing in them knows
about it. moto does not throttle and accepts stale receipt handles: a test that needs either brings it.
"""

from __future__ import annotations

import atexit
import gzip
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ACCOUNT = "123456789012"
REGION = "us-east-1"
_START_SECONDS = 60


@dataclass(frozen=True)
class Trail:
    """A bucket whose new objects a queue announces."""

    bucket: str
    queue_url: str
    dead_letter_url: str
    region: str = REGION

    def stanza(self, **arguments: str) -> dict[str, str]:
        """The settings of an `aws_cloudtrail` input that reads this trail."""
        settings = {
            "queue_url": self.queue_url,
            "region": self.region,
            "buckets": self.bucket,
            "wait_seconds": "0",
        }
        settings.update(arguments)
        return settings


class AwsStandIn:
    """moto's server. `environment` is what a process needs to talk to it."""

    def __init__(self, port: int = 0, log: Path | None = None):
        self._reserved = reserved(port)
        self.port = self._reserved.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        output: Any = log.open("ab") if log else subprocess.DEVNULL
        self._process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)],
            stdout=output,
            stderr=output,
            env={**os.environ, **self.environment, "MOTO_ACCOUNT_ID": ACCOUNT},
        )
        self._wait()
        self._clients: dict[tuple[str, str], Any] = {}

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "AKIASTANDINFORTESTS0",
            "AWS_SECRET_ACCESS_KEY": "stand-in-secret",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def __enter__(self) -> AwsStandIn:  # noqa: PYI034 (as in bin)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reserved.close()

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                urllib.request.urlopen(self.url + "/moto-api/data.json", timeout=5).read()
                return
            except (urllib.error.URLError, OSError) as error:
                status = self._process.poll()
                if status is not None or time.monotonic() > deadline:
                    raise RuntimeError(
                        f"moto's server did not start on {self.url} (exit {status}): {error}"
                    ) from error
                time.sleep(0.1)

    def reset(self) -> None:
        """Forgets everything: every bucket, queue and role."""
        request = urllib.request.Request(self.url + "/moto-api/reset", method="POST")
        urllib.request.urlopen(request, timeout=30).read()

    def client(self, service: str, session: dict | None = None) -> Any:
        """A client with the stand-in's keys, or with `session` credentials from AssumeRole."""
        import botocore.session

        key = (service, json.dumps(session, sort_keys=True, default=str))
        if key not in self._clients:
            credentials = session or {}
            self._clients[key] = botocore.session.Session().create_client(
                service,
                region_name=REGION,
                endpoint_url=self.url,
                aws_access_key_id=credentials.get(
                    "AccessKeyId", self.environment["AWS_ACCESS_KEY_ID"]
                ),
                aws_secret_access_key=credentials.get(
                    "SecretAccessKey", self.environment["AWS_SECRET_ACCESS_KEY"]
                ),
                aws_session_token=credentials.get("SessionToken"),
            )
        return self._clients[key]

    def queue(
        self, name: str, visibility: int = 300, dead_letter_after: int = 0
    ) -> tuple[str, str]:
        """(URL of a new queue, URL of its dead-letter queue or "")."""
        sqs = self.client("sqs")
        attributes = {"VisibilityTimeout": str(visibility)}
        dead_letter_url = ""
        if dead_letter_after:
            dead_letter_url = sqs.create_queue(QueueName=name + "-dead")["QueueUrl"]
            attributes["RedrivePolicy"] = json.dumps(
                {
                    "deadLetterTargetArn": _queue_arn(name + "-dead"),
                    "maxReceiveCount": dead_letter_after,
                }
            )
        url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return url, dead_letter_url

    def trail(
        self,
        name: str = "trail",
        visibility: int = 300,
        dead_letter_after: int = 5,
        notify: bool = True,
    ) -> Trail:
        """A bucket and a queue, joined by S3's notification (which first sends s3:TestEvent)."""
        bucket = f"{name}-logs"
        url, dead_letter_url = self.queue(name, visibility, dead_letter_after)
        self.client("s3").create_bucket(Bucket=bucket)
        if notify:
            self.client("s3").put_bucket_notification_configuration(
                Bucket=bucket,
                NotificationConfiguration={
                    "QueueConfigurations": [
                        {"QueueArn": _queue_arn(name), "Events": ["s3:ObjectCreated:*"]}
                    ]
                },
            )
        return Trail(bucket, url, dead_letter_url)

    def deliver(self, trail: Trail, file_name: str, content: bytes, prefix: str = "") -> str:
        """Stores a CloudTrail file (JSON) as AWS delivers it; returns its key."""
        key = prefix + delivery_key(file_name)
        self.put(trail, key, gzip.compress(content, mtime=0))
        return key

    def put(self, trail: Trail, key: str, body: bytes) -> None:
        self.client("s3").put_object(Bucket=trail.bucket, Key=key, Body=body)

    def deliver_files(self, trail: Trail, files: Iterable[Path]) -> list[str]:
        return [self.deliver(trail, path.name, path.read_bytes()) for path in files]

    def send(self, trail: Trail, body: str) -> None:
        """Puts a message into the trail's queue."""
        self.client("sqs").send_message(QueueUrl=trail.queue_url, MessageBody=body)

    def waiting(self, queue_url: str) -> int:
        """Messages in the queue, visible or not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.client("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)


@cache
def shared_server() -> AwsStandIn:
    """The one server of this process, which ends with it: moto takes seconds to start, and much
    memory. Whoever uses it resets it first."""
    server = AwsStandIn()
    atexit.register(server.stop)
    return server


def delivery_key(file_name: str) -> str:
    """The key under which CloudTrail delivers a file called
    `<account>_CloudTrail_<region>_<YYYYMMDD>T<HHMM>Z_<random>.json`."""
    account, _, region, moment, _ = file_name.split("_", 4)
    day = f"{moment[:4]}/{moment[4:6]}/{moment[6:8]}"
    return f"AWSLogs/{account}/CloudTrail/{region}/{day}/{file_name.removesuffix('.gz')}.gz"


def s3_message(bucket: str, key: str, etag: str = "", size: int = 0) -> str:
    """S3's own notification; the key is percent-encoded as S3 does it."""
    from urllib.parse import quote_plus

    described: dict[str, Any] = {"key": quote_plus(key, safe="/"), "size": size, "sequencer": "00"}
    if etag:
        described["eTag"] = etag
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": REGION,
        "eventTime": "2023-07-10T12:00:00.000Z",
        "eventName": "ObjectCreated:Put",
        "s3": {
            "s3SchemaVersion": "1.0",
            "bucket": {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"},
            "object": described,
        },
    }
    return json.dumps({"Records": [record]})


def sns_message(inner: str) -> str:
    """The envelope that an SNS topic puts around a message for SQS."""
    return json.dumps(
        {
            "Type": "Notification",
            "MessageId": "7c1e7a2c-0c0b-5b1c-9a55-2f6a1c3d4e5f",
            "TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:trail",
            "Subject": "Amazon S3 Notification",
            "Message": inner,
            "Timestamp": "2023-07-10T12:00:00.000Z",
        }
    )


def event_bridge_message(bucket: str, key: str, etag: str = "", account: str = ACCOUNT) -> str:
    """EventBridge's event; it carries the key as it is."""
    return json.dumps(
        {
            "version": "0",
            "id": "17793124-05d4-b198-2fde-7ededc63b103",
            "detail-type": "Object Created",
            "source": "aws.s3",
            "account": account,
            "time": "2023-07-10T12:00:00Z",
            "region": REGION,
            "resources": [f"arn:aws:s3:::{bucket}"],
            "detail": {
                "version": "0",
                "bucket": {"name": bucket},
                "object": {"key": key, "size": 1, "etag": etag, "sequencer": "00"},
                "reason": "PutObject",
            },
        }
    )


def s3_test_message(bucket: str) -> str:
    """What S3 sends when a notification is configured."""
    return json.dumps(
        {
            "Service": "Amazon S3",
            "Event": "s3:TestEvent",
            "Time": "2023-07-10T11:00:00.000Z",
            "Bucket": bucket,
            "RequestId": "5582815E1AEA5ADF",
            "HostId": "8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR+YstdA6Knx4Ip8EXAMPLE",
        }
    )


def _queue_arn(name: str) -> str:
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def reserved(port: int = 0) -> socket.socket:
    """A port of 127.0.0.1, a free one by default, that nobody else is given while the socket is
    open, for a server in another process. It can listen there if it sets SO_REUSEADDR, as this
    socket does, which does not listen."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", port))
    return held
