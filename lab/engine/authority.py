"""What the user of a search may do, and a running search's brake.

Without an `Authority` (the command line, the schedule) everything is allowed. Which capability a
command needs is from authorize.conf.spec's descriptions of the capabilities.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab.spl.errors import NOWHERE, Span, SPLError

if TYPE_CHECKING:
    import duckdb

    from lab.app import LookupDefinition

# By the name of the command's node.
CAPABILITY_OF = {
    "Collect": "run_collect", "Mcollect": "run_mcollect", "Meventcollect": "run_mcollect",
    "Outputlookup": "output_file", "Inputlookup": "input_file", "Metadata": "get_metadata",
    "Typeahead": "get_typeahead", "Mcatalog": "list_metrics_catalog", "Msearch": "run_msearch",
    "Mpreview": "run_msearch", "Walklex": "run_walklex",
}
INTERRUPT_SECONDS = 0.05


@dataclass(frozen=True)
class Authority:
    """`may(capability)` and `permits(verb, kind, name)`, with the kinds of default.meta."""

    may: Callable[[str], bool]
    permits: Callable[[str, str, str], bool]

    def check_command(self, node: Any) -> None:
        name = type(node).__name__
        needed = CAPABILITY_OF.get(name)
        if needed and not self.may(needed):
            raise SPLError(f"{name.lower()}: the role of this search's user lacks the capability"
                           f" {needed}", node.span, name.lower(), "authorize.conf grants it")

    def check_lookup(self, verb: str, found: LookupDefinition, span: Span = NOWHERE) -> None:
        """A lookup's own access list, and its collection's."""
        objects = [("lookups", found.filename or found.name)]
        if found.filename is None or found.filename != found.name:
            objects = [("transforms", found.name), *(objects if found.filename else [])]
        if found.collection:
            objects.append(("collections", found.collection))
        for kind, name in objects:
            if not self.permits(verb, kind, name):
                raise SPLError(f"this search's user may not {verb} {kind}/{name}", span,
                               found.name, "metadata/default.meta grants it to roles")


class SearchStopped(Exception):
    """The search was interrupted from outside; it has no result and wrote nothing."""


class Interruption:
    """Stops or holds one search from another thread.

    A stop breaks off the statement that DuckDB is executing; a pause holds the search before its
    next step.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connections: list[duckdb.DuckDBPyConnection] = []
        self._idle = threading.Event()
        self._go = threading.Event()
        self._go.set()
        self.stopped = False

    @property
    def is_paused(self) -> bool:
        return not self._go.is_set()

    def pause(self) -> None:
        self._go.clear()

    def resume(self) -> None:
        self._go.set()

    def check(self) -> None:
        """Waits while paused; raises SearchStopped once stopped."""
        self._go.wait()
        if self.stopped:
            raise SearchStopped("the search was stopped")

    def attach(self, connection: duckdb.DuckDBPyConnection) -> None:
        with self._lock:
            self._connections.append(connection)
            self._idle.clear()

    def detach(self, connection: duckdb.DuckDBPyConnection) -> None:
        with self._lock:
            self._connections.remove(connection)
            if not self._connections:
                self._idle.set()

    def stop(self) -> None:
        """Returns at once. An interrupt that falls between two statements has no effect, so it is
        repeated until the search is over."""
        self.stopped = True
        self._go.set()
        threading.Thread(target=self._interrupt, daemon=True, name="interrupt").start()

    def _interrupt(self) -> None:
        while True:
            with self._lock:
                if not self._connections:
                    return
                for connection in self._connections:
                    connection.interrupt()
            self._idle.wait(INTERRUPT_SECONDS)
