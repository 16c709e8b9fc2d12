"""A disk that forgets what was not synced, and a KV store that does not.

`Disk` stands in for the module `os` in the journal and the store of files. The files are real: a
killed process leaves them as they are. A power loss cuts the journal somewhere behind what was
synced, undoes a truncation and renames that were not, and empties renamed files that were not.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from typing import Any

from tests.core.simulation.world import World

Pick = Callable[[int], int]
"""A number from 0 to its argument, both included."""


class Disk:
    """The disk of one member: `directory` has its journal and its files."""

    def __init__(self, world: World, directory: str):
        self._world = world
        self.directory = directory
        self._open: set[int] = set()
        self._synced: dict[int, int] = {}
        self._truncated: dict[str, bytes] = {}
        self._renamed: dict[str, bytes | None] = {}
        self._unsynced: set[str] = set()
        self._paths: dict[int, str] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    # What the core calls.

    def open(self, path: str, *arguments: Any) -> int:
        fd = os.open(path, *arguments)
        self._open.add(fd)
        self._paths[fd] = path
        return fd

    def close(self, fd: int) -> None:
        self._open.discard(fd)
        os.close(fd)

    def write(self, fd: int, data: bytes) -> int:
        self._world.point("journal begun")
        half = len(data) // 2
        done = os.write(fd, data[:half])
        self._world.point("journal half")
        done += os.write(fd, data[half:])
        self._world.point("journal finished")
        return done

    def ftruncate(self, fd: int, size: int) -> None:
        self._world.point("files truncation begun")
        self._truncated.setdefault(self._paths[fd], _content(self._paths[fd]) or b"")
        os.ftruncate(fd, size)
        inode = os.fstat(fd).st_ino
        self._synced[inode] = min(self._synced.get(inode, 0), size)
        self._world.point("files truncation finished")

    def fsync(self, fd: int) -> None:
        self._world.point("sync begun")
        found = os.fstat(fd)
        if stat.S_ISDIR(found.st_mode):
            self._renamed.clear()
        else:
            self._synced[found.st_ino] = found.st_size
            self._truncated.pop(self._paths.get(fd, ""), None)
        self._world.point("sync finished")

    def replace(self, source: str, target: str) -> None:
        self._world.point("files rename begun")
        if os.stat(source).st_ino not in self._synced:
            self._unsynced.add(target)
        self._renamed.setdefault(target, _content(target))
        os.replace(source, target)
        self._world.point("files rename finished")

    # What the world does.

    def end(self) -> None:
        """The process is gone: its descriptors are closed, which gives back its locks."""
        for fd in self._open:
            os.close(fd)
        self._open.clear()
        self._paths.clear()

    def power_loss(self, pick: Pick) -> None:
        for path, before in self._truncated.items():
            if pick(1):
                _put(path, before)
        self._truncated.clear()
        for path in self._files():
            if os.path.basename(path).startswith("journal-"):
                size = os.path.getsize(path)
                synced = min(self._synced.get(os.stat(path).st_ino, 0), size)
                os.truncate(path, synced + pick(size - synced))
        for path in sorted(self._unsynced):
            if os.path.exists(path):
                os.truncate(path, 0)
        self._unsynced.clear()
        for path, before in self._renamed.items():
            if pick(1):
                if before is None:
                    os.unlink(path)
                else:
                    _put(path, before)
        self._renamed.clear()

    def files(self, durable: bool) -> dict[str, bytes]:
        """The journal and the files of cursors; `durable`: the least that a power loss leaves."""
        found = {}
        for path in self._files():
            content = _content(path) or b""
            if durable and os.path.basename(path).startswith("journal-"):
                content = content[: self._synced.get(os.stat(path).st_ino, 0)]
            found[path] = content
        if durable:
            for path, before in self._renamed.items():
                found[path] = before or b"{}"
        return found

    def _files(self) -> list[str]:
        found = []
        for directory, _, names in sorted(os.walk(self.directory)):
            found += [os.path.join(directory, name) for name in sorted(names)
                      if not name.endswith(".new")]
        return found


def _content(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def _put(path: str, content: bytes) -> None:
    with open(path, "r+b" if os.path.exists(path) else "wb") as file:
        file.truncate(0)
        file.write(content)
