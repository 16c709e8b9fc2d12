"""CloudTrail's LookupEvents on this machine, which moto lacks: paging, quota, retention, lateness.

"LookupEvents", CloudTrail API Reference: newest first, 50 a page at most, 90 days, two requests a
second for each account and region, a token only with the parameters it was given for.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

from lab.clouds.aws_api import ACCOUNT, REGION, ApiCall, AwsApi, Refusal, page

_DAYS = 90


class EventHistory(AwsApi):
    """`add` puts an event into the history; `page_size` may be smaller than what is asked for."""

    page_size = 50
    per_second = 2

    def __init__(self, clock: Callable[[], float] = time.time):
        super().__init__(clock)
        self._events: dict[tuple[str, str], list[tuple[float, float, dict[str, Any]]]] = (
            defaultdict(list)
        )
        self._recent: dict[tuple[str, str], deque[float]] = defaultdict(deque)
        self._tokens: dict[str, dict[str, Any]] = {}

    def add(
        self, at: float, record: dict[str, Any], account: str = ACCOUNT, region: str = REGION,
        listed_at: float = 0.0, text: str = "",
    ) -> None:
        """An event of time `at`; before `listed_at` the service does not list it. `text`: what its
        CloudTrailEvent holds instead of the record."""
        event = {
            "EventId": record.get("eventID", ""),
            "EventName": record.get("eventName", "RunInstances"),
            "EventSource": record.get("eventSource", "ec2.amazonaws.com"),
            "EventTime": at,
            "ReadOnly": "false",
            "Username": "operator",
            "Resources": [],
            "CloudTrailEvent": text or json.dumps(record, separators=(",", ":")),
        }
        self._events[(account, region)].append((at, listed_at, event))

    def cloudtrail_LookupEvents(self, call: ApiCall) -> dict[str, Any]:
        place = (call.account, call.region)
        self._throttle(place)
        asked = dict(call.parameters)
        token = asked.pop("NextToken", None)
        size = asked.get("MaxResults", 50)
        if not 1 <= size <= 50:
            raise Refusal("InvalidMaxResultsException", "MaxResults is from 1 to 50")
        if token and self._tokens.get(token.partition("/")[2]) != asked:
            raise Refusal("InvalidNextTokenException", "the token was given for another request")
        now = self.clock()
        first = _epoch(asked.get("StartTime"), now - _DAYS * 86400)
        last = _epoch(asked.get("EndTime"), now)
        if first > last or first < now - _DAYS * 86400 - 60:
            raise Refusal("InvalidTimeRangeException", "the time range is not possible")
        found = [
            event for at, listed_at, event in self._events[place]
            if first <= int(at) <= last and listed_at <= now
        ]
        found.sort(key=lambda event: -event["EventTime"])
        events, following = page(found, token and token.partition("/")[0], min(size, self.page_size))
        answer: dict[str, Any] = {"Events": events}
        if following:
            number = str(len(self._tokens))
            answer["NextToken"] = f"{following}/{number}"
            self._tokens[number] = asked
        return answer

    def _throttle(self, place: tuple[str, str]) -> None:
        recent, now = self._recent[place], time.monotonic()
        while recent and recent[0] < now - 1:
            recent.popleft()
        if len(recent) >= self.per_second:
            raise Refusal("ThrottlingException", "Rate exceeded")
        recent.append(now)


def _epoch(moment: Any, otherwise: float) -> float:
    """moto's parser gives naive times, which are UTC."""
    if moment is None:
        return otherwise
    import calendar

    return float(calendar.timegm(moment.timetuple()))
