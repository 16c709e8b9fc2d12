"""What commands hold: expressions, predicates, aggregations and buckets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lab.spl.errors import NOWHERE, Span

if TYPE_CHECKING:
    from lab.spl.nodes.commands import Pipeline

# --- expressions (eval, where) ---------------------------------------------------------------


@dataclass(frozen=True)
class Expression:
    span: Span = field(default=NOWHERE, kw_only=True, compare=False)


@dataclass(frozen=True)
class Literal(Expression):
    """A string, number (int or float as written) or boolean; NULL is `Call("null", ())`.

    `written` is the text of a number with a point or an exponent: its digits are the precision
    of a calculation with it (Search Reference, eval: Rounding).
    """

    value: str | int | float | bool
    written: str = ""


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

    pipeline: Pipeline


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
