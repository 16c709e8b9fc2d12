"""An API that lists by time, both ends included; events come late, though within the overlap."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ciw import polling
from ciw.declare import Bad, Cursor, Meta, Page, Shard, Source
from ciw.errors import Retriable, ShardError

from tests.core.simulation.cloud import OVERLAP, Cloud, text_of
from tests.core.simulation.durable import Documents
from tests.core.simulation.world import Broken, World

_SLICE = 3600.0
_PAGE = 3


@dataclass
class _Event:
    name: str
    time: float


class PollCloud(Cloud):
    kind = "poll"
    stanza = "model_poll://model"

    def __init__(self, world: World, durable: Any = None):
        super().__init__(world)
        self._events: list[_Event] = []
        self.source = Source(
            name="model_poll", title="", description="", arguments=(), sourcetypes=("st",),
            cursor="time_overlap", permissions=(), shards=self._shards, pages=self._pages,
            exclusive=lambda arguments: True,
        )

    @property
    def arguments(self) -> dict[str, Any]:
        return {"overlap_minutes": int(OVERLAP // 60), "backfill_days": 1}

    def put(self, number: int, variant: int) -> None:
        """The variant says how late they come: up to a minute less than the overlap."""
        late = variant / 7 * (OVERLAP - 60)
        for index in range(number):
            # Every third lies on the border of two slices, as nearly as it may.
            at = self.world.now - late - index
            border = at // _SLICE * _SLICE
            if index % 3 == 2 and self.world.now - border < OVERLAP - 60:
                at = border
            name = self.new_name()
            self._events.append(_Event(name, float(int(at))))
            self.created.append(name)

    def covered(self, documents: Documents, member: str) -> set[str]:
        frontier = documents.get(self.key(f"frontier\0p\0{_SLICE:.0f}"))
        names = set()
        for event in self._events:
            start = event.time // _SLICE * _SLICE
            if frontier is not None and start < frontier["position"]:
                names.add(event.name)
                continue
            document = documents.get(self.key(f"slice\0p\0{_SLICE:.0f}\0{start:.0f}"))
            if document is not None and (
                document["done"] or _short(event.name) in document["state"].get("ids", ())
            ):
                names.add(event.name)
        return names

    def at_once(self) -> set[str]:
        return {event.name for event in self._events if event.time < self.world.now}

    def _shards(self, context: Any) -> Iterator[Shard]:
        try:
            self.call("the clock")
        except Retriable as error:
            yield Shard("probe", "p", failure=str(error))
            return
        yield from polling.slices(context, "p", self.world.now, _SLICE)

    def _pages(self, context: Any, shard: Shard, cursor: Cursor | None) -> Iterator[Page]:
        part = shard.payload
        if self.world.fails("refused"):
            raise ShardError("HTTP 400")
        answers = (
            polling.own(context, part, [self._item(event) for event in answer])
            for answer in polling.counted(context, self._listing(part.start, part.end))
        )
        return polling.pages(context, cursor, answers, Meta("st"))

    def _listing(self, start: float, end: float) -> Iterator[list[_Event]]:
        """Newest first; what is listed later does not move what was listed before."""
        found = [event for event in reversed(self._events) if start <= event.time <= end]
        for at in range(0, len(found) or 1, _PAGE):
            self.call("a page")
            if at and self.world.fails("page"):
                raise Retriable("HTTP 503 on a page")
            yield found[at : at + _PAGE]

    def _item(self, event: _Event) -> polling.Item:
        if event.name.endswith("7"):
            bad = Bad("p", "it has no id", excerpt=event.name)
            return polling.Item(event.name, f"{event.time:.0f}", "", bad)
        return polling.Item(event.name, f"{event.time:.0f}", text_of(event.name))

    def check(self) -> None:
        for row in self._events:
            if row.time > self.world.now:
                raise Broken("the model made an event of the future")


def _short(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:16]
