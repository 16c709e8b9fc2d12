"""CPU, network and disk of Azure's virtual machines, through Azure Monitor's metrics batch API.

"Metrics Batch - Batch" (learn.microsoft.com/rest/api/monitor/metrics-batch/batch): one call for up
to 50 resources of a subscription, region and type, at the region's own address and for an audience
of its own. The names of the metrics are those of "Supported metrics for Microsoft.Compute/
virtualMachines" and ".../virtualMachineScaleSets/virtualMachines". What exists comes from Resource
Graph: a machine that is gone before it was ever listed has no metrics to ask for.
"""

from __future__ import annotations

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import hashlib
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ciw import azure, polling, snapshot
from ciw.azure import Azure
from ciw.azure_resource_graph import NOT_VISIBLE, READ_SUBSCRIPTION, SUBSCRIPTIONS, of_types, rows
from ciw.azure_resource_graph import visible as visible_subscriptions
from ciw.declare import Argument, Bad, Cursor, Meta, Page, Permission, Shard, Source
from ciw.errors import Retriable, ShardError
from ciw.main import main
from ciw.moments import iso_seconds
from ciw.polling import Slice

SOURCETYPE = "ciw:metrics"
_VERSION = "2024-02-01"
_BATCH = 50
_SLICE = 900.0
# Host metrics are there within three minutes ("Azure Monitor Metrics overview"); a period is read
# when it has been over for so long, since each is sent once.
_SETTLED = 180.0

MACHINES = {
    "microsoft.compute/virtualmachines": "resources",
    "microsoft.compute/virtualmachinescalesets/virtualmachines": "computeresources",
}
# Azure's name, the aggregation that is asked for, ours.
METRICS = (
    ("Percentage CPU", "average", "cloud.instance.cpu.percent"),
    ("Network In Total", "total", "cloud.instance.network.in.bytes"),
    ("Network Out Total", "total", "cloud.instance.network.out.bytes"),
    ("Disk Read Bytes", "total", "cloud.instance.disk.read.bytes"),
    ("Disk Write Bytes", "total", "cloud.instance.disk.write.bytes"),
)
_MEASURES = {name.lower(): (number, *rest) for number, (name, *rest) in enumerate(METRICS)}
_GRAINS = {"PT1M": 60, "PT5M": 300}

ARGUMENTS = (
    SUBSCRIPTIONS,
    Argument(
        "period",
        "Period",
        "Length of the period that one value stands for, in ISO 8601: PT1M or PT5M",
        kind="choice",
        default="PT5M",
        choices=tuple(_GRAINS),
    ),
    *polling.ARGUMENTS,
    *azure.ARGUMENTS,
)


@dataclass(frozen=True)
class Machine:
    """An instance: its id in lower case, its type and its size."""

    id: str
    kind: str
    size: str


@dataclass(frozen=True)
class Work:
    """A shard's payload: a slice of time of the machines of one subscription and region."""

    slice: Slice
    subscription: str
    region: str
    machines: list[Machine]
    client: Azure
    now: float


def shards(context: Any) -> Iterator[Shard]:
    client = Azure(context)
    wanted = sorted({name.lower() for name in context.arguments["subscriptions"]})
    try:
        try:
            now, found = visible_subscriptions(client, wanted)
        except (Retriable, ShardError) as error:
            yield Shard("probe", "the subscriptions", failure=str(error))
            return
        for name in wanted:
            if name not in found:
                yield Shard("probe\0" + name, name, failure=NOT_VISIBLE)
                continue
            try:
                machines = _machines(context, client, name)
            except (Retriable, ShardError) as error:
                yield Shard("probe\0" + name, name, failure=str(error))
                continue
            yield from _slices(context, client, name, machines, now)
    finally:
        client.close()


def _machines(context: Any, client: Azure, subscription: str) -> dict[str, list[Machine]]:
    """The machines of a subscription by region."""
    found: dict[str, list[Machine]] = {}
    for kind, table in MACHINES.items():
        query = of_types(table, [kind])
        for answer in rows(client, [subscription], query, f"machines of {subscription}"):
            for row in answer:
                row = row if isinstance(row, dict) else {}
                name = str(row.get("id") or "").lower()
                region = str(row.get("location") or "").lower()
                if name and region.isalnum():
                    found.setdefault(region, []).append(Machine(name, kind, _size(row)))
                else:
                    context.log.warning("machine_without_region", object=name, region=region)
    return found


