"""Flow logs in a storage account: block blobs that grow before their closing brackets."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import ClassVar

from lab.clouds.azure_storage import AzureStorage
from tests.promises.cases.azure_activity_storage import ACCOUNT, blob_name
from tests.sources.runner import Outcome

CONTAINER = "insights-logs-flowlogflowevent"
RESOURCE = (
    "flowLogResourceID=/11111111-2222-3333-4444-555555555555_NETWORKWATCHERRG/"
    "NETWORKWATCHER_EASTUS_EXAMPLE"
)
INTERFACES = ("000D3AF87856", "000D3AF87857")


class Case:
    scheme = "azure_network_logs"
    kind = "blob"
    faulty_path = "/examplelogs/.*"
    canary = ""
    secrets: ClassVar[dict] = {}

    def __init__(self, directory: Path):
        self.ahead = 0.0
        self.stand_in = AzureStorage(lambda: time.time() + self.ahead)
        self.stand_in.container(ACCOUNT, CONTAINER)
        self._past = time.time() - 10800
        self._made = 0

    @property
    def environment(self):
        return self.stand_in.environment

    @property
    def stanza(self):
        return {"storage_accounts": ACCOUNT}

    def put(self, number: int) -> list[str]:
        """Records of one or two tuples each, in the blobs of two network interfaces."""
        names: list[str] = []
        while len(names) < number:
            tuples = []
            for _ in range(min(2, number - len(names))):
                self._made += 1
                at = int(self.stand_in.clock() * 1000)
                port = 1024 + self._made
                tuples.append(f"{at},192.0.2.1,198.51.100.7,{port},443,6,O,B,NX,0,0,0,0")
                names.append(str(port))
            self._add(json.dumps(self._record(tuples)))
        return names

    def _record(self, tuples: list[str]):
        return {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.stand_in.clock())),
            "flowLogVersion": 4,
            "flowLogGUID": "66666666-1111-2222-3333-444444444444",
            "macAddress": self._interface,
            "category": "FlowLogFlowEvent",
            "flowRecords": {
                "flows": [{"aclID": "a", "flowGroups": [{"rule": "r", "flowTuples": tuples}]}]
            },
        }

    @property
    def _interface(self) -> str:
        return INTERFACES[self._made // 3 % 2]

    def _add(self, record: str) -> None:
        at = self._past if self._made % 5 == 0 else self.stand_in.clock()
        name = blob_name(RESOURCE, at, "macAddress=" + self._interface)
        self.stand_in.add_record(ACCOUNT, CONTAINER, name, record.encode())

    def put_bad(self) -> None:
        """A tuple cut short."""
        self._add(json.dumps(self._record(["1663146003599,192.0.2.1,198.51"])))

    def identities(self, outcome: Outcome) -> Counter:
        return Counter(str(json.loads(text)["src_port"]) for text in outcome.of("mscs:vnet:flow"))

    def remaining(self) -> int:
        return 0

    def pass_time(self, seconds: float) -> None:
        self.ahead += seconds

    def close(self) -> None:
        self.stand_in.close()
