"""The frontier of logs in storage: what is listed again, what never more, what is left behind."""

from __future__ import annotations

import calendar
import re
from types import SimpleNamespace

import pytest
from ciw import azure_blobs, blob_polling
from ciw.azure_blobs import Blob, Container
from ciw.blob_ahead import Ahead
from ciw.declare import Cursor

from lab.clouds.azure_storage import AUDIENCE, AzureStorage
from lab.clouds.azure_tokens import Token
from tests.promises.cases.azure_activity_storage import ACCOUNT, blob_name
from tests.sources.test_azurite import Client

NOW = calendar.timegm((2026, 1, 5, 9, 50, 0))
HOUR = 3600
CONTAINER = "insights-activity-logs"
A, B = "resourceId=/SUBSCRIPTIONS/A", "resourceId=/SUBSCRIPTIONS/B"


class Checkpoint:
    """Cursors in memory, whose positions may only grow."""

    def __init__(self):
        self.cursors: dict[str, Cursor] = {}

    def get(self, key: str) -> Cursor | None:
        return self.cursors.get(key)

    def commit(self, key: str, cursor: Cursor) -> None:
        known = self.cursors.get(key)
        assert known is None or cursor.position >= known.position
        self.cursors[key] = cursor


class World:
    def __init__(self, backfill_days: int = 1):
        self.now = NOW
        self.service = AzureStorage(lambda: self.now)
        self.service.tokens["t"] = Token(AUDIENCE, NOW + 10**9)
        self.service.container(ACCOUNT, CONTAINER)
        self.checkpoint = Checkpoint()
        self.stopped = False
        self.context = SimpleNamespace(
            arguments={"overlap_minutes": 45, "backfill_days": backfill_days},
            checkpoint=self.checkpoint,
            stopping=lambda: self.stopped,
            log=SimpleNamespace(info=lambda *_, **__: None),
        )

    def put(self, resource: str, at: float, modified: float | None = None) -> None:
        name = blob_name(resource, at)
        self.service.put(ACCOUNT, CONTAINER, name, b"x", modified=modified or at)

    def run(self, failing: str = "nothing", stop_at: str = "nothing"):
        """The labels of the shards that were read, as the core would read them."""
        self.service.calls.clear()
        container = Container(Client(self.service.url, "t"), ACCOUNT, CONTAINER)
        seen = []
        for shard in blob_polling.shards(self.context, container):
            if shard.filtered or shard.failure:
                shard.outcome = "failed" if shard.failure else "done"
                seen.append("!" + shard.label)
                continue
            known = self.checkpoint.get(shard.key)
            seen.append(re.sub(r".*SUBSCRIPTIONS/|/m=00/PT1H.json", "", shard.label))
            shard.outcome = "already_done" if known is not None and known.done else "done"
            if re.search(failing, shard.label):
                shard.outcome = "failed"
            elif re.search(stop_at, shard.label):
                shard.outcome, self.stopped = "stopped", True
            elif not shard.endless:
                self.checkpoint.commit(shard.key, Cursor(1, done=True))
        self.stopped = False
        return seen

    @property
    def listed(self) -> list[str]:
        """The date folders that were asked for, in order."""
        prefixes = [call.request.query.get("prefix", "") for call in self.service.calls]
        return [prefix.partition("SUBSCRIPTIONS/")[2] for prefix in prefixes if "/y=" in prefix]


@pytest.fixture
def world():
    made = World()
    yield made
    made.service.close()


def test_an_hour_is_listed_until_it_is_past_by_the_overlap(world):
    for ago in (0, 1, 2, 20):
        world.put(A, NOW - ago * HOUR)
    assert world.run() == [
        "A/y=2026/m=01/d=04/h=13", "A/y=2026/m=01/d=05/h=07", "A/y=2026/m=01/d=05/h=08",
        "A/y=2026/m=01/d=05/h=09",
    ]
    assert world.run() == ["A/y=2026/m=01/d=05/h=09"], "45 minutes after its end 08 is done with"
    world.now += 20 * 60
    world.put(A, world.now)
    assert world.run() == ["A/y=2026/m=01/d=05/h=09", "A/y=2026/m=01/d=05/h=10"]
    assert world.listed == ["A/y=2026/m=01/d=05/h=09/", "A/y=2026/m=01/d=05/h=10/"]


def test_past_days_are_listed_whole():
    world = World(backfill_days=5)
    try:
        for ago in range(0, 5 * 24, 7):
            world.put(A, NOW - ago * HOUR)
        assert len(world.run()) == 18
        assert len([folder for folder in world.listed if "/h=" not in folder]) == 4
        assert len(world.listed) < 40
        world.run()
        assert len(world.listed) == 1
    finally:
        world.service.close()


def test_a_resource_that_appears_later_has_its_own_frontier(world):
    world.put(A, NOW)
    world.run()
    world.put(B, NOW - 5 * HOUR)
    assert world.run() == ["A/y=2026/m=01/d=05/h=09", "B/y=2026/m=01/d=05/h=04"]


