"""Kills an input at chosen moments and collects what splunkd would have received."""

from __future__ import annotations

import contextlib
import os
import random
import re
import select
import signal
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.sources.runner import Outcome, outcome, start

_DOUBT = re.compile(r"event=chunk_in_doubt .*?after=(\d+) up_to=(\d+)")


@dataclass
class Trial:
    """All runs together. `in_doubt` is the number of events that the inputs themselves announced
    as possibly sent twice."""

    received: Counter = field(default_factory=Counter)
    kills: int = 0
    in_doubt: int = 0
    fetched: int = 0

    @property
    def twice(self) -> int:
        return sum(count - 1 for count in self.received.values())

    def add(self, result: Outcome) -> None:
        self.received.update(result.event_ids)
        for after, up_to in _DOUBT.findall(result.log):
            self.in_doubt += int(up_to) - int(after)


def children(pid: int) -> list[int]:
    """The processes that a process has started; none where it has ended."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def run_and_kill(
    document: bytes,
    env: Mapping[str, str],
    chance: random.Random,
    upto: int,
    both: bool = False,
) -> tuple[Outcome, bool]:
    """One run, killed with SIGKILL after a random number of bytes below `upto` and a random
    pause; (what was received, whether the kill came before the end). `both`: the outlet first."""
    process = start(document, env)
    log: list[bytes] = []
    reader = threading.Thread(target=lambda: log.append(process.stderr.read()))
    reader.start()
    after, pause = chance.randrange(upto), chance.choice((0.0, 0.0, 0.001, 0.01)) * chance.random()
    fd, received, killed = process.stdout.fileno(), bytearray(), False
    while True:
        ready = select.select([fd], [], [], 120)[0]
        assert ready, "the input neither wrote nor ended for two minutes"
        piece = os.read(fd, 1 << 20)
        received += piece
        if not piece:
            break
        if not killed and len(received) > after:
            time.sleep(pause)
            for child in children(process.pid) if both else ():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            process.send_signal(signal.SIGKILL)
            killed = True
    process.wait()
    reader.join()
    process.stdout.close()
    process.stderr.close()
    killed = process.returncode == -signal.SIGKILL
    return outcome(process.returncode, bytes(received), b"".join(log)), killed
