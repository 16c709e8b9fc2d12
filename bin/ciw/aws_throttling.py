"""How often AWS asks to be called less often, and how long the SDK waits for that.

botocore asks again by itself; its events tell of it: `needs-retry` after each answer, and
`request-created` before each attempt, both with the request's own context ("Events", botocore's
documentation). Codes are those that botocore's standard mode takes for throttling.
"""

from __future__ import annotations

import time
from typing import Any, Callable

_CODES = {
    "BandwidthLimitExceeded", "EC2ThrottledException", "LimitExceededException",
    "PriorRequestNotComplete", "ProvisionedThroughputExceededException", "RequestLimitExceeded",
    "RequestThrottled", "RequestThrottledException", "SlowDown", "Throttling",
    "ThrottlingException", "ThrottledException", "TooManyRequestsException",
    "TransactionInProgressException",
}
_SINCE = "ciw_throttled_at"


def watch(client: Any, count: Callable[[str, float], None]) -> None:
    """Counts `throttled` answers of a client, and the seconds until it asked again."""

    def answered(response: Any = None, request_dict: Any = None, **_: Any) -> None:
        if response is not None and _is_throttling(response):
            count("throttled", 1)
            request_dict["context"][_SINCE] = time.monotonic()

    def asked(request: Any = None, **_: Any) -> None:
        since = request.context.pop(_SINCE, None)
        if since is not None:
            count("throttled_seconds", time.monotonic() - since)

    client.meta.events.register("needs-retry", answered, unique_id="ciw-throttled")
    client.meta.events.register("request-created", asked, unique_id="ciw-asked-again")


def was_throttled(error: Exception) -> bool:
    """Whether that is what the SDK gave up at."""
    response = getattr(error, "response", None)
    if not isinstance(response, dict):
        return False
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return _tells(status, response)


def _is_throttling(response: Any) -> bool:
    http, parsed = response
    return _tells(http.status_code, parsed)


def _tells(status: int, parsed: dict[str, Any]) -> bool:
    return status in (429, 503) or parsed.get("Error", {}).get("Code", "") in _CODES
