"""Reading an API by time without losing what comes late: slices, an overlap, the server's clock.

A partition (a subscription, a project, an account and region) is read in slices of time. A slice
is a shard: it is read again in every run until the service's own clock is past its end by the
overlap, and its checkpoint holds the ids already sent, so that what comes late comes once. Behind
the oldest open slice lies the frontier, which only moves forward, and only over slices that are
done. The local clock decides nothing: a machine an hour fast would declare slices finished that
the service is still filling.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .declare import Argument, Bad, Cursor, Meta, Page, Shard
from .progress import Progress

# A partition whose frontier is not further behind than this many slices is up to date.
_UP_TO_DATE = 4

ARGUMENTS = (
    Argument(
        "backfill_days",
        "Days to go back",
        "Days of the past that the first run reads, oldest first",
        kind="integer",
        default="1",
        minimum=0,
        maximum=3650,
    ),
    Argument(
        "overlap_minutes",
        "Overlap",
        "Minutes for which a stretch of time is read again, for events that the service lists late",
        kind="integer",
        default="45",
        minimum=5,
        maximum=1440,
    ),
)


@dataclass(frozen=True)
class Slice:
    """A shard's payload: [start, end) in epoch seconds of one partition."""

    partition: str
    start: float
    end: float


@dataclass(frozen=True)
class Item:
    """One event of a listing: its id (unique within the partition), time and text.

    `bad` in place of a text that could not be an event.
    """

    id: str
    time: str
    text: str
    bad: Bad | None = None
    meta: Meta | None = None


def counted(context: Any, listing: Iterable[list[Any]]) -> Iterator[list[Any]]:
    """A listing whose records count as read, as its answers come in."""
    for answer in listing:
        context.count("read", len(answer))
        yield answer


def own(context: Any, part: Slice, items: list[Item]) -> list[Item]:
    """The items that are the slice's own. An API that includes both ends lists the events of the
    end's instant in two slices; they belong to the later one."""
    kept = [item for item in items if not item.time or float(item.time) < part.end]
    context.count("repeated", len(items) - len(kept))
    return kept


def slices(
    context: Any, partition: str, server_time: float, seconds: float = 900.0
) -> Iterator[Shard]:
    """The open slices of a partition, oldest first, up to `server_time`; moves the frontier.

    All slices are of one size, for ever: a stretch that is cut differently the next time would
    send again what its other cut has sent.
    """
    settled_before = server_time - context.arguments["overlap_minutes"] * 60.0
    key = f"frontier\0{partition}\0{seconds:.0f}"
    frontier = context.checkpoint.get(key)
    if frontier is None:
        past = server_time - context.arguments["backfill_days"] * 86400.0
        frontier = Cursor(math.floor(past / seconds) * seconds)
        context.checkpoint.commit(key, frontier)
    start, unbroken = frontier.position, True
    # Where the stretch began that is being caught up with, over as many runs as it takes.
    is_current = settled_before - start <= _UP_TO_DATE * seconds
    first = start if is_current else frontier.state.get("first", start)
    progress = Progress(context, partition, start, server_time, first)
    while start < server_time and not context.stopping():
        end = start + seconds
        shard = Shard(
            key=f"slice\0{partition}\0{seconds:.0f}\0{start:.0f}",
            label=f"{partition} from {_iso(start)} to {_iso(end)}",
            payload=Slice(partition, start, end),
            endless=end > settled_before,
            partition=partition,
            server_time=server_time,
        )
        yield shard
        unbroken = unbroken and not shard.endless and shard.outcome in ("done", "already_done")
        if unbroken:
            context.checkpoint.commit(key, Cursor(end, state={"first": first}))
        if shard.outcome == "stopped":
            return
        start = end
        progress.reached(start)


def pages(
    context: Any,
    cursor: Cursor | None,
    listing: Iterable[Iterable[Item]],
    meta: Meta,
) -> Iterator[Page]:
    """Pages of what a slice's listing has and its checkpoint does not: at most `page_bytes` each.

    A page's cursor holds the ids sent up to it, never one of a later page.
    """
    sent = set(cursor.state.get("ids", ())) if cursor is not None else set()
    position = cursor.position if cursor is not None else 0.0
    for answer in listing:
        fresh = _fresh(context, answer, sent)
        for kind, items in _groups(fresh, meta, context.page_bytes):
            sent.update(short for short, _ in items)
            position += len(items)
            yield Page(
                kind,
                [(item.time, item.text) for _, item in items if item.bad is None],
                Cursor(position, state={"ids": sorted(sent)}),
                [item.bad for _, item in items if item.bad is not None],
            )


def _fresh(context: Any, answer: Iterable[Item], sent: set[str]) -> dict[str, Item]:
    """The items whose ids were not sent, each id once, by the id's short form."""
    fresh: dict[str, Item] = {}
    repeated = 0
    for item in answer:
        short = _short(item.id)
        if short in sent or short in fresh:
            repeated += 1
        else:
            fresh[short] = item
    context.count("repeated", repeated)
    return fresh


def _groups(
    items: dict[str, Item], meta: Meta, size: int
) -> Iterator[tuple[Meta, list[tuple[str, Item]]]]:
    """Runs of items with the same metadata, each of about `size` characters."""
    by_kind: dict[Meta, list[tuple[str, Item]]] = {}
    last, members = None, []
    for each in items.items():
        kind = each[1].meta or meta
        if kind is not last:
            last, members = kind, by_kind.setdefault(kind, [])
        members.append(each)
    for kind, members in by_kind.items():
        group: list[tuple[str, Item]] = []
        length = 0
        for each in members:
            if group and length + len(each[1].text) > size:
                yield kind, group
                group, length = [], 0
            group.append(each)
            length += len(each[1].text)
        yield kind, group


def _short(name: str) -> str:
    """64 bits of SHA-256: among 100,000 ids two are the same once in four billion slices."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _iso(epoch: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch))

