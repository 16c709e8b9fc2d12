"""The typed intermediate form: one frozen dataclass per SPL command, each with its position.

The parser produces it; every evaluator consumes it and nothing else. Three families:

- `Expression`: what eval, where and the arguments of aggregations hold.
- `Predicate`: the language of the `search` command.
- `Command`: one pipeline step. A `Pipeline` is a tuple of commands; the first one generates.

Names of fields are plain strings as SPL spells them (case matters, `a.b{}.c` is one name).
Wildcards stay in the name (`user*`) where the command allows them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Union

from lab.spl.errors import NOWHERE, Span

# --- expressions (eval, where) ---------------------------------------------------------------


@dataclass(frozen=True)
class Expression:
    span: Span = field(default=NOWHERE, kw_only=True, compare=False)


@dataclass(frozen=True)
class Literal(Expression):
    """A string, number (int or float as written) or boolean; NULL is `Call("null", ())`."""

    value: Union[str, int, float, bool]


@dataclass(frozen=True)
class FieldRef(Expression):
    name: str


@dataclass(frozen=True)
class Call(Expression):
    """A function call; `name` is lower case. The parser has checked name and argument count.

    `like(x, p)` comes as Binary LIKE, `in(x, ...)` as InList; `ceil` comes as `ceiling`.
    """

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class Unary(Expression):
    """`operator` is one of "-", "+", "NOT"."""

    operator: str
    operand: Expression


@dataclass(frozen=True)
class Binary(Expression):
    """`operator` is one of + - * / % . < > <= >= = != LIKE AND OR XOR ("==" is given as "=")."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class InList(Expression):
    """`x IN (a, b)` and `in(x, a, b)`."""

    operand: Expression
    items: tuple[Expression, ...]


# --- predicates (search) ---------------------------------------------------------------------


@dataclass(frozen=True)
class Predicate:
    span: Span = field(default=NOWHERE, kw_only=True, compare=False)


@dataclass(frozen=True)
class MatchAll(Predicate):
    """An empty search, or `*`."""


@dataclass(frozen=True)
class And(Predicate):
    parts: tuple[Predicate, ...]


@dataclass(frozen=True)
class Or(Predicate):
    parts: tuple[Predicate, ...]


@dataclass(frozen=True)
class Not(Predicate):
    part: Predicate


@dataclass(frozen=True)
class Compare(Predicate):
    """`field <op> value`; op is one of = != < > <= >=. `*` in `value` is a wildcard.

    `case` for `field=CASE(value)` (case-sensitive), `term` for `field=TERM(value)`; `indexed` for
    `field::value` (an indexed field). `tag::host=web` has the field name `tag::host`.
    """

    field_name: str
    operator: str
    value: str
    case: bool = False
    term: bool = False
    indexed: bool = False


@dataclass(frozen=True)
class InValues(Predicate):
    field_name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class RawTerm(Predicate):
    """A bare word or quoted phrase looked for in _raw; `exact` for TERM(...), `case` for CASE(...)."""

    text: str
    phrase: bool = False
    exact: bool = False
    case: bool = False


@dataclass(frozen=True)
class SubsearchTerms(Predicate):
    """`[ ... ]` inside a search: its rows become terms (as `format` makes them)."""

    pipeline: "Pipeline"


@dataclass(frozen=True)
class TimeWindow:
    """Window modifiers found in a search, as written ("-7d@d", "1700000000"); None where absent."""

    earliest: str | None = None
    latest: str | None = None
    index_earliest: str | None = None
    index_latest: str | None = None
    timeformat: str | None = None


# --- aggregations ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Aggregation:
    """`function(argument) AS alias`.

    `function` is lower case and canonical (`c` → count, `mean` → avg, `distinct_count` → dc,
    `perc95`/`p95` → function "perc", `parameter` 95.0). `argument` is None for a bare `count`;
    a FieldRef may hold a wildcard; `count(eval(...))` gives the inner expression.
    `alias` is always set: as given, or the default name SPL shows (`count`, `dc(user)`).
    """

    function: str
    argument: Expression | None
    alias: str
    parameter: float | None = None
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Bucket:
    """How `bin`, `timechart` and `chart` cut a field. `span` like "5m", "100", "1log10"."""

    span: str | None = None
    bins: int | None = None
    minspan: str | None = None
    start: float | None = None
    end: float | None = None
    aligntime: str | None = None


# --- commands --------------------------------------------------------------------------------


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
    """Assignments in order; each sees the ones before it."""

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
    """`by` names; `mode` is "stats", "eventstats" or "streamstats"; the rest are streamstats'."""

    aggregations: tuple[Aggregation, ...]
    by: tuple[str, ...]
    mode: str = "stats"
    allnum: bool = False
    delimiter: str = " "
    dedup_splitvals: bool = False
    current: bool = True
    window_size: int = 0
    global_window: bool = True
    time_window: str | None = None
    reset_on_change: bool = False
    reset_before: Expression | None = None
    reset_after: Expression | None = None


@dataclass(frozen=True)
class Tstats(Command):
    """`by_span` is the span of `_time` when it is a by-field."""

    aggregations: tuple[Aggregation, ...]
    where: Predicate
    window: TimeWindow
    by: tuple[str, ...]
    by_span: str | None = None
    datamodel: str | None = None
    nodename: str | None = None
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


@dataclass(frozen=True)
class Append(Command):
    """`maxout` rows of the subsearch at most (reaching it is an error, not a cut)."""

    pipeline: Pipeline
    maxout: int = 50000


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
class Chart(Command):
    """`timechart` is a Chart over _time with `mode` "timechart"; `bucket` cuts the rows' field.

    `limit` series are kept (0: all), the highest, or the lowest where `limit_lowest`.
    """

    aggregations: tuple[Aggregation, ...]
    over: str | None
    by: str | None
    mode: str
    bucket: Bucket = Bucket()
    by_bucket: Bucket = Bucket()
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
