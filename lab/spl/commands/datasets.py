"""Commands that put datasets together, or tell what the indexes hold."""

from __future__ import annotations

import re

from lab.spl import nodes
from lab.spl.arguments import Arguments, Kind, boolean, choice, integer, refused, text
from lab.spl.commands.base import Invocation, Parser
from lab.spl.streaming import barrier, yields_events
from lab.spl.text import SourceText


def _first(call: Invocation) -> None:
    if not call.first:
        raise call.error(f"'{call.name}' must be the first command of its search")


def multisearch(call: Invocation) -> nodes.Command:
    _first(call)
    arguments = call.arguments()
    pipelines = []
    while not arguments.done:
        token = arguments.subsearch()
        pipeline = call.pipeline(token)
        stop = None if isinstance(pipeline.commands[0], nodes.Search) else pipeline.commands[0]
        stop = stop or barrier(pipeline.commands)
        if stop is not None:
            raise call.error(
                f"a subsearch of 'multisearch' holds {_name(stop)}, which does not stream",
                hint="it begins with search and goes on with eval, where, fields, rex and the like;"
                " append and union take the others",
            )
        pipelines.append(pipeline)
    if len(pipelines) < 2:
        raise call.error("'multisearch' takes two subsearches at least",
                         hint="| multisearch [ search ... ] [ search ... ]")
    return nodes.Multisearch(tuple(pipelines), span=call.span)


def _name(command: nodes.Command) -> str:
    if isinstance(command, nodes.Stats):
        return command.mode
    return type(command).__name__.lower()


_UNION: dict[str, Kind] = {
    "maxtime": integer(1), "maxout": integer(1), "timeout": integer(1),
}
_TYPES = ("datamodel", "savedsearch", "inputlookup", "lookup")


def union(call: Invocation) -> nodes.Command:
    arguments, given = call.arguments(), {}
    arguments.options(_UNION, given)
    pipelines = []
    while not arguments.done:
        if arguments.accept(","):
            continue
        pipelines.append(call.pipeline(arguments.take()) if arguments.peek().kind == "subsearch"
                         else _named(call, arguments))
    wanted = 2 if call.first else 1
    if len(pipelines) < wanted:
        raise call.error(
            f"'union' takes {'two datasets' if call.first else 'a dataset'} at least",
            hint="a subsearch in brackets, or datamodel:, savedsearch: or inputlookup: and a name",
        )
    flows = [pipeline.commands for pipeline in pipelines]
    if not call.first:
        flows.append(call.before)
    interleaved = all(yields_events(commands) for commands in flows)
    return nodes.Union(
        tuple(pipelines), interleaved, call.first, int(given.get("maxout", 50000)),
        span=call.span,
    )


def _named(call: Invocation, arguments: Arguments) -> nodes.Pipeline:
    """`type:name` or `type:"name"`, which stands for the rows of `| from type:name`."""
    token = arguments.peek()
    kind, colon, name = token.value.partition(":")
    if token.kind != "word" or not colon or kind.lower() not in _TYPES:
        raise arguments.error(
            f"expected a dataset in 'union', found {arguments.found()}",
            hint="a subsearch in brackets, or " + ", ".join(f"{kind}:name" for kind in _TYPES),
        )
    arguments.take()
    if not name and arguments.peek().kind == "string" and arguments.peek().glued:
        name = arguments.take().value
    if not name:
        raise arguments.error("the dataset has no name", token)
    span = arguments.span(token)
    if kind.lower() == "savedsearch":
        return nodes.Pipeline((nodes.Savedsearch(name, (), call.saved(name, (), span), span=span),),
                              span=span)
    if kind.lower() in ("inputlookup", "lookup"):
        return nodes.Pipeline((nodes.Inputlookup(name, span=span),), span=span)
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    inner = f'from datamodel:"{quoted}"'
    return call.recurse(SourceText.standing_for(inner, span), 0, len(inner), True)


def _index(arguments: Arguments, into: list[str]) -> bool:
    """Take one `index=value`, of which there may be several."""
    if not (arguments.at_option() and arguments.peek().value.lower() == "index"):
        return False
    arguments.take()
    arguments.take()
    into.append(text(arguments, "index"))
    return True


