"""Audits and sign-ins of a tenant, read with a client secret, against Graph's stand-in."""

from __future__ import annotations

import json
import time
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path

from lab.clouds.entra_authority import EntraAuthority
from lab.clouds.microsoft_graph import MicrosoftGraph
from tests.sources.runner import Outcome

TENANT = "33333333-2222-3333-4444-555555555555"
CLIENT = "44444444-2222-3333-4444-555555555555"


class Case:
    scheme = "azure_identity"
    kind = "poll"
    faulty_path = "/.*/auditLogs/.*"
    canary = "canary-client-secret~0000001"

    def __init__(self, directory: Path):
        self.ahead = 0.0
        self.stand_in = MicrosoftGraph(lambda: time.time() + self.ahead)
        self.stand_in.page_size = 5
        self._authority = EntraAuthority(
            directory, self.stand_in, TENANT, CLIENT, secret=self.canary
        )
        self._made = 0

    @property
    def environment(self):
        return {**self.stand_in.environment, **self._authority.environment}

    @property
    def stanza(self):
        return {
            "collect": "audits, sign_ins",
            "authentication": "client_secret",
            "tenant_id": TENANT,
            "client_id": CLIENT,
            "credential": "graph",
        }

    @property
    def secrets(self):
        return {("ciw_azure", "graph"): self.canary}

    def put(self, number: int) -> list[str]:
        names = []
        for _ in range(number):
            self._made += 1
            name = f"{self._made:08d}-0000-0000-0000-000000000000"
            if self._made % 2:
                self.stand_in.audits.append({"id": name, "activityDateTime": self._moment()})
            else:
                self.stand_in.sign_ins.append({"id": name, "createdDateTime": self._moment()})
            names.append(name)
        return names

    def _moment(self) -> str:
        """Every third is at an instant that two slices share."""
        at = self.stand_in.clock() - 60 - self._made % 500
        if self._made % 3 == 0:
            at = at // 900 * 900
        return datetime.fromtimestamp(at, timezone.utc).isoformat().replace("+00:00", "Z")

    def put_bad(self) -> None:
        self.stand_in.audits.append({"activityDateTime": self._moment()})

    def identities(self, outcome: Outcome) -> Counter:
        return Counter(
            json.loads(text)["id"]
            for sourcetype in ("azure:aad:audit", "azure:aad:signin")
            for text in outcome.of(sourcetype)
        )

    def remaining(self) -> int:
        return 0

    def pass_time(self, seconds: float) -> None:
        self.ahead += seconds

    def close(self) -> None:
        self._authority.close()
        self.stand_in.close()
