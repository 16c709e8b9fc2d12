"""Azure Resource Graph on this machine, and the diagnostic settings of subscriptions beside it.

"Resources - Resources" (learn.microsoft.com/rest/api/azureresourcegraph), "Guidance for throttled
requests in Azure Resource Graph" for the headers, "Diagnostic Settings - List" (rest/api/monitor).
Of the query language it takes one form: a table, its types, an order by id.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable
from typing import Any

from lab.clouds.azure_tokens import AzureTokens
from lab.clouds.stand_in import Request, Response, route

_QUERY = re.compile(
    r"(\w+) \| where type in~ \(('[\w./]+'(?:, '[\w./]+')*)\) \| order by id asc"
)
_TABLES = {
    "resources": r"microsoft\.(compute|network)/(?!virtualmachinescalesets/virtualmachines).+",
    "resourcecontainers": r"microsoft\.resources/subscriptions(/resourcegroups)?",
    "computeresources": r"microsoft\.compute/virtualmachinescalesets/virtualmachines(/.+)?",
    "authorizationresources": r"microsoft\.authorization/(roledefinitions|roleassignments)",
}
_VERSIONS = {"2021-03-01", "2022-10-01", "2024-04-01"}
_BODY = {"subscriptions", "managementGroups", "query", "options", "facets"}
_OPTIONS = {
    "$skipToken", "$top", "$skip", "resultFormat", "allowPartialScopes", "authorizationScopeFilter",
}
_SCOPES = {"AtScopeAndBelow", "AtScopeAndAbove", "AtScopeExact", "AtScopeAboveAndBelow"}
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class AzureResourceGraph(AzureTokens):
    """`rows` by table: what Resource Graph lists, each with id, type and subscriptionId.

    A row with `inherited` (role assignments of management groups) is seen only by a query whose
    scope looks above. `page_size` caps an answer, `truncate` answers without a way to the rest.
    """

    services = ("management",)
    page_size = 1000

    def __init__(self, clock: Callable[[], float] = time.time):
        super().__init__(clock)
        self.rows: dict[str, list[dict[str, Any]]] = {table: [] for table in _TABLES}
        self.settings: dict[str, list[dict[str, Any]]] = {}
        self.truncate = False

    def add_subscription(self, subscription: str) -> None:
        self.rows["resourcecontainers"].append(
            {
                "id": f"/subscriptions/{subscription}",
                "name": "example",
                "type": "microsoft.resources/subscriptions",
                "location": "",
                "subscriptionId": subscription,
                "properties": {"state": "Enabled"},
            }
        )

    @route("POST", "/providers/Microsoft.ResourceGraph/resources")
    def resources(self, request: Request) -> Response:
        refusal = self.wrong_parameters(request, set(), set(), _VERSIONS)
        if refusal is not None:
            return refusal
        body = request.document
        try:
            table, types = self._read(body, request.query["api-version"])
        except ValueError as error:
            return self.error(400, "BadRequest", str(error))
        options = body.get("options") or {}
        found = self._select(table, types, body["subscriptions"], options)
        start = _offset(options.get("$skipToken"), body["query"])
        if start is None:
            return self.error(400, "BadRequest", "the $skipToken is not of this query")
        end = start + min(options.get("$top", 100), self.page_size)
        more = end < len(found)
        answer = {
            "totalRecords": len(found),
            "count": len(found[start:end]),
            "data": found[start:end],
            "facets": [],
            "resultTruncated": "true" if more and self.truncate else "false",
        }
        if more and not self.truncate:
            answer["$skipToken"] = _token(end, body["query"])
        quota = {"x-ms-user-quota-remaining": "14", "x-ms-user-quota-resets-after": "00:00:05"}
        return Response(answer, headers=quota)

    @staticmethod
    def _read(body: Any, version: str) -> tuple[str, set[str]]:
        """(table, types) of a request's body. Raises ValueError for what the service refuses."""
        if not isinstance(body, dict) or set(body) - _BODY:
            raise ValueError("the body has unknown members")
        subscriptions = body.get("subscriptions")
        if not isinstance(subscriptions, list) or not subscriptions:
            raise ValueError("subscriptions are needed")
        if len(subscriptions) > 1000 or not all(_GUID.fullmatch(s) for s in subscriptions):
            raise ValueError("subscriptions are at most 1,000 GUIDs")
        options = body.get("options") or {}
        if set(options) - _OPTIONS:
            raise ValueError(f"unknown options {sorted(set(options) - _OPTIONS)}")
        if not 1 <= options.get("$top", 100) <= 1000:
            raise ValueError("$top is from 1 to 1000")
        if options.get("resultFormat", "objectArray") != "objectArray":
            raise ValueError("the stand-in answers with objects only")
        scope = options.get("authorizationScopeFilter")
        if scope is not None and (scope not in _SCOPES or version < "2022-10-01"):
            raise ValueError("authorizationScopeFilter is not known (to this version)")
        match = _QUERY.fullmatch(body.get("query") or "")
        if match is None or match.group(1).lower() not in _TABLES:
            raise ValueError(f"not a query the stand-in knows: {body.get('query')!r}")
        table = match.group(1).lower()
        types = {name.strip("'").lower() for name in match.group(2).split(", ")}
        for name in types:
            if not re.fullmatch(_TABLES[table], name):
                raise ValueError(f"the table {table} has no type {name}")
        return table, types

    def _select(
        self, table: str, types: set[str], subscriptions: list[str], options: dict[str, Any]
    ) -> list[dict[str, Any]]:
        wanted = {subscription.lower() for subscription in subscriptions}
        above = "Above" in options.get("authorizationScopeFilter", "")
        found = [
            {name: value for name, value in row.items() if name != "inherited"}
            for row in self.rows[table]
            if str(row.get("type", "")).lower() in types
            and row["subscriptionId"].lower() in wanted
            and (above or not row.get("inherited"))
        ]
        return sorted(found, key=lambda row: str(row.get("id", "")).lower())

    @route("GET", "/subscriptions/([^/]+)/providers/Microsoft.Insights/diagnosticSettings")
    def diagnostic_settings(self, request: Request, subscription: str) -> Response:
        refusal = self.wrong_parameters(request, set(), set(), {"2021-05-01-preview"})
        return refusal or Response({"value": self.settings.get(subscription.lower(), [])})


def _token(offset: int, query: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([offset, query]).encode()).decode()


def _offset(token: str | None, query: str) -> int | None:
    if token is None:
        return 0
    try:
        offset, of = json.loads(base64.urlsafe_b64decode(token))
    except ValueError:
        return None
    return offset if of == query else None
