"""Commands that read and write tables: lookup, inputlookup, outputlookup, collect, makeresults."""

from __future__ import annotations

import csv
import io
import json

from lab.spl import nodes
from lab.spl.arguments import (
    Arguments,
    Kind,
    boolean,
    choice,
    integer,
    refused,
    text,
)
from lab.spl.commands.base import Invocation, Parser
from lab.spl.errors import Span, SPLError

_NO_ARGUMENT_YET = "the lab has one search head and no remote peers"
_LOOKUP: dict[str, Kind] = {
    "local": boolean, "update": boolean,
    "event_time_field": refused("a time-based lookup compares with _time here"),
}


def lookup(call: Invocation) -> nodes.Command:
    arguments = call.arguments()
    arguments.options(_LOOKUP, {})
    table = _table(arguments, call)
    inputs = _mappings(arguments, ("output", "outputnew"))
    if not inputs:
        raise call.error(
            f"'lookup {table}' names no field to match", hint="lookup table field OUTPUT field"
        )
    outputs, overwrite = (), True
    keyword = arguments.accept_word("output", "outputnew")
    if keyword is not None:
        overwrite = keyword.value.lower() == "output"
        outputs = _mappings(arguments, ("output", "outputnew"))
        if not outputs:
            raise arguments.error(f"{keyword.value} names no field", keyword)
    arguments.expect_end()
    return nodes.Lookup(table, inputs, outputs, overwrite, span=call.span)


def _table(arguments: Arguments, call: Invocation) -> str:
    if arguments.done:
        raise call.error(f"'{call.name}' names no lookup")
    return arguments.field("the name of a lookup")


def _mappings(arguments: Arguments, stop: tuple[str, ...]) -> tuple[nodes.LookupMapping, ...]:
    mappings = []
    while not arguments.done and not arguments.at_word(*stop):
        if arguments.accept(","):
            continue
        inside = arguments.field()
        outside = arguments.field("a name after AS") if arguments.accept_word("as") else inside
        mappings.append(nodes.LookupMapping(inside, outside))
    return tuple(mappings)


_INPUTLOOKUP: dict[str, Kind] = {
    "append": boolean, "strict": boolean, "start": integer(0), "max": integer(0),
}


def inputlookup(call: Invocation) -> nodes.Command:
    arguments = call.arguments()
    given: dict[str, object] = {}
    table = None
    predicate = None
    while not arguments.done:
        if arguments.at_option():
            arguments.option(_INPUTLOOKUP, given)
        elif table is None:
            table = _table(arguments, call)
        elif arguments.at_word("where"):
            start = arguments.take().end
            if not call.source.text[start:call.end].strip():
                raise arguments.error("WHERE is empty in 'inputlookup'")
            predicate, window = call.predicate(start, call.end)
            if window != nodes.TimeWindow():
                raise call.error("'inputlookup where' takes no time modifiers")
            break
        else:
            raise arguments.error(
                f"unexpected {arguments.found()} in 'inputlookup'",
                hint="terms stand behind WHERE",
            )
    if table is None:
        raise call.error("'inputlookup' names no lookup")
    if not call.first and not given.get("append"):
        raise call.error(
            "'inputlookup' must be the first command of its search",
            hint="further down it needs append=true",
        )
    return nodes.Inputlookup(
        table, predicate, bool(given.get("append", False)), int(given.get("start", 0)),
        given.get("max"), bool(given.get("strict", False)), span=call.span,
    )


_OUTPUTLOOKUP: dict[str, Kind] = {
    "append": boolean, "create_empty": boolean, "override_if_empty": boolean, "max": integer(1),
    "key_field": text, "allow_updates": boolean, "createinapp": boolean,
    "create_context": choice("app", "user", "system"),
    "output_format": choice("splunk_sv_csv", "splunk_mv_csv"),
}


def outputlookup(call: Invocation) -> nodes.Command:
    arguments = call.arguments()
    given: dict[str, object] = {}
    table = None
    while not arguments.done:
        if arguments.at_option():
            arguments.option(_OUTPUTLOOKUP, given)
        elif table is None:
            table = _table(arguments, call)
        else:
            raise arguments.error(f"unexpected {arguments.found()} in 'outputlookup'")
    if table is None:
        raise call.error("'outputlookup' names no lookup")
    given.pop("createinapp", None)
    if "key_field" in given:
        # Search Reference, outputlookup: with key_field append is true unless set.
        given.setdefault("append", True)
    return nodes.Outputlookup(table, span=call.span, **given)


