"""Blobs that grow in folders by the hour, by whole lines and by halves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ciw import blob_polling, json_lines
from ciw.azure_blobs import Blob, BlobShorter, Listing
from ciw.declare import Cursor, Meta, Page, Shard, Source
from ciw.errors import Retriable

from tests.core.simulation.cloud import OVERLAP, Cloud, text_of
from tests.core.simulation.durable import Documents
from tests.core.simulation.world import World

_RANGE = 400


@dataclass
class _Content:
    """A blob's bytes, its version, and the names of its lines with the offsets behind them."""

    data: bytes = b""
    version: int = 0
    modified: float = 0.0
    lines: tuple[tuple[str, int], ...] = ()
    half: str = ""


class BlobCloud(Cloud):
    """Both the service and what the core takes for a container of it."""

    kind = "blob"
    stanza = "model_blob://model"
    label = "account/container"

    def __init__(self, world: World, durable: Any = None):
        super().__init__(world)
        self._blobs: dict[str, _Content] = {}
        self.source = Source(
            name="model_blob", title="", description="", arguments=(), sourcetypes=("st",),
            cursor="blob_offset", permissions=(), shards=self._shards, pages=self._pages,
            exclusive=lambda arguments: True,
        )

    @property
    def arguments(self) -> dict[str, Any]:
        return {"overlap_minutes": int(OVERLAP // 60), "backfill_days": 1}

    def put(self, number: int, variant: int) -> None:
        """Variants 4 and up write to the hour before, while that is within the overlap."""
        now = self.world.now
        if variant >= 4 and now % 3600 < OVERLAP - 60:
            now -= 3600
        folder = time.strftime("y=%Y/m=%m/d=%d/h=%H/m=00", time.gmtime(now))
        blob = self._blobs.setdefault(f"r{variant % 2}/{folder}/PT1H.json", _Content())
        for _ in range(number):
            name = blob.half or self.new_name()
            line = self._line(name)
            if blob.half:
                line = line[len(line) // 2 :]
                blob.half = ""
            blob.data += line
            blob.lines += ((name, len(blob.data)),)
            self.created.append(name)
        if variant % 4 == 3:
            # The next line, half written.
            blob.half = self.new_name()
            line = self._line(blob.half)
            blob.data += line[: len(line) // 2]
        blob.version += 1
        blob.modified = self.world.now

    def _line(self, name: str) -> bytes:
        if name.endswith("7"):
            return b'{"id":"%s", oops}\n' % name.encode()
        return text_of(name).encode() + b"\n"

    def covered(self, documents: Documents, member: str) -> set[str]:
        names = set()
        for path, blob in self._blobs.items():
            document = documents.get(self.key(f"blob\0{self.label}/{path}"))
            if document is None:
                continue
            offset = document["state"].get("offset", 0)
            left = document["state"].get("events", 0)
            for name, end in blob.lines:
                if document["done"] or end <= offset:
                    names.add(name)
                elif left and not name.endswith("7"):
                    left -= 1
                    names.add(name)
        return names

    def complete(self) -> None:
        for blob in self._blobs.values():
            if blob.half:
                line = self._line(blob.half)
                blob.data += line[len(line) // 2 :]
                blob.lines += ((blob.half, len(blob.data)),)
                self.created.append(blob.half)
                blob.half = ""
                blob.version += 1
                blob.modified = self.world.now

    def settle(self) -> None:
        self.complete()
        self.world.pass_time(4 * OVERLAP)

    def at_once(self) -> set[str]:
        return set(self.created)

    def _shards(self, context: Any) -> Iterator[Shard]:
        yield from blob_polling.shards(context, self)

    def _pages(self, context: Any, shard: Shard, cursor: Cursor | None) -> Iterator[Page]:
        def parse(pieces: Any, offset: int, growing: bool) -> Iterator[blob_polling.Parsed]:
            return json_lines.parse(pieces, offset, growing, lambda record: "", "blob")

        return blob_polling.pages(context, shard, cursor, parse, Meta("st"))

    # What the core calls, in place of `ciw.azure_blobs.Container`.

    @property
    def server_time(self) -> float:
        return self.world.now

    def blob_url(self, blob: Blob) -> str:
        return blob.name

    def listing(self, prefix: str = "", delimiter: str = "") -> Iterator[Listing]:
        self.call("the list")
        found = Listing([], [])
        for name, content in sorted(self._blobs.items()):
            if not name.startswith(prefix):
                continue
            rest = name[len(prefix) :]
            if delimiter and delimiter in rest:
                folder = prefix + rest[: rest.index(delimiter) + 1]
                if folder not in found.folders:
                    found.folders.append(folder)
            else:
                etag = f"v{content.version}"
                found.blobs.append(Blob(name, etag, len(content.data), content.modified))
        yield found

    def read(self, blob: Blob, start: int) -> Iterator[tuple[bytes, str]]:
        content = self._blobs[blob.name]
        if start >= len(content.data):
            raise BlobShorter("HTTP 416")
        for at in range(start, len(content.data), _RANGE):
            self.call("a range")
            if at > start and self.world.fails("page"):
                raise Retriable("HTTP 412")
            yield content.data[at : at + _RANGE], f"v{content.version}"
