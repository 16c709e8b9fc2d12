"""One writer: of all processes with the same stanza, on whatever member, one polls.

A lease is a chain of claims in the KV store. Claim number n+1 is made by inserting the key
`<stanza>:<n+1>`; the store refuses the second insert of a key, so one process has it. The number
is the fencing token: every checkpoint document carries it, and who is no longer the last in the
chain may not save.

No two machines' clocks are compared. The holder raises `beat` at intervals; a contender watches
for longer than that by its own monotonic clock, and claims the next number only when `beat` has
not moved, or at once when the holder has said that it is done.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from .checkpoint import shard_key
from .errors import CheckpointError, InputError
from .splunkd import Splunkd, refused

COLLECTION = "ciw_input_leases"
_PATH = "storage/collections/data/" + COLLECTION
BEAT_SECONDS = 10.0
# A holder that has missed this much is taken for dead; it stops saving well before.
PATIENCE_SECONDS = 45.0
_FRESH_SECONDS = 30.0


class Held(InputError):
    """Another process holds the lease and is alive."""


class Lease:
    """The claim of this process; `splunkd` is a connection of its own.

    `wait(seconds)` sleeps and tells whether a stop was asked for.
    """

    def __init__(
        self,
        splunkd: Splunkd,
        stanza: str,
        wait: Callable[[float], bool],
        clock: Callable[[], float] = time.monotonic,
    ):
        self._splunkd = splunkd
        self._stanza = stanza
        self._name = shard_key(stanza, "lease")
        self._wait = wait
        self._clock = clock
        self._holder = uuid.uuid4().hex
        self._beat = 0
        self._told = 0.0
        self._lost = False
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self.fence = 0

    def claim(self) -> None:
        """Takes the lease. Raises Held, CheckpointError."""
        last = self._last()
        if last is not None and not last["released"]:
            self._watch(last)
        number = last["fence"] + 1 if last is not None else 1
        status, answer = self._call("POST", _PATH, None, self._document(number))
        if status == 409:
            raise Held(f"another process took the lease of {self._stanza} at the same moment")
        if status not in (200, 201):
            raise refused(COLLECTION, status, answer)
        self.fence = number
        self._told = self._clock()
        self._forget_before(number - 1)

    def start(self) -> None:
        """Beats in the background until `release`. After the outlet has forked, not before."""
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()

    def confirm(self) -> None:
        """Raises CheckpointError where this process was silent for too long and a later claim
        exists: before anything is sent. One that beats is not held up by a question."""
        if self._lost or self._clock() - self._told > _FRESH_SECONDS:
            self.check()

    def check(self) -> None:
        """Raises CheckpointError where a later claim exists: before every save."""
        self._lost = not self._is_last()
        if self._lost:
            raise CheckpointError(
                f"the lease of {self._stanza} was taken over by another process: this one was "
                "silent for too long and ends without recording anything more"
            )
        if self._clock() - self._told > _FRESH_SECONDS:
            self._tell(released=False)

    def release(self) -> None:
        """Lets the next process in at once."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        if self.fence:
            self._tell(released=True)

    def _call(self, *arguments: Any) -> tuple[int, Any]:
        """One call at a time: the thread that beats and the one that checks share a connection."""
        with self._lock:
            return self._splunkd.call(*arguments)

    def _watch(self, last: dict[str, Any]) -> None:
        """Returns when the holder has shown no sign of life. Raises Held when it has."""
        deadline = self._clock() + PATIENCE_SECONDS
        while self._clock() < deadline:
            if self._wait(min(BEAT_SECONDS / 2, PATIENCE_SECONDS / 4)):
                raise Held("asked to stop while another process held the lease")
            now = self._last()
            if now is None or now["released"]:
                return
            if (now["fence"], now["beat"]) != (last["fence"], last["beat"]):
                raise Held(
                    f"the process {now['holder'][:8]} holds the lease of {self._stanza} and works"
                )

    def _is_last(self) -> bool:
        last = self._last()
        return last is not None and (last["fence"], last["holder"]) == (self.fence, self._holder)

    def _keep(self) -> None:
        while not self._ended.wait(BEAT_SECONDS):
            try:
                if self._is_last():
                    self._tell(released=False)
                else:
                    # A beat must not make this process look alive to itself.
                    self._lost = True
            except CheckpointError:
                # `check` finds out, before anything is saved.
                continue

    def _tell(self, released: bool) -> None:
        self._beat += 1
        document = self._document(self.fence, released)
        path = f"{_PATH}/{document.pop('_key')}"
        status, answer = self._call("POST", path, None, document)
        if status == 404:
            # Forgotten by a later holder.
            return
        if status != 200:
            raise refused(COLLECTION, status, answer)
        self._told = self._clock()

    def _document(self, number: int, released: bool = False) -> dict[str, Any]:
        return {
            "_key": f"{self._name}:{number}",
            "name": self._name,
            "input": self._stanza,
            "fence": number,
            "holder": self._holder,
            "beat": self._beat,
            "released": released,
        }

    def _last(self) -> dict[str, Any] | None:
        query = {"query": json.dumps({"name": self._name}), "sort": "fence:-1", "limit": "1"}
        status, answer = self._call("GET", _PATH, query)
        if status != 200:
            raise refused(COLLECTION, status, answer)
        return answer[0] if answer else None

    def _forget_before(self, number: int) -> None:
        query = {"query": json.dumps({"name": self._name, "fence": {"$lt": number}})}
        status, answer = self._call("DELETE", _PATH, query)
        if status != 200:
            raise refused(COLLECTION, status, answer)
