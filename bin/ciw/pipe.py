"""Chunks into the pipe to splunkd, each all at once or not at all.

A process that is killed inside a write that waits for room has handed over part of a chunk that
it can never record. So a chunk is written only when the pipe has room for the whole of it: the
kernel then copies it in one go, and a SIGKILL takes effect before or after, not in between.
Where standard output is no pipe, or a single event is larger than one, writes may block midway;
an event cut there is incomplete XML, which the reader discards.
"""

from __future__ import annotations

import array
import os
import select
import stat
import time
from typing import Callable

from .errors import OutputClosed, Stopped

try:
    import fcntl
    import termios
except ImportError:  # Windows: neither pipe sizes nor FIONREAD; writes simply block
    fcntl = None
    termios = None

_F_SETPIPE_SZ = 1031  # linux/fcntl.h; in Python's fcntl only since 3.10
_F_GETPIPE_SZ = 1032
_WANTED = 1 << 20
_PAGE = 4096
_CHUNK = 128 * 1024


def enlarge(fd: int) -> None:
    """Makes a pipe as large as an unprivileged process may, where that can be said."""
    if fcntl is not None:
        try:
            fcntl.fcntl(fd, _F_SETPIPE_SZ, _WANTED)
        except OSError:
            # The system's limit on pipe memory, or no Linux: the size it has is used.
            return


class Pipe:
    """Writes chunks to a file descriptor; `stopping()` ends a wait for room."""

    def __init__(self, fd: int, stopping: Callable[[], bool] = lambda: False):
        self._fd = fd
        self._stopping = stopping
        self._chunks = 0
        self.capacity = self._measure()
        # The text a page should hold: escaping makes it somewhat larger than what was read.
        self.page_bytes = min(_CHUNK, self.capacity // 3) if self.capacity else _CHUNK

    def _measure(self) -> int:
        """Bytes the pipe holds, made as large as an unprivileged process may; 0: not a pipe."""
        if fcntl is None or not stat.S_ISFIFO(os.fstat(self._fd).st_mode):
            return 0
        enlarge(self._fd)
        try:
            return fcntl.fcntl(self._fd, _F_GETPIPE_SZ)
        except OSError:
            return 0

    def wait_for_room(self, size: int) -> bool:
        """True when `size` bytes fit at once (or the pipe is empty); False when asked to stop.

        Raises BrokenPipeError when the reader has gone.
        """
        if not self.capacity:
            return True
        poller = select.poll()
        poller.register(self._fd, select.POLLERR)
        pause = 0.0005
        while True:
            if poller.poll(0):
                raise OutputClosed("splunkd closed the input's standard output")
            unread = self._unread()
            if unread == 0:
                self._chunks = 0
                return True
            # Pages are not shared between chunks: each may leave two partly filled.
            if unread + size + 2 * _PAGE * (self._chunks + 1) <= self.capacity:
                return True
            if self._stopping():
                return False
            time.sleep(pause)
            pause = min(pause * 2, 0.01)

    def _unread(self) -> int:
        count = array.array("i", [0])
        fcntl.ioctl(self._fd, termios.FIONREAD, count)
        return count[0]

    def write(self, data: bytes | memoryview) -> None:
        """Writes all of `data`; in one system call where there is room.

        What is larger than the pipe goes piece by piece, so that a wait for its reader can end.
        Raises Stopped, BrokenPipeError.
        """
        self._chunks += 1
        if self.capacity and len(data) > self.capacity:
            view, piece = memoryview(data), self.capacity // 2
            for start in range(0, len(data), piece):
                if not self.wait_for_room(min(piece, len(data) - start)):
                    raise Stopped("asked to stop while the pipe to splunkd was full")
                os.write(self._fd, view[start : start + piece])
            return
        written = os.write(self._fd, data)
        if written < len(data):
            rest = memoryview(data)[written:]
            while rest:
                rest = rest[os.write(self._fd, rest) :]
