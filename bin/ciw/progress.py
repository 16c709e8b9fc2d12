"""How much of a long backfill is done and when it may end: a line a minute, at most.

Lines `event=progress` have `partition` (what is being read), `percent`, `seconds_left` and `ends`
(ISO 8601, by this machine's clock); the search ciw_coverage_inputs shows them until the run ends.
"""

from __future__ import annotations

import time
from typing import Any, Callable

_INTERVAL = 60.0


def _say(context: Any, partition: str, share: float, left: float | None) -> None:
    fields: dict[str, Any] = {"percent": 100 * min(1.0, max(0.0, share))}
    if left is not None:
        fields["seconds_left"] = max(0.0, left)
        moment = time.gmtime(time.time() + max(0.0, left))
        fields["ends"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", moment)
    context.log.report("progress", partition=partition, **fields)


class _Minutes:
    """Tells when a minute has passed; `elapsed` are the seconds since the begin."""

    def __init__(self, clock: Callable[[], float]):
        self._clock = clock
        self._began = self._said = clock()
        self.elapsed = 0.0

    def is_due(self) -> bool:
        now = self._clock()
        self.elapsed = now - self._began
        if now - self._said < _INTERVAL:
            return False
        self._said = now
        return True


class Progress:
    """Of a partition from `start` to `end`, of which earlier runs have read from `first` on."""

    def __init__(
        self, context: Any, partition: str, start: float, end: float, first: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._context = context
        self._partition = partition
        self._start = start
        self._end = end
        self._first = start if first is None else first
        self._minutes = _Minutes(clock)

    def reached(self, position: float) -> None:
        if not self._minutes.is_due():
            return
        done, rest = position - self._start, self._end - position
        left = self._minutes.elapsed * rest / done if done > 0 else None
        share = (position - self._first) / max(1.0, self._end - self._first)
        _say(self._context, self._partition, share, left)


class Backlog:
    """Of a queue: what this run has worked off, and what `waiting` says is left (None: unknown)."""

    def __init__(
        self, context: Any, name: str, waiting: Callable[[], int | None],
        clock: Callable[[], float] = time.monotonic,
    ):
        self._context = context
        self._name = name
        self._waiting = waiting
        self._minutes = _Minutes(clock)
        self._done = 0

    def handled(self, number: int) -> None:
        self._done += number
        if not self._minutes.is_due():
            return
        rest = self._waiting()
        if rest is None:
            return
        left = self._minutes.elapsed * rest / self._done if self._done else None
        _say(self._context, self._name, self._done / max(1, self._done + rest), left)
