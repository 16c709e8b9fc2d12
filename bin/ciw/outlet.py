"""The way out: chunks to splunkd and their records in the journal, safe from a kill of the input.

Between handing a chunk to the pipe and recording it a process can be killed, and nobody would
know whether splunkd has the chunk. So a small process of its own does both: the input hands it
whole frames (announcement, chunk, record), and it finishes every frame it has received whole,
also when the input is killed, then ends. It does nothing else, ends within moments of its parent
and of the reader, and holds the journal's lock until then, so that the next run waits for it.

A reader that keeps the pipe open and does not read must hold up neither a stop nor the next run:
once the input is asked to stop or is dead, the outlet gives up after a few seconds without room.
What it then drops was neither sent nor recorded, and comes again.

Where the machine has no fork, the input does it itself. A kill that takes both processes at once,
or the machine, can still fall between the two: the announcement tells the next run about it.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import select
import signal
import struct
import time
from collections.abc import Callable
from typing import Any, ClassVar

from .emit import STREAM_END, STREAM_START, encode_page
from .errors import CheckpointError, OutputClosed, Stopped
from .journal import Journal
from .pipe import Pipe

# kind, slot of the chunk, then the lengths of the announcement, the chunk and the record.
_HEADER = struct.Struct(">cbIQI")
_FRAME, _SYNC, _RELEASED, _GAVE_UP = b"f", b"s", b"r", b"g"
_SLOTS, _SLOT, _INLINE = 4, 256 * 1024, -1
_READ = 1 << 20
# What a pipe that may be written to takes without waiting (POSIX, PIPE_BUF).
_ATOMIC = 4096
# Seconds that an outlet waits for room once nobody waits for it.
_PATIENCE = 3.0
_STOPPED = "asked to stop while the pipe to splunkd was full"


class _XmlStream:
    """What an outlet of the XML stream says at its ends, and how it writes a page."""

    opening = STREAM_START
    counts: ClassVar[dict[str, float]] = {}
    ending = STREAM_END
    encode = staticmethod(encode_page)


class DirectOutlet(_XmlStream):
    """Sends and records in this process."""

    def __init__(
        self,
        fd: int,
        journal: Journal,
        stopping: Callable[[], bool] = lambda: False,
    ):
        self._pipe = Pipe(fd, stopping)
        self._journal = journal
        self.page_bytes = self._pipe.page_bytes

    def send(self, data: bytes, announcement: bytes = b"", record: bytes = b"") -> None:
        """Announces, sends and records a chunk. Raises Stopped, BrokenPipeError, CheckpointError.

        The announcement comes only when there is room for the chunk, right before it is sent.
        """
        if data and not self._pipe.wait_for_room(len(data)):
            raise Stopped(_STOPPED)
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


class ForkedOutlet(_XmlStream):
    """Has a process of its own send and record. Made before the input starts any thread.

    Chunks are handed over in shared memory, slot after slot; what does not fit a slot goes through
    the pipe of the frames. A frame counts once its header has been written, which is one atomic
    write, so that the outlet has a frame whole or not at all. The byte behind the slots tells the
    outlet that a stop was asked for. It ends the stream itself where it cannot write a record.
    """

    def __init__(
        self,
        fd: int,
        journal: Journal,
        stopping: Callable[[], bool] = lambda: False,
    ):
        self._stopping = stopping
        self._memory = mmap.mmap(-1, _SLOTS * _SLOT + 1)
        self._failed: Exception | None = None
        self._slot = 0
        self._free = _SLOTS
        frames_out, self._frames = os.pipe()
        self._answers, answers_in = os.pipe()
        self.page_bytes = Pipe(fd).page_bytes
        patience = _Patience(self._memory, os.getpid())
        self._child = os.fork()
        if self._child == 0:
            os.close(self._frames)
            os.close(self._answers)
            outlet = DirectOutlet(fd, journal, patience.is_over)
            _serve(frames_out, answers_in, outlet, self._memory)
        os.close(frames_out)
        os.close(answers_in)
        # The reader must see the end of the stream when the outlet ends, and not later.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, fd)
        os.close(nowhere)

    def send(self, data: bytes, announcement: bytes = b"", record: bytes = b"") -> None:
        size = len(data)
        slot = _INLINE
        if 0 < size <= _SLOT:
            while not self._free:
                if self._answered() is None and self._stopping():
                    raise Stopped(_STOPPED)
            slot = self._slot
            start = slot * _SLOT
            self._memory[start : start + size] = data
            self._slot = (slot + 1) % _SLOTS
            self._free -= 1
        header = _HEADER.pack(_FRAME, slot, len(announcement), size, len(record))
        self._write(header + announcement + record)
        if slot == _INLINE:
            self._write(data)

    def sync(self) -> None:
        self._write(_HEADER.pack(_SYNC, _INLINE, 0, 0, 0))
        while self._answered() != _SYNC:
            self._tell_stop()

    def close(self) -> None:
        """Waits until everything has been sent; a failure that was raised before is not again."""
        os.close(self._frames)
        try:
            answer = _RELEASED
            while answer == _RELEASED:
                self._await(self._answers, None)
                answer = os.read(self._answers, 1)
            _, status = os.waitpid(self._child, 0)
            if (answer or status) and self._failed is None:
                raise self._failure(answer)
        finally:
            os.close(self._answers)

    def _tell_stop(self) -> None:
        if self._stopping():
            self._memory[_SLOTS * _SLOT] = 1

    def _await(self, to_read: int | None, to_write: int | None) -> None:
        """Waits for a descriptor, and passes a stop on to the outlet meanwhile."""
        reads = [] if to_read is None else [to_read]
        writes = [] if to_write is None else [to_write]
        while not any(select.select(reads, writes, [], 0.2)):
            self._tell_stop()

    def _answered(self) -> bytes | None:
        """The outlet's next answer, None when there was none in a moment."""
        if not select.select([self._answers], [], [], 0.2)[0]:
            return None
        answer = os.read(self._answers, 1)
        if answer == _RELEASED:
            self._free += 1
        elif answer != _SYNC:
            raise self._failure(answer)
        return answer

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                self._await(None, self._frames)
                view = view[os.write(self._frames, view[:_ATOMIC]) :]
        except BrokenPipeError:
            answer = _RELEASED
            while answer == _RELEASED:
                answer = os.read(self._answers, 1)
            raise self._failure(answer) from None

    def _failure(self, start: bytes) -> Exception:
        """What the outlet said before it ended; nothing: the reader of the stream has gone."""
        if self._failed is None:
            message = b""
            while start:
                message += start
                start = os.read(self._answers, 4096)
            if message == _GAVE_UP:
                self._failed = Stopped(_STOPPED)
            elif message:
                self._failed = CheckpointError(message.decode("utf-8", "replace").lstrip("!"))
            else:
                self._failed = OutputClosed("splunkd closed the input's standard output")
        return self._failed


