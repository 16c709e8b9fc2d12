"""The file that the app's own log goes to: $SPLUNK_HOME/var/log/splunk/ciw_<input>.log.

Splunk monitors that directory and indexes it into _internal, on a search head, a heavy forwarder
and Splunk Cloud alike; this app's props give the files the source type ciw:log. Several processes
write one file: a line is one appending write. A file that has grown is moved away once, by the
process that holds its lock.
"""

from __future__ import annotations

import contextlib
import os
import time

try:
    import fcntl
except ImportError:  # Windows cannot rename an open file either: it grows
    fcntl = None

_LARGEST = 10 << 20
_KEPT = 3


class LogFile:
    """`write` never fails: a log that cannot be written must not stop an input. `failure` tells."""

    def __init__(self, path: str, largest: int = _LARGEST):
        self.path = path
        self.failure = ""
        self._largest = largest
        self._fd = -1

    def write(self, line: str) -> None:
        now = time.time()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
        text = f"{stamp}.{int(now % 1 * 1000):03d}Z {line}\n"
        try:
            self._ready()
            os.write(self._fd, text.encode("utf-8", "replace"))
        except OSError as error:
            self.failure = self.failure or f"{self.path}: {error.strerror}"

    def _ready(self) -> None:
        """Opens the file, or the new one where it was moved away or has grown too large."""
        if self._fd >= 0 and not self._is_current():
            os.close(self._fd)
            self._fd = -1
        if self._fd < 0:
            self._fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        if fcntl is not None and os.fstat(self._fd).st_size > self._largest:
            self._move_away()

    def _is_current(self) -> bool:
        try:
            return os.path.samestat(os.stat(self.path), os.fstat(self._fd))
        except FileNotFoundError:
            return False

    def _move_away(self) -> None:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if self._is_current():
                for number in range(_KEPT - 1, 0, -1):
                    with contextlib.suppress(FileNotFoundError):
                        os.replace(f"{self.path}.{number}", f"{self.path}.{number + 1}")
                os.replace(self.path, self.path + ".1")
            os.close(self._fd)
            self._fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def of_input(name: str) -> LogFile | None:
    """The file of an input; None where splunkd has not said where it lives."""
    home = os.environ.get("SPLUNK_HOME", "")
    directory = os.path.join(home, "var", "log", "splunk")
    if not home or not os.path.isdir(directory):
        return None
    return LogFile(os.path.join(directory, f"ciw_{name}.log"))
