"""Golden pairs of the AWS inputs that poll: the API's answers beside the stream they become.

A native file holds, for each operation of the SDK, its answers page after page; times are ISO 8601
text where the SDK gives a datetime, the credential report is text where it gives bytes. With
CIW_GOLDEN set the streams are written anew, to be read before they are committed.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections import Counter
from datetime import datetime
from pathlib import Path

import aws_cloudtrail
import aws_inventory
import aws_metrics
import pytest
from ciw import cloudtrail_lookup
from ciw.aws_calls import Account
from ciw.aws_resources import GLOBAL, REGIONAL, Place
from ciw.declare import Shard
from ciw.emit import encode_page
from ciw.log import Log
from ciw.polling import Slice
from ciw.snapshot import Part, Snapshot

GOLDEN = Path(__file__).parent / "golden"
NAMES = ("aws_cloudtrail_lookup", "aws_metrics", "aws_inventory")
PAIRS = [(name, path.stem) for name in NAMES for path in sorted((GOLDEN / name).glob("*.json"))]
ACCOUNT = Account("111122223333")
REGION = "eu-central-1"
NOW = 1767607800.0
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class Context:
    index = "main"
    page_bytes = 1 << 17
    log = Log(io.StringIO())
    arguments = {  # noqa: RUF012
        "period": "300", "settle_minutes": 5, "backfill_days": 0, "overlap_minutes": 45,
    }

    @staticmethod
    def stopping() -> bool:
        return False

    @staticmethod
    def count(name: str, number: int) -> None:
        """The golden pairs hold no counts."""


class Answers:
    """In place of Calls: what the file has for an operation, whatever the parameters."""

    server_time = NOW
    place = "the golden pair"

    def __init__(self, native: dict):
        self._native = native

    def pages(self, operation: str, token: str = "", answer_token: str = "", **_: object):
        return iter(self._native.get(operation, [{}]))

    def call(self, operation: str, **_: object):
        return self._native.get(operation, [{}])[0]


def as_the_sdk_gives_it(value: dict) -> dict:
    """Decodes times, but for CloudTrail's own record, which is text."""
    made = dict(value)
    for key, item in value.items():
        if isinstance(item, str) and _TIME.fullmatch(item):
            made[key] = datetime.fromisoformat(item.replace("Z", "+00:00"))
        elif key == "Timestamps":
            made[key] = [datetime.fromisoformat(text.replace("Z", "+00:00")) for text in item]
        elif key == "Content":
            made[key] = item.encode()
    return made


def pages(name: str, stem: str):
    native = json.loads((GOLDEN / name / f"{stem}.json").read_text(), object_hook=as_the_sdk_gives_it)
    answers = Answers(native)
    if name == "aws_cloudtrail_lookup":
        work = cloudtrail_lookup.Work(Slice("111122223333/" + REGION, NOW - 900, NOW), answers, NOW)
        yield from aws_cloudtrail.pages(Context, Shard("x", "x", work), None)
    elif name == "aws_metrics":
        work = aws_metrics.Work(ACCOUNT, REGION, answers, answers)
        context = type("Backfill", (Context,), {
            "arguments": {**Context.arguments, "backfill_days": 1},
        })
        yield from aws_metrics.pages(context, Shard("x", "x", work), None)
    else:
        snapshot = Snapshot("2026-01-05T10:00:00Z", 1767607200.0)
        region = "global" if stem == "global" else REGION
        place = Place(ACCOUNT, region, lambda service, per_second: answers)
        for kind, listing in (GLOBAL if stem == "global" else REGIONAL).items():
            work = Part(snapshot, aws_inventory.Work(kind, listing, place), Counter())
            yield from aws_inventory.pages(Context, Shard("x", "x", work), None)


@pytest.mark.parametrize(("name", "stem"), PAIRS)
def test_the_answers_become_exactly_this_stream(name, stem):
    made = b"".join(encode_page(page, f"{name}://main")[0] for page in pages(name, stem))
    expected = GOLDEN / name / f"{stem}.xml"
    if os.environ.get("CIW_GOLDEN"):
        expected.write_bytes(made)
    assert made == expected.read_bytes()


def test_every_pair_is_whole():
    found = [(name, path.stem) for name in NAMES for path in sorted((GOLDEN / name).glob("*.xml"))]
    assert found == PAIRS
