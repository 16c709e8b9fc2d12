"""Snapshots of what exists: at most one in a period of the service's clock, part by part.

A part (a subscription's disks, a directory's users) is a shard of its own: one that fails is its
own matter and is read again in the next run, while those that are done are not. Behind the parts
comes the end-of-snapshot marker with the counts per type; it says `complete: false` where a part
failed, and once more `complete: true` when that part has come. Whoever compares snapshots reads
those with a complete marker only: what is missing there does not exist any more.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from . import polling
from .declare import Argument, Cursor, Meta, Page, Shard
from .text import compact

SOURCETYPE = "ciw:snapshot"

ARGUMENT = Argument(
    "snapshot_minutes",
    "Snapshot every",
    "Minutes from one snapshot of what exists to the next. In between runs read only what failed",
    kind="integer",
    default="360",
    minimum=5,
    maximum=10080,
)


@dataclass(frozen=True)
class Snapshot:
    """One snapshot: `id` is the service's time at its begin (ISO 8601), which its events carry."""

    id: str
    began: float

    @property
    def time(self) -> str:
        return f"{self.began:.0f}"


@dataclass(frozen=True)
class Part:
    """The payload of a part's shard. `filtered` counts by reason what the listing leaves out."""

    snapshot: Snapshot
    payload: Any
    filtered: Counter[str]


@dataclass(frozen=True)
class End:
    """The payload of the marker's shard: what it says, and whether all parts were read."""

    snapshot: Snapshot
    text: str
    complete: bool


def shards(
    context: Any, name: str, server_time: float, parts: Iterable[tuple[str, Any]], **said: Any
) -> Iterator[Shard]:
    """The parts of snapshot series `name` that are not read yet, then the marker.

    `parts` are (key, payload), or (key, the reason why it cannot be read); `said` are further
    fields of the marker.
    """
    current = _current(context, name, server_time)
    end = context.checkpoint.get(_key(current, name, "end"))
    if end is not None and end.done:
        return
    counts: Counter[str] = Counter()
    failed = []
    for key, payload in parts:
        checkpoint_key = _key(current, name, key)
        if not _is_done(context, checkpoint_key):
            shard = Shard(
                checkpoint_key,
                f"{key} in the snapshot of {current.id}",
                Part(current, payload, Counter()),
                failure=payload if isinstance(payload, str) else "",
                server_time=server_time,
            )
            yield shard
            if shard.outcome == "stopped":
                return
            if shard.outcome == "failed":
                failed.append({"part": key, "reason": shard.reason})
                continue
        cursor = context.checkpoint.get(checkpoint_key)
        counts.update(cursor.state.get("counts", {}) if cursor is not None else {})
    marker = {
        "snapshot_id": current.id,
        "resource_type": "snapshot_end",
        "snapshot": name,
        **said,
        "complete": not failed,
        "counts": dict(sorted(counts.items())),
        "failed": failed,
    }
    payload = End(current, compact(marker), not failed)
    yield Shard(_key(current, name, "end"), f"the end of snapshot {current.id}", payload,
                endless=True, server_time=server_time)


def pages(
    context: Any,
    shard: Shard,
    cursor: Cursor | None,
    answers: Iterable[list[polling.Item]],
    meta: Meta,
) -> Iterator[Page]:
    """Pages of a part: each item once in its snapshot. An item's `meta` has as its source
    `<input>:<type>`, and that is the type by which the marker counts."""
    counts = Counter(cursor.state.get("counts", {})) if cursor is not None else Counter()
    position = cursor.position if cursor is not None else 0.0
    filtered = shard.payload.filtered
    # A part that is read once more counts anew.
    filtered.clear()
    for page in polling.pages(context, cursor, _counted(context, answers, filtered), meta):
        counts[page.meta.source.partition(":")[2]] += len(page.events)
        position = page.cursor.position
        page.cursor.state["counts"] = dict(counts)
        yield page
    for reason, number in filtered.items():
        context.log.debug("filtered", object=shard.label, reason=reason, number=number)
    # The ids are not needed any more.
    state = {"counts": {name: number for name, number in counts.items() if number}}
    yield Page(
        meta, [], Cursor(position + 1, done=True, state=state), filtered=sum(filtered.values())
    )


def _counted(
    context: Any, answers: Iterable[list[polling.Item]], filtered: Counter[str]
) -> Iterator[list[polling.Item]]:
    """What a listing gives and what it leaves out both count as read, when its answer comes."""
    known = 0
    for answer in answers:
        left_out = sum(filtered.values())
        context.count("read", len(answer) + left_out - known)
        known = left_out
        yield answer
    context.count("read", sum(filtered.values()) - known)


def end_pages(context: Any, shard: Shard, cursor: Cursor | None, source: str) -> Iterator[Page]:
    """The marker: said once while parts are missing, and once when none is."""
    end = shard.payload
    if cursor is not None and not end.complete:
        return
    context.count("read", 1)
    meta = Meta(SOURCETYPE, source=source, index=context.index)
    yield Page(
        meta, [(end.snapshot.time, end.text)], Cursor(2 if end.complete else 1, done=end.complete)
    )


def _current(context: Any, name: str, server_time: float) -> Snapshot:
    """The snapshot that is being made, or a new one where its period is over."""
    key = "snapshot\0" + name
    last = context.checkpoint.get(key)
    if last is None or server_time >= last.position + context.arguments["snapshot_minutes"] * 60:
        last = Cursor(float(int(server_time)))
        context.checkpoint.commit(key, last)
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(last.position))
    return Snapshot(moment, last.position)


def _key(snapshot: Snapshot, name: str, part: str) -> str:
    return f"snapshot\0{name}\0{snapshot.id}\0{part}"


def _is_done(context: Any, key: str) -> bool:
    cursor = context.checkpoint.get(key)
    return cursor is not None and cursor.done
