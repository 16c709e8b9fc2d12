"""Nodes of commands that carry values from row to row, add totals, or turn a table."""

from __future__ import annotations

from dataclasses import dataclass

from lab.spl.nodes.commands import Command
from lab.spl.nodes.language import Bucket


@dataclass(frozen=True)
class Filldown(Command):
    """No names means every field. Names may hold wildcards."""

    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Nomv(Command):
    name: str


@dataclass(frozen=True)
class Mvcombine(Command):
    """`delimiter` is that of the single-value version of the field."""

    name: str
    delimiter: str = " "


@dataclass(frozen=True)
class Accum(Command):
    """The running total of `name` goes to `alias` (`name` itself without AS)."""

    name: str
    alias: str


@dataclass(frozen=True)
class Delta(Command):
    """`name` less its value `prior` results before, as `alias`."""

    name: str
    alias: str
    prior: int = 1


@dataclass(frozen=True)
class Addtotals(Command):
    """No names means every numeric field. `label` goes into `labelfield` of the summary row."""

    names: tuple[str, ...] = ()
    row: bool = True
    col: bool = False
    fieldname: str = "Total"
    labelfield: str | None = None
    label: str = "Total"


@dataclass(frozen=True)
class Untable(Command):
    """A row for each cell: `name` the row's field, `series` the column's name, `data` the cell."""

    name: str
    series: str
    data: str


@dataclass(frozen=True)
class Xyseries(Command):
    """A row for each value of `x`, a column for each value of `series` (Search Reference,
    xyseries). The inverse of untable.

    With one field of `data` a column has the series' name. With several it is the data field's
    name, `separator`, the series' name, or `format` with `$AGG$` (data field) and `$VAL$` (series)
    put in. Columns: by data field, in it by the series' text. Rows: numbers by value, other values
    by text; with `grouped` the input is taken as sorted by `x`, and each run of it makes a row.
    A cell without a row of its own is missing.
    """

    x: str
    series: str
    data: tuple[str, ...]
    separator: str = ": "
    format: str | None = None
    grouped: bool = False


@dataclass(frozen=True)
class Transpose(Command):
    """The first `limit` rows as columns (0: all), the fields as rows (Search Reference, transpose).

    Each field gives a row, in the fields' order: its name in `column_name`, its values in
    "row 1", "row 2"... With `header_field` the columns are named by that field's values instead,
    and it gives no row. `include_empty` False leaves out fields without any value.
    """

    limit: int = 5
    column_name: str = "column"
    header_field: str | None = None
    include_empty: bool = True


@dataclass(frozen=True)
class Autoregress(Command):
    """The values of `name` in the rows `first` to `last` before, each as a field: `name`_p1...,
    or `alias` where there is one only (Search Reference, autoregress). Rows with too few before
    them get none.
    """

    name: str
    alias: str | None = None
    first: int = 1
    last: int = 1


@dataclass(frozen=True)
class Trend:
    """`kind` sma (mean of the last `period` values) or wma (the k-th of them weighs k)."""

    kind: str
    period: int
    name: str
    alias: str


@dataclass(frozen=True)
class Trendline(Command):
    """Moving averages over the rows so far (Search Reference, trendline); none before `period`
    rows. A row without a number is an error: the page does not say what it counts for.
    """

    trends: tuple[Trend, ...]


@dataclass(frozen=True)
class Uniq(Command):
    """Drops rows that are the same as the one before in every field (Search Reference, uniq)."""


@dataclass(frozen=True)
class Makecontinuous(Command):
    """`name` cut to `bucket`, and a row with nothing but it for each empty bucket between the
    first and the last (Search Reference, makecontinuous). The rows come in its ascending order.
    """

    name: str
    bucket: Bucket


@dataclass(frozen=True)
class Fieldsummary(Command):
    """A row for each field (Search Reference, fieldsummary), by name: `field`, `count` of rows with
    it, `distinct_count`, `is_exact` 1, `max`, `mean`, `min`, `stdev` over its numbers,
    `numeric_count`, and `values`: a JSON array of the `maxvals` most frequent ones, ties by value.
    """

    names: tuple[str, ...] = ()
    maxvals: int = 100
