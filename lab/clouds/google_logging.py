"""Cloud Logging on this machine: entries.list with its filter, order, pages and quota."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote

from lab.clouds.google_discovery import GoogleStandIn
from lab.clouds.stand_in import Response

_FILTER = re.compile(
    r'\((log_id\("[^"]+"\)(?: OR log_id\("[^"]+"\))*)\) '
    r'AND timestamp>="([0-9TZ:-]+)" AND timestamp<"([0-9TZ:-]+)"'
)


class Logging(GoogleStandIn):
    """`entries` by resource name. Timestamps are in UTC with a Z, so that text order is theirs.

    An entry with `receiveTimestamp` is listed from then on. `a_minute` is the quota.
    """

    apis = (("logging", "v2"),)
    page_size = 1000
    a_minute = 60

    def __init__(self, clock: Callable[[], float] = time.time):
        super().__init__(clock)
        self.entries: dict[str, list[dict[str, Any]]] = {}
        self.empty_pages = 0
        self._asked: list[float] = []
        self.methods["logging.entries.list"] = self._list

    def _list(self, parameters: dict[str, Any], body: dict[str, Any]) -> dict[str, Any] | Response:
        now = self.clock()
        self._asked = [at for at in self._asked if at > now - 60] + [now]
        if len(self._asked) > 2 * self.a_minute:
            return self.error(429, "RESOURCE_EXHAUSTED", "Quota exceeded: ReadRequestsPerMinute")
        match = _FILTER.fullmatch(body.get("filter", ""))
        if match is None or body.get("orderBy") not in ("timestamp asc", "timestamp desc"):
            return self.error(400, "INVALID_ARGUMENT", "the filter or the order is not understood")
        names = re.findall(r'"([^"]+)"', match.group(1))
        found = [
            entry
            for resource in body["resourceNames"]
            for entry in self.entries.get(resource, ())
            if unquote(str(entry.get("logName", "")).partition("/logs/")[2]) in names
            and match.group(2)[:19] <= entry["timestamp"][:19] < match.group(3)[:19]
            and entry.get("receiveTimestamp", "") <= self._now()
        ]
        found.sort(key=lambda entry: (entry["timestamp"], entry.get("insertId", "")))
        if body["orderBy"].endswith("desc"):
            found.reverse()
        start = int(body.get("pageToken") or 0)
        if self.empty_pages and found and "pageToken" not in body:
            # The search may run out of time before it finds the first entry.
            self.empty_pages -= 1
            return {"nextPageToken": "0"}
        end = start + min(self.page_size, body.get("pageSize", 50))
        answer: dict[str, Any] = {"entries": found[start:end]} if found[start:end] else {}
        if end < len(found):
            answer["nextPageToken"] = str(end)
        return answer

    def _now(self) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.clock()))


def log_name(resource: str, log: str) -> str:
    return f"{resource}/logs/{quote('cloudaudit.googleapis.com/' + log, safe='')}"
