"""Commands that bring in other rows: append and kin, join, savedsearch; format and return."""

from __future__ import annotations

from dataclasses import replace

from lab.rows.state import Rows, State
from lab.rows.values import texts
from lab.runs import moment
from lab.spl import nodes
from lab.spl.errors import SPLError


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def append(node: nodes.Append, rows: Rows, state: State) -> Rows:
    if node.extend_time_range:
        raise SPLError("the row evaluator's append has no extendtimerange", node.span,
                       "extendtimerange")
    more = state.run(node.pipeline, state)
    return rows.with_fields([*rows.rows, *more.rows], more.fields)


def appendpipe(node: nodes.Appendpipe, rows: Rows, state: State) -> Rows:
    from lab.rows.commands import run_command

    more = rows
    for command in node.pipeline.commands:
        more = run_command(command, more, state)
    return rows.with_fields([*rows.rows, *more.rows], more.fields)


def appendcols(node: nodes.Appendcols, rows: Rows, state: State) -> Rows:
    """The nth row of the subsearch beside the nth row; internal fields only where missing."""
    more = state.run(node.pipeline, state)
    made = []
    for position, row in enumerate(rows.rows):
        other = more.rows[position] if position < len(more.rows) else {}
        made.append({**row, **other} if node.override else {**other, **row})
    made += more.rows[len(rows.rows):]
    return rows.with_fields(made, more.fields)


def join(node: nodes.Join, rows: Rows, state: State) -> Rows:
    """Rows of equal fields side by side; without names, all fields that both sides have.

    Internal fields of the right side stay there (Splunk's pages do not say).
    """
    if node.usetime:
        raise SPLError("the row evaluator's join has no usetime", node.span, "usetime")
    right = state.run(node.pipeline, state)
    names = list(node.names) or [n for n in rows.fields
                                 if n in right.fields and not n.startswith("_")]
    by_key: dict[tuple, list] = {}
    for row in right.rows:
        key = tuple(tuple(texts(row.get(name))) for name in names)
        if all(key):
            by_key.setdefault(key, []).append(row)
    fields = [name for name in right.fields if not name.startswith("_")]
    made = []
    for row in rows.rows:
        key = tuple(tuple(texts(row.get(name))) for name in names)
        found = by_key.get(key, [])[:node.max or None] if all(key) else []
        for other in found:
            other = {name: value for name, value in other.items() if name in fields}
            made.append({**row, **other} if node.overwrite else {**other, **row})
        if not found and node.kind == "left":
            made.append(row)
    return rows.with_fields(made, fields)


def savedsearch(node: nodes.Savedsearch, rows: Rows, state: State) -> Rows:
    """Over all time its own range counts, over any other range that one (Search Reference,
    savedsearch)."""
    context, inside = state.context, state.inside
    state.inside = False
    if context.earliest is None and context.latest is None:
        saved = context.app.saved_searches[node.name]
        state.context = replace(context, earliest=moment(saved.earliest, context.now),
                                latest=moment(saved.latest, context.now))
    found = state.run(node.pipeline, state)
    state.context, state.inside = context, inside
    return found


def format_(node: nodes.Format, rows: Rows, state: State) -> Rows:
    lines = []
    for row in rows.rows[:node.maxresults or None]:
        parts = []
        for name in sorted(row):
            if name.startswith("_"):
                continue
            words = [one if name in ("search", "query") else f"{name}={_quoted(one)}"
                     for one in texts(row[name])]
            parts.append(words[0] if len(words) == 1
                         else f"( {f' {node.mvsep} '.join(words)} )")
        if parts:
            joined = f" {node.column_separator} ".join(parts)
            lines.append(f"{node.column_prefix} {joined} {node.column_end}")
    joined = f" {node.row_separator} ".join(lines)
    words = f"{node.row_prefix} {joined} {node.row_end}" if lines else node.emptystr
    return Rows(["search"], [{"search": words}])


def return_(node: nodes.Return, rows: Rows, state: State) -> Rows:
    lines = []
    for row in rows.rows[:node.limit]:
        parts = []
        for name, alias, bare in node.items:
            parts += [one if bare else f"{alias}={_quoted(one)}" for one in texts(row.get(name))]
        if parts:
            lines.append(parts)
    plain = len(lines) == 1 or all(bare for _, _, bare in node.items)
    words = " OR ".join(" ".join(parts) if plain else f"({' '.join(parts)})" for parts in lines)
    return Rows(["search"], [{"search": words}] if words else [])


COMMANDS = {
    nodes.Append: append, nodes.Appendpipe: appendpipe, nodes.Appendcols: appendcols,
    nodes.Join: join, nodes.Savedsearch: savedsearch, nodes.Format: format_,
    nodes.Return: return_,
}
