"""One world to run the core in: clocks, processes that can be ended anywhere, what has arrived.

Time is made up: `now` is the services' clock, `skew` what the local one is ahead of it, and whoever
waits moves both. Whatever outlives a process is behind `point`, at which a run can be killed,
stopped, or overtaken by another. Plain Python: the interpreters that Splunk ships run it too.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

# What outlives a process: chunks (written or posted), the journal, what makes it durable, the files
# of the store, the KV store, the lease, acknowledgements to the cloud.
POINTS = ("chunk", "journal", "sync", "files", "kv", "lease", "acknowledge")
Point = tuple[str, int]
# 2026-01-05 08:01:30 UTC and a little: never at the border of two slices.
START = 1_767_600_090.25


class Crash(BaseException):
    """The process is killed: nothing catches this, and nothing it does afterwards has effect."""


class Broken(AssertionError):
    """A promise does not hold."""


class Stop:
    """What the core waits with: waiting takes no time but the world's."""

    def __init__(self, world: World):
        self._world = world
        self._asked = False

    def set(self) -> None:
        self._asked = True

    def is_set(self) -> bool:
        return self._asked

    def wait(self, seconds: float) -> bool:
        if not self._asked:
            self._world.pass_time(seconds)
        return self._asked


@dataclass
class Process:
    """A run: who makes it, and what it sent last. `action` happens to it at the point `at`: of
    what kind it is, and how many of that kind come before."""

    member: str
    stop: Stop
    began: float
    at: Point = ("", 0)
    action: Callable[[Process, str], None] | None = None
    dead: bool = False
    killed_at: str = ""
    chunk: set[str] = field(default_factory=set)
    sent: Counter[str] = field(default_factory=Counter)
    stream: list[bytes] = field(default_factory=list)
    fence: int = 0
    stale_chunks: int = 0
    stale_limit: int = 0
    log: list[str] = field(default_factory=list)
    collector: Any = None
    points: Counter[str] = field(default_factory=Counter)


class World:
    """`identity(text)` names the event that a text is, "" for one that has no identity."""

    def __init__(self) -> None:
        self.now = START
        self.skew = 0.0
        self.monotonic_now = 1000.0
        # Seconds that a look at the clock takes: how often commits are made durable on the way.
        self.pace = 0.0
        self.process: Process | None = None
        self.identity: Callable[[str], str] = lambda text: text
        self.is_summary: Callable[[str], bool] = lambda name: name.endswith("/end")
        self.received: Counter[str] = Counter()
        self.allowed: dict[str, int] = {}
        self.texts: dict[str, str] = {}
        self.faults: Counter[str] = Counter()
        self.lease = 0

    # Clocks.

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.monotonic_now += seconds

    def local_time(self) -> float:
        return self.now + self.skew

    def monotonic(self) -> float:
        self.monotonic_now += self.pace
        return self.monotonic_now

    # Processes.

    def point(self, name: str) -> None:
        """Something that outlives the process is about to happen, or has happened; the name's
        first word is one of POINTS."""
        process = self.process
        if process is None:
            return
        if process.dead:
            raise Crash(name)
        kind = name.partition(" ")[0]
        here = (kind, process.points[kind])
        process.points[kind] += 1
        if process.at == here and process.action is not None:
            process.action(process, name)

    def kill(self, process: Process, name: str) -> None:
        process.dead = True
        process.killed_at = name
        raise Crash(name)

    def fails(self, what: str) -> bool:
        """Whether a planned fault of this kind happens now."""
        if self.faults[what] <= 0:
            return False
        self.faults[what] -= 1
        return True

    # What arrives.

    def announce_chunk(self, texts: Iterable[str]) -> None:
        """A process begins to hand over a chunk."""
        process = self.process
        assert process is not None
        process.chunk = {self.identity(text) for text in texts} - {""}
        if process.chunk and process.fence and process.fence < self.lease:
            # What was on its way may come beside what the new holder sent.
            self.excuse(process.chunk)
            process.stale_chunks += 1
            if process.stale_chunks > process.stale_limit:
                raise Broken("I9: a process whose lease was taken over goes on sending")

    def deliver(self, texts: Iterable[str]) -> None:
        for text in texts:
            name = self.identity(text)
            if self.process is not None:
                self.process.sent[name] += 1
            if not name:
                continue
            self.received[name] += 1
            if self.received[name] > self.allowed.get(name, 1):
                raise Broken(f"I3: {name} came {self.received[name]} times")
            if self.is_summary(name):
                # What it tells of may have been read once more before it was recorded.
                self.texts[name] = text
            elif '"sha256"' not in text and self.texts.setdefault(name, text) != text:
                raise Broken(f"I3: {name} came with another text: {text}")

    def excuse(self, names: Iterable[str]) -> None:
        """These may come once more."""
        for name in names:
            self.allowed[name] = self.received[name] + 1


class FakeTime:
    """In place of the module `time`."""

    def __init__(self, world: World):
        self.time = world.local_time
        self.monotonic = world.monotonic

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)
