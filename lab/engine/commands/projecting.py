"""Commands that choose, order and name fields: fields, table, rename."""

from __future__ import annotations

from dataclasses import replace

from lab.engine.commands import command
from lab.engine.events import expand
from lab.engine.frame import Frame
from lab.engine.names import matching, pattern
from lab.engine.session import Session
from lab.spl import nodes
from lab.spl.errors import SPLError


def _wildcards(names: tuple[str, ...]) -> bool:
    return any("*" in name for name in names)


@command(nodes.Fields)
def _fields(session: Session, frame: Frame, node: nodes.Fields) -> Frame:
    """`_raw` and `_time` stay unless they are taken away by name."""
    if _wildcards(node.names):
        frame = expand(session, frame)
    chosen = [name for wanted in node.names for name in matching(wanted, frame)]
    if not node.keep:
        return frame.drop({*chosen, *(name for name in node.names if "*" not in name)})
    inner = [name for name in ("_time", "_raw", "_indextime") if name in frame.columns]
    return frame.keep(dict.fromkeys([*chosen, *inner]))


@command(nodes.Table)
def _table(session: Session, frame: Frame, node: nodes.Table) -> Frame:
    """Fields in the order named; one that no row has is an empty column."""
    if _wildcards(node.names):
        frame = expand(session, frame)
    chosen: list[str] = []
    empty = []
    for wanted in node.names:
        found = matching(wanted, frame)
        if not found and "*" not in wanted:
            empty.append((wanted, "NULL", "str"))
            found = [wanted]
        chosen += found
    frame = session.derive(frame, empty)
    return replace(frame.keep(dict.fromkeys(chosen)), is_events=False)


@command(nodes.Rename)
def _rename(session: Session, frame: Frame, node: nodes.Rename) -> Frame:
    """A rename onto an existing field replaces it; of a missing field, the target goes away."""
    if any("*" in old for old, _ in node.pairs):
        frame = expand(session, frame)
    for old, new in node.pairs:
        pairs = [(old, new)]
        if "*" in old:
            if old.count("*") != new.count("*"):
                raise SPLError(f"rename {old} AS {new}: both need the same number of *",
                               node.span, old)
            pairs = []
            for name in matching(old, frame):
                filled = iter(pattern(old).match(name).groups())
                pairs.append((name, "".join(
                    next(filled) if part == "*" else part for part in _split(new))))
        for source, target in pairs:
            frame = _rename_one(frame, source, target)
    return frame


def _split(text: str) -> list[str]:
    parts: list[str] = []
    for at, part in enumerate(text.split("*")):
        parts += ["*", part] if at else [part]
    return parts


def _rename_one(frame: Frame, source: str, target: str) -> Frame:
    if source == target:
        return frame
    if source not in frame.columns:
        return frame.drop([source, target]) if target in frame.columns else frame.drop([source])
    columns = {}
    for name, column in frame.columns.items():
        if name == source:
            columns[target] = column
        elif name != target:
            columns[name] = column
    return replace(frame, columns=columns, removed=frame.removed | {source, target})
