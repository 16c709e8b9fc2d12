"""An account's volumes and security groups against the stand-in, snapshot by snapshot."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import ClassVar

from lab.clouds.aws_api import ACCOUNT, REGION
from lab.clouds.aws_inventory import Inventory
from tests.sources.runner import Outcome

CANARY = "canary-aws-secret-access-key-91ab"
TYPES = ("ec2_volumes", "ec2_security_groups")


class Case:
    scheme = "aws_inventory"
    kind = "snapshot"
    faulty_path = "/ec2/Describe(Volumes|SecurityGroups)"
    canary = CANARY
    secrets: ClassVar[dict] = {
        ("ciw_aws", "reader"): json.dumps(
            {"access_key_id": "AKIAEXAMPLEOFTHECASE", "secret_access_key": CANARY}
        )
    }
    stored: ClassVar[dict] = {"credential": "reader"}

    def __init__(self, directory: Path):
        self.ahead = 0.0
        self.stand_in = Inventory(lambda: time.time() + self.ahead)
        self.stand_in.page_size = 4
        self._made = 0
        self._snapshots: dict[str, str] = {}

    @property
    def environment(self):
        return self.stand_in.environment

    @property
    def stanza(self):
        return {"regions": REGION, "snapshot_minutes": "5"}

    def put(self, number: int) -> list[str]:
        names = []
        for _ in range(number):
            self._made += 1
            name = f"{self._made:017x}"
            if self._made % 2:
                self._of("Volumes").append({"VolumeId": "vol-" + name, "Size": 8})
                names.append("vol-" + name)
            else:
                group = {"GroupId": "sg-" + name, "GroupName": "example", "VpcId": "vpc-1"}
                self._of("SecurityGroups").append(group)
                names.append("sg-" + name)
        return names

    def _of(self, name: str) -> list:
        return self.stand_in.resources[(ACCOUNT, REGION, name)]

    def put_bad(self) -> None:
        self._of("Volumes").append({"Size": 8})

    def identities(self, outcome: Outcome) -> Counter:
        """A resource counts in the first snapshot that has it: each lists it once."""
        found: Counter = Counter()
        for text in outcome.of("aws:metadata"):
            event = json.loads(text)
            name, snapshot = event["object_id"], event["snapshot_id"]
            first = self._snapshots.setdefault(name, snapshot)
            if event["resource_type"] in TYPES and first == snapshot:
                found[name] += 1
        return found

    def remaining(self) -> int:
        return 0

    def pass_time(self, seconds: float) -> None:
        self.ahead += seconds

    def close(self) -> None:
        self.stand_in.close()
        assert self.stand_in.violations == []
