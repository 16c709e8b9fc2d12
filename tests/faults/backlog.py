"""Runs an input over a large backlog and keeps the most memory that its processes held."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.faults.killing import children
from tests.sources.runner import start

LIMIT_MB = 200


@dataclass(frozen=True)
class Worked:
    """`counts` of the run's last log line; events in the stream; peaks in MB; seconds."""

    counts: dict[str, int]
    events: int
    input_mb: float
    outlet_mb: float
    seconds: float

    def line(self, what: str) -> str:
        return (
            f"backlog of {what}: {self.seconds:.0f} s, {self.events} events, peak of the input "
            f"{self.input_mb:.0f} MB, of its outlet {self.outlet_mb:.0f} MB\n"
        )


def memory(pid: int) -> float:
    """The most that a process has held so far, in MB; 0 where it has ended. (What wait4 tells
    counts what its parent held when it forked.)"""
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def work(document: bytes, environment: Mapping[str, str]) -> Worked:
    """One run to its end; the events are counted and not kept."""
    began = time.monotonic()
    process = start(document, environment)
    log: list[bytes] = []
    reader = threading.Thread(target=lambda: log.append(process.stderr.read()))
    reader.start()
    own = outlet = 0.0
    events, tail = 0, b""
    while piece := process.stdout.read1(1 << 20):
        own = max(own, memory(process.pid))
        outlet = max([outlet, *map(memory, children(process.pid))])
        text = tail + piece
        events += text.count(b"<event ")
        # A mark that is cut is counted with the next piece.
        tail = text[-6:] if text.rfind(b"<event ") < len(text) - 7 else b""
    own = max(own, memory(process.pid))
    reader.join()
    said = b"".join(log).decode()
    assert process.wait(120) == 0, said[-3000:]
    last = next(line for line in said.splitlines() if "event=run_end" in line)
    counts = {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)\b", last)}
    return Worked(counts, events, own, outlet, time.monotonic() - began)