_EVENTCOUNT: dict[str, Kind] = {
    "summarize": boolean, "list_vix": boolean,
    "report_size": lambda arguments, name: _no_size(arguments, name),
}


def _no_size(arguments: Arguments, name: str) -> bool:
    if boolean(arguments, name):
        refused("the size of Splunk's buckets is not that of the lab's files")(arguments, name)
    return False


def eventcount(call: Invocation) -> nodes.Command:
    _first(call)
    arguments, given = call.arguments(), {}
    indexes: list[str] = []
    while not arguments.done:
        if _index(arguments, indexes):
            continue
        if not arguments.at_option():
            raise arguments.error(f"unexpected {arguments.found()} in 'eventcount'")
        arguments.option(_EVENTCOUNT, given)
    return nodes.Eventcount(tuple(indexes), bool(given.get("summarize", True)), span=call.span)


def _server(arguments: Arguments, name: str) -> str:
    token = arguments.peek()
    value = text(arguments, name)
    if value not in ("*", "local"):
        raise arguments.error(f"{name} is local or *: the lab has no search peers", token)
    return value


_METADATA: dict[str, Kind] = {
    "type": choice("hosts", "sources", "sourcetypes"), "splunk_server": _server,
    "splunk_server_group": refused("the lab has no search peers"),
    "datatype": lambda arguments, name: _events_only(arguments, name),
}


def _events_only(arguments: Arguments, name: str) -> str:
    if choice("event", "metric")(arguments, name) == "metric":
        refused("metadata of metric indexes")(arguments, name)
    return "event"


def metadata(call: Invocation) -> nodes.Command:
    _first(call)
    arguments, given = call.arguments(), {}
    indexes: list[str] = []
    while not arguments.done:
        if _index(arguments, indexes) or arguments.accept(","):
            continue
        if not arguments.at_option():
            raise arguments.error(f"unexpected {arguments.found()} in 'metadata'")
        arguments.option(_METADATA, given)
    if "type" not in given:
        raise call.error("'metadata' has no type", hint="type=hosts, sources or sourcetypes")
    return nodes.Metadata(str(given["type"]), tuple(indexes), span=call.span)


def set_(call: Invocation) -> nodes.Command:
    _first(call)
    arguments = call.arguments()
    word = arguments.accept_word("union", "diff", "intersect")
    if word is None:
        raise arguments.error("'set' is followed by union, diff or intersect")
    first = call.pipeline(arguments.subsearch())
    second = call.pipeline(arguments.subsearch())
    arguments.expect_end()
    return nodes.Set(word.value.lower(), first, second, span=call.span)


def addinfo(call: Invocation) -> nodes.Command:
    call.no_arguments()
    return nodes.Addinfo(span=call.span)


def _moment(arguments: Arguments, name: str) -> str:
    token = arguments.peek()
    value = text(arguments, name)
    if not re.fullmatch(r"-?\d{1,6}|\d{1,2}/\d{1,2}/(\d{2}|\d{4})(:\d{1,2}:\d{2}:\d{2})?", value):
        raise arguments.error(f"{name} is MM/DD/YYYY[:HH:MM:SS] or a number of days", token)
    return value


def _increment(arguments: Arguments, name: str) -> int:
    token = arguments.peek()
    match = re.fullmatch(r"([1-9]\d{0,6})([smhd])", text(arguments, name))
    if match is None:
        raise arguments.error(f"{name} is a number of s, m, h or d", token)
    return int(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]


def gentimes(call: Invocation) -> nodes.Command:
    _first(call)
    arguments, given = call.arguments(), {}
    arguments.options({"start": _moment, "end": _moment, "increment": _increment}, given)
    arguments.expect_end()
    if "start" not in given:
        raise call.error("'gentimes' has no start", hint="for example gentimes start=10/1/2020")
    return nodes.Gentimes(span=call.span, **given)


PARSERS: dict[str, Parser] = {
    "multisearch": multisearch, "union": union, "eventcount": eventcount, "metadata": metadata,
    "set": set_, "addinfo": addinfo, "gentimes": gentimes,
}
