"""An input killed again and again, and what came out of all its runs together."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.faults import report
from tests.faults.kill_points import VICTIMS, Plan, Round, Size, Tally, points, run_killed
from tests.sources.runner import run

SOAK = bool(os.environ.get("CIW_SOAK"))
# The moments that were wrong most often in other programs, for the short run.
_FEW = [("chunk sent, not recorded", "both"), ("chunk handed over", "input"),
        ("within a chunk", "outlet")]
# New events before each run, a few pages of them; a snapshot has all of the earlier ones too, and
# LookupEvents takes two calls a second.
_PUT, _FEWER = 12, 4


def _plans(kind: str, size: Size, chance: random.Random) -> Iterator[Plan]:
    """Every point with every victim, in turn, for ever; in the short run _FEW."""
    while True:
        pairs = [(point, victims) for point in points(kind) for victims in VICTIMS]
        chance.shuffle(pairs)
        for point, victims in pairs if SOAK else _FEW:
            yield size.plan(point, victims, chance) if SOAK else Plan(point, victims)


class Rounds:
    """`document()` is the configuration of the next run; `between()` happens between two runs."""

    def __init__(
        self,
        name: str,
        case,
        document: Callable[[], bytes],
        notes: Path,
        between: Callable[[], None] = lambda: None,
    ):
        self._case = case
        self._document = document
        self._notes = notes
        self._between = between
        self._chance = random.Random(name)
        self._wanted: Counter = Counter()
        self._received: Counter = Counter()
        self._may_repeat: Counter = Counter()
        self._announced = 0
        self.tally = Tally(name)
        if hasattr(case, "allow_crashes"):
            case.allow_crashes()

    def work(self, kills: int) -> None:
        """Rounds until there were that many kills, then runs to the end; what is wrong fails."""
        case, tally = self._case, self.tally
        slow = case.kind == "snapshot" or case.scheme == "aws_cloudtrail" and case.kind == "poll"
        size = self._one(_PUT).size
        for plan in _plans(case.kind, size, self._chance):
            self._one(_FEWER if slow else _PUT, plan)
            if tally.kills.total() >= kills or tally.rounds > 2 * kills:
                break
        self._finish()
        tally.events = self._wanted.total()
        tally.lost = (self._wanted - self._received).total()
        tally.twice = (self._received - self._wanted).total()
        report.add(tally)
        assert self._wanted - self._received == Counter(), "lost"
        repeated = self._received - self._wanted - self._may_repeat
        assert repeated == Counter(), "came twice, though it had been recorded"
        assert self._announced or not tally.twice, "no run said what may come twice"
        assert tally.kills.total() >= kills, tally.rows()
        assert case.remaining() == 0

    def _one(self, number: int, plan: Plan | None = None) -> Round:
        case, tally = self._case, self.tally
        self._wanted.update(case.put(number))
        result = run_killed(self._document(), case.environment, case.stand_in, plan, self._notes)
        assert "Traceback" not in result.outcome.log, result.outcome.log
        assert not result.early, "acknowledged before the record was durable"
        self._announced += result.outcome.log.count("event=chunk_in_doubt")
        seen = case.identities(result.outcome)
        self._received.update(seen)
        if plan is not None and plan.victims != "input":
            self._may_repeat.update(seen - case.identities(result.prefix))
        tally.rounds += 1
        tally.kills.update([result.point] if result.point else [])
        tally.victims.update([plan.victims] if result.point else [])
        self._pass_time()
        return result

    def _finish(self) -> None:
        # A request of a process that is dead may still be under way, and what it receives is held.
        for number in range(10):
            if number >= 3 and not self._case.remaining():
                break
            outcome = run(self._document(), self._case.environment)
            self._announced += outcome.log.count("event=chunk_in_doubt")
            self._received.update(self._case.identities(outcome))
            self._pass_time()

    def _pass_time(self) -> None:
        self._case.pass_time(400)
        self._between()
