"""The two ways out: a pipe whose reader takes everything, and a collector that acknowledges late."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

from ciw.errors import CheckpointError
from ciw.outlet_hec import HecOutlet

from tests.core.simulation.world import World

_ENDS = (b"<stream>\n", b"</stream>\n")


class Pipe:
    """In place of `ciw.pipe.Pipe`. A chunk can be cut: the reader then has the whole events."""

    world: World
    page_bytes = 300

    def __init__(self, fd: int, stopping: Any = None):
        self.capacity = 0

    def wait_for_room(self, size: int) -> bool:
        return True

    def write(self, data: bytes) -> None:
        world = self.world
        process = world.process
        assert process is not None
        if data in _ENDS:
            process.stream.append(data)
            return
        texts = xml_texts(data)
        world.point("chunk begun")
        world.announce_chunk(texts)
        half = len(texts) // 2
        world.deliver(texts[:half])
        world.point("chunk half")
        world.deliver(texts[half:])
        process.stream.append(data)
        world.point("chunk finished")


def xml_texts(data: bytes) -> list[str]:
    root = ElementTree.fromstring(b"<stream>" + data + b"</stream>")
    return [event.findtext("data") or "" for event in root]


class Collector:
    """A run's channel to HEC: what is posted is indexed when its acknowledgement is given, or at
    the run's end.

    The fault `hec restart` forgets what is not indexed and counts acknowledgements from 0 again.
    """

    def __init__(self, world: World):
        self._world = world
        self._next = 0
        self._posted: dict[int, tuple[list[str], int]] = {}
        self._seen: set[bytes] = set()

    def post(self, data: bytes) -> dict[str, Any]:
        world = self._world
        if world.fails("hec"):
            raise CheckpointError("the collector does not take events")
        if world.fails("hec restart"):
            self._next = 0
            self._posted.clear()
        texts = _hec_texts(data)
        world.point("chunk begun")
        if data in self._seen:
            # Once more within a run, for want of an acknowledgement.
            world.excuse({world.identity(text) for text in texts} - {""})
        else:
            world.announce_chunk(texts)
        self._seen.add(data)
        number, self._next = self._next, self._next + 1
        self._posted[number] = (texts, 2)
        world.point("chunk posted")
        return {"ackId": number}

    def acks(self, wanted: list[int]) -> dict[str, Any]:
        world = self._world
        given = {}
        for number in wanted:
            texts, polls = self._posted.get(number, ([], 0))
            given[str(number)] = False
            if polls > 1:
                self._posted[number] = (texts, polls - 1)
            elif number in self._posted:
                del self._posted[number]
                world.deliver(texts)
                given[str(number)] = True
        world.point("chunk acknowledged")
        return {"acks": given}

    def excuse_posted(self) -> None:
        """What is on its way comes whatever another process sends meanwhile."""
        for texts, _ in self._posted.values():
            self._world.excuse({self._world.identity(text) for text in texts} - {""})

    def end(self) -> None:
        """The run is over; what it posted is indexed all the same."""
        self.excuse_posted()
        for texts, _ in self._posted.values():
            self._world.deliver(texts)
        self._posted.clear()
        self._seen.clear()


class Hec(HecOutlet):
    """The real outlet but for its connection."""

    collector: Collector
    page_bytes = 300

    def _call(self, target: str, body: bytes) -> dict[str, Any]:
        if target.startswith("/services/collector/ack"):
            return self.collector.acks(json.loads(body)["acks"])
        return self.collector.post(body)


def _hec_texts(data: bytes) -> list[str]:
    text, place, found = data.decode(), 0, []
    decoder = json.JSONDecoder()
    while place < len(text):
        event, place = decoder.raw_decode(text, place)
        found.append(event["event"])
    return found
