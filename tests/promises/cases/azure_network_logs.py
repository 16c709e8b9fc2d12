"""Flow logs in a storage account: block blobs that grow before their closing brackets."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from lab.clouds.azure_storage import AzureStorage
from tests.promises.cases._azure import ACCOUNT, BlobCase, blob_name
from tests.promises.cases._base import raw
from tests.sources.runner import Outcome

CONTAINER = "insights-logs-flowlogflowevent"
RESOURCE = (
    "flowLogResourceID=/11111111-2222-3333-4444-555555555555_NETWORKWATCHERRG/"
    "NETWORKWATCHER_EASTUS_EXAMPLE"
)
INTERFACES = ("000D3AF87856", "000D3AF87857")


class Case(BlobCase):
    scheme = "azure_network_logs"
    container = CONTAINER

    def __init__(self, directory: Path):
        super().__init__()
        self.stand_in = AzureStorage(self.clock)
        self.stand_in.container(ACCOUNT, CONTAINER)

    @property
    def stanza(self):
        return {"storage_accounts": ACCOUNT}

    def put(self, number: int) -> list[str]:
        """Records of one or two tuples each, in the blobs of two network interfaces."""
        names: list[str] = []
        while len(names) < number:
            tuples = [self._tuple() for _ in range(min(2, number - len(names)))]
            names += [port for port, _ in tuples]
            self._add(self._record([text for _, text in tuples]))
        return names

    def put_one(self, text: str = "r") -> list[str]:
        port, flow = self._tuple()
        self._add(self._record([flow], text))
        return [port]

    def _tuple(self) -> tuple[str, str]:
        """(port by which the flow is recognised, the tuple)."""
        self._made += 1
        at, port = int(self.clock() * 1000), 1024 + self._made
        return str(port), f"{at},192.0.2.1,198.51.100.7,{port},443,6,O,B,NX,0,0,0,0"

    def _record(self, tuples: list[str], rule: str = "r") -> str:
        record = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.clock())),
            "flowLogVersion": 4,
            "flowLogGUID": "66666666-1111-2222-3333-444444444444",
            "macAddress": self._interface,
            "category": "FlowLogFlowEvent",
            "flowRecords": {
                "flows": [{"aclID": "a", "flowGroups": [{"rule": rule, "flowTuples": tuples}]}]
            },
        }
        return json.dumps(record)

    @property
    def _interface(self) -> str:
        return INTERFACES[self._made // 3 % 2]

    def _add(self, record: str) -> None:
        at = self._past if self._made % 5 == 0 else self.clock()
        name = blob_name(RESOURCE, at, "macAddress=" + self._interface)
        self.stand_in.add_record(ACCOUNT, CONTAINER, name, raw(record.encode()))

    def put_stored(self, make: Callable[[bytes], bytes]) -> list[str]:
        """A blob of two flows, of another interface, whose bytes are what `make` does with them."""
        flows = [self._tuple(), self._tuple()]
        content = '{"records":[' + self._record([text for _, text in flows]) + "]}"
        name = blob_name(RESOURCE, self.clock(), f"macAddress=000D3A{self._made:06X}")
        self.store(name, make(content.encode()), "BlockBlob")
        return [port for port, _ in flows]

    def put_bad(self) -> None:
        """A tuple cut short."""
        self._add(self._record(["1663146003599,192.0.2.1,198.51"]))

    def identities(self, outcome: Outcome) -> Counter:
        return Counter(str(json.loads(text)["src_port"]) for text in outcome.of("mscs:vnet:flow"))
