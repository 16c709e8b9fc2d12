"""A backlog of blobs is listed and worked in bounded memory, and not listed again.

200,000 blobs in `make soak`, which prints the peak; a few hundred otherwise.
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

from lab.clouds.azure_storage import AzureStorage
from tests.promises.cases.azure_activity_storage import ACCOUNT, blob_name
from tests.promises.cases.azure_network_logs import CONTAINER
from tests.sources.runner import configuration, start
from tests.sources.test_azure_blobs import CLOSING, HEAD, record

SOAK = bool(os.environ.get("CIW_SOAK"))
DAYS, INTERFACES = (50, 167) if SOAK else (2, 8)
LIMIT_MB = 200


class Counting(AzureStorage):
    """Keeps counts of calls in place of the calls."""

    def __init__(self):
        super().__init__()
        self.lists = self.reads = 0

    def answer(self, request):
        self.calls.clear()
        if request.query.get("comp") == "list":
            self.lists += 1
        elif "PT1H" in request.path:
            self.reads += 1
        return super().answer(request)


def fill(service: AzureStorage, first: float) -> int:
    content = HEAD + record(1, 2) + CLOSING
    for hour in range(DAYS * 24):
        at = first + hour * 3600
        for number in range(INTERFACES):
            resource = f"flowLogResourceID=/SUBSCRIPTION_NETWORKWATCHERRG/LOG{number % 4}"
            name = blob_name(resource, at, f"macAddress=000D3A{number:06X}")
            service.put(ACCOUNT, CONTAINER, name, content, "BlockBlob", modified=at + 3600)
    return DAYS * 24 * INTERFACES


def memory(pid: int) -> float:
    """The most that a process has held so far, in MB; 0 where it has ended. (What wait4 tells
    counts what its parent held when it forked.)"""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def run(document: bytes, service: AzureStorage) -> tuple[dict[str, int], float]:
    """(the run's counts, the input's peak memory in MB); the events are not kept."""
    process = start(document, service.environment)
    peak = 0.0
    while process.stdout.read1(1 << 20):
        peak = max(peak, memory(process.pid))
    peak = max(peak, memory(process.pid))
    log = process.stderr.read().decode()
    assert process.wait(60) == 0, log[-3000:]
    line = next(line for line in log.splitlines() if "event=run_end" in line)
    counts = {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)\b", line)}
    return counts, peak


def test_a_backlog_is_worked_once_in_bounded_memory(tmp_path):
    with Counting() as service:
        blobs = fill(service, time.time() - DAYS * 86400)
        parameters = {
            "checkpoint": "file", "index": "example", "storage_accounts": ACCOUNT,
            "backfill_days": str(DAYS + 1),
        }
        document = configuration(tmp_path, parameters, scheme="azure_network_logs")
        began = time.monotonic()
        counts, peak = run(document, service)
        print(f"\n{blobs} blobs: {time.monotonic() - began:.0f} s, peak {peak:.0f} MB, "
              f"{service.lists} lists, {service.reads} reads")
        assert counts["emitted"] == 2 * blobs and counts["failed"] == 0
        assert service.reads == blobs
        assert 0 < peak < LIMIT_MB
        service.lists = service.reads = 0
        counts, _ = run(document, service)
        assert counts["emitted"] == 0 and service.reads == 0
        assert service.lists <= 4 * 4, "old folders are not listed again"
