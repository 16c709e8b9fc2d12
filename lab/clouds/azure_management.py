"""Azure Resource Manager on this machine: managed-identity tokens, the activity log, throttling.

Requests and answers: "Activity Logs - List" and "How to use managed identities for App Service"
(learn.microsoft.com).
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from lab.clouds.stand_in import Request, Response, StandIn, route

_FILTER = re.compile(
    r"eventTimestamp ge '([0-9TZ:.-]+)' and eventTimestamp le '([0-9TZ:.-]+)'"
)
_IDENTITY_SECRET = "stand-in-identity-header"


class AzureManagement(StandIn):
    """`environment` makes azure-identity take this for App Service's managed identity."""

    page_size = 200

    def __init__(self, clock: Callable[[], float] = time.time):
        super().__init__(clock)
        self.tokens: dict[str, float] = {}
        self.activity: dict[str, list[dict[str, Any]]] = {}

    @property
    def environment(self) -> dict[str, str]:
        return {
            "IDENTITY_ENDPOINT": self.url + "/msi/token",
            "IDENTITY_HEADER": _IDENTITY_SECRET,
            "CIW_ENDPOINT_AZURE_MANAGEMENT": self.url,
        }

    def answer(self, request: Request) -> Response:
        if request.path != "/msi/token":
            expires = self.tokens.get(request.bearer)
            if expires is None or expires < self.clock():
                return self.error(401, "ExpiredAuthenticationToken", "the token is not valid")
        return super().answer(request)

    @route("GET", "/msi/token")
    def token(self, request: Request) -> Response:
        if request.headers.get("x-identity-header") != _IDENTITY_SECRET:
            return self.error(401, "unauthorized_client", "no identity header")
        token = "stand-in-token-" + secrets.token_hex(8)
        self.tokens[token] = self.clock() + 3600
        return Response(
            {
                "access_token": token,
                "expires_on": str(int(time.time() + 3600)),
                "resource": request.query.get("resource", ""),
                "token_type": "Bearer",
            }
        )

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
