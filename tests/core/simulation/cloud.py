"""What the model service of each kind has in common."""

from __future__ import annotations

import json
import re
from typing import Any

from ciw.declare import Source
from ciw.errors import Retriable

from tests.core.simulation.durable import Documents, key_of
from tests.core.simulation.world import Broken, World

_NAME = re.compile(r"ev-\d+")
OVERLAP = 1800.0


def text_of(name: str) -> str:
    """An event that is a record of a log, of which two or three make a page."""
    return json.dumps({"id": name, "filler": "x" * 60}, separators=(",", ":"))


class Cloud:
    """A service with events; each has a name `ev-<number>` in its text."""

    kind = ""
    source: Source
    stanza = ""

    def __init__(self, world: World):
        self.world = world
        self.created: list[str] = []
        self._number = 0

    @property
    def arguments(self) -> dict[str, Any]:
        return {}

    def new_name(self) -> str:
        self._number += 1
        name = f"ev-{self._number:06d}"
        return name

    def identity(self, text: str) -> str:
        found = _NAME.search(text)
        return found.group() if found else ""

    def key(self, shard: str) -> str:
        return key_of(self.stanza, shard)

    def put(self, number: int, variant: int) -> None:
        """Makes events appear; `variant` (0-7) chooses how."""
        raise NotImplementedError

    def covered(self, documents: Documents, member: str) -> set[str]:
        """The events that a checkpoint says have been sent."""
        raise NotImplementedError

    def recorded(self, documents: Documents, member: str) -> set[str]:
        """The same, where the next run would not use all of it."""
        return self.covered(documents, member)

    def at_once(self) -> set[str]:
        """What every run without faults has sent at its end."""
        return set()

    def complete(self) -> None:
        """Ends what was only begun, before much time passes."""

    def settle(self) -> None:
        """Moves the service to where everything must have been sent, before the last runs."""
        self.world.pass_time(3 * OVERLAP)

    def expected(self) -> set[str]:
        return set(self.created)

    def check(self) -> None:
        """What else has to hold after a run, and is not about single events."""

    def check_end(self) -> None:
        """What else has to hold when everything has been read."""

    def call(self, what: str) -> None:
        """A request to the service. Raises Retriable where it is throttled."""
        if self.world.fails("throttled"):
            raise Retriable(f"{what}: HTTP 429")

    def require_recorded(self, names: set[str], documents: Documents) -> None:
        """Before an acknowledgement: all that was sent, and the checkpoint would survive."""
        missing = sorted(names - set(self.world.received))
        if missing:
            raise Broken(f"I4: acknowledged, and not sent: {missing[:3]}")
        member = self.world.process.member if self.world.process is not None else ""
        unrecorded = sorted(names - self.recorded(documents, member))
        if unrecorded:
            raise Broken(f"I4: acknowledged, and not durably recorded: {unrecorded[:3]}")
