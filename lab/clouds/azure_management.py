"""Azure Resource Manager's activity log on this machine.

Requests and answers: "Activity Logs - List" (learn.microsoft.com).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from lab.clouds.azure_tokens import AzureTokens
from lab.clouds.stand_in import Request, Response, route

_FILTER = re.compile(
    r"eventTimestamp ge '([0-9TZ:.-]+)' and eventTimestamp le '([0-9TZ:.-]+)'"
)


class AzureManagement(AzureTokens):
    """`activity`: the rows of the activity log by subscription."""

    services = ("management",)
    page_size = 200

    def __init__(self, clock: Callable[[], float] = time.time):
        super().__init__(clock)
        self.activity: dict[str, list[dict[str, Any]]] = {}

    @route("GET", "/subscriptions/([^/]+)/providers/Microsoft.Insights/eventtypes/management/values")
    def activity_log(self, request: Request, subscription: str) -> Response:
        """Newest first, as the service lists; `$filter` takes a span of eventTimestamp only."""
        if request.query.get("api-version") != "2015-04-01":
            return self.error(400, "InvalidApiVersionParameter", "the api-version is not known")
        span = _FILTER.fullmatch(request.query.get("$filter", ""))
        if span is None:
            return self.error(400, "BadRequest", "the filter must name a span of eventTimestamp")
        first, last = (_epoch(text) for text in span.groups())
        rows = [
            row
            for row in self.activity.get(subscription.lower(), ())
            if first <= _epoch(row["eventTimestamp"]) <= last
            and _epoch(row.get("submissionTimestamp", row["eventTimestamp"])) <= self.clock()
        ]
        rows.sort(key=lambda row: row["eventTimestamp"], reverse=True)
        start = int(request.query.get("$skipToken", "0"))
        answer: dict[str, Any] = {"value": rows[start : start + self.page_size]}
        if start + self.page_size < len(rows):
            query = "&".join(
                f"{name}={value}" for name, value in request.query.items() if name != "$skipToken"
            )
            answer["nextLink"] = (
                f"{self.url}{request.path}?{query}&$skipToken={start + self.page_size}"
            )
        return Response(answer)


def _epoch(text: str) -> float:
    moment = datetime.fromisoformat(re.sub(r"\.(\d{6})\d*", r".\1", text).replace("Z", "+00:00"))
    return moment.astimezone(timezone.utc).timestamp()
