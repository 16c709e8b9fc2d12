"""Azure Monitor's metrics batch API on this machine, beside Resource Graph.

"Metrics Batch - Batch" (learn.microsoft.com/rest/api/monitor/metrics-batch/batch, 2024-02-01). The
region is the first part of the path here; in Azure it is the first part of the host's name.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from lab.clouds.azure_resource_graph import AzureResourceGraph
from lab.clouds.stand_in import Request, Response, route

AUDIENCE = "https://metrics.monitor.azure.com"
_KNOWN = {
    "starttime", "endtime", "interval", "metricnamespace", "metricnames", "aggregation", "top",
    "orderby", "filter", "rollupby",
}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
_GRAINS = {"PT1M": 60, "PT5M": 300, "PT15M": 900, "PT1H": 3600}
_AGGREGATIONS = {"average", "minimum", "maximum", "total", "count"}
# Name, unit, the aggregation it is kept by.
METRICS = {
    "percentage cpu": ("Percentage CPU", "Percent", "average"),
    "network in total": ("Network In Total", "Bytes", "total"),
    "network out total": ("Network Out Total", "Bytes", "total"),
    "disk read bytes": ("Disk Read Bytes", "Bytes", "total"),
    "disk write bytes": ("Disk Write Bytes", "Bytes", "total"),
}
_NAMESPACES = {
    "microsoft.compute/virtualmachines",
    "microsoft.compute/virtualmachinescalesets/virtualmachines",
}


class AzureMonitor(AzureResourceGraph):
    """`values`: by (resource id in lower case, metric in lower case) the values by epoch second.

    Metrics of a resource in another region than the address's are refused, as Azure does.
    """

    services = ("management", "metrics")
    largest_batch = 50

    def __init__(self, clock: Callable[[], float] = time.time):
        super().__init__(clock)
        self.values: dict[tuple[str, str], dict[int, Any]] = {}
        self.errors: dict[tuple[str, str], str] = {}

    def audience_of(self, path: str) -> str:
        return AUDIENCE if path.endswith("/metrics:getBatch") else self.url

    @route("POST", "/([a-z0-9]+)/subscriptions/([^/]+)/metrics:getBatch")
    def batch(self, request: Request, region: str, subscription: str) -> Response:
        required = {"metricnamespace", "metricnames"}
        refusal = self.wrong_parameters(request, _KNOWN, required, {"2023-10-01", "2024-02-01"})
        if refusal is not None:
            return refusal
        try:
            ids = self._ids(request.document, subscription, region)
            names, aggregations = _names(request.query)
            start, end, grain = _span(request.query, self.clock())
        except ValueError as error:
            return self.error(400, "BadRequest", str(error))
        values = [
            {
                "starttime": _iso(start),
                "endtime": _iso(end),
                "interval": request.query.get("interval", "PT1M"),
                "namespace": request.query["metricnamespace"],
                "resourceregion": region,
                "resourceid": name,
                "value": [
                    self._metric(name, metric, aggregations, range(start, end, grain))
                    for metric in names
                ],
            }
            for name in ids
        ]
        return Response({"values": values})

    def _ids(self, body: Any, subscription: str, region: str) -> list[str]:
        """The resources asked for. Raises ValueError."""
        ids = body.get("resourceids") if isinstance(body, dict) else None
        if not isinstance(ids, list) or not 1 <= len(ids) <= self.largest_batch:
            raise ValueError(f"resourceids has 1 to {self.largest_batch} ids")
        where = {
            row["id"].lower(): row["location"].lower()
            for table in ("resources", "computeresources")
            for row in self.rows[table]
            if "id" in row
        }
        for name in ids:
            if not name.lower().startswith(f"/subscriptions/{subscription}/".lower()):
                raise ValueError(f"{name} is not of the subscription {subscription}")
            if where.get(name.lower()) != region:
                raise ValueError(f"{name} is not in the region {region}")
        return ids

    def _metric(
        self, resource: str, name: str, aggregations: set[str], periods: range
    ) -> dict[str, Any]:
        key = (resource.lower(), name)
        title, unit, aggregation = METRICS[name]
        known = self.values.get(key, {})
        data = []
        for at in periods:
            point: dict[str, Any] = {"timeStamp": _iso(at)}
            if at in known and aggregation in aggregations:
                point[aggregation] = known[at]
            data.append(point)
        code = self.errors.get(key, "Success")
        return {
            "id": f"{resource}/providers/Microsoft.Insights/metrics/{title}",
            "type": "Microsoft.Insights/metrics",
            "name": {"value": title, "localizedValue": title},
            "displayDescription": title,
            "unit": unit,
            "timeseries": [{"metadatavalues": [], "data": data}] if code == "Success" else [],
            "errorCode": code,
        }


def _names(query: dict[str, str]) -> tuple[list[str], set[str]]:
    """(metrics, aggregations). Raises ValueError."""
    if query["metricnamespace"].lower() not in _NAMESPACES:
        raise ValueError(f"no metrics of {query['metricnamespace']}")
    names = [name.strip().lower() for name in query["metricnames"].split(",")]
    unknown = [name for name in names if name not in METRICS]
    if unknown:
        raise ValueError(f"unknown metrics {unknown}")
    aggregations = {name.lower() for name in query.get("aggregation", "average").split(",")}
    if aggregations - _AGGREGATIONS:
        raise ValueError(f"unknown aggregations {sorted(aggregations - _AGGREGATIONS)}")
    return names, aggregations


def _span(query: dict[str, str], now: float) -> tuple[int, int, int]:
    """(first period, end, seconds of a period). Raises ValueError."""
    grain = _GRAINS.get(query.get("interval", "PT1M"))
    if grain is None:
        raise ValueError(f"the interval {query['interval']} is not supported")
    end = _epoch(query["endtime"]) if "endtime" in query else now
    start = _epoch(query["starttime"]) if "starttime" in query else end - 3600
    if end <= start:
        raise ValueError("endtime is not after starttime")
    return int(start // grain * grain), int(end), grain


def _epoch(text: str) -> float:
    if not _TIME.fullmatch(text):
        raise ValueError(f"{text} is no time")
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def _iso(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, timezone.utc).isoformat().replace("+00:00", "Z")
