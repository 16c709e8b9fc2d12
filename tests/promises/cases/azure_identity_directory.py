"""Users and service principals of a tenant, snapshot by snapshot, against Graph's stand-in."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from tests.promises.cases._base import Snapshots
from tests.promises.cases._entra import EntraCase
from tests.sources.runner import Outcome


class Case(Snapshots, EntraCase):
    faulty_path = "/.*/(users|servicePrincipals)"
    collect = "users, service_principals"

    def __init__(self, directory: Path):
        EntraCase.__init__(self, directory)
        Snapshots.__init__(self)

    @property
    def stanza(self):
        return {**super().stanza, "snapshot_minutes": "5"}

    def put_one(self, text: str = "") -> list[str]:
        self._made += 1
        name = f"{self._made:08d}-0000-0000-0000-000000000000"
        kind = self.stand_in.users if self._made % 2 else self.stand_in.service_principals
        kind.append({"id": name, "displayName": text, "createdDateTime": "2026-01-05T10:00:00Z"})
        return [name]

    def put_bad(self) -> None:
        self.stand_in.users.append({"displayName": "without an id"})

    def identities(self, outcome: Outcome) -> Counter:
        events = [
            json.loads(text)
            for sourcetype in ("azure:aad:user", "azure:aad:serviceprincipal")
            for text in outcome.of(sourcetype)
        ]
        return self.count([(event["id"], event["snapshot_id"]) for event in events])
