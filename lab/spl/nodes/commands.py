"""One frozen dataclass per SPL command, and the pipeline of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from lab.spl.errors import NOWHERE, Span
from lab.spl.nodes.language import (
    Aggregation,
    Bucket,
    Expression,
    Predicate,
    TimeWindow,
)


@dataclass(frozen=True)
class Command:
    span: Span = field(default=NOWHERE, kw_only=True, compare=False)


@dataclass(frozen=True)
class Pipeline:
    commands: tuple[Command, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Search(Command):
    """`generating` for the first command of a pipeline (it reads indexes), else a filter."""

    predicate: Predicate
    window: TimeWindow
    generating: bool


@dataclass(frozen=True)
class Where(Command):
    condition: Expression


@dataclass(frozen=True)
class Eval(Command):
    """Assignments in order; each sees the ones before it. `{x}` in a name stands for the value
    of the field x (Search Reference, eval: Dynamic field name creation)."""

    assignments: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True)
class Fields(Command):
    """`keep` False for `fields - a b`. Names may hold wildcards."""

    names: tuple[str, ...]
    keep: bool


@dataclass(frozen=True)
class Table(Command):
    names: tuple[str, ...]


@dataclass(frozen=True)
class Rename(Command):
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Stats(Command):
    """`by` names; `mode` is "stats", "eventstats" or "streamstats"; from `current` on the rest are
    streamstats'. `delimiter` is what nomv puts between the values of list() and values()."""

    aggregations: tuple[Aggregation, ...]
    by: tuple[str, ...]
    mode: str = "stats"
    allnum: bool = False
    delimiter: str | None = None
    dedup_splitvals: bool = False
    current: bool = True
    window_size: int = 0
    global_window: bool = True
    time_window: str | None = None
    reset_on_change: bool = False
    reset_before: Expression | None = None
    reset_after: Expression | None = None


@dataclass(frozen=True)
class Dataset:
    """A dataset of a data model, as the search that gives its rows.

    `model` and `lineage` name it (`Change`, `All_Changes.Account_Management`). `pipeline` applies
    constraints, required fields and calculations, and names the fields as the command sees them
    (`All_Changes.user`); its first search has the command's time window. `fields` are all that the
    dataset has; the pipeline leaves out those that the command does not name.

    `accelerated`: the events since `summarised_from` (a time modifier, None for all) are in the
    summary (datamodels.conf.spec, `acceleration`). A model that is not has no summary at all.
    """

    model: str
    lineage: str
    pipeline: Pipeline
    fields: tuple[str, ...]
    accelerated: bool = False
    summarised_from: str | None = None


@dataclass(frozen=True)
class Tstats(Command):
    """`by_span` is the span of `_time` when it is a by-field.

    With `dataset` (and then `datamodel`, its model's name) the rows are those of its pipeline that
    match `where`, in which `nodename` no longer stands; without, indexed fields of events.
    `summariesonly`: of a dataset only what is in its summary, so nothing if it is not accelerated.
    `prestats`: what a following stats, chart or timechart needs to give the same results as over
    the rows themselves; `append` puts them below those at hand.

    Without `dataset` a name `PREFIX(user=)` among `by` and arguments stands for what follows
    `user=`, in any case, in the segments between major breakers of the event's text (Search
    Reference, tstats, PREFIX). As a by-field it is called `user=` in the results.
    """

    aggregations: tuple[Aggregation, ...]
    where: Predicate
    window: TimeWindow
    by: tuple[str, ...]
    by_span: str | None = None
    datamodel: str | None = None
    dataset: Dataset | None = None
    prestats: bool = False
    append: bool = False
    summariesonly: bool = False
    fillnull_value: str | None = None


@dataclass(frozen=True)
class SortKey:
    """`how` is one of auto, str, num, ip."""

    name: str
    descending: bool = False
    how: str = "auto"


@dataclass(frozen=True)
class Sort(Command):
    """`limit` 0 means all (SPL's default limit is 10000)."""

    keys: tuple[SortKey, ...]
    limit: int = 10000
    reverse: bool = False


@dataclass(frozen=True)
class Head(Command):
    limit: int | None = 10
    condition: Expression | None = None
    null: bool = False
    keeplast: bool = False


@dataclass(frozen=True)
class Tail(Command):
    limit: int = 10


@dataclass(frozen=True)
class Reverse(Command):
    pass


@dataclass(frozen=True)
class Dedup(Command):
    names: tuple[str, ...]
    limit: int = 1
    keepevents: bool = False
    keepempty: bool = False
    consecutive: bool = False
    sortby: tuple[SortKey, ...] = ()


@dataclass(frozen=True)
class Fillnull(Command):
    """No names means every field of the result."""

    value: str = "0"
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rex(Command):
    """`mode` "extract" (pattern with named groups) or "sed"."""

    pattern: str
    field_name: str = "_raw"
    mode: str = "extract"
    max_match: int = 1
    offset_field: str | None = None


@dataclass(frozen=True)
class Regex(Command):
    pattern: str
    field_name: str = "_raw"
    negated: bool = False


@dataclass(frozen=True)
class Mvexpand(Command):
    name: str
    limit: int = 0


@dataclass(frozen=True)
class Makemv(Command):
    name: str
    delimiter: str = " "
    tokenizer: str | None = None
    allowempty: bool = False
    setsv: bool = False


@dataclass(frozen=True)
class Spath(Command):
    """`path` None extracts everything."""

    path: str | None = None
    input_field: str = "_raw"
    output_field: str | None = None


