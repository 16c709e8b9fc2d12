"""Commands that summarise: stats, eventstats, streamstats, tstats, top, rare, bin."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lab.spl import nodes
from lab.spl.aggregations import check_prefix, parse_aggregation, parse_by
from lab.spl.arguments import (
    Arguments,
    Kind,
    boolean,
    integer,
    number,
    refuse_as,
    span_of,
    text,
)
from lab.spl.commands.base import Invocation, Parser
from lab.spl.commands.datamodels import check_summary, dataset_of_tstats, from_clause
from lab.spl.errors import Span
from lab.spl.expressions import parse_expression


def _condition(arguments: Arguments, name: str) -> nodes.Expression:
    """An eval expression in parentheses."""
    if not arguments.at("("):
        raise arguments.error(f"{name} takes an expression in parentheses")
    opening = arguments.peek()
    closing = arguments.closing_parenthesis()
    return parse_expression(arguments.source, opening.end, closing.start)


_STATS: dict[str, dict[str, Kind]] = {
    "stats": {
        "partitions": integer(0), "allnum": boolean, "delim": text, "dedup_splitvals": boolean,
    },
    "eventstats": {"allnum": boolean},
    "streamstats": {
        "reset_on_change": boolean, "reset_before": _condition, "reset_after": _condition,
        "current": boolean, "window": integer(0), "time_window": span_of, "global": boolean,
        "allnum": boolean,
    },
}
_STATS_FIELDS = {
    "delim": "delimiter", "window": "window_size", "global": "global_window",
}


def stats(call: Invocation) -> nodes.Command:
    arguments, options = call.arguments(), _STATS[call.name]
    given: dict[str, object] = {}
    aggregations: list[nodes.Aggregation] = []
    by: tuple[str, ...] = ()
    while not arguments.done:
        if arguments.at_option():
            arguments.option(options, given)
        elif arguments.accept(","):
            continue
        elif arguments.at_word("by"):
            if by:
                raise arguments.error("BY stands twice")
            arguments.take()
            by = parse_by(arguments)
        elif by:
            raise arguments.error(f"unexpected {arguments.found()} after the BY of '{call.name}'")
        else:
            aggregations.append(parse_aggregation(arguments))
    if not aggregations:
        raise call.error(
            f"'{call.name}' has no aggregation", hint=f"for example {call.name} count by user"
        )
    given.pop("partitions", None)
    check_aliases(call, aggregations, by)
    named = {_STATS_FIELDS.get(key, key): value for key, value in given.items()}
    return nodes.Stats(tuple(aggregations), by, call.name, span=call.span, **named)


def check_aliases(
    call: Invocation, aggregations: list[nodes.Aggregation], by: Sequence[str] = ()
) -> None:
    """Two outputs under one name are refused, as is one named like a BY field (Splunk's rule)."""
    seen: set[str] = set()
    made = wildcard_names(aggregations)
    for aggregation in aggregations:
        if aggregation.alias in seen or aggregation.alias in made:
            raise call.error(
                f"two aggregations of '{call.name}' are named {aggregation.alias!r}",
                hint="give one of them another name with AS",
            )
        if aggregation.alias in by:
            raise call.error(
                f"the output field {aggregation.alias!r} of '{call.name}' has the name of a BY"
                " field", hint="give the aggregation another name with AS",
            )
        seen.add(aggregation.alias)


def wildcard_names(aggregations: Sequence[nodes.Aggregation]) -> set[str]:
    """The names that wildcards give to fields which other aggregations name: `values(*) AS *`."""
    fields = {
        aggregation.argument.name for aggregation in aggregations
        if isinstance(aggregation.argument, nodes.FieldRef)
    }
    plain = {name for name in fields if "*" not in name and not name.startswith("_")}
    names = set()
    for aggregation in aggregations:
        argument = aggregation.argument
        if isinstance(argument, nodes.FieldRef) and "*" in argument.name:
            pattern = re.compile("(.*)".join(map(re.escape, argument.name.split("*"))))
            for name in plain:
                match = pattern.fullmatch(name)
                if match is not None:
                    name = aggregation.alias
                    for part in match.groups():
                        name = name.replace("*", part, 1)
                    names.add(name)
    return names


def _time_scale(arguments: Arguments, name: str) -> str | None:
    """The span of tstats: `auto`, or whole seconds, minutes, hours, days or months."""
    if arguments.accept_word("auto"):
        return None
    token = arguments.peek()
    value = span_of(arguments, name)
    if re.fullmatch(r"\d+(s(ec(ond)?s?)?|m(in(ute)?s?)?|h((ou)?rs?)?|d(ays?)?|mon(ths?)?)?", value) \
            is None:
        raise arguments.error(
            f"span={value} is no span of 'tstats'", token,
            hint="a whole number of seconds, minutes, hours, days or months: 1h, 7d, 1mon")
    return value


_TSTATS: dict[str, Kind] = {
    "prestats": boolean, "local": boolean, "append": boolean, "summariesonly": boolean,
    "include_reduced_buckets": boolean, "allow_old_summaries": boolean,
    "use_summary_index_values": boolean, "chunk_size": integer(10_000), "fillnull_value": text,
}


def tstats(call: Invocation) -> nodes.Command:
    """`tstats options aggregations FROM datamodel=X WHERE search BY fields span=`."""
    if not call.first and "append" not in call.text and "prestats" not in call.text:
        raise call.error(
            "'tstats' must be the first command of its search",
            hint="a macro that generates is called with a leading pipe: | `macro`",
        )
    arguments = call.arguments()
    given: dict[str, object] = {}
    aggregations: list[nodes.Aggregation] = []
    source = None
    while not arguments.done and not arguments.at_word("where", "by", "groupby", "from"):
        if arguments.at_option():
            arguments.option(_TSTATS, given)
        elif not arguments.accept(","):
            start = arguments.peek()
            aggregations.append(parse_aggregation(arguments))
            if aggregations[-1].function in ("list", "mode"):
                raise arguments.error(f"'tstats' has no {start.value}()", start)
    if not aggregations:
        raise call.error("'tstats' has no aggregation")
    if arguments.accept_word("from"):
        source = from_clause(arguments)
    predicate: nodes.Predicate = nodes.MatchAll(span=call.span)
    window = nodes.TimeWindow()
    if arguments.at_word("where"):
        start = arguments.take().end
        end = _by_position(arguments, call)
        if not call.source.text[start:end].strip():
            raise arguments.error("WHERE is empty in 'tstats'")
        predicate, window = call.predicate(start, end)
        arguments.seek(end)
    by: list[str] = []
    by_span = None
    names: dict[str, Span] = {}
    if arguments.accept_word("by", "groupby"):
        while not arguments.done:
            if arguments.accept(","):
                continue
            if arguments.at_option():
                arguments.option({"span": _time_scale, "fillnull_value": text}, given)
            else:
                refuse_as(arguments)
                token = arguments.peek()
                by.append(arguments.field())
                names[by[-1]] = arguments.span(token)
                if by[-1].startswith("PREFIX("):
                    check_prefix(arguments, by[-1], token)
        if not by:
            raise call.error("BY names no field in 'tstats'")
        by_span = given.get("span")
        if by_span is not None and "_time" not in by:
            raise call.error("span in 'tstats' needs _time among the BY fields")
    arguments.expect_end()
    check_aliases(call, aggregations, by)
    if given.get("append") and not given.get("prestats"):
        raise call.error("append=true in 'tstats' needs prestats=true")
    dataset = None
    if source is not None:
        names |= {
            one.argument.name: one.span for one in aggregations
            if isinstance(one.argument, nodes.FieldRef)}
        dataset, predicate = dataset_of_tstats(
            call, source, arguments.span(source[0]), predicate, window, names)
        if given.get("summariesonly"):
            check_summary(call, dataset.model)
    return nodes.Tstats(
        tuple(aggregations), predicate, window, tuple(by), by_span,
        dataset.model if dataset else None, dataset, bool(given.get("prestats", False)), bool(given.get("append", False)),
        bool(given.get("summariesonly", False)), given.get("fillnull_value"), span=call.span,
    )


def _by_position(arguments: Arguments, call: Invocation) -> int:
    """Where BY stands outside of parentheses and brackets, else the end; moves nothing."""
    depth, ahead = 0, 0
    while True:
        token = arguments.peek(ahead)
        if token.kind == "end":
            return call.end
        if token.kind == "operator" and token.value in "()":
            depth += 1 if token.value == "(" else -1
        elif token.kind == "word" and token.value.lower() in ("by", "groupby") and depth <= 0:
            following = arguments.peek(ahead + 1)
            if not (following.kind == "operator" and following.value in ("=", "!=", "<", ">")):
                return token.start
        ahead += 1


_TOP: dict[str, Kind] = {
    "limit": integer(0), "countfield": text, "percentfield": text, "showcount": boolean,
    "showperc": boolean, "useother": boolean, "otherstr": text,
}


def top(call: Invocation) -> nodes.Command:
    """`top [n] [options] fields [BY fields]`; rare is the same upside down."""
    arguments = call.arguments()
    given: dict[str, object] = {}
    names: list[str] = []
    by: tuple[str, ...] = ()
    while not arguments.done:
        token = arguments.peek()
        if arguments.accept(","):
            continue
        if arguments.at_option():
            arguments.option(_TOP, given)
        elif arguments.accept_word("by"):
            by = parse_by(arguments)
        elif not names and token.kind == "word" and re.fullmatch(r"\d+", token.value):
            if "limit" in given:
                raise arguments.error("the limit is given twice", token)
            given["limit"] = integer(0)(arguments, "limit")
        else:
            names.append(arguments.field())
    if not names:
        raise call.error(f"'{call.name}' names no field")
    return nodes.Top(tuple(names), by, rare=call.name == "rare", span=call.span, **given)


BUCKET: dict[str, Kind] = {
    "span": span_of, "bins": integer(2), "minspan": span_of, "start": number, "end": number,
    "aligntime": text,
}


def take_bucket(given: dict[str, object]) -> nodes.Bucket:
    """The options of BUCKET out of `given`."""
    return nodes.Bucket(**{key: given.pop(key) for key in BUCKET if key in given})


def bucket(call: Invocation) -> nodes.Command:
    arguments = call.arguments()
    given: dict[str, object] = {}
    name = alias = None
    while not arguments.done:
        if arguments.at_option():
            arguments.option(BUCKET, given)
        elif name is None:
            name = arguments.field()
        elif arguments.at_word("as") and alias is None:
            arguments.take()
            alias = arguments.field("a name after AS")
        else:
            raise arguments.error(f"unexpected {arguments.found()} in '{call.name}'")
    if name is None:
        raise call.error(f"'{call.name}' names no field")
    return nodes.Bin(name, alias or name, take_bucket(given), span=call.span)


PARSERS: dict[str, Parser] = {
    "stats": stats, "eventstats": stats, "streamstats": stats, "tstats": tstats, "top": top,
    "rare": top, "bin": bucket,
}