_COLLECT: dict[str, Kind] = {
    "index": text, "output_format": choice("raw", "hec"), "source": text, "sourcetype": text,
    "host": text, "testmode": boolean, "addtime": boolean, "marker": text,
    "run_in_preview": boolean, "uselb": boolean, "addinfo": boolean, "timeformat": text,
    "file": refused("it writes a file of the search head's spool"),
    "spool": refused("it writes a file of the search head's spool"),
}


_NOT_WITH_HEC = ("addtime", "marker", "host", "source", "sourcetype", "uselb", "timeformat")
"""searchbnf.conf says of each: "Not a valid option for output_format=hec"."""


def collect(call: Invocation) -> nodes.Command:
    arguments = call.arguments()
    given: dict[str, object] = {}
    arguments.options(_COLLECT, given)
    arguments.expect_end()
    if "index" not in given:
        raise call.error("'collect' names no index", hint="write collect index=<name>")
    if given.get("output_format") == "hec":
        for option in _NOT_WITH_HEC:
            if option in given:
                raise call.error(
                    f"'collect' takes no {option} with output_format=hec",
                    hint="source, sourcetype and host are fields of the rows there",
                )
    given.pop("run_in_preview", None)
    given.pop("uselb", None)
    return nodes.Collect(span=call.span, **given)


def _only_server(arguments: Arguments, name: str) -> str:
    """The one server there is: `local`, the search head."""
    token = arguments.peek()
    value = text(arguments, name)
    if value != "local":
        raise arguments.error(f"{name}={value} is refused: {_NO_ARGUMENT_YET}", token,
                              hint="leave it out, or write splunk_server=local")
    return value


_MAKERESULTS: dict[str, Kind] = {
    "count": integer(0), "annotate": boolean, "format": choice("csv", "json"), "data": text,
    "splunk_server": _only_server, "splunk_server_group": refused(_NO_ARGUMENT_YET),
}


def makeresults(call: Invocation) -> nodes.Command:
    if not call.first:
        raise call.error("'makeresults' must be the first command of its search")
    arguments = call.arguments()
    given: dict[str, object] = {}
    arguments.options(_MAKERESULTS, given)
    arguments.expect_end()
    rows = None
    if ("data" in given) != ("format" in given):
        raise call.error("'makeresults' takes format and data together")
    if "data" in given:
        if "count" in given or "annotate" in given:
            raise call.error("'makeresults' takes count or data, not both")
        read = _csv if given["format"] == "csv" else _json
        rows = read(str(given["data"]), call.span)
    return nodes.Makeresults(
        int(given.get("count", 1)), bool(given.get("annotate", False)), rows, span=call.span
    )


Rows = tuple[tuple[tuple[str, str], ...], ...]


def _csv(data: str, span: Span) -> Rows:
    lines = list(csv.reader(io.StringIO(data.strip())))
    if not lines:
        raise SPLError("the data of 'makeresults' has no header", span, construct="data")
    header = [name.strip() for name in lines[0]]
    rows = []
    for line in lines[1:]:
        if len(line) > len(header):
            raise SPLError(
                "a row of the data of 'makeresults' is longer than its header", span,
                construct="data",
            )
        rows.append(tuple(zip(header, line)))
    return tuple(rows)


def _json(data: str, span: Span) -> Rows:
    try:
        parsed = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise SPLError(
            f"the data of 'makeresults' is not JSON: {error}", span, construct="data"
        ) from error
    if not isinstance(parsed, list) or not all(isinstance(row, dict) for row in parsed):
        raise SPLError(
            "the data of 'makeresults' is not a JSON array of objects", span, construct="data"
        )
    return tuple(
        tuple((key, _json_text(value)) for key, value in row.items() if value is not None)
        for row in parsed
    )


def _json_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


PARSERS: dict[str, Parser] = {
    "lookup": lookup, "inputlookup": inputlookup, "outputlookup": outputlookup,
    "collect": collect, "makeresults": makeresults,
}
