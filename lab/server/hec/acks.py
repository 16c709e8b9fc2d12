"""Indexer acknowledgement: an ackId is true once the events are on the disk, and is told once.

Payloads of tokens with useACK are indexed by one worker in the order they came; the segment files
and their folder are synced before the ackId becomes true. The ids live in memory only: after a
restart every id is unknown, which is false, and the client sends again.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)
# inputs.conf.spec and limits.conf.spec: max_number_of_acked_requests_pending_query_per_ack_channel
# and max_number_of_ack_channel.
PENDING_PER_CHANNEL = 1_000_000
CHANNELS = 1_000_000
QUEUED_PAYLOADS = 1_000


class Busy(Exception):
    """More is waiting than the collector takes (503, code 9)."""


def synced(folder: Path, before: set[str]) -> None:
    """Flushes the files that came into a folder, and the folder, to the disk."""
    if not folder.is_dir():
        return
    for path in folder.glob("*.parquet"):
        if path.name not in before:
            _sync(path, os.O_RDONLY)
    _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Acknowledgements:
    """ackIds count from 0 in each channel; a channel belongs to one token."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next: dict[tuple[str, str], int] = {}
        self._done: dict[tuple[str, str], OrderedDict[int, bool]] = {}
        self._queue: queue.Queue[Any] = queue.Queue(QUEUED_PAYLOADS)
        self._worker: threading.Thread | None = None

    def submit(self, token: str, channel: str, work: Callable[[], None]) -> int:
        """Queues the work of one payload; its ackId. Raises Busy."""
        key = (token, channel)
        with self._lock:
            if self._worker is None:
                self._worker = threading.Thread(target=self._run, daemon=True, name="hec")
                self._worker.start()
            if key not in self._next and len(self._next) >= CHANNELS:
                raise Busy
            number = self._next.get(key, 0)
            try:
                self._queue.put_nowait((key, number, work))
            except queue.Full:
                raise Busy from None
            self._next[key] = number + 1
            return number

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            key, number, work = item
            try:
                work()
            except Exception:
                # The client sees it from the ackId, which stays false.
                log.exception("a payload of the HTTP Event Collector was not indexed")
                continue
            with self._lock:
                known = self._done.setdefault(key, OrderedDict())
                known[number] = True
                if len(known) > PENDING_PER_CHANNEL:
                    known.popitem(last=False)

    def told(self, token: str, channel: str, numbers: Iterable[int]) -> dict[str, bool]:
        """Which are indexed; those that are true are forgotten with this answer."""
        with self._lock:
            known = self._done.get((token, channel), OrderedDict())
            return {str(number): known.pop(number, False) for number in numbers}

    def stop(self) -> None:
        """Indexes what is queued, and ends the worker."""
        with self._lock:
            worker, self._worker = self._worker, None
        if worker is not None:
            self._queue.put(None)
            worker.join()