def test_what_fails_is_left_and_read_again_while_the_frontier_moves_on(world):
    for ago in (0, 3, 4, 5):
        world.put(A, NOW - ago * HOUR)
    world.run(failing="h=05")
    assert world.run(failing="h=05") == ["A/y=2026/m=01/d=05/h=05", "A/y=2026/m=01/d=05/h=09"]
    assert world.listed == ["A/y=2026/m=01/d=05/h=05/", "A/y=2026/m=01/d=05/h=09/"]
    assert world.run() == ["A/y=2026/m=01/d=05/h=05", "A/y=2026/m=01/d=05/h=09"]
    assert world.run() == ["A/y=2026/m=01/d=05/h=09"]


def test_a_blob_of_an_old_hour_that_is_still_written_is_not_done_with(world):
    world.put(A, NOW - 6 * HOUR, modified=NOW - 60)
    assert world.run() == world.run() == ["A/y=2026/m=01/d=05/h=03"]
    world.now += HOUR
    assert world.run() == ["A/y=2026/m=01/d=05/h=03"]
    assert world.run() == []


def test_without_room_for_what_is_left_the_frontier_waits(world, monkeypatch):
    monkeypatch.setattr(blob_polling, "_LEFT", 2)
    for ago in range(2, 8):
        world.put(A, NOW - ago * HOUR)
    world.run(failing="h=0[234567]")
    assert len(world.run(failing="h=0[234567]")) == 6
    assert len(world.run()) == 6
    assert world.run() == []


def test_a_stop_moves_nothing(world):
    for ago in (3, 4, 5):
        world.put(A, NOW - ago * HOUR)
    assert world.run(stop_at="h=05")[-1] == "A/y=2026/m=01/d=05/h=05"
    assert world.run() == ["A/y=2026/m=01/d=05/h=05", "A/y=2026/m=01/d=05/h=06"]


def test_a_list_that_is_refused_fails_alone(world):
    world.put(A, NOW - 3 * HOUR)
    world.put(B, NOW - 3 * HOUR)
    fault = world.service.fault("status", path=".*", status=403, times=0)
    original = world.service.take_fault

    def refuse(request):
        return original(request) or (fault if "/A/y=" in request.query.get("prefix", "") else None)

    world.service.take_fault = refuse
    seen = world.run()
    assert "B/y=2026/m=01/d=05/h=06" in seen and any("!" in label for label in seen)
    world.service.take_fault = original
    assert world.run() == ["A/y=2026/m=01/d=05/h=06"]


def test_other_files_are_counted_as_filtered(world):
    world.put(A, NOW)
    folder = A + "/y=2026/m=01/d=05/h=09/"
    world.service.put(ACCOUNT, CONTAINER, folder + "notes.txt", b"x")
    assert sum("!" in label for label in world.run()) == 1


def test_pages_of_a_long_listing_are_followed(world, monkeypatch):
    monkeypatch.setattr(azure_blobs, "_NAMES", 3)
    for number in range(10):
        world.put(f"{A}/RESOURCEGROUPS/RG{number}", NOW)
    assert len(world.run()) == 10


def test_what_has_not_grown_is_not_read(world):
    world.put(A, NOW)
    world.put(A, NOW - 6 * HOUR, modified=NOW - 60)
    assert len(world.run()) == 2
    for name, blob in world.service.container(ACCOUNT, CONTAINER).blobs.items():
        state = {"etag": blob.etag, "offset": 1}
        key = f"blob\0{ACCOUNT}/{CONTAINER}/{name}"
        world.checkpoint.cursors[key] = Cursor(1, state=state)
    assert world.run() == ["A/y=2026/m=01/d=05/h=03"], "it is past, and will be told to be done"
    world.put(A, NOW)
    assert world.run()[-1] == "A/y=2026/m=01/d=05/h=09"


class Store:
    """A container that counts what is read of it."""

    def __init__(self):
        self.begun: list[str] = []

    def read(self, blob: Blob, start: int):
        self.begun.append(f"{blob.name} {start}")
        yield f"{blob.name} {start}".encode(), "v1"
        yield b"rest", "v1"


def test_a_few_blobs_are_fetched_ahead_and_each_read_is_the_one_asked_for():
    store = Store()
    ahead = Ahead(store)
    blobs = [Blob(f"b{number:02d}", "v1", 100, 0) for number in range(30)]
    large = Blob("large", "v1", azure_blobs.RANGE + 1, 0)
    things = ahead.each((blob.name, blob, 0) for blob in [*blobs[:3], large, *blobs[3:]])
    assert [next(things) for _ in range(4)] == ["b00", "b01", "b02", "large"]
    assert b"".join(piece for piece, _ in ahead.read(blobs[3], 0)) == b"b03 0rest"
    assert b"".join(piece for piece, _ in ahead.read(blobs[4], 7)) == b"b04 7rest"
    assert b"".join(piece for piece, _ in ahead.read(large, 0)) == b"large 0rest"
    assert len(store.begun) <= 4 + 8 + 2 and store.begun.count("large 0") == 1
    assert list(things) == [blob.name for blob in blobs[3:]]
    ahead.close()
