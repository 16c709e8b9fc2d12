"""The way out: chunks to splunkd and their records in the journal, safe from a kill of the input.

Between handing a chunk to the pipe and recording it a process can be killed, and nobody would
know whether splunkd has the chunk. So a small process of its own does both: the input hands it
whole frames (announcement, chunk, record), and it finishes every frame it has received whole,
also when the input is killed, then ends. It does nothing else, ends within moments of its parent
and of the reader, and holds the journal's lock until then, so that the next run waits for it.

Where the machine has no fork, the input does it itself. A kill that takes both processes at once,
or the machine, can still fall between the two: the announcement tells the next run about it.
"""

from __future__ import annotations

import os
import select
import signal
import struct
from collections.abc import Callable
from typing import Any

from .errors import CheckpointError, Stopped
from .journal import Journal
from .pipe import Pipe, enlarge

# kind, then the lengths of the announcement, the chunk and the record.
_HEADER = struct.Struct(">cIQI")
_FRAME, _SYNC = b"f", b"s"
_READ = 1 << 20


class DirectOutlet:
    """Sends and records in this process."""

    def __init__(self, fd: int, journal: Journal, stopping: Callable[[], bool] = lambda: False):
        self._pipe = Pipe(fd, stopping)
        self._journal = journal
        self.page_bytes = self._pipe.page_bytes

    def send(self, data: bytes, announcement: bytes = b"", record: bytes = b"") -> None:
        """Announces, sends and records a chunk. Raises Stopped, BrokenPipeError, CheckpointError.

        The announcement comes only when there is room for the chunk, right before it is sent.
        """
        if data and not self._pipe.wait_for_room(len(data)):
            raise Stopped("asked to stop while the pipe to splunkd was full")
        if announcement:
            self._journal.append(announcement)
        if data:
            self._pipe.write(data)
        if record:
            self._journal.append(record)

    def sync(self) -> None:
        """Makes the journal outlive a crash of the machine."""
        self._journal.sync()

    def close(self) -> None:
        """Nothing is held back here."""


class ForkedOutlet:
    """Has a process of its own send and record. Made before the input starts any thread."""

    def __init__(self, fd: int, journal: Journal, stopping: Callable[[], bool] = lambda: False):
        self._stopping = stopping
        frames_out, self._frames = os.pipe()
        self._answers, answers_in = os.pipe()
        enlarge(self._frames)
        self.page_bytes = Pipe(fd).page_bytes
        self._child = os.fork()
        if self._child == 0:
            os.close(self._frames)
            os.close(self._answers)
            _serve(frames_out, answers_in, fd, journal)
        os.close(frames_out)
        os.close(answers_in)
        # The reader must see the end of the stream when the outlet ends, and not later.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, fd)
        os.close(nowhere)

    def send(self, data: bytes, announcement: bytes = b"", record: bytes = b"") -> None:
        while not select.select([], [self._frames], [], 0.2)[1]:
            if self._stopping():
                raise Stopped("asked to stop while the pipe to splunkd was full")
        header = _HEADER.pack(_FRAME, len(announcement), len(data), len(record))
        self._write(header + announcement)
        self._write(data)
        self._write(record)

    def sync(self) -> None:
        self._write(_HEADER.pack(_SYNC, 0, 0, 0))
        answer = os.read(self._answers, 1)
        if answer != b".":
            raise self._failure(answer)

    def close(self) -> None:
        """Waits until everything has been sent."""
        os.close(self._frames)
        try:
            answer = os.read(self._answers, 1)
            os.waitpid(self._child, 0)
            if answer:
                raise self._failure(answer)
        finally:
            os.close(self._answers)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._frames, view) :]
        except BrokenPipeError:
            raise self._failure(os.read(self._answers, 1)) from None

    def _failure(self, start: bytes) -> Exception:
        """What the outlet said before it ended; nothing: the reader of the stream has gone."""
        message = start
        while start:
            start = os.read(self._answers, 4096)
            message += start
        if message:
            return CheckpointError(message.decode("utf-8", "replace").lstrip("!"))
        return BrokenPipeError("splunkd closed the input's standard output")


def _serve(frames: int, answers: int, fd: int, journal: Journal) -> Any:
    """The outlet's process: never returns."""
    status = 1
    try:
        # A stop is the input's to deal with: it ends the frames. A session of its own keeps a
        # signal to the input's group from taking both.
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        outlet = DirectOutlet(fd, journal)
        while True:
            header = _read(frames, _HEADER.size)
            if header is None:
                status = 0
                break
            kind, *sizes = _HEADER.unpack(header)
            if kind == _SYNC:
                outlet.sync()
                os.write(answers, b".")
                continue
            parts = [_read(frames, size) for size in sizes]
            if None in parts:
                break
            announcement, data, record = parts
            outlet.send(data, announcement, record)
    except BrokenPipeError:
        status = 3
    except CheckpointError as error:
        os.write(answers, b"!" + str(error).encode("utf-8"))
    finally:
        os._exit(status)


def _read(fd: int, size: int) -> bytes | None:
    """Exactly `size` bytes; None where the input ended (or was killed) before all were there."""
    if size == 0:
        return b""
    pieces, wanted = [], size
    while wanted:
        piece = os.read(fd, min(wanted, _READ))
        if not piece:
            return None
        pieces.append(piece)
        wanted -= len(piece)
    return b"".join(pieces)


Outlet = ForkedOutlet if hasattr(os, "fork") else DirectOutlet
