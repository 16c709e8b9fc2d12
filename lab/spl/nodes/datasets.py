"""Nodes of commands that put datasets together, or tell what the indexes hold."""

from __future__ import annotations

from dataclasses import dataclass

from lab.spl.nodes.commands import Command, Pipeline


@dataclass(frozen=True)
class Multisearch(Command):
    """The events of two or more streaming searches, newest first (Search Reference, multisearch).

    No limit of a subsearch applies. The parser has checked that every command streams.
    """

    pipelines: tuple[Pipeline, ...]


@dataclass(frozen=True)
class Union(Command):
    """The rows of the datasets, and of the rows at hand unless it is the first command.

    Search Reference, union: `interleaved` where all of them stream: by descending `_time`, rows
    of the same time in the order of the datasets, and no limit applies. Otherwise they follow
    each other in the order named, and a dataset holds `maxout` rows at most.
    """

    pipelines: tuple[Pipeline, ...]
    interleaved: bool
    first: bool
    maxout: int = 50000


@dataclass(frozen=True)
class Eventcount(Command):
    """How many events the indexes hold, whatever the time range (Search Reference, eventcount).

    `indexes` may hold wildcards; `*` stands for those that do not begin with `_`. None named: the
    default index. `summarize`: one row with `count`. Otherwise a row for each index: `count`,
    `index`, `provider` ("local") and `server`, in the order of the indexes' names.
    """

    indexes: tuple[str, ...] = ()
    summarize: bool = True


@dataclass(frozen=True)
class Metadata(Command):
    """The hosts, sources or sourcetypes of the events in the time range (Search Reference,
    metadata).

    `kind` is hosts, sources or sourcetypes. A row for each value: the field `host`, `source` or
    `sourcetype`; `firstTime`, `lastTime` (earliest and latest `_time`), `recentTime` (latest index
    time) in whole epoch seconds; `totalCount`; `type`, the kind. `indexes` as in Eventcount.
    """

    kind: str
    indexes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Set(Command):
    """`kind` union, diff or intersect of two subsearches (Search Reference, set). Rows are the same
    if all of their fields are. union: those of either, what both have once; diff: those that only
    one has; intersect: those that both have. A subsearch that gives a row twice, or more than
    50,000 rows, is an error. The rows come in the order of the first, then of the second.
    """

    kind: str
    first: Pipeline
    second: Pipeline


@dataclass(frozen=True)
class Addinfo(Command):
    """info_min_time and info_max_time ("+Infinity" where open) of the search's time range, and
    info_search_time, in epoch seconds with three decimals (Search Reference, addinfo). The lab's
    searches have no id: reading info_sid is an error.
    """


@dataclass(frozen=True)
class Gentimes(Command):
    """A row for each stretch of `increment` seconds from `start` on that begins before `end` (None:
    today's midnight): starttime, endtime (its last second), in epoch seconds, and starthuman,
    endhuman (Search Reference, gentimes).

    `start` and `end`: `MM/DD/YYYY[:HH:MM:SS]`, or a number of days from today's midnight.
    """

    start: str
    end: str | None = None
    increment: int = 86400
