"""Stories told by a seeded generator: `python -m tests.core.simulation.walk STORIES STEPS`.

For the interpreters that Splunk ships, which need nothing but the standard library for it.
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

from tests.core.simulation.story import (
    FAULTS,
    KINDS,
    MOST_BEFORE,
    OUTPUTS,
    PAGES,
    SKEWS,
    STORES,
    Story,
)


def step(story: Story, chance: random.Random) -> None:
    """One step, chosen by chance."""
    chosen = chance.choice(
        ("time", "skew", "fault", "slow", "upgrade", "put", "run", "run", "kill", "kill", "kill",
         "power", "power", "stop", "overtake")
    )
    member, at = chance.randint(0, 1), (chance.choice(story.points), chance.randint(0, MOST_BEFORE))
    if chosen in ("put", "kill", "power", "stop", "overtake"):
        # A run with nothing to read passes few points.
        story.put(chance.randint(1, 7), chance.randint(0, 7))
    if chosen == "time":
        story.pass_time(chance.choice((1, 6, 25, 70)))
    elif chosen == "skew":
        story.skew(chance.choice(SKEWS))
    elif chosen == "fault":
        story.fault(chance.choice(FAULTS), chance.randint(1, 6))
    elif chosen == "slow":
        story.slow(chance.choice((0.0, 1.5)))
    elif chosen == "upgrade":
        story.upgrade(chance.choice(PAGES))
    elif chosen == "run":
        story.run(member)
    elif chosen == "kill":
        story.kill(member, at)
    elif chosen == "power":
        story.lose_power(member, at, lambda most: chance.randint(0, most))
    elif chosen == "stop":
        story.stop(member, at)
    elif chosen == "overtake":
        story.overtake(member, at)


def walk(seed: int, steps: int) -> Story:
    """A whole story. Raises Broken."""
    chance = random.Random(seed)
    # The core's own pauses are drawn from the module.
    random.seed(seed)
    kind, store, output = (chance.choice(among) for among in (KINDS, STORES, OUTPUTS))
    with tempfile.TemporaryDirectory() as directory:
        story = Story(kind, store, output, Path(directory), chance.choice(SKEWS))
        try:
            for _ in range(steps):
                step(story, chance)
            story.end()
        except Exception as error:
            told = "\n  ".join((story.title, *story.steps))
            raise AssertionError(f"seed {seed}: {error}\n  {told}") from error
        return story


if __name__ == "__main__":
    arrived = sum(
        sum(walk(seed, int(sys.argv[2])).world.received.values())
        for seed in range(int(sys.argv[1]))
    )
    print(f"{sys.argv[1]} stories, {arrived} events")
