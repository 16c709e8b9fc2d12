"""The wish to stop, which a signal handler may set at any moment.

threading.Event is not for signal handlers: its lock may be held by the very code that the handler
interrupts, and then both wait for ever.
"""

from __future__ import annotations

import time

_SLICE = 0.2


class Stop:
    """Set once, by SIGTERM or SIGINT."""

    def __init__(self) -> None:
        self._asked = False

    def set(self) -> None:
        self._asked = True

    def is_set(self) -> bool:
        return self._asked

    def wait(self, seconds: float) -> bool:
        """Sleeps that long, or until asked to stop; whether it was asked."""
        deadline = time.monotonic() + seconds
        while not self._asked:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            time.sleep(min(left, _SLICE))
        return self._asked
