"""Wall and CPU time of things measured in turns, so that a loaded machine loads them alike."""

from __future__ import annotations

import gc
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median


@dataclass
class Spent:
    """Seconds of each turn; `cpu` is of all threads of this process."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def once(self, work: Callable[[], object]) -> object:
        gc.collect()
        cpu, wall = time.process_time(), time.perf_counter()
        result = work()
        self.wall.append(time.perf_counter() - wall)
        self.cpu.append(time.process_time() - cpu)
        return result

    @property
    def typical(self) -> tuple[float, float]:
        return median(self.wall), median(self.cpu)


def in_turns(ways: dict[str, Callable[[], object]], turns: int) -> dict[str, Spent]:
    """Each way once a turn, the order reversed every other turn."""
    spent = {name: Spent() for name in ways}
    for turn in range(turns):
        names = list(ways) if turn % 2 == 0 else list(reversed(ways))
        for name in names:
            spent[name].once(ways[name])
    return spent


def peak_mib() -> float:
    """The most memory this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