def _size(row: dict[str, Any]) -> str:
    size: Any = row
    for name in ("properties", "hardwareProfile", "vmSize"):
        size = size.get(name) if isinstance(size, dict) else None
    sku = row.get("sku")
    return str(size or (sku.get("name") if isinstance(sku, dict) else "") or "")


def _slices(
    context: Any, client: Azure, subscription: str, machines: dict[str, list[Machine]], now: float
) -> Iterator[Shard]:
    """Region by region: what one refuses holds up no other.

    A region whose last machine is gone is still followed: else the next machine there, perhaps
    months later, would make all that time be read.
    """
    key = "regions\0" + subscription
    known = context.checkpoint.get(key)
    regions = sorted({*machines, *(known.state["regions"] if known is not None else ())})
    if known is None or len(regions) > known.position:
        context.checkpoint.commit(key, Cursor(len(regions), state={"regions": regions}))
    for region in regions:
        for shard in polling.slices(context, f"{subscription}/{region}", now, _SLICE):
            shard.payload = Work(
                shard.payload, subscription, region, machines.get(region, []), client, now
            )
            yield shard
            if shard.outcome == "failed":
                # The later slices would fail as well; the next run begins with this one.
                break


def pages(context: Any, shard: Shard, cursor: Cursor | None) -> Iterator[Page]:
    """The cursor's state has for each machine a number (hexadecimal: it is larger than what the KV
    store keeps exactly) whose bits say which of the slice's values were sent."""
    work = shard.payload
    grain = _GRAINS[context.arguments["period"]]
    state = dict(cursor.state.get("sent", {})) if cursor is not None else {}
    position = cursor.position if cursor is not None else 0.0
    closed = math.floor((work.now - _SETTLED) / grain) * grain
    end = min(work.slice.end, closed)
    if end <= work.slice.start:
        return
    writer = Writer(work, grain, end, state, context.index)
    for kind in MACHINES:
        of_kind = [machine for machine in work.machines if machine.kind == kind]
        for first in range(0, len(of_kind), _BATCH):
            batch = of_kind[first : first + _BATCH]
            answer = _ask(work, kind, batch, context.arguments["period"], end)
            for events, bad in writer.groups(context, answer, batch):
                position += len(events) + len(bad)
                yield Page(writer.meta, events, Cursor(position, state={"sent": dict(state)}), bad)


def _ask(work: Work, kind: str, batch: list[Machine], period: str, end: float) -> list[Any]:
    what = f"metrics of {len(batch)} machines of {work.subscription} in {work.region}"
    base = work.client.url("metrics", region=work.region)
    answer = work.client.http("metrics").json(
        "POST",
        f"{base}/subscriptions/{work.subscription}/metrics:getBatch",
        {
            "api-version": _VERSION,
            "metricnamespace": kind,
            "metricnames": ",".join(name for name, _, _ in METRICS),
            "aggregation": "average,total",
            "interval": period,
            "starttime": _iso(work.slice.start),
            "endtime": _iso(end),
        },
        {"resourceids": [machine.id for machine in batch]},
        what=what,
    )
    values = answer.get("values") if isinstance(answer, dict) else None
    if not isinstance(values, list):
        raise Retriable(f"{what}: the answer has no list of values")
    return values


