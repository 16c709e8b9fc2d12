"""`python golden_emission.py INPUT FILE KEY [FILE KEY …]`: the stream that native files become.

Runs on every interpreter that Splunk ships; the transport alone is left out.
"""

from __future__ import annotations

import importlib
import io
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "bin"))


def emitted(name: str, content: bytes, key: str, page_bytes: int = 1 << 17) -> bytes:
    """The XML of the pages of an object with that content and key."""
    from ciw.emit import encode_page

    return b"".join(
        encode_page(page, name + "://main")[0] for page in pages(name, content, key, page_bytes)
    )


def pages(name: str, content: bytes, key: str, page_bytes: int = 1 << 17, cursor=None) -> list:
    from ciw.declare import Shard
    from ciw.gunzip import plain_pieces
    from ciw.log import Log
    from ciw.s3_notification import S3Object

    class Context:
        index = "cloud_network"
        log = Log(io.StringIO())

        @staticmethod
        def count(name: str, number: int) -> None:
            """Nobody asks here."""

    class Local:
        object = S3Object("logs", key)

        def pieces(self, size: int):
            return plain_pieces([content], size)

    Context.page_bytes = page_bytes
    module = importlib.import_module(name)
    return list(module.pages(Context, Shard(key, key, Local()), cursor))


if __name__ == "__main__":
    for path, address in zip(sys.argv[2::2], sys.argv[3::2]):
        with open(path, "rb") as native:
            sys.stdout.buffer.write(emitted(sys.argv[1], native.read(), address))
