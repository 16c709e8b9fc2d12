"""The next few blobs fetched while one is being worked: a container far away is waited for once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from typing import Any

from .azure_blobs import RANGE, Blob, Container

_THREADS = 4
# Blobs that are held or being fetched: with the size of a range this bounds the memory.
_HELD = 8

Piece = tuple[bytes, str]


class Ahead:
    """Reads of one container. Close it at the end, which drops what was not asked for."""

    def __init__(self, container: Container):
        self.container = container
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="blobs")
        self._planned: dict[str, tuple[int, Future[Any]]] = {}

    def each(self, planned: Iterable[tuple[Any, Blob | None, int]]) -> Iterator[Any]:
        """The first of each (thing, its blob, where its reading starts), a few ahead of them
        being fetched; a blob None is not."""
        waiting: deque[Any] = deque()
        for thing, blob, start in planned:
            # Larger ones are read piece by piece when their turn comes.
            if blob is not None and 0 < blob.size - start <= RANGE:
                self._planned[blob.name] = (start, self._pool.submit(self._begin, blob, start))
            waiting.append((thing, blob))
            if len(waiting) > _HELD:
                yield self._next(waiting)
        while waiting:
            yield self._next(waiting)

    def read(self, blob: Blob, start: int) -> Iterator[Piece]:
        """As Container.read, from what was fetched where that is the same."""
        planned = self._planned.pop(blob.name, None)
        if planned is None or planned[0] != start:
            return self.container.read(blob, start)
        return self._rest(planned[1])

    def close(self) -> None:
        self._planned.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _begin(self, blob: Blob, start: int) -> tuple[list[Piece], Iterator[Piece]]:
        pieces = self.container.read(blob, start)
        first = next(pieces, None)
        return [] if first is None else [first], pieces

    @staticmethod
    def _rest(future: Future[Any]) -> Iterator[Piece]:
        first, pieces = future.result()
        yield from chain(first, pieces)

    def _next(self, waiting: deque[Any]) -> Any:
        """What was fetched for the one before and not asked for is let go."""
        names = {blob.name for _, blob in waiting if blob is not None}
        for name in self._planned.keys() - names:
            self._planned.pop(name)[1].cancel()
        return waiting.popleft()[0]