class Writer:
    """Values of answers as events, each value once: `state` is changed as they are written."""

    def __init__(self, work: Work, grain: int, end: float, state: dict[str, str], index: str):
        self._work = work
        self._grain = grain
        self._end = end
        self._state = state
        self.meta = Meta(
            SOURCETYPE, source=f"azure_metrics:{work.subscription}/{work.region}", index=index
        )

    def groups(
        self, context: Any, answer: list[Any], batch: list[Machine]
    ) -> Iterator[tuple[list[tuple[str, str]], list[Bad]]]:
        """The events of an answer in groups of about a page, each with what was no event."""
        machines = {machine.id: machine for machine in batch}
        events: list[tuple[str, str]] = []
        bad: list[Bad] = []
        for resource in answer:
            name = str(resource.get("resourceid", "")).lower() if isinstance(resource, dict) else ""
            if name not in machines:
                context.log.warning("foreign_metrics", object=name, region=self._work.region)
                continue
            events += self._events(context, machines[name], resource, bad)
            if sum(len(text) for _, text in events) >= context.page_bytes:
                yield events, bad
                events, bad = [], []
        if events or bad:
            yield events, bad

    def _events(
        self, context: Any, machine: Machine, resource: dict[str, Any], bad: list[Bad]
    ) -> list[tuple[str, str]]:
        """The new values of a machine, one event a period."""
        measures: dict[int, dict[str, float]] = {}
        times: set[int] = set()
        try:
            for metric in resource.get("value") or ():
                self._read(context, machine, metric, measures, bad, times)
        except (AttributeError, TypeError) as error:
            # Told once; what was read before it is good.
            if self._is_new(machine, -1, len(METRICS), True):
                context.count("read", 1)
                bad.append(self._bad(machine, f"metrics of another form: {error}", resource))
        # One event holds the values of a time.
        context.count("read", len(times))
        return [
            (str(at), self._event(machine, at, values)) for at, values in sorted(measures.items())
        ]

    def _read(
        self, context: Any, machine: Machine, metric: Any, measures: dict[int, Any],
        bad: list[Bad], times: set[int],
    ) -> None:
        """Puts a metric's values that are new into `measures` by time; `times` are theirs."""
        name = str((metric.get("name") or {}).get("value", "")).lower()
        code = metric.get("errorCode") or "Success"
        if code != "Success" or name not in _MEASURES:
            context.count("metric_errors", 1)
            context.log.warning("metric_error", object=machine.id, metric=name, code=code)
            return
        number, aggregation, measure = _MEASURES[name]
        for series in metric.get("timeseries") or ():
            for point in series.get("data") or ():
                value = point.get(aggregation)
                if value is None:
                    # Azure lists the periods without a value too.
                    continue
                at = iso_seconds(point.get("timeStamp"))
                epoch = int(float(at)) if at else -1
                broken = not isinstance(value, (int, float)) or isinstance(value, bool)
                if not self._is_new(machine, epoch, number, broken or not at):
                    continue
                if broken or not at:
                    context.count("read", 1)
                    reason = f"a value of {measure} that is no number at a time"
                    bad.append(self._bad(machine, reason, point))
                else:
                    times.add(epoch)
                    measures.setdefault(epoch, {})[measure] = value

    def _is_new(self, machine: Machine, epoch: int, number: int, bad: bool) -> bool:
        place = int((epoch - self._work.slice.start) // self._grain)
        inside = self._work.slice.start <= epoch < self._end
        if not inside:
            # What cannot be placed is told once for each measure.
            if not bad:
                return False
            place = int(_SLICE // self._grain)
        bit = 1 << (place * len(METRICS) + number)
        key = hashlib.sha256(machine.id.encode()).hexdigest()[:16]
        sent = int(self._state.get(key, "0"), 16)
        if sent & bit:
            return False
        self._state[key] = f"{sent | bit:x}"
        return True

    def _event(self, machine: Machine, at: int, values: dict[str, float]) -> str:
        event: dict[str, Any] = {
            "time": at,
            "cloud": "azure",
            "vendor_account": self._work.subscription,
            "vendor_region": self._work.region,
            "object_id": machine.id,
        }
        if machine.size:
            event["instance_type"] = machine.size
        return snapshot.compact({**event, **values})

    def _bad(self, machine: Machine, reason: str, what: Any) -> Bad:
        return Bad(
            self.meta.source, reason, excerpt=snapshot.compact(what),
            detail={"object_id": machine.id},
        )


def _iso(epoch: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(epoch))


SOURCE = Source(
    name="azure_metrics",
    title="Azure metrics (Cloud Instance Watch)",
    description="CPU, network and disk of virtual machines and of scale sets' instances, one data "
    "point for each machine and period, for a metric index.",
    arguments=ARGUMENTS,
    sourcetypes=(SOURCETYPE,),
    cursor="period",
    permissions=(
        READ_SUBSCRIPTION,
        Permission("Microsoft.Compute/virtualMachines/read", "the subscriptions", "which exist"),
        Permission(
            "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/read",
            "the subscriptions", "which exist",
        ),
        Permission("Microsoft.Insights/metrics/read", "the subscriptions", "the values"),
    ),
    exclusive=lambda arguments: True,
    index="cloud_metrics",
    interval=300,
    shards=shards,
    pages=pages,
    check=azure.check,
)

if __name__ == "__main__":
    sys.exit(main(SOURCE))
