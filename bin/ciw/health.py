"""What a run says of itself: its counts, how far behind it is, how long it was made to wait.

One line `event=run_end` ends each run, also one that failed before it began to read. The search
ciw_coverage_inputs reads these lines; docs/health.md says what each field means.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from operator import itemgetter
from typing import Any, Callable

_MOMENT = itemgetter(0)
# Arguments that name what an input reads; with one value each it is the account of the run.
_ACCOUNTS = ("subscriptions", "projects", "resources", "scopes", "storage_accounts", "subscription")
_COUNTS = (
    "read", "repeated", "unsent",
    "fetched", "emitted", "quarantined", "filtered", "duplicates", "sanitised", "shards", "failed",
    "bytes", "throttled",
)


class Health:
    """`counts` are the run's numbers; `result` is told once, by `end`."""

    def __init__(self, log: Any, clock: Callable[[], float] = time.time):
        self._log = log
        self._clock = clock
        self._began = time.monotonic()
        self._newest: dict[str, float] = {}
        self._offsets: dict[str, tuple[float, float]] = {}
        self._said: dict[str, Any] = {}
        self._ended = False
        self._reason = ""
        self.counts: dict[str, Any] = dict.fromkeys(_COUNTS, 0)
        self.counts["throttled_seconds"] = 0.0

    def describe(self, arguments: dict[str, Any], interval: str = "") -> None:
        """Fields of the line that the stanza gives: the way in, the way out, the account."""
        self._said = {"mode": arguments.get("mode", ""), "output": arguments.get("output", "")}
        self._said["account"] = account_of(arguments)
        self._said["interval"] = interval if interval.isdigit() else ""

    def saw(self, partition: str, server_time: float, events: Iterable[tuple[str, str]]) -> None:
        """Events (time, text) of a partition went out; `server_time` is the service's clock as it
        answered there, 0 where it did not tell."""
        newest = max(map(_MOMENT, events), default="")
        if newest:
            self._newest[partition] = max(self._newest.get(partition, 0.0), float(newest))
        if server_time and self._offsets.get(partition, (0.0, 0.0))[0] != server_time:
            self._offsets[partition] = (server_time, server_time - self._clock())

    def failure(self, reason: object) -> None:
        """Why a part could not be read: the first one is told."""
        self._reason = self._reason or str(reason)

    @property
    def lag(self) -> int | None:
        """Seconds from the newest event to the service's clock, where that is longest; None where
        nothing came."""
        now = self._clock()
        behind = [
            now + self._offsets.get(partition, (0.0, 0.0))[1] - newest
            for partition, newest in self._newest.items()
        ]
        return max(0, round(max(behind))) if behind else None

    def end(self, result: str = "", reason: object = "") -> None:
        """Logs the line; a second call says nothing.

        `result`: success, partial (some parts failed), failed, stopped, standby (another process
        holds the lease); empty where the counts tell.
        """
        if self._ended:
            return
        self._ended = True
        fields: dict[str, Any] = {
            "result": result or ("partial" if self.counts["failed"] else "success"),
            **self._said,
            **self.counts,
            "duration": time.monotonic() - self._began,
        }
        lag = self.lag
        if lag is not None:
            fields["lag"] = lag
        why = str(reason) or self._reason
        if why:
            fields["reason"] = why
        self._log.report("run_end", **{name: value for name, value in fields.items() if value != ""})


def account_of(arguments: dict[str, Any]) -> str:
    """The account, subscription or project that a stanza is about; empty where it has several."""
    roles = arguments.get("account_roles") or ()
    if len(roles) == 1 and not arguments.get("buckets"):
        return roles[0].partition("=")[0]
    for name in _ACCOUNTS:
        value = arguments.get(name)
        if value:
            values = (value,) if isinstance(value, str) else tuple(value)
            return values[0] if len(values) == 1 else ""
    return arguments.get("tenant_id") or ""
