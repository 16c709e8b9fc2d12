"""Assets of a project against the stand-in of Cloud Asset Inventory."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path

from lab.clouds.google_assets import Assets
from tests.promises.cases._base import CloudCase, Snapshots
from tests.sources.runner import Outcome

SCOPE = "projects/example.com:example-project"
KINDS = {"compute.googleapis.com/Instance": "instances", "compute.googleapis.com/Disk": "disks"}


class Case(Snapshots, CloudCase):
    scheme = "gcp_inventory"
    faulty_path = "/v1/projects/.*/assets"

    def __init__(self, directory: Path):
        CloudCase.__init__(self)
        Snapshots.__init__(self)
        self.stand_in = Assets(self.clock)
        self.stand_in.page_size = 4

    @property
    def stanza(self):
        return {"scopes": SCOPE, "snapshot_minutes": "5"}

    def _add(self, asset: dict) -> None:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.clock()))
        self.stand_in.assets.setdefault(SCOPE, []).append({**asset, "updateTime": now})

    def put_one(self, text: str = "") -> list[str]:
        self._made += 1
        kind, collection = list(KINDS.items())[self._made % 2]
        path = f"{SCOPE}/zones/europe-west3-a/{collection}/example-{self._made:06d}"
        data = {"id": str(10**18 + self._made), "status": "RUNNING", "description": text}
        self._add(
            {
                "name": "//compute.googleapis.com/" + path,
                "assetType": kind,
                "resource": {"version": "v1", "location": "europe-west3-a", "data": data},
            }
        )
        return [path]

    def put_bad(self) -> None:
        self._add({"assetType": "compute.googleapis.com/Disk", "resource": {"version": "v1"}})

    def identities(self, outcome: Outcome) -> Counter:
        events = [json.loads(text) for text in outcome.of("ciw:gcp:inventory")]
        return self.count([(event["resource_name"], event["snapshot_id"]) for event in events])
