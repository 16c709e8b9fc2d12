"""The commands by type of node: a function of (node, rows, state)."""

from __future__ import annotations

from lab.rows.commands import (
    bins,
    charts,
    columns,
    combine,
    conversion,
    datamodels,
    extracting,
    generating,
    grouping,
    measures,
    merging,
    rows,
    running,
    statistics,
    tables,
    turning,
)
from lab.rows.state import Rows, State
from lab.spl import nodes
from lab.spl.errors import SPLError

REGISTRY = {
    **rows.COMMANDS, **columns.COMMANDS, **statistics.COMMANDS, **bins.COMMANDS,
    **charts.COMMANDS, **combine.COMMANDS, **tables.COMMANDS,
    **running.COMMANDS, **turning.COMMANDS, **conversion.COMMANDS,
    **generating.COMMANDS, **merging.COMMANDS, **grouping.COMMANDS,
    **extracting.COMMANDS, **datamodels.COMMANDS, **measures.COMMANDS,
}


def run_command(node: nodes.Command, given: Rows, state: State) -> Rows:
    command = REGISTRY.get(type(node))
    if command is None:
        name = type(node).__name__.lower()
        raise SPLError(f"the row evaluator does not know the command {name}", node.span, name)
    return command(node, given, state)
