"""What can happen to an installation, step by step; whoever tells the story chooses.

After every step the promises I1 to I6, I9, I11 and I12 are checked, as far as they can be told at
that moment (`Installation`); `end` lets everything recover and asks for what was never sent.
"""

from __future__ import annotations

from pathlib import Path

from tests.core.simulation.disk import Pick
from tests.core.simulation.installation import CLOUDS, Installation
from tests.core.simulation.outlets import Hec, Pipe
from tests.core.simulation.world import POINTS, Broken, Point, Process

KINDS = tuple(CLOUDS)
STORES = ("file", "kvstore")
OUTPUTS = ("xml", "hec")
# Faults, and how many of them are likely to be seen in a run.
FAULTS = ("throttled", "page", "refused", "kv", "hec", "hec restart")
SKEWS = (-3600.0, 0.0, 3600.0)
PAGES = (150, 300, 1200)
# How many points of one kind may come before the one at which something happens.
MOST_BEFORE = 8
_ENDINGS = {"done", "Held", "Stopped", "Retriable"}


class Story:
    """One stanza's life. Raises Broken with what has happened where a promise does not hold."""

    def __init__(self, kind: str, store: str, output: str, directory: Path, skew: float = 0.0):
        self.title = f"{kind}, {store}, {output}, the local clock {skew:.0f} s ahead"
        self.installation = Installation(kind, store, output, directory)
        self.world = self.installation.world
        self.world.skew = skew
        self.steps: list[str] = []
        Pipe.page_bytes = Hec.page_bytes = PAGES[1]
        # The first run tells from when on events are wanted.
        self.run(0)

    @property
    def points(self) -> list[str]:
        """The kinds of points that its runs may have."""
        absent = {"kv", "lease"} if len(self.installation.disks) == 1 else {"files"}
        if self.installation.cloud.kind not in ("queue", "pubsub"):
            absent.add("acknowledge")
        return [kind for kind in POINTS if kind not in absent]

    def put(self, number: int, variant: int) -> None:
        self._note(f"put {number} of variant {variant}")
        self.installation.cloud.put(number, variant)

    def pass_time(self, minutes: int) -> None:
        self._note(f"{minutes} minutes pass")
        if minutes > 5:
            self.installation.cloud.complete()
        self.world.pass_time(60.0 * minutes)

    def skew(self, seconds: float) -> None:
        self._note(f"the local clock is {seconds} s ahead")
        self.world.skew = seconds

    def fault(self, name: str, number: int) -> None:
        self._note(f"{number} faults {name} are to come")
        self.world.faults[name] += number

    def slow(self, seconds: float) -> None:
        """How long a look at the clock takes decides how often commits are made durable."""
        self._note(f"each look at the clock takes {seconds} s")
        self.world.pace = seconds

    def upgrade(self, page_bytes: int) -> None:
        """Another version cuts pages differently, and goes on from the old checkpoint."""
        self._note(f"pages of {page_bytes} bytes from now on")
        Pipe.page_bytes = Hec.page_bytes = page_bytes

    def run(self, member: int) -> None:
        self._note(f"run {self._member(member)}")
        self._ended(self.installation.run(self._member(member)))

    def kill(self, member: int, at: Point) -> None:
        self._note(f"kill {self._member(member)} at {at[0]} {at[1]}")
        self._ended(self.installation.run(self._member(member), at, self.world.kill), "killed")

    def lose_power(self, member: int, at: Point, pick: Pick) -> None:
        self._note(f"power loss of {self._member(member)} at {at[0]} {at[1]}")
        self._ended(self.installation.run(self._member(member), at, self.world.kill), "killed")
        self.installation.lose_power(self._member(member), pick)

    def stop(self, member: int, at: Point) -> None:
        def ask(process: Process, name: str) -> None:
            process.stop.set()

        self._note(f"stop {self._member(member)} at {at[0]} {at[1]}")
        self._ended(self.installation.run(self._member(member), at, ask))

    def overtake(self, member: int, at: Point) -> None:
        """The process sleeps (SIGSTOP), the other member runs meanwhile, the first goes on."""
        if len(self.installation.disks) < 2:
            return

        def other(process: Process, name: str) -> None:
            # Between its look at the lease and the chunk it notes what it is about to send.
            process.stale_limit = int(name.startswith(("journal", "chunk")))
            self._ended(self.installation.run(self._member(member + 1)))
            if process.collector is not None:
                process.collector.excuse_posted()

        self._note(f"{self._member(member)} is overtaken at {at[0]} {at[1]}")
        self._ended(self.installation.run(self._member(member), at, other), "CheckpointError")

    def end(self) -> None:
        self._note("everything recovers")
        self.world.pace = 0.0
        self.installation.finish()

    def _member(self, number: int) -> str:
        members = list(self.installation.disks)
        return members[number % len(members)]

    def _note(self, step: str) -> None:
        self.steps.append(step)
        world = self.world
        self._may_fail = any(world.faults[name] for name in ("kv", "hec", "hec restart"))

    def _ended(self, ending: str, *more: str) -> None:
        if ending == "CheckpointError" and self._may_fail:
            return
        if ending not in _ENDINGS.union(more):
            raise Broken(f"a run ended with {ending}")