@dataclass(frozen=True)
class Fromjson(Command):
    """The keys of the JSON object in `name` become fields, `prefix` before their names."""

    name: str
    prefix: str = ""


@dataclass(frozen=True)
class LookupMapping:
    """`lookup_field AS event_field`."""

    lookup_field: str
    event_field: str


@dataclass(frozen=True)
class Lookup(Command):
    """`outputs` empty means every other column. `overwrite` False for OUTPUTNEW."""

    table: str
    inputs: tuple[LookupMapping, ...]
    outputs: tuple[LookupMapping, ...]
    overwrite: bool = True


@dataclass(frozen=True)
class Inputlookup(Command):
    table: str
    where: Predicate | None = None
    append: bool = False
    start: int = 0
    max: int | None = None
    strict: bool = False


@dataclass(frozen=True)
class Outputlookup(Command):
    table: str
    append: bool = False
    key_field: str | None = None
    allow_updates: bool = True
    override_if_empty: bool = True
    create_empty: bool = False
    create_context: str = "app"
    max: int | None = None
    output_format: str = "splunk_sv_csv"


@dataclass(frozen=True)
class Collect(Command):
    index: str
    output_format: str = "raw"
    source: str | None = None
    sourcetype: str | None = None
    host: str | None = None
    testmode: bool = False
    addtime: bool = True
    marker: str | None = None
    addinfo: bool = True
    timeformat: str | None = None


@dataclass(frozen=True)
class Append(Command):
    """`maxout` rows of the subsearch at most (reaching it is an error, not a cut).

    `extend_time_range`: the time range of the whole search includes the subsearch's from here on.
    """

    pipeline: Pipeline
    maxout: int = 50000
    extend_time_range: bool = False


@dataclass(frozen=True)
class Appendpipe(Command):
    pipeline: Pipeline


@dataclass(frozen=True)
class Appendcols(Command):
    pipeline: Pipeline
    override: bool = False
    maxout: int = 50000


@dataclass(frozen=True)
class Join(Command):
    """`kind` inner or left (outer is left); `max` rows of the right side for each left row."""

    names: tuple[str, ...]
    pipeline: Pipeline
    kind: str = "inner"
    overwrite: bool = True
    max: int = 1
    usetime: bool = False
    earlier: bool = True


@dataclass(frozen=True)
class Bin(Command):
    name: str
    alias: str
    bucket: Bucket


@dataclass(frozen=True)
class SeriesFilter:
    """The where clause of chart and timechart: which series have a column of their own.

    `function` (sum, max, min, avg) is over the cells of a series. `operator` is "in" or "notin",
    with the `number` highest (or `lowest`) series, or "<" or ">" with a threshold.
    """

    function: str
    operator: str
    number: float
    lowest: bool = False


@dataclass(frozen=True)
class Chart(Command):
    """`timechart` is a Chart over _time with `mode` "timechart"; `bucket` cuts the rows' field.

    `limit` series are kept (0: all), the highest, or the lowest where `limit_lowest`.
    """

    aggregations: tuple[Aggregation, ...]
    over: str | None
    by: str | None
    mode: str
    bucket: Bucket = field(default_factory=Bucket)
    by_bucket: Bucket = field(default_factory=Bucket)
    limit: int = 10
    useother: bool = True
    usenull: bool = True
    otherstr: str = "OTHER"
    nullstr: str = "NULL"
    cont: bool = True
    partial: bool = True
    fixedrange: bool = True
    limit_lowest: bool = False
    sep: str = ": "
    format: str | None = None
    dedup_splitvals: bool = False
    where: SeriesFilter | None = None


@dataclass(frozen=True)
class Top(Command):
    """`rare` True for the rare command."""

    names: tuple[str, ...]
    by: tuple[str, ...] = ()
    limit: int = 10
    rare: bool = False
    countfield: str = "count"
    percentfield: str = "percent"
    showcount: bool = True
    showperc: bool = True
    useother: bool = False
    otherstr: str = "OTHER"


@dataclass(frozen=True)
class Makeresults(Command):
    count: int = 1
    annotate: bool = False
    rows: tuple[tuple[tuple[str, str], ...], ...] | None = None


@dataclass(frozen=True)
class Foreach(Command):
    """`template` is the bracket's text; `<<FIELD>>` and friends are replaced in it.

    The evaluator replaces them for each field, and parses the outcome with
    `lab.spl.parse.parse_template`. `mode`: multifield, multivalue, json_array, auto_collections.
    """

    names: tuple[str, ...]
    template: str
    mode: str = "multifield"


@dataclass(frozen=True)
class Format(Command):
    """The six strings around rows and columns; `maxresults` 0 means all."""

    row_prefix: str = "("
    column_prefix: str = "("
    column_separator: str = "AND"
    column_end: str = ")"
    row_separator: str = "OR"
    row_end: str = ")"
    mvsep: str = "OR"
    maxresults: int = 0
    emptystr: str = "NOT( )"


@dataclass(frozen=True)
class Return(Command):
    """Each item is (field, alias, as_value): `return a`, `return x=a`, `return $a`."""

    items: tuple[tuple[str, str, bool], ...]
    limit: int = 1


@dataclass(frozen=True)
class Savedsearch(Command):
    """`| savedsearch name key=value`; `pipeline` is its search with the arguments put in."""

    name: str
    arguments: tuple[tuple[str, str], ...]
    pipeline: Pipeline
