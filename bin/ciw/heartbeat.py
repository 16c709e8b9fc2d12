"""Keeping the hold on messages of a queue for as long as they are worked on."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any


@dataclass
class Message:
    """A received message; `lost` when the queue may have given it to somebody else."""

    id: str
    receipt: str
    body: str
    receives: int
    held_since: float
    lost: bool = False

    def is_lost(self, visibility: float) -> bool:
        """Also where nobody looked: the process may have been stopped for longer than the hold."""
        if time.monotonic() - self.held_since >= visibility:
            self.lost = True
        return self.lost


class Heartbeat:
    """A thread that renews the hold on messages at half the time it lasts.

    `queue` has `visibility` (seconds a hold lasts), `url` for messages, and
    `hold(messages, seconds)`, which sets `held_since` or `lost` of each.
    """

    def __init__(self, queue: Any, log: Any):
        self._queue = queue
        self._log = log
        self._held: dict[str, Message] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def __enter__(self) -> Heartbeat:  # noqa: PYI034 (Self needs 3.11)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(timeout=5)

    def hold(self, messages: list[Message]) -> None:
        with self._lock:
            self._held.update((message.id, message) for message in messages)

    def drop(self, messages: list[Message]) -> None:
        with self._lock:
            for message in messages:
                self._held.pop(message.id, None)

    def _run(self) -> None:
        # A failed renewal is tried again well before the other half has passed.
        pause = self._queue.visibility / 2
        while not self._ended.wait(pause):
            with self._lock:
                held = [message for message in self._held.values() if not message.lost]
            pause = self._queue.visibility / 2
            if not held:
                continue
            try:
                self._queue.hold(held, self._queue.visibility)
            except Exception as error:  # noqa: BLE001
                pause = self._queue.visibility / 8
                self._log.warning("heartbeat_failed", queue=self._queue.url, error=error)
            self._expire(held)

    def _expire(self, held: list[Message]) -> None:
        for message in held:
            if message.is_lost(self._queue.visibility):
                self._log.warning("message_lost", queue=self._queue.url, message=message.id)
        lost = [message for message in held if message.lost]
        self.drop(lost)
