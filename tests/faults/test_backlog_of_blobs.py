"""A backlog of blobs is listed and worked in bounded memory, and not listed again.

200,000 blobs in `make soak`, which prints the peak; a few hundred otherwise.
"""

from __future__ import annotations

import os
import time

from lab.clouds.azure_storage import AzureStorage
from tests.faults import report
from tests.faults.backlog import LIMIT_MB, work
from tests.promises.cases.azure_activity_storage import ACCOUNT, blob_name
from tests.promises.cases.azure_network_logs import CONTAINER
from tests.sources.runner import configuration
from tests.sources.test_azure_blobs import CLOSING, HEAD, record

SOAK = bool(os.environ.get("CIW_SOAK"))
DAYS, INTERFACES = (50, 167) if SOAK else (2, 8)


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


def test_a_backlog_is_worked_once_in_bounded_memory(tmp_path):
    with Counting() as service:
        blobs = fill(service, time.time() - DAYS * 86400)
        parameters = {
            "checkpoint": "file", "index": "example", "storage_accounts": ACCOUNT,
            "backfill_days": str(DAYS + 1),
        }
        document = configuration(tmp_path, parameters, scheme="azure_network_logs")
        result = work(document, service.environment)
        counts, line = result.counts, result.line(f"{blobs} blobs, {service.lists} lists")
        report.say("backlog-blobs", line)
        assert counts["emitted"] == result.events == 2 * blobs and counts["failed"] == 0
        assert service.reads == blobs
        assert 0 < result.input_mb < LIMIT_MB
        service.lists = service.reads = 0
        counts = work(document, service.environment).counts
        assert counts["emitted"] == 0 and service.reads == 0
        assert service.lists <= 4 * 4, "old folders are not listed again"
