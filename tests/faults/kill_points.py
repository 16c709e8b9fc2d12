"""One run of an input, killed at a planned point: which process dies, when, and what had got out.

Points inside the input's two processes are reached by the kill switch (switch/sitecustomize.py),
those at a call by the stand-in that answers it, and "any moment" by the clock. The kill itself is
always SIGKILL to the process that splunkd would have started, to its outlet, or to both.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import select
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.killing import children
from tests.sources.runner import Outcome, outcome, start

SWITCH = Path(__file__).parent / "switch"
VICTIMS = ("input", "outlet", "both")
# What is counted for each point of the switch: a plan says at which of them.
_INSIDE = {
    "outlet started": "",
    "chunk handed over": "chunks",
    "before the announcement": "chunks",
    "announced, not sent": "chunks",
    "within a chunk": "chunks",
    "chunk sent, not recorded": "chunks",
    "chunk recorded": "chunks",
    "sync asked for": "syncs",
    "before sync": "syncs",
    "after sync": "syncs",
    "everything handed over": "",
}
_ACKNOWLEDGED = {"before the acknowledgement": False, "after the acknowledgement": True}
_CALLED = {"before a call's answer": False, "after a call's answer": True}
ANY_MOMENT = "any moment"
_LONGEST = 120.0


def points(kind: str) -> list[str]:
    """The points that an input of this kind (tests.promises.case) can be killed at."""
    acknowledged = list(_ACKNOWLEDGED) if kind == "queue" else []
    return [*_INSIDE, *acknowledged, *_CALLED, ANY_MOMENT]


@dataclass(frozen=True)
class Plan:
    """`number`: which of the times that the point is reached; `moment`: seconds, for ANY_MOMENT."""

    point: str
    victims: str
    number: int = 1
    moment: float = 0.0


@dataclass
class Size:
    """What a whole run does, so that plans are for what happens."""

    chunks: int = 1
    syncs: int = 1
    calls: int = 1
    acknowledgements: int = 1
    seconds: float = 1.0

    def plan(self, point: str, victims: str, chance: random.Random) -> Plan:
        if point == ANY_MOMENT:
            return Plan(point, victims, moment=chance.random() * self.seconds)
        counted = _INSIDE.get(point, "acknowledgements" if point in _ACKNOWLEDGED else "calls")
        most = getattr(self, counted) if counted else 1
        return Plan(point, victims, chance.randint(1, max(1, most)))


@dataclass
class Round:
    """`recorded`: bytes of the stream up to the last recorded chunk; `point` "": not killed;
    `early`: acknowledgements that came while a record was not durable."""

    outcome: Outcome
    point: str
    recorded: int
    size: Size
    early: int

    @property
    def prefix(self) -> Outcome:
        """What had been recorded of the stream when the run ended."""
        return outcome(None, self.outcome.stream[: self.recorded], b"")


@dataclass
class Tally:
    """All rounds of one input."""

    name: str
    kills: Counter = field(default_factory=Counter)
    victims: Counter = field(default_factory=Counter)
    rounds: int = 0
    events: int = 0
    lost: int = 0
    twice: int = 0
    began: float = field(default_factory=time.monotonic)

    def rows(self) -> str:
        """The line of the table, and the distribution below it."""
        killed = sum(self.kills.values())
        line = (
            f"{self.name:28}{killed:6}{self.rounds:8}{self.events:8}{self.lost:6}{self.twice:7}"
            f"{time.monotonic() - self.began:8.0f}   "
            + ", ".join(f"{name} {self.victims[name]}" for name in VICTIMS)
        )
        spread = "; ".join(f"{point} {number}" for point, number in sorted(self.kills.items()))
        return f"{line}\n    {spread}\n"


HEADING = (
    f"{'input':28}{'kills':>6}{'rounds':>8}{'events':>8}{'lost':>6}{'twice':>7}{'seconds':>8}"
    "   process killed; below: where\n"
)


def run_killed(
    document: bytes, env: Mapping[str, str], stand_in: Any, plan: Plan | None, notes: Path
) -> Round:
    """One run; without a plan to its end."""
    notes.unlink(missing_ok=True)
    switch = {"point": "", "number": 0, "victims": "input", "notes": str(notes)}
    if plan is not None:
        switch.update(point=plan.point, number=plan.number, victims=plan.victims)
    watched = _Watched(stand_in, plan, notes)
    began = time.monotonic()
    with watched:
        process = start(
            document,
            {**env, "PYTHONPATH": str(SWITCH), "CIW_KILL_SWITCH": json.dumps(switch)},
        )
        watched.process = process
        timer = None
        if plan is not None and plan.point == ANY_MOMENT:
            timer = threading.Timer(plan.moment, watched.kill)
            timer.start()
        stream, log = _received(process)
        seconds = time.monotonic() - began
        if timer is not None:
            timer.cancel()
            timer.join()
    told = _told(notes)
    recorded = [int(line.split()[1]) for line in told if line.startswith("recorded")]
    killed = process.returncode == -signal.SIGKILL or watched.outlet_killed
    killed = killed or any(line.startswith("killed") for line in told)
    point = plan.point if plan is not None and killed else ""
    if point == ANY_MOMENT:
        point += ", chunks out" if b"<event" in stream else ", nothing out"
    size = Size(
        sum(line.startswith("sent") for line in told),
        sum(line.startswith("synced") for line in told),
        watched.calls,
        watched.acknowledgements,
        seconds,
    )
    result = outcome(process.returncode, stream, log)
    return Round(result, point, max(recorded, default=0), size, watched.early)


def _received(process: Any) -> tuple[bytes, bytes]:
    """What splunkd would have read until the last writer ended. The process is reaped."""
    log: list[bytes] = []
    reader = threading.Thread(target=lambda: log.append(process.stderr.read()))
    reader.start()
    received, fd = bytearray(), process.stdout.fileno()
    while True:
        ready = select.select([fd], [], [], _LONGEST)[0]
        assert ready, "the input neither wrote nor ended for a minute"
        piece = os.read(fd, 1 << 20)
        if not piece:
            break
        received += piece
    process.wait(_LONGEST)
    reader.join()
    process.stdout.close()
    process.stderr.close()
    return bytes(received), b"".join(log)


class _Watched:
    """A stand-in that kills its client at a planned call, before it does what it is asked to do
    or after it, but before the client knows."""

    def __init__(self, stand_in: Any, plan: Plan | None, notes: Path):
        self._stand_in = stand_in
        self._notes = notes
        self._plan = plan
        self._left = plan.number if plan is not None else 0
        self._answer: Callable[[Any], Any] = stand_in.answer
        self._lock = threading.Lock()
        self.process: Any = None
        self.outlet_killed = False
        self.calls = self.acknowledgements = self.early = 0

    def __enter__(self) -> None:
        self._stand_in.answer = self._watch

    def __exit__(self, *_: object) -> None:
        self._stand_in.answer = self._answer

    def _watch(self, request: Any) -> Any:
        acknowledges = _is_acknowledgement(request)
        with self._lock:
            self.calls += 1
            self.acknowledgements += acknowledges
            self.early += acknowledges and not _is_durable(_told(self._notes))
            due = self._is_due(acknowledges)
        if due is None:
            return self._answer(request)
        if due:
            response = self._answer(request)
            self.kill()
            return response
        self.kill()
        return self._stand_in.error(503, "ServiceUnavailable", "nobody waits for this answer")

    def _is_due(self, acknowledges: bool) -> bool | None:
        """Whether the request is still carried out; None where nothing is planned for it."""
        point = self._plan.point if self._plan is not None else ""
        table = _ACKNOWLEDGED if acknowledges and point in _ACKNOWLEDGED else _CALLED
        if point not in table or not self._left:
            return None
        self._left -= 1
        return table[point] if not self._left else None

    def kill(self) -> None:
        victims = self._plan.victims
        for outlet in children(self.process.pid) if victims != "input" else ():
            with contextlib.suppress(ProcessLookupError):
                os.kill(outlet, signal.SIGKILL)
                self.outlet_killed = True
        if victims != "outlet":
            self.process.send_signal(signal.SIGKILL)


def _told(notes: Path) -> list[str]:
    """The whole lines that the kill switch has written so far."""
    return notes.read_text().split("\n")[:-1] if notes.exists() else []


def _is_durable(told: list[str]) -> bool:
    """Whether the journal has been synced since the last chunk was sent."""
    kinds = [line.split()[0] for line in told]
    last = max((n for n, kind in enumerate(kinds) if kind in ("sent", "recorded")), default=-1)
    return last < 0 or "synced" in kinds[last:]


def _is_acknowledgement(request: Any) -> bool:
    target = request.headers.get("x-amz-target", "")
    return target == "AmazonSQS.DeleteMessageBatch" or request.path.endswith(":acknowledge")
