"""CloudWatch on this machine: ListMetrics and GetMetricData with paging and partial answers.

moto's GetMetricData ignores paging. "GetMetricData" and "ListMetrics", CloudWatch API Reference:
at most 500 queries, an answer is continued by NextToken, a series that goes on in the next answer
is PartialData, a time range includes its start and not its end.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from lab.clouds.aws_api import ACCOUNT, REGION, ApiCall, AwsApi, Refusal, page

_Key = tuple[str, str, str, str]
_HIDDEN = 3 * 3600


class CloudWatch(AwsApi):
    """`put` stores a value; `trouble` maps (instance, metric) to the status its series ends with,
    `messages` is what the next answers of GetMetricData say of themselves."""

    points_per_page = 100_800
    metrics_per_page = 500

    def __init__(self, clock: Callable[[], float] = time.time):
        super().__init__(clock)
        self.values: dict[_Key, dict[int, tuple[float, float]]] = defaultdict(dict)
        self.instances: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        self.trouble: dict[tuple[str, str], str] = {}
        self.messages: list[dict[str, str]] = []

    def put(
        self, instance: str, metric: str, at: int, value: float, seen_at: float = 0.0,
        account: str = ACCOUNT, region: str = REGION,
    ) -> None:
        """The value of the period that begins at `at`; not listed or given before `seen_at`."""
        self.values[(account, region, instance, metric)][at] = (value, seen_at)

    def cloudwatch_ListMetrics(self, call: ApiCall) -> dict[str, Any]:
        asked, now = call.parameters, self.clock()
        names = {one["Name"] for one in asked.get("Dimensions", ())}
        if asked.get("Namespace") != "AWS/EC2" or names - {"InstanceId"}:
            raise Refusal("InvalidParameterValue", "the stand-in has AWS/EC2 by InstanceId only")
        since = now - _HIDDEN if asked.get("RecentlyActive") == "PT3H" else 0
        found = [
            {
                "Namespace": "AWS/EC2",
                "MetricName": metric,
                "Dimensions": [{"Name": "InstanceId", "Value": instance}],
            }
            for (account, region, instance, metric), points in sorted(self.values.items())
            if (account, region) == (call.account, call.region)
            and metric == asked.get("MetricName", metric)
            and any(at >= since and seen_at <= now for at, (_, seen_at) in points.items())
        ]
        metrics, token = page(found, asked.get("NextToken"), self.metrics_per_page)
        return {"Metrics": metrics, **({"NextToken": token} if token else {})}

    def cloudwatch_GetMetricData(self, call: ApiCall) -> dict[str, Any]:
        asked = call.parameters
        queries = asked["MetricDataQueries"]
        if not 1 <= len(queries) <= 500:
            raise Refusal("ValidationError", "1 to 500 queries")
        if len({query["Id"] for query in queries}) != len(queries):
            raise Refusal("ValidationError", "the ids must be unique")
        start, end = (int(_epoch(asked[name])) for name in ("StartTime", "EndTime"))
        if start >= end:
            raise Refusal("ValidationError", "StartTime must be before EndTime")
        points = [
            (query["Id"], at, value)
            for query in queries
            for at, value in self._series(call, query, start, end)
        ]
        part, token = page(points, asked.get("NextToken"), self.points_per_page)
        answer = {"MetricDataResults": self._results(queries, points, part, bool(token))}
        if self.messages:
            answer["Messages"] = [self.messages.pop()]
        if token:
            answer["NextToken"] = token
        return answer

    def _series(
        self, call: ApiCall, query: dict[str, Any], start: int, end: int
    ) -> list[tuple[int, float]]:
        metric = query["MetricStat"]["Metric"]
        statistic = "Average" if metric["MetricName"] == "CPUUtilization" else "Sum"
        if query["MetricStat"]["Stat"] != statistic:
            raise Refusal("ValidationError", f"{metric['MetricName']} is asked as {statistic} here")
        key = (call.account, call.region, metric["Dimensions"][0]["Value"], metric["MetricName"])
        return sorted(
            (at, value)
            for at, (value, seen_at) in self.values.get(key, {}).items()
            if start <= at < end and seen_at <= self.clock()
        )

    def _results(
        self, queries: list[Any], points: list[Any], part: list[Any], more: bool
    ) -> list[dict[str, Any]]:
        present = {name: at for name, at, _ in part}
        known = {name: at for name, at, _ in points}
        results = []
        for query in queries:
            name = query["Id"]
            # A series without points is complete in the last answer.
            if name not in present and (more or name in known):
                continue
            metric = query["MetricStat"]["Metric"]
            place = (metric["Dimensions"][0]["Value"], metric["MetricName"])
            ended = present.get(name) == known.get(name)
            status = self.trouble.get(place, "Complete" if ended else "PartialData")
            mine = [(at, value) for owner, at, value in part if owner == name]
            results.append(
                {
                    "Id": name,
                    "Label": metric["MetricName"],
                    "Timestamps": [float(at) for at, _ in mine],
                    "Values": [value for _, value in mine],
                    "StatusCode": status,
                }
            )
        return results

    def ec2_DescribeInstances(self, call: ApiCall) -> dict[str, Any]:
        mine = sorted(self.instances[(call.account, call.region)].items())
        size = call.parameters.get("MaxResults", 1000)
        found, token = page(mine, call.parameters.get("NextToken"), size)
        instances = [
            {"InstanceId": name, "InstanceType": kind, "State": {"Code": 16, "Name": "running"}}
            for name, kind in found
        ]
        answer = {"Reservations": [{"ReservationId": "r-0", "Instances": instances}]}
        return {**answer, **({"NextToken": token} if token else {})}


def _epoch(moment: Any) -> float:
    """moto's parser gives naive times, which are UTC."""
    import calendar

    return float(calendar.timegm(moment.timetuple()))
