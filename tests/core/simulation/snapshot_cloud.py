"""Resources in parts, which exist while a snapshot of them is being taken."""

from __future__ import annotations

import calendar
import hashlib
import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from ciw import polling, snapshot
from ciw.declare import Bad, Cursor, Meta, Page, Shard, Source
from ciw.errors import Retriable, ShardError

from tests.core.simulation.cloud import Cloud
from tests.core.simulation.durable import Documents
from tests.core.simulation.world import Broken, World

_PERIOD = 3600.0
_PARTS = ("disks", "machines")
_PAGE = 3
_IDENTITY = re.compile(r'snapshot_id":"([^"]+)".*(ev-\d+)')


class SnapshotCloud(Cloud):
    kind = "snapshot"
    stanza = "model_snapshot://model"

    def __init__(self, world: World, durable: Any = None):
        super().__init__(world)
        self._resources: list[tuple[str, str, float]] = []
        self._last_run = ""
        self.source = Source(
            name="model_snapshot", title="", description="", arguments=(), sourcetypes=("st",),
            cursor="snapshot", permissions=(), shards=self._shards, pages=self._pages,
            exclusive=lambda arguments: True,
        )

    @property
    def arguments(self) -> dict[str, Any]:
        return {"snapshot_minutes": int(_PERIOD // 60)}

    def identity(self, text: str) -> str:
        found = _IDENTITY.search(text.replace("\\", ""))
        if found:
            return "/".join(found.groups())
        if '"complete":true' in text:
            return json.loads(text)["snapshot_id"] + "/end"
        return ""

    def put(self, number: int, variant: int) -> None:
        for index in range(number):
            name = self.new_name()
            self._resources.append((_PARTS[(index + variant) % 2], name, self.world.now))

    def covered(self, documents: Documents, member: str) -> set[str]:
        """Of every snapshot that anything came of: what its parts say has been sent."""
        names = set()
        for identity in self.world.received:
            current, _, name = identity.partition("/")
            if not name:
                continue
            for part in (*_PARTS, "end"):
                if name != "end" and (part, name) not in {(at, of) for at, of, _ in self._resources}:
                    continue
                if (name == "end") != (part == "end"):
                    continue
                document = documents.get(self.key(f"snapshot\0model\0{current}\0{part}"))
                if document is not None and (
                    document["done"] or _short(name) in document["state"].get("ids", ())
                ):
                    names.add(identity)
        return names

    def settle(self) -> None:
        self.world.pass_time(2 * _PERIOD)
        self._last_run = ""

    def expected(self) -> set[str]:
        """What a complete marker stands for: all that was there when its snapshot began."""
        names: set[str] = set()
        for identity in [name for name in self.world.received if name.endswith("/end")]:
            current = identity.partition("/")[0]
            marker = json.loads(self.world.texts[identity])
            sent = {name for name in self.world.received if name.startswith(current + "/")}
            told = sum(marker["counts"].values())
            good = {name for name in sent if not name.endswith(("7", "/end"))}
            if told != len(good):
                raise Broken(f"a marker tells of {told} resources, of which {len(good)} came")
            began = self._began(current)
            names |= {f"{current}/{name}" for _, name, at in self._resources if at < began}
        return names

    @staticmethod
    def _began(current: str) -> float:
        return float(calendar.timegm(time.strptime(current, "%Y-%m-%dT%H:%M:%SZ")))

    def check_end(self) -> None:
        began = self.world.now - _PERIOD
        ends = [name.partition("/")[0] for name in self.world.received if name.endswith("/end")]
        if not any(self._began(current) > began for current in ends):
            raise Broken("the last snapshot has no complete end")

    def _shards(self, context: Any) -> Iterator[Shard]:
        try:
            self.call("the clock")
        except Retriable as error:
            yield Shard("probe", "model", failure=str(error))
            return
        # A text in a part's place would be the reason why it cannot be read.
        parts = [(part, (part,)) for part in _PARTS]
        yield from snapshot.shards(context, "model", self.world.now, parts)

    def _pages(self, context: Any, shard: Shard, cursor: Cursor | None) -> Iterator[Page]:
        if isinstance(shard.payload, snapshot.End):
            return snapshot.end_pages(context, shard, cursor, "model:snapshot_end")
        (part,) = shard.payload.payload
        if self.world.fails("refused"):
            raise ShardError("HTTP 403")
        answers = self._listing(part, shard.payload.snapshot.id, shard.payload.filtered)
        return snapshot.pages(context, shard, cursor, answers, Meta("st", source="model:" + part))

    def _listing(
        self, part: str, current: str, filtered: Counter[str]
    ) -> Iterator[list[polling.Item]]:
        found = [name for at, name, _ in self._resources if at == part]
        for at in range(0, len(found) or 1, _PAGE):
            self.call("a page")
            if at and self.world.fails("page"):
                raise Retriable("HTTP 503 on a page")
            filtered["left out"] += 1
            yield [self._item(part, name, current) for name in found[at : at + _PAGE]]

    @staticmethod
    def _item(part: str, name: str, current: str) -> polling.Item:
        text = snapshot.compact({"snapshot_id": current, "id": name, "filler": "x" * 60})
        meta = Meta("st", source="model:" + part)
        bad = Bad("model", "no id", excerpt=text) if name.endswith("7") else None
        return polling.Item(name, "1", text, bad, meta)


def _short(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:16]
