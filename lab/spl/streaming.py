"""Which commands stream: they work on each event for itself, as multisearch and union ask.

Search Reference, "Command types": the distributable streaming commands. Those that stream by
their options only (bin with a span, fillnull with fields) are looked at.
"""

from __future__ import annotations

from collections.abc import Sequence

from lab.spl import nodes

_ALWAYS = (
    nodes.Where, nodes.Eval, nodes.Fields, nodes.Rename, nodes.Rex, nodes.Regex, nodes.Mvexpand,
    nodes.Makemv, nodes.Nomv, nodes.Spath, nodes.Fromjson, nodes.Lookup, nodes.Foreach,
    nodes.Search,
    nodes.Replace, nodes.Fieldformat, nodes.Addinfo, nodes.Extract, nodes.Iplocation,
)
_SOURCES = (nodes.Search, nodes.Multisearch, nodes.Union, nodes.Savedsearch, nodes.Datamodel)
_NUMERIC = ("auto", "num")
"""Search Reference, convert: with these it becomes a dataset processing command."""


def streams(command: nodes.Command) -> bool:
    if isinstance(command, _ALWAYS):
        return True
    if isinstance(command, nodes.Fillnull):
        return bool(command.names)
    if isinstance(command, nodes.Bin):
        return command.bucket.span is not None
    if isinstance(command, nodes.Convert):
        return all(one.function not in _NUMERIC for one in command.conversions)
    if isinstance(command, nodes.Addtotals):
        return command.row and not command.col
    if isinstance(command, nodes.Savedsearch):
        return yields_events(command.pipeline.commands)
    if isinstance(command, nodes.Datamodel):
        return command.dataset is not None and yields_events(command.dataset.pipeline.commands)
    if isinstance(command, nodes.Union):
        return command.interleaved
    return isinstance(command, nodes.Multisearch)


def yields_events(commands: Sequence[nodes.Command]) -> bool:
    """Whether a pipeline reads events and streams to its end."""
    return bool(commands) and isinstance(commands[0], _SOURCES) and barrier(commands) is None


def barrier(commands: Sequence[nodes.Command]) -> nodes.Command | None:
    """The first command that does not stream, None if all do."""
    return next((command for command in commands if not streams(command)), None)
