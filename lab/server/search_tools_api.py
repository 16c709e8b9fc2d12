"""search/parser, search/timeparser, search/commands, search/typeahead: help for writing searches."""

from __future__ import annotations

from typing import Any

from lab.server import atom
from lab.server.call import Call, Reply, Route, json_reply
from lab.server.errors import RestError

_REPORTING = frozenset((
    "stats", "chart", "timechart", "top", "rare", "tstats", "mstats", "transpose", "xyseries",
    "untable", "addcoltotals", "sistats",
))
_GENERATING = frozenset((
    "search", "tstats", "mstats", "inputlookup", "makeresults", "savedsearch", "metadata",
    "eventcount", "from", "datamodel", "mcatalog", "multisearch", "union", "gentimes",
))


def _commands(text: str, pipeline: Any) -> list[dict[str, Any]]:
    """One object for each command: its name, what stands behind it, and its kind."""
    found = []
    for node in pipeline.commands:
        name = type(node).__name__.lower()
        span = node.span
        words = text[span.start : span.end].strip().lstrip("|").strip()
        head, _, rest = words.partition(" ")
        arguments = rest if head.lower() == name else words
        found.append({
            "command": name,
            "rawargs": arguments.strip(),
            "pipeline": "report" if name in _REPORTING else "streaming",
            "isGenerating": name in _GENERATING,
            "streamType": "SP_EVENTS" if name == "search" else "SP_STREAM",
            "args": {"search": [arguments.strip()]} if name == "search" else arguments.strip(),
        })
    return found


def parse(call: Call) -> Reply:
    """The search's commands, or 400 with what is wrong. Expands macros; runs nothing."""
    from lab.spl.errors import SPLError, render
    from lab.spl.parse import parse as parse_spl

    text = call.get("q") or call.require("search")
    try:
        pipeline = parse_spl(text, call.state.app)
    except SPLError as error:
        raise RestError(400, render(error, text), "FATAL") from None
    commands = _commands(text, pipeline)
    reporting = [c["command"] for c in commands if c["pipeline"] == "report"]
    at = next((n for n, c in enumerate(commands) if c["pipeline"] == "report"), len(commands))
    told = {
        "remoteSearch": "",
        "remoteTimeOrdered": not reporting,
        "eventsSearch": " | ".join(_words(c) for c in commands[:at]),
        "eventsTimeOrdered": not reporting,
        "eventsStreaming": not reporting,
        "reportsSearch": " | ".join(_words(c) for c in commands[at:]),
        "canSummarize": False,
        "commands": commands,
    }
    if atom.output_mode(call).startswith("json"):
        return json_reply(told)
    keys = "".join(
        f'<s:key name="{name}">{atom.text(str(int(v) if isinstance(v, bool) else v))}</s:key>'
        for name, v in told.items() if name != "commands"
    )
    items = "".join(
        "<s:item><s:dict>" + "".join(
            f'<s:key name="{k}">{atom.text(str(int(v) if isinstance(v, bool) else v))}</s:key>'
            for k, v in command.items() if k != "args"
        ) + "</s:dict></s:item>" for command in commands
    )
    return atom.xml_reply(
        f'<response xmlns:s="http://dev.splunk.com/ns/rest"><s:dict>{keys}'
        f'<s:key name="commands"><s:list>{items}</s:list></s:key></s:dict></response>'
    )


def _words(command: dict[str, Any]) -> str:
    return f"{command['command']} {command['rawargs']}".strip()


def times(call: Call) -> Reply:
    """Each `time` argument as an ISO 8601 time; with output_time_format=%s as epoch seconds."""
    wanted = call.all("time")
    if not wanted:
        raise RestError(400, "The following required arguments are missing: time.")
    form = call.get("output_time_format")
    if form not in ("", "%s", "%FT%T.%Q%:z"):
        raise RestError(400, "output_time_format is %s or %FT%T.%Q%:z (the default)")
    now = call.state.jobs.moment(call.get("now"), call.state.clock(), "now") or call.state.clock()
    told = {}
    for text in wanted:
        moment = call.state.jobs.moment(text, now, "time")
        seconds = now if moment is None and text.strip() != "0" else moment or 0.0
        told[text] = f"{seconds:.0f}" if form == "%s" else atom.iso(seconds)
    if atom.output_mode(call).startswith("json"):
        return json_reply(told)
    keys = "".join(f"<s:key name={_attribute(k)}>{atom.text(v)}</s:key>" for k, v in told.items())
    return atom.xml_reply(
        f'<response xmlns:s="http://dev.splunk.com/ns/rest"><s:dict>{keys}</s:dict></response>'
    )


def _attribute(text: str) -> str:
    from xml.sax.saxutils import quoteattr

    return quoteattr(text)


def _command_entry(name: str) -> atom.Entry:
    from lab.spl.commands.registry import COMMANDS

    about = (COMMANDS[name].__doc__ or "").strip().splitlines()
    content = {"description": about[0] if about else "", "generating": name in _GENERATING}
    return atom.Entry(name, f"/services/search/commands/{name}", content, atom.acl())


def commands(call: Call) -> Reply:
    """The commands that the lab runs."""
    from lab.spl.commands.registry import COMMANDS

    return atom.feed(call, "commands", [_command_entry(name) for name in sorted(COMMANDS)])


def command(call: Call, name: str) -> Reply:
    from lab.spl.commands.registry import COMMANDS

    if name not in COMMANDS:
        raise RestError(404, f"Could not find object id={name}: the lab runs no such command")
    return atom.feed(call, "commands", [_command_entry(name)], paged=False)


def refused(call: Call, what: str) -> Reply:
    raise RestError(400, f"the lab has no search/{what}: it indexes no terms to complete from")


ROUTES = [
    Route("GET", "search/(?:v2/)?parser", parse, "search"),
    Route("POST", "search/(?:v2/)?parser", parse, "search"),
    Route("GET", "search/timeparser(?:/tz)?", times),
    Route("GET", "search/commands", commands),
    Route("GET", "search/commands/(?P<name>[^/]+)", command),
    Route("GET", "search/(?P<what>typeahead|fields)", refused),
]
