"""An append-only file of small JSON entries that survives a kill at any moment.

An entry is one write: `crc32 json\\n`. After the write returns, the entry outlives the process;
after `sync` it outlives the machine's crash. A torn last line is what a crash leaves and is
dropped; a broken line elsewhere means the file was damaged and is an error.
"""

from __future__ import annotations

import json
import os
import time
import zlib
from typing import Any

from .errors import CheckpointError

_PATIENCE = 10.0
_ENCODE = json.JSONEncoder(separators=(",", ":")).encode

try:
    import fcntl
except ImportError:  # Windows: splunkd itself runs one process per stanza
    fcntl = None


def encode(entry: Any) -> bytes:
    """An entry as its line in the journal."""
    text = _ENCODE(entry).encode("ascii")
    return b"%08x %s\n" % (zlib.crc32(text), text)


class Journal:
    """Opened by one input at a time (and the process that its outlet forks)."""

    def __init__(self, path: str):
        self.path = path
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise CheckpointError(
                f"the checkpoint journal {path} cannot be opened: {error.strerror}"
            )
        self._lock()
        # What a killed run appended may never have been made durable.
        self._dirty = self.size() > 0

    def _lock(self) -> None:
        """Waits for what a killed run left behind: its outlet finishes within moments."""
        if fcntl is None:
            return
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except OSError:
                if time.monotonic() > deadline:
                    os.close(self._fd)
                    raise CheckpointError(
                        f"the checkpoint journal {self.path} is in use: another process runs "
                        "this input"
                    ) from None
                time.sleep(0.02)

    def read(self) -> list[Any]:
        """The entries, oldest first; a torn last line is cut off. Raises CheckpointError."""
        os.lseek(self._fd, 0, os.SEEK_SET)
        pieces = []
        while True:
            piece = os.read(self._fd, 1 << 20)
            if not piece:
                break
            pieces.append(piece)
        content = b"".join(pieces)
        entries, good = [], 0
        lines = content.split(b"\n")
        for number, line in enumerate(lines[:-1], 1):
            crc, _, text = line.partition(b" ")
            if b"%08x" % zlib.crc32(text) != crc:
                if number == len(lines) - 1 and not lines[-1]:
                    break
                raise CheckpointError(
                    f"the checkpoint journal {self.path} is damaged at line {number}: move it away "
                    "to start without it (what it recorded may then be read twice)"
                )
            entries.append(json.loads(text))
            good += len(line) + 1
        if good < len(content):
            os.ftruncate(self._fd, good)
        return entries

    def append(self, line: bytes) -> None:
        """Appends what `encode` made. Raises CheckpointError; then nothing was appended."""
        before = os.fstat(self._fd).st_size
        try:
            written = os.write(self._fd, line)
        except OSError as error:
            raise CheckpointError(
                f"the checkpoint journal {self.path} cannot be written: {error.strerror}"
            ) from error
        if written != len(line):
            os.ftruncate(self._fd, before)
            raise CheckpointError(
                f"the checkpoint journal {self.path} cannot be written: the disk is full"
            )
        self._dirty = True

    def size(self) -> int:
        return os.fstat(self._fd).st_size

    def sync(self) -> None:
        """Makes what was appended outlive a crash of the machine."""
        if self._dirty:
            self._durable()

    def reset(self) -> None:
        """Empties the journal: its entries are durable elsewhere."""
        os.ftruncate(self._fd, 0)
        self._durable()

    def _durable(self) -> None:
        try:
            os.fsync(self._fd)
        except OSError as error:
            raise CheckpointError(
                f"the checkpoint journal {self.path} cannot be made durable: {error.strerror}"
            ) from error
        self._dirty = False

    def close(self) -> None:
        os.close(self._fd)
