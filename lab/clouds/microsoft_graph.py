"""Microsoft Graph on this machine: directory audits, sign-ins, users, service principals.

"List directoryAudits", "List signIns" (page size at most 1,000, the filter's operators and the
most recent first), "List users" (999), "Paging Microsoft Graph data", "Microsoft Graph service-
specific throttling limits" (learn.microsoft.com/graph).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote

from lab.clouds.azure_tokens import AzureTokens
from lab.clouds.stand_in import Request, Response, route

_TIME = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,7})?Z)"
_KINDS = ("interactiveUser", "nonInteractiveUser", "servicePrincipal", "managedIdentity")
_SIGN_IN_KIND = re.compile(r" and signInEventTypes/any\(t: ?t eq '(\w+)'\)")
_RETENTION = 30 * 86400
# Properties of a user that come without being selected ("user resource type").
_USER_DEFAULT = (
    "businessPhones", "displayName", "givenName", "id", "jobTitle", "mail", "mobilePhone",
    "officeLocation", "preferredLanguage", "surname", "userPrincipalName",
)


class MicrosoftGraph(AzureTokens):
    """`audits`, `sign_ins` (each with signInEventTypes), `users`, `service_principals`.

    A record with `visibleAfter` (epoch seconds) is listed from then on only: it came late.
    """

    services = ("graph",)
    page_size = 1000

    def __init__(self, clock: Callable[[], float] = time.time):
        super().__init__(clock)
        self.audits: list[dict[str, Any]] = []
        self.sign_ins: list[dict[str, Any]] = []
        self.users: list[dict[str, Any]] = []
        self.service_principals: list[dict[str, Any]] = []

    @route("GET", "/(v1.0|beta)/auditLogs/directoryAudits")
    def directory_audits(self, request: Request, version: str) -> Response:
        return self._log(request, self.audits, "activityDateTime", None)

    @route("GET", "/(v1.0|beta)/auditLogs/signIns")
    def sign_ins_of(self, request: Request, version: str) -> Response:
        kinds = _SIGN_IN_KIND.findall(request.query.get("$filter", ""))
        if kinds and version != "beta":
            return self.error(400, "BadRequest", "Invalid filter clause")
        kind = kinds[0] if kinds else _KINDS[0]
        if kind not in _KINDS or len(kinds) > 1:
            return self.error(400, "BadRequest", "Invalid filter clause")
        return self._log(request, self.sign_ins, "createdDateTime", kind)

    def _log(
        self, request: Request, records: list[dict[str, Any]], moment: str, kind: str | None
    ) -> Response:
        known = {"$filter", "$top", "$orderby", "$skiptoken"}
        refusal = self.wrong_parameters(request, known, set(), set())
        if refusal is not None:
            return refusal
        text = _SIGN_IN_KIND.sub("", request.query.get("$filter", ""))
        match = re.fullmatch(f"{moment} ge {_TIME} and {moment} le {_TIME}", text)
        if match is None:
            return self.error(400, "BadRequest", "Invalid filter clause")
        first, last = (_epoch(part) for part in match.groups())
        if first < self.clock() - _RETENTION:
            return self.error(400, "BadRequest", "the start is before what is retained")
        found = [
            {name: value for name, value in record.items() if name != "visibleAfter"}
            for record in records
            if first <= _epoch(record[moment]) <= last
            and record.get("visibleAfter", 0) <= self.clock()
            and (kind is None or kind in record.get("signInEventTypes", _KINDS[:1]))
        ]
        found.sort(key=lambda record: record[moment], reverse=True)
        return self._page(request, found, 1000)

    @route("GET", "/(v1.0|beta)/users")
    def list_users(self, request: Request, version: str) -> Response:
        selected = request.query.get("$select")
        names = selected.split(",") if selected else _USER_DEFAULT
        found = [
            {name: value for name, value in user.items() if name in names} for user in self.users
        ]
        return self._directory(request, found)

    @route("GET", "/(v1.0|beta)/servicePrincipals")
    def list_service_principals(self, request: Request, version: str) -> Response:
        return self._directory(request, self.service_principals)

    def _directory(self, request: Request, found: list[dict[str, Any]]) -> Response:
        known = {"$select", "$top", "$filter", "$skiptoken", "$orderby", "$count"}
        refusal = self.wrong_parameters(request, known, set(), set())
        return refusal or self._page(request, found, 999)

    def _page(self, request: Request, found: list[dict[str, Any]], largest: int) -> Response:
        top = request.query.get("$top", "100")
        if not top.isdigit() or not 1 <= int(top) <= largest:
            return self.error(400, "Request_UnsupportedQuery", f"Invalid page size: {top}")
        token = request.query.get("$skiptoken", "0")
        if not token.isdigit():
            return self.error(400, "Request_UnsupportedQuery", "the skip token is not valid")
        size, start = min(int(top), self.page_size), int(token)
        answer: dict[str, Any] = {
            "@odata.context": f"{self.url}{request.path}/$metadata",
            "value": found[start : start + size],
        }
        if start + size < len(found):
            kept = {**request.query, "$skiptoken": str(start + size)}
            query = "&".join(f"{name}={quote(value)}" for name, value in kept.items())
            answer["@odata.nextLink"] = f"{self.url}{request.path}?{query}"
        return Response(answer)


def _epoch(text: str) -> float:
    return datetime.fromisoformat(re.sub(r"\.(\d{6})\d*", r".\1", text)).timestamp()
