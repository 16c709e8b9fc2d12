"""Samples of detections that share a home: each with identifiers of its own.

A home costs more than what a sample has in it. Samples that end at the same time are laid into one,
after the identifiers in their records, lists and collections were replaced by others that no other
sample has: then none can see another. What a detection raised is told with the identifiers that
stand in the sample. A sample whose lists or collections name no identifier would speak for the
others too: it has a home of its own.
"""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any

from tests.detections.bench import DAY, Bench
from tests.detections.network import take_events
from tests.detections.records import epoch, iso

# UUIDs; numbers of instances and the like; accounts; AWS's ids of resources, and Google's of
# operations; Google's of entries; projects; people.
_IDENTIFIER = re.compile(
    r"(?P<uuid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
    r"|\b(?P<number>\d{17,21}|\d{12})\b"
    r"|(?P<kind>[a-z]+-)(?P<resource>[0-9a-f]{8,17})\b"
    r"|(?P<insert>insert\d{4})(?=\d{4})"
    r"|(?P<project>(?:example|other)-project)"
    r"|(?P<person>[A-Za-z][\w.+-]*)@(?=example\.)"
)
# When a record of any of the clouds happened.
_TIME = re.compile(r'"(?:eventTime|eventTimestamp|time|timestamp|activityDateTime)": '
                   r'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)')
# Seconds after its newest record at which a bench's searches run.
SETTLED = 600
# What a sample's end is rounded up to, in seconds.
_STEP = 600


@functools.cache
def _shipped(app_root: Path) -> frozenset[str]:
    """Identifiers that the app itself names: they mean something and stay."""
    files = [*(app_root / "default").glob("*.conf"), *(app_root / "lookups").glob("*.csv")]
    return frozenset(found.group() for path in files
                     for found in _IDENTIFIER.finditer(path.read_text("utf-8")))


class Disguise:
    """Gives a sample's identifiers the sample's number, and takes it away again."""

    def __init__(self, number: int, app_root: Path):
        self._mark = str(100 + number)
        self._shipped = _shipped(app_root)
        self._real: dict[str, str] = {}

    def on(self, text: str) -> str:
        return _IDENTIFIER.sub(self._other, text)

    def off(self, text: str) -> str:
        for given in sorted(self._real, key=len, reverse=True):
            text = text.replace(given, self._real[given])
        return text

    def owns(self, identifier: str) -> bool:
        return identifier in self._real

    def _other(self, found: re.Match[str]) -> str:
        whole = found.group()
        if whole in self._shipped:
            return whole
        if found["project"]:
            given = f"{whole}-{self._mark}"
        elif found["insert"]:
            given = f"insert{self._mark}0"
        elif found["person"]:
            given = f"{found['person']}.{self._mark}@"
        else:
            kind = found["kind"] or ""
            # The first digit stays: it may tell the version or be no zero.
            given = kind + whole[len(kind)] + self._mark + whole[len(kind) + 4:]
        if self._real.setdefault(given, whole) != whole:
            raise AssertionError(f"{whole} and {self._real[given]} would be the same")
        return given


@dataclass
class Sample:
    """One entry of samples/<signal>/cases.json; `needs` is what is made of its telemetry."""

    signal: str
    case: dict[str, Any]
    path: Path
    disguise: Disguise
    records: dict[str, list] = field(init=False)
    lists: dict[str, list] = field(init=False)
    collections: dict[str, list] = field(init=False)
    telemetry: list[dict] = field(init=False)
    alone: bool = field(init=False)

    def __post_init__(self) -> None:
        on = self.disguise.on
        self.records = json.loads(on(self.path.read_text("utf-8")))
        self.lists, self.collections, self.telemetry = (
            json.loads(on(json.dumps(self.case.get(kind, empty))))
            for kind, empty in (("lists", {}), ("collections", {}), ("telemetry", [])))
        self.alone = any(
            row in self.case[kind][name]
            for kind, tables in (("lists", self.lists), ("collections", self.collections))
            for name, rows in tables.items() for row in rows)

    @property
    def end(self) -> float:
        """When its searches run: ten minutes after its newest record, and at a round time."""
        times = [epoch(text) for text in _TIME.findall(json.dumps(self.records))]
        times += [_moments(kind)[-1] for kind in self.telemetry]
        return math.ceil((max(times) + SETTLED) / _STEP) * _STEP

    @property
    def needs(self) -> tuple[str, ...]:
        if not self.telemetry:
            return ()
        if any(kind["index"] == "cloud_inventory" for kind in self.telemetry):
            return ("status", "ledger", "inventory")
        return ("flows", "ledger", "aliases", "cpu")

    def raised(self, documents: Iterable[dict]) -> list[dict]:
        """Those of the documents that are this sample's, with its own identifiers."""
        return [json.loads(self.disguise.off(json.dumps(document))) for document in documents
                if self.disguise.owns(document["vendor_account"])]


class Shared:
    """A home with the records of samples that end at the same time, of which any detection may be
    run: as it would have been in a home of each."""

    def __init__(self, root: Path, app_root: Path, samples: Sequence[Sample]):
        self._bench = bench = Bench(root, app_root)
        [end] = {sample.end for sample in samples}
        rows: dict[str, list] = {}
        for sample in samples:
            for file, more in sample.lists.items():
                rows.setdefault(file, []).extend(more)
            for collection, documents in sample.collections.items():
                bench.put(collection, documents)
            _take(bench, sample)
        for file, more in rows.items():
            bench.list(file, more)
        if not end - _STEP < bench.now <= end:
            raise AssertionError(f"the samples end at {bench.now}, not by {end}")
        bench.now = end
        bench.collect()
        [needs] = {sample.needs for sample in samples}
        for name in needs:
            bench.run(f"ciw_backfill_{name}", span=(0, end + DAY))
        self._raised: dict[str, list[dict]] = {}

    def raised(self, signal: str) -> list[dict]:
        """What one run of a detection raises where none has run before."""
        if signal not in self._raised:
            self._bench.home.kv.collection("ciw_signals").delete()
            self._bench.run(f"ciw_signal_{signal}")
            self._raised[signal] = self._bench.documents("ciw_signals")
        return self._raised[signal]


def _take(bench: Bench, sample: Sample) -> None:
    """Indexes a sample's records: of CloudTrail, or by source type."""
    for sourcetype, records in sample.records.items():
        if sourcetype == "Records":
            bench.take(records)
        else:
            bench.take_json(records, sourcetype)
    for kind in sample.telemetry:
        take_events(bench, kind["sourcetype"], [
            Template(_written(kind["event"])).substitute(time=at, end=at + 59, iso=iso(at))
            for at in _moments(kind)], kind["index"])
        bench.now = max(bench.now, _moments(kind)[-1] + SETTLED)


def _moments(kind: dict) -> list[int]:
    begin = epoch(kind["first"])
    return [int(begin + number * kind["every"]) for number in range(kind["times"])]


def _written(event: object) -> str:
    return event if isinstance(event, str) else json.dumps(event, separators=(",", ":"))
