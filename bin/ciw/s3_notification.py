"""What a queue message says about objects in S3.

Four shapes are known: S3's own notification, the same inside an SNS envelope, EventBridge's
"Object Created", and CloudTrail's own SNS notice. S3's own keys are percent-encoded as in a form
(a blank is `+`); the other two carry them as they are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus


@dataclass(frozen=True)
class S3Object:
    """An object to be read; `account` is its bucket's owner where the message tells."""

    bucket: str
    key: str
    etag: str = ""
    version: str = ""
    size: int = 0
    account: str = ""

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    @property
    def identity(self) -> str:
        """Bucket, key and content: a new version of the object is another object.

        While a bucket's versioning is suspended every new content has the version "null".
        """
        version = self.etag if self.version in ("", "null") else self.version
        return json.dumps([self.bucket, self.key, version])


class NotNotification(Exception):
    """The message is not of a shape known here; the text says what it is."""


def objects_of(body: str) -> list[S3Object]:
    """The created objects a message names: none for tests and removals. Raises NotNotification."""
    message = _load(body)
    if message.get("Type") == "Notification" and isinstance(message.get("Message"), str):
        # CloudTrail sends this text once, when a topic is attached to a trail.
        if message["Message"].strip() == "CloudTrail validation message.":
            return []
        message = _load(message["Message"])
    if message.get("Event") == "s3:TestEvent":
        return []
    try:
        if isinstance(message.get("Records"), list):
            return [_from_s3(record) for record in message["Records"] if _is_creation(record)]
        if isinstance(message.get("detail"), dict) and message.get("source") == "aws.s3":
            return _from_event_bridge(message)
        if isinstance(message.get("s3ObjectKey"), list):
            bucket = _name(message["s3Bucket"])
            return [S3Object(bucket, _name(key)) for key in message["s3ObjectKey"]]
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise NotNotification(
            f"an S3 notification without the field it needs ({type(error).__name__}: {error})"
        )
    raise NotNotification("not a notification of S3, SNS, EventBridge or CloudTrail")


def _load(text: str) -> Any:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotNotification(f"the message is not JSON: {error}")
    if not isinstance(message, dict):
        raise NotNotification("the message is JSON but no object")
    return message


def _is_creation(record: Any) -> bool:
    if not isinstance(record, dict) or "s3" not in record:
        raise ValueError("a record that is not S3's")
    return (
        str(record.get("eventName", "ObjectCreated")).replace("s3:", "").startswith("ObjectCreated")
    )


def _name(value: Any) -> str:
    """A bucket's or key's name. Raises ValueError for what S3 could not have named so."""
    if not isinstance(value, str) or not value:
        raise ValueError("the name of a bucket or key is not text")
    # A lone surrogate is a UnicodeEncodeError, which is a ValueError.
    value.encode("utf-8")
    return value


def _from_s3(record: Any) -> S3Object:
    described = record["s3"]["object"]
    return S3Object(
        bucket=_name(record["s3"]["bucket"]["name"]),
        key=unquote_plus(_name(described["key"])),
        etag=str(described.get("eTag", "")),
        version=str(described.get("versionId") or ""),
        size=int(described.get("size", 0)),
    )


def _from_event_bridge(message: Any) -> list[S3Object]:
    if message.get("detail-type") != "Object Created":
        return []
    detail = message["detail"]
    described = detail["object"]
    return [
        S3Object(
            bucket=_name(detail["bucket"]["name"]),
            key=_name(described["key"]),
            etag=str(described.get("etag", "")),
            version=str(described.get("version-id") or ""),
            size=int(described.get("size", 0)),
            account=str(message.get("account", "")),
        )
    ]