class _Patience:
    """How long the outlet waits for room: for ever, while an input that goes on waits for it."""

    def __init__(self, memory: mmap.mmap, parent: int):
        self._memory = memory
        self._parent = parent
        self._deadline = 0.0

    def is_over(self) -> bool:
        if not self._memory[_SLOTS * _SLOT] and os.getppid() == self._parent:
            return False
        now = time.monotonic()
        self._deadline = self._deadline or now + _PATIENCE
        return now > self._deadline


def _serve(frames: int, answers: int, outlet: DirectOutlet, memory: mmap.mmap) -> Any:
    """The outlet's process: never returns."""
    status = 1
    try:
        # A stop is the input's to deal with: it ends the frames. A session of its own keeps a
        # signal to the input's group from taking both.
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _relay(frames, answers, outlet, memoryview(memory))
        status = 0
    except BrokenPipeError:
        # The reader of the stream or, for an answer, the input has gone.
        status = 3
    except Stopped:
        status = 4
        _answer(answers, _GAVE_UP)
    except CheckpointError as error:
        _answer(answers, b"!" + str(error).encode("utf-8"))
        outlet.send(outlet.ending)
    except Exception as error:  # noqa: BLE001
        _answer(answers, f"!the outlet failed: {type(error).__name__}: {error}".encode())
    finally:
        os._exit(status)


def _relay(frames: int, answers: int, outlet: DirectOutlet, memory: memoryview) -> None:
    """Frame after frame until the input ends them or is killed."""
    while True:
        header = _read(frames, _HEADER.size)
        if header is None:
            return
        kind, slot, announced, size, recorded = _HEADER.unpack(header)
        if kind == _SYNC:
            outlet.sync()
            _answer(answers, _SYNC)
            continue
        lines = _read(frames, announced + recorded)
        if slot == _INLINE:
            data = _read(frames, size)
        else:
            data = memory[slot * _SLOT : slot * _SLOT + size]
        if lines is None or data is None:
            return
        outlet.send(data, lines[:announced], lines[announced:])
        if slot != _INLINE:
            _answer(answers, _RELEASED)


def _answer(answers: int, text: bytes) -> None:
    """Answers an input that may have been killed: its frames are finished all the same."""
    with contextlib.suppress(BrokenPipeError):
        os.write(answers, text)


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
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


Outlet = ForkedOutlet if hasattr(os, "fork") else DirectOutlet
