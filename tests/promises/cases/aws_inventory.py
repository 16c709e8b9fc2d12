"""An account's volumes and security groups against the stand-in, snapshot by snapshot."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import ClassVar

from lab.clouds.aws_api import ACCOUNT, REGION
from lab.clouds.aws_inventory import Inventory
from tests.promises.cases._aws_api import ApiCase
from tests.promises.cases._base import Snapshots
from tests.sources.runner import Outcome

TYPES = ("ec2_volumes", "ec2_security_groups")


class Case(Snapshots, ApiCase):
    scheme = "aws_inventory"
    faulty_path = "/ec2/Describe(Volumes|SecurityGroups)"
    without: ClassVar[dict] = {
        **ApiCase.without,
        "control characters": "EC2 answers in XML 1.0, which cannot carry them",
    }

    def __init__(self, directory: Path):
        ApiCase.__init__(self)
        Snapshots.__init__(self)
        self.stand_in = Inventory(self.clock)
        self.stand_in.page_size = 4

    @property
    def stanza(self):
        return {"regions": REGION, "snapshot_minutes": "5"}

    def put_one(self, text: str = "") -> list[str]:
        self._made += 1
        name = f"{self._made:017x}"
        if self._made % 2:
            tags = [{"Key": "about", "Value": text}]
            self._of("Volumes").append({"VolumeId": "vol-" + name, "Size": 8, "Tags": tags})
            return ["vol-" + name]
        group = {"GroupId": "sg-" + name, "GroupName": "g", "VpcId": "vpc-1", "Description": text}
        self._of("SecurityGroups").append(group)
        return ["sg-" + name]

    def _of(self, name: str) -> list:
        return self.stand_in.resources[(ACCOUNT, REGION, name)]

    def put_bad(self) -> None:
        self._of("Volumes").append({"Size": 8})

    def identities(self, outcome: Outcome) -> Counter:
        events = [json.loads(text) for text in outcome.of("aws:metadata")]
        return self.count(
            [(one["object_id"], one["snapshot_id"]) for one in events
             if one["resource_type"] in TYPES]
        )
