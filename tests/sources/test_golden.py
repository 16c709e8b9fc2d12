"""Golden pairs: a native file beside the exact stream it becomes (`.json` and `.xml`)."""

from __future__ import annotations

import io
from pathlib import Path

import aws_cloudtrail
import pytest
from ciw.declare import Shard
from ciw.emit import encode_page
from ciw.gunzip import plain_pieces
from ciw.log import Log
from ciw.s3_notification import S3Object

GOLDEN = Path(__file__).parent / "golden" / "aws_cloudtrail"
PAIRS = sorted(path.stem for path in GOLDEN.glob("*.json"))


class Local:
    def __init__(self, content: bytes, key: str):
        self.object = S3Object("trail", key)
        self._content = content

    def pieces(self, size: int):
        return plain_pieces([self._content], size)


class Context:
    index = "cloud_audit"
    page_bytes = 1 << 17
    log = Log(io.StringIO())

    @staticmethod
    def count(name: str, number: int) -> None:
        """The golden pairs hold no counts."""


def emitted(name: str) -> bytes:
    key = f"AWSLogs/111122223333/CloudTrail/eu-central-1/2026/01/05/{name}.json.gz"
    shard = Shard(name, name, Local((GOLDEN / f"{name}.json").read_bytes(), key))
    pages = aws_cloudtrail.pages(Context, shard, None)
    return b"".join(encode_page(page, "aws_cloudtrail://main")[0] for page in pages)


@pytest.mark.parametrize("name", PAIRS)
def test_a_native_file_becomes_exactly_this_stream(name):
    assert emitted(name) == (GOLDEN / f"{name}.xml").read_bytes()


def test_every_pair_is_whole():
    assert sorted(path.stem for path in GOLDEN.glob("*.xml")) == PAIRS
