"""Azure Resource Graph: queries over the resources of subscriptions, page by page.

POST /providers/Microsoft.ResourceGraph/resources ("Resources - Resources", learn.microsoft.com/
rest/api/azureresourcegraph/resourcegraph/resources/resources; "Paging results" there): at most
1,000 rows an answer, the next ones by $skipToken; `resultTruncated` with no token means that rows
are missing. Which tables there are: "Azure Resource Graph table and resource type reference".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .azure import GUID, Azure
from .declare import Argument, Permission
from .errors import Retriable, ShardError
from .http import paged

PATH = "/providers/Microsoft.ResourceGraph/resources"
VERSION = "2022-10-01"
_ROWS = 1000
# Subscriptions a request names.
_SUBSCRIPTIONS = 1000

SUBSCRIPTIONS = Argument(
    "subscriptions",
    "Subscriptions",
    "Ids of the subscriptions to read, with commas",
    kind="list",
    required=True,
    pattern=GUID,
    shape="a GUID",
)
# Resource Graph shows what the caller may read, type by type.
READ_SUBSCRIPTION = Permission(
    "Microsoft.Resources/subscriptions/read", "the subscriptions", "their names and states"
)


def of_types(table: str, types: Iterable[str]) -> str:
    """The query for a table's rows of these types, in an order that paging can rely on."""
    names = ", ".join(f"'{name}'" for name in types)
    return f"{table} | where type in~ ({names}) | order by id asc"


def rows(
    client: Azure, subscriptions: list[str], query: str, what: str, scope: str = ""
) -> Iterator[list[dict[str, Any]]]:
    """The rows, list by list. `scope` is authorizationScopeFilter, for authorizationresources.

    Raises Retriable, ShardError.
    """
    for start in range(0, len(subscriptions), _SUBSCRIPTIONS):
        yield from _rows(client, subscriptions[start : start + _SUBSCRIPTIONS], query, what, scope)


def _rows(
    client: Azure, subscriptions: list[str], query: str, what: str, scope: str
) -> Iterator[list[dict[str, Any]]]:
    http, url = client.http("management"), client.url("management") + PATH

    def fetch(token: str | None) -> tuple[list[Any], str | None]:
        options: dict[str, Any] = {"$top": _ROWS, "resultFormat": "objectArray"}
        if scope:
            options["authorizationScopeFilter"] = scope
        if token is not None:
            options["$skipToken"] = token
        body = {"subscriptions": subscriptions, "query": query, "options": options}
        answer = http.json("POST", url, {"api-version": VERSION}, body, what=what)
        if not isinstance(answer, dict) or not isinstance(answer.get("data"), list):
            raise Retriable(f"{what}: the answer has no list of rows")
        token = answer.get("$skipToken")
        if not token and str(answer.get("resultTruncated")).lower() == "true":
            raise ShardError(f"{what}: the service cuts the answer and gives no way to the rest")
        return answer["data"], token

    return paged(fetch, what)


def visible(
    client: Azure, subscriptions: Iterable[str]
) -> tuple[float, dict[str, dict[str, Any]]]:
    """(the service's time, the subscriptions that the credentials may see, by id in lower case).

    One that may not be seen is left out of every answer without a word. Raises Retriable,
    ShardError.
    """
    wanted = sorted({subscription.lower() for subscription in subscriptions})
    query = of_types("resourcecontainers", ["microsoft.resources/subscriptions"])
    found = {}
    for answer in rows(client, wanted, query, "the subscriptions"):
        for row in answer:
            if isinstance(row, dict):
                found[str(row.get("subscriptionId", "")).lower()] = row
    return client.server_time("management"), found


NOT_VISIBLE = (
    "the subscription is not visible to these credentials: grant them the role of "
    "docs/permissions.md on it"
)
