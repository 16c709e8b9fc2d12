"""What an input's case gives the suite of promises: its cloud, its stanza, and what must come out.

A case is one module `tests/promises/cases/<input>.py` with a class `Case`. The suite puts things
into the cloud, runs the input as splunkd does, breaks what it can, and compares identities.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from lab.clouds.stand_in import StandIn
from tests.sources.runner import Outcome


class Case(Protocol):
    """One input and its stand-in. `directory` is a scratch directory of the test's own."""

    scheme: str
    """Name of the input, as in bin/<scheme>.py."""
    kind: str
    """queue (acknowledged work), poll (slices of time), blob (growing objects), snapshot."""
    way: str
    """answers (of an API), objects (in storage), messages."""
    faulty_path: str
    """Regular expression of the paths of the calls that fetch events: faults hit these."""
    receiving_path: str
    """For kind queue: the paths of the calls while whose answer a message is held."""
    without: Mapping[str, str]
    """Faults of tests/promises/faults.py that mean nothing here, and why."""

    def __init__(self, directory: Path): ...

    @property
    def stand_in(self) -> StandIn:
        """Where faults are planned. AWS's is a proxy before moto."""

    @property
    def environment(self) -> Mapping[str, str]:
        """Environment variables that lead the input to the stand-in."""

    @property
    def stanza(self) -> Mapping[str, str]:
        """The stanza's settings, without checkpoint and index."""

    @property
    def secrets(self) -> Mapping[tuple[str, str], str]:
        """Entries of storage/passwords by (realm, name) that the stanza needs."""

    def put(self, number: int) -> list[str]:
        """Makes that many events appear in the cloud; their identities."""

    def put_text(self, text: str) -> list[str]:
        """Makes a record with that text in it appear; its identities."""

    def put_stored(self, make: Callable[[bytes], bytes]) -> list[str]:
        """For objects and messages: makes one appear whose bytes are what `make` does with those
        of a good one; the identities in it."""

    def redeliver(self) -> None:
        """For kind queue: what has been delivered comes again, the last one first."""

    def put_poison(self) -> None:
        """For kind queue: a message that nobody can work."""

    def put_bad(self) -> None:
        """Makes one malformed record appear among good ones."""

    def identities(self, outcome: Outcome) -> Counter[str]:
        """How often each identity came out of a run (quarantine events are not counted)."""

    def remaining(self) -> int:
        """For kind queue: what is not acknowledged yet."""

    def pass_time(self, seconds: float) -> None:
        """Moves the service's own clock on, for overlaps, visibility and periods."""

    def close(self) -> None: ...
