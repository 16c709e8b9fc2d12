"""The functions of stats, tstats, chart and their kin, as data; and their parser."""

from __future__ import annotations

import re
from difflib import get_close_matches

from lab.spl import nodes
from lab.spl.arguments import Arguments, Token, refuse_as
from lab.spl.errors import SPLError
from lab.spl.expressions import parse_expression

FUNCTIONS = frozenset(
    ["count", "dc", "estdc", "sum", "sumsq", "min", "max", "avg", "median", "mode", "range", "stdev", "stdevp", "var", "varp", "values", "list", "first", "last", "earliest", "latest", "earliest_time", "latest_time", "rate"]
)
TIMECHART_ONLY = frozenset(["per_second", "per_minute", "per_hour", "per_day"])
MSTATS_ONLY = frozenset(["rate_avg", "rate_sum"])
PERCENTILES = {"perc": "perc", "p": "perc", "exactperc": "exactperc", "upperperc": "upperperc"}
ALIASES = {"c": "count", "distinct_count": "dc", "mean": "avg"}
REFUSED = {
    "eval": "the lab has no expressions over functions; name the functions in stats, calculate with"
            " eval behind it, and spread the series with xyseries",
    "estdc_error": "estdc_error() belongs to an estimate whose value depends on Splunk's sketch",
    "sparkline": "no page says which time bins its values are of; use timechart or bin _time",
}
OPTIONAL_ARGUMENT = frozenset({"count"})

_PERCENTILE = re.compile(r"(perc|p|exactperc|upperperc)(\d{1,2}(?:\.\d+)?)")


def resolve_function(name: str, arguments: Arguments, token: Token) -> tuple[str, float | None]:
    """The canonical name and the parameter of a percentile."""
    lowered = name.lower()
    lowered = ALIASES.get(lowered, lowered)
    if lowered in REFUSED:
        raise arguments.error(f"the function {name} is refused: {REFUSED[lowered]}", token)
    if lowered in FUNCTIONS:
        return lowered, None
    if lowered in TIMECHART_ONLY:
        if arguments.command != "timechart":
            raise arguments.error(f"{name}() belongs to timechart only", token)
        return lowered, None
    if lowered in MSTATS_ONLY:
        if arguments.command != "mstats":
            raise arguments.error(f"{name}() belongs to mstats only", token)
        return lowered, None
    match = _PERCENTILE.fullmatch(lowered)
    if match is not None:
        return PERCENTILES[match[1]], float(match[2])
    near = get_close_matches(lowered, [*FUNCTIONS, *ALIASES, "perc95", "exactperc95"], 1)
    raise arguments.error(
        f"'{arguments.command}' knows no aggregation function {name!r}", token,
        hint=f"did you mean {near[0]}?" if near else "",
    )


def parse_aggregation(arguments: Arguments) -> nodes.Aggregation:
    """`function`, `function(field)` or `function(eval(expression))`, and its AS.

    Without a field a function works on every field, like `function(*)` (searchbnf.conf,
    [stats-agg]); count then counts rows.
    """
    start = arguments.peek()
    if start.kind != "word":
        raise arguments.error(
            f"expected an aggregation such as count or dc(user) in '{arguments.command}', found"
            f" {arguments.found()}"
        )
    arguments.take()
    function, parameter = resolve_function(start.value, arguments, start)
    argument: nodes.Expression | None = None
    name, end = start.value, start.end
    if arguments.at("("):
        argument, label = _argument(arguments)
        end = arguments.peek(-1).end
        name = f"{start.value}({label})"
    if argument is None and function not in OPTIONAL_ARGUMENT:
        if arguments.command in ("timechart", "chart"):
            raise arguments.error(
                f"{start.value} needs a field", start, hint=f"write {start.value}(field)"
            )
        argument = nodes.FieldRef("*", span=arguments.span(start))
        name = f"{start.value}(*)"
    if arguments.accept_word("as"):
        name = arguments.field("a name after AS")
        end = arguments.peek(-1).end
        _check_wildcards(arguments, argument, name, start)
    return nodes.Aggregation(
        function, argument, name, parameter, span=arguments.source.span(start.start, end)
    )


def _check_wildcards(
    arguments: Arguments, argument: nodes.Expression | None, alias: str, start: Token
) -> None:
    given = argument.name.count("*") if isinstance(argument, nodes.FieldRef) else 0
    if alias.count("*") != given:
        raise arguments.error(
            f"the name {alias!r} after AS has other wildcards than its field", start,
            hint="each * of the field needs one in the name",
        )


def _argument(arguments: Arguments) -> tuple[nodes.Expression | None, str]:
    """What stands between the parentheses, and its text; the cursor ends behind them."""
    source = arguments.source
    opening = arguments.peek()
    first, second = arguments.peek(1), arguments.peek(2)
    inner = arguments.closing_parenthesis()
    start, end = opening.end, inner.start
    label = source.text[start:end].strip()
    if not label:
        return None, ""
    if first.kind == "word" and first.value.lower() == "eval" and second.value == "(" \
            and second.kind == "operator":
        close = source.text.rfind(")", second.end, end)
        if close < 0 or source.text[close + 1 : end].strip():
            raise arguments.error("eval(...) must be the whole argument of an aggregation", first)
        return parse_expression(source, second.end, close), label
    if first.kind == "string":
        if first.end != end and source.text[first.end:end].strip():
            raise arguments.error("unexpected text behind a quoted field name", second)
        return nodes.FieldRef(first.value, span=arguments.span(first)), first.value
    if first.value == "PREFIX":
        return nodes.FieldRef(check_prefix(arguments, label, first),
                              span=source.span(start, end)), label
    if label.startswith("'"):
        raise arguments.error(
            "single quotes do not quote a field name inside an aggregation", first,
            hint='use double quotes: dc("a.b"), or no quotes at all',
        )
    if re.search(r'[\s",=<>\[\]]', label):
        raise SPLError(
            f"{label!r} is not a field name", source.span(start, end), construct=label,
            hint="an expression is written count(eval(...))",
        )
    return nodes.FieldRef(label, span=source.span(start, end)), label


def check_prefix(arguments: Arguments, name: str, token: Token) -> str:
    """`PREFIX(text)` of tstats; SPLError for text that no raw segment begins with.

    Search Reference, tstats: the text is in lower case and has no major breakers.
    """
    match = re.fullmatch(r"PREFIX\(([^()]*)\)", name)
    if arguments.command != "tstats" or match is None:
        raise arguments.error("PREFIX(text) belongs to tstats: by PREFIX(user=)", token)
    if match[1] != match[1].lower():
        raise arguments.error("the text of PREFIX() is in lower case", token,
                              hint=f"PREFIX({match[1].lower()}) finds any case")
    if not match[1] or re.search(r"[\[\]<>{}|!;,'\"*\s&?+]", match[1]):
        raise arguments.error("PREFIX() takes text without major breakers, such as user=", token)
    return name


def parse_by(arguments: Arguments) -> tuple[str, ...]:
    """The names after BY, up to the next option or the end."""
    names: list[str] = []
    while not arguments.done and not arguments.at_option():
        if arguments.accept(","):
            continue
        refuse_as(arguments)
        if arguments.peek().kind == "word" and "*" in arguments.peek().value:
            raise arguments.error(f"BY takes no wildcards in '{arguments.command}'",
                                  arguments.peek(), hint="name each field")
        names.append(arguments.field())
    if not names:
        raise arguments.error(f"BY names no field in '{arguments.command}'")
    return tuple(names)
