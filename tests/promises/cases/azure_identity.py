"""Audits and sign-ins of a tenant, read with a client secret, against Graph's stand-in."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timezone

from tests.promises.cases._entra import EntraCase
from tests.sources.runner import Outcome


class Case(EntraCase):
    kind = "poll"
    faulty_path = "/.*/auditLogs/.*"
    collect = "audits, sign_ins"

    def put_one(self, text: str = "") -> list[str]:
        self._made += 1
        name = f"{self._made:08d}-0000-0000-0000-000000000000"
        if self._made % 2:
            record = {"id": name, "activityDateTime": self._moment(), "resultReason": text}
            self.stand_in.audits.append(record)
        else:
            record = {"id": name, "createdDateTime": self._moment(), "userAgent": text}
            self.stand_in.sign_ins.append(record)
        return [name]

    def _moment(self) -> str:
        """Every third is at an instant that two slices share."""
        at = self.clock() - 60 - self._made % 500
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
