"""Messages that anybody who may write to the queue can make up: each costs itself, not the run."""

from __future__ import annotations

import json

import pytest
from ciw.s3_notification import NotNotification, objects_of


def s3(bucket: object, described: object) -> str:
    return json.dumps({"Records": [{"s3": {"bucket": {"name": bucket}, "object": described}}]})


def event_bridge(bucket: object, described: object) -> str:
    return json.dumps(
        {
            "source": "aws.s3",
            "detail-type": "Object Created",
            "detail": {"bucket": {"name": bucket}, "object": described},
        }
    )


@pytest.mark.parametrize(
    "body",
    [
        s3(5, {"key": "a"}),
        s3("b", {"key": "a\ud800"}),
        s3("b", {"key": ""}),
        s3("", {"key": "a"}),
        s3("b", {"key": "a", "size": float("inf")}),
        s3("b", {"key": "a", "size": float("nan")}),
        event_bridge("b", {"key": 7}),
        event_bridge("b", {"key": ["a"]}),
        event_bridge(["b"], {"key": "a"}),
        event_bridge("b", {"key": "a\udfff"}),
        json.dumps({"s3Bucket": 1, "s3ObjectKey": ["a"]}),
        json.dumps({"s3Bucket": "b", "s3ObjectKey": [{}]}),
    ],
)
def test_names_that_are_none_are_refused(body):
    with pytest.raises(NotNotification):
        objects_of(body)


def test_a_null_version_does_not_hide_a_new_content():
    """In a bucket whose versioning is suspended every content has the version "null"."""
    first, second = (
        objects_of(s3("b", {"key": "a", "versionId": "null", "eTag": tag}))[0].identity
        for tag in ("one", "two")
    )
    assert first != second
