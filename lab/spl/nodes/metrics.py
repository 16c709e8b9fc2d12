"""Nodes of the commands over metric indexes, and of iplocation."""

from __future__ import annotations

from dataclasses import dataclass

from lab.spl.nodes.commands import Command
from lab.spl.nodes.language import Aggregation, Predicate, TimeWindow


@dataclass(frozen=True)
class Mstats(Command):
    """Statistics of measures. Two forms, never mixed:

    `by_value` False: an aggregation's argument is a FieldRef with the name of a metric (wildcards
    are allowed); the names in `aggregations` are as SPL shows them, `avg(cpu.*)`.
    `by_value` True: the argument is `_value`, and `where` filters on metric_name.
    `span` cuts `_time` into buckets, which come first in each row. Besides stats' functions an
    aggregation may be rate_avg or rate_sum. With `prestats` the command behind (stats, chart,
    timechart) aggregates the measures under their own names; the span may then be "auto".
    """

    aggregations: tuple[Aggregation, ...]
    where: Predicate
    window: TimeWindow
    by: tuple[str, ...]
    by_value: bool = False
    span_length: str | None = None
    fillnull_value: str | None = None
    prestats: bool = False
    append: bool = False


@dataclass(frozen=True)
class Mcatalog(Command):
    """`values(field) AS alias`: the names and values there are; a field may be metric_name, a
    dimension, or `_dims` (the names of the dimensions)."""

    values: tuple[tuple[str, str], ...]
    where: Predicate
    window: TimeWindow
    by: tuple[str, ...]


@dataclass(frozen=True)
class Mcollect(Command):
    """Writes rows as metric data points; the rows themselves go on unchanged.

    `split` "false": measures are fields named `metric_name:<name>`, or `metric_name` beside
    `_value`; every other field is a dimension, or those of `dimensions` where that is not empty.
    "true": every field that is not in `dimensions` is a measure named after it.
    "allnums": every numeric field that is not in `dimensions` is one.
    `marker` are further dimensions. `events_only` is meventcollect, whose rows must be events.
    """

    index: str
    dimensions: tuple[str, ...] = ()
    split: str = "false"
    host: str | None = None
    source: str | None = None
    sourcetype: str | None = None
    marker: tuple[tuple[str, str], ...] = ()
    events_only: bool = False


@dataclass(frozen=True)
class Iplocation(Command):
    """City, Country, Region, lat and lon of the address in `name`; with `allfields` also
    Continent, MetroCode and Timezone. `prefix` goes before the names, `lang` picks the names'
    language."""

    name: str
    prefix: str = ""
    allfields: bool = False
    lang: str = "en"
