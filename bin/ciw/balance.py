"""Whether what was read came out: counted where it is read, and again where it is sent.

Decoders count `read`, each record of an answer or file, and `repeated`, those of them that were
sent before (an overlap, a message that comes again). What is left is `fetched`, and has to be as
much as was emitted, quarantined and filtered. A reading that ends early leaves records in hand
which the next one reads again: those are `unsent`.
"""

from __future__ import annotations

_OUTCOMES = ("emitted", "quarantined", "filtered")


class Balance:
    """One reading of a shard, from here to `settle`; `counts` are the run's."""

    def __init__(self, counts: dict[str, int]):
        self._counts = counts
        self._start = dict(counts)

    def settle(self, whole: bool) -> int:
        """Adds to the run's `fetched`; returns by how many records that is more than came out.

        A reading that is not `whole` may have read more than it sent, and never less.
        """
        fresh = self._since("read") - self._since("repeated")
        told = sum(self._since(name) for name in _OUTCOMES)
        unsent = 0 if whole else max(0, fresh - told)
        self._counts["unsent"] += unsent
        self._counts["fetched"] += fresh - unsent
        return fresh - unsent - told

    def _since(self, name: str) -> int:
        return self._counts.get(name, 0) - self._start.get(name, 0)
