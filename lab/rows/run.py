"""The interface: `search(spl, context)` gives what `lab.engine.run.search` should give.

outputlookup and collect change nothing; `effects` says what they would have been given.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lab.engine.run import Context, Result
from lab.engine.values import format_time, to_number
from lab.rows import events, precision
from lab.rows.commands import run_command
from lab.rows.commands.tstats import tstats
from lab.rows.state import Row, Rows, State
from lab.spl import nodes
from lab.spl.parse import parse


@dataclass
class RowsResult(Result):
    """`writes` are (node, fields, rows) of each outputlookup and collect, rows as in `rows`."""

    writes: list[tuple[nodes.Command, list[str], list[Row]]] = field(default_factory=list)


def search(spl: str, context: Context) -> RowsResult:
    """SPLError where the search is wrong, or holds what this evaluator does not cover."""
    state = State(context, run=run_pipeline)
    found = run_pipeline(parse(spl, context.app), state)
    writes = [(node, names, [shown(row) for row in rows]) for node, names, rows in state.effects]
    return RowsResult(found.fields, [shown(row) for row in found.rows], found.is_events,
                      writes=writes)


def run_pipeline(pipeline: nodes.Pipeline, state: State) -> Rows:
    first, *rest = pipeline.commands
    outer, inside = (state.earliest, state.latest), state.inside
    state.inside = True
    if isinstance(first, nodes.Search):
        rows = events.search(first, state, pipeline.commands)
    elif isinstance(first, nodes.Tstats):
        rows = tstats(first, state)
    else:
        state.earliest, state.latest = state.context.earliest, state.context.latest
        rows = run_command(first, Rows([], []), state)
    for node in rest:
        rows = run_command(node, rows, state)
    if inside:
        state.earliest, state.latest = outer
    return rows


def shown(row: Row) -> Row:
    """A row as the results show it."""
    made: Row = {}
    for name, value in row.items():
        if name == "_time" and isinstance(value, str):
            value = value if (moment := to_number(value)) is None else moment
        if isinstance(value, float):
            made[name] = format_time(value) if name == "_time" else precision.shown(value)
        elif isinstance(value, list):
            made[name] = value if len(value) > 1 else value[0]
        else:
            made[name] = value
    return made
