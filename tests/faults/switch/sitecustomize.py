"""A kill switch inside an input's processes: SIGKILL at a chosen system call.

Python imports this module when it starts with this directory in PYTHONPATH. It changes nothing but
that it counts the calls by which chunks and records leave, and kills at the one that was planned
(CIW_KILL_SWITCH, a JSON object with `point`, `number`, `victims` and `notes`, a file). The outlet
notes there where in the stream its last record stands, so that the test knows what was not
recorded. From outside a kill hits the microseconds between a chunk and its record hardly ever.
"""

from __future__ import annotations

import json
import os
import signal
import struct

_FRAME = struct.Struct(">cbIQI")  # as in ciw.outlet
_STREAM = 1


class _Switch:
    """`point` is reached in one process only: the input's (it forks) or the outlet's."""

    def __init__(self, plan: dict):
        self.point = plan["point"]
        self.number = plan["number"]
        self.victims = plan["victims"]
        self.notes = os.open(plan["notes"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.input = os.getpid()
        self.outlet = 0
        self.sent = 0
        self.chunk_open = False
        self.journals: dict[int, bool] = {}
        self.write, self.fsync = os.write, os.fsync
        self.fork, self.waitpid = os.fork, os.waitpid

    def install(self) -> None:
        os.write, os.fsync, os.fork = self.writing, self.syncing, self.forking
        os.waitpid = self.waiting

    def note(self, kind: str) -> None:
        self.write(self.notes, f"{kind} {self.sent}\n".encode())

    def reach(self, point: str) -> None:
        if point != self.point:
            return
        self.number -= 1
        if self.number == 0:
            self.note("killed")
            self.kill()

    def kill(self) -> None:
        here = os.getpid()
        outlet = here if here != self.input else self.outlet
        chosen = {"input": [self.input], "outlet": [outlet], "both": [self.input, outlet]}
        for victim in sorted(chosen[self.victims], key=lambda pid: pid == here):
            os.kill(victim, signal.SIGKILL)

    def forking(self) -> int:
        child = self.fork()
        if child:
            self.outlet = child
            self.reach("outlet started")
        return child

    def waiting(self, pid: int, options: int):
        if pid == self.outlet:
            self.reach("everything handed over")
        return self.waitpid(pid, options)

    def syncing(self, fd: int) -> None:
        if not self.is_journal(fd):
            return self.fsync(fd)
        self.reach("before sync")
        self.fsync(fd)
        self.note("synced")
        self.reach("after sync")
        return None

    def is_journal(self, fd: int) -> bool:
        if fd not in self.journals:
            name = os.path.basename(os.readlink(f"/proc/self/fd/{fd}"))
            self.journals[fd] = name.startswith("journal-")
        return self.journals[fd]

    def writing(self, fd: int, data) -> int:
        if os.getpid() == self.input:
            return self.handing_over(fd, data)
        if fd == _STREAM:
            return self.sending(fd, data)
        if self.is_journal(fd):
            return self.recording(fd, data)
        return self.write(fd, data)

    def handing_over(self, fd: int, data) -> int:
        written = self.write(fd, data)
        if self.outlet and len(data) >= _FRAME.size:
            kind, _, _, size, _ = _FRAME.unpack(bytes(data[: _FRAME.size]))
            if kind == b"f" and size and len(data) > _FRAME.size:
                self.reach("chunk handed over")
            elif kind == b"s" and len(data) == _FRAME.size:
                self.reach("sync asked for")
        return written

    def sending(self, fd: int, data) -> int:
        written = 0
        if bytes(data[:6]) == b"<event":
            self.chunk_open = True
            if self.point == "within a chunk" and self.number == 1:
                written = self.write(fd, data[: len(data) // 2])
                self.sent += written
            self.reach("within a chunk")
        rest = self.write(fd, data[written:])
        self.sent += rest
        written += rest
        if self.chunk_open:
            self.note("sent")
            self.reach("chunk sent, not recorded")
        return written

    def recording(self, fd: int, data) -> int:
        announcement = b'"i":[' in data
        if announcement:
            self.reach("before the announcement")
        written = self.write(fd, data)
        if announcement:
            self.reach("announced, not sent")
        elif self.chunk_open:
            self.chunk_open = False
            self.note("recorded")
            self.reach("chunk recorded")
        return written


if "CIW_KILL_SWITCH" in os.environ:
    _Switch(json.loads(os.environ["CIW_KILL_SWITCH"])).install()
