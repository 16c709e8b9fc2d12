"""Assets of a project against the stand-in of Cloud Asset Inventory."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import ClassVar

from lab.clouds.google_assets import Assets
from tests.sources.runner import Outcome

SCOPE = "projects/example.com:example-project"
KINDS = {"compute.googleapis.com/Instance": "instances", "compute.googleapis.com/Disk": "disks"}


class Case:
    scheme = "gcp_inventory"
    kind = "snapshot"
    faulty_path = "/v1/projects/.*/assets"
    canary = ""
    secrets: ClassVar[dict] = {}

    def __init__(self, directory: Path):
        self.ahead = 0.0
        self.stand_in = Assets(lambda: time.time() + self.ahead)
        self.stand_in.page_size = 4
        self._made = 0
        self._snapshots: dict[str, str] = {}

    @property
    def environment(self):
        return self.stand_in.environment

    @property
    def stanza(self):
        return {"scopes": SCOPE, "snapshot_minutes": "5"}

    def _add(self, asset: dict) -> None:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.stand_in.clock()))
        self.stand_in.assets.setdefault(SCOPE, []).append({**asset, "updateTime": now})

    def put(self, number: int) -> list[str]:
        names = []
        for _ in range(number):
            self._made += 1
            kind, collection = list(KINDS.items())[self._made % 2]
            path = f"{SCOPE}/zones/europe-west3-a/{collection}/example-{self._made:06d}"
            self._add(
                {
                    "name": "//compute.googleapis.com/" + path,
                    "assetType": kind,
                    "resource": {
                        "version": "v1",
                        "location": "europe-west3-a",
                        "data": {"id": str(10**18 + self._made), "status": "RUNNING"},
                    },
                }
            )
            names.append(path)
        return names

    def put_bad(self) -> None:
        self._add({"assetType": "compute.googleapis.com/Disk", "resource": {"version": "v1"}})

    def identities(self, outcome: Outcome) -> Counter:
        """A resource counts in the first snapshot that has it: each lists it once."""
        found: Counter = Counter()
        for text in outcome.of("ciw:gcp:inventory"):
            event = json.loads(text)
            name, snapshot = event["resource_name"], event["snapshot_id"]
            if self._snapshots.setdefault(name, snapshot) == snapshot:
                found[name] += 1
        return found

    def remaining(self) -> int:
        return 0

    def pass_time(self, seconds: float) -> None:
        self.ahead += seconds

    def close(self) -> None:
        self.stand_in.close()
