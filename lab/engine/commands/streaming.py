"""lookup and foreach."""

from __future__ import annotations

import re

from lab.engine.commands import command, run_command
from lab.engine.events import expand
from lab.engine.expressions import CONVERT, NULL, Compiler, Typed, common_kind, many
from lab.engine.frame import Frame
from lab.engine.lookups import apply_lookup
from lab.engine.names import matching, pattern
from lab.engine.session import Session
from lab.spl import nodes
from lab.spl.errors import NOWHERE, SPLError
from lab.spl.parse import parse_template


@command(nodes.Lookup)
def _lookup(session: Session, frame: Frame, node: nodes.Lookup) -> Frame:
    return apply_lookup(session, frame, node)


@command(nodes.Foreach)
def _foreach(session: Session, frame: Frame, node: nodes.Foreach) -> Frame:
    """The template once for each field, with <<FIELD>>, <<MATCHSTR>>, <<MATCHSEGn>> put in."""
    if node.mode != "multifield":
        return _items(session, frame, node)
    if any("*" in name for name in node.names):
        frame = expand(session, frame)
    for wanted in node.names:
        fields = matching(wanted, frame) if "*" in wanted else [wanted]
        for name in fields:
            groups = pattern(wanted).match(name).groups()
            filled = node.template.replace("<<FIELD>>", name)
            filled = filled.replace("<<MATCHSTR>>", "".join(groups))
            for at in (1, 2, 3):
                segment = groups[at - 1] if at <= len(groups) else ""
                filled = filled.replace(f"<<MATCHSEG{at}>>", segment)
            for inner in parse_template(filled, session.context.app, node.span).commands:
                frame = run_command(session, frame, inner)
    return frame


_ITEM, _NUMBER = "\x00item", "\x00number"
_MAXIMUM_ITEMS = 1_000


def _items(session: Session, frame: Frame, node: nodes.Foreach) -> Frame:
    """The eval once for each value of a row's multivalue or JSON array (Search Reference, foreach).

    <<ITEM>> stands for the value, in quotes for its text, else for a number, and <<ITER>> for its
    place, from 0 on. A row with fewer values than others keeps what it has.
    """
    [name] = node.names
    column = frame.columns.get(name)
    if column is None:
        return frame
    reference = nodes.FieldRef(name, span=node.span)
    array = nodes.Call("json_array_to_mv", (reference,), span=node.span)
    compiler = Compiler(session, frame)
    values = many(compiler.compile(reference))
    if node.mode == "json_array" or node.mode == "auto_collections" and column.kind != "mv":
        values = many(compiler.compile(array))
        if node.mode == "auto_collections":
            values = f"coalesce({values}, {many(compiler.compile(reference))})"
    listed = f"{_ITEM}s"
    frame = session.materialise(session.derive(frame, [(listed, values, "mv")]))
    items = frame.columns[listed].sql
    most = session.fetch(f"SELECT max(len({items})) FROM {frame.relation}")[0][0] or 0
    if most > _MAXIMUM_ITEMS:
        raise SPLError(f"foreach over {most} values is more than the lab's {_MAXIMUM_ITEMS}",
                       node.span, name, "split the rows with mvexpand")
    for at in range(most):
        item = f"{items}[{at + 1}]"
        whole = (f"CASE WHEN {item} IS NOT NULL AND spl_num({item}) IS NULL THEN error('SPL:foreach:"
                 f" <<ITEM>> without double quotes stands for a number here, which a value of"
                 f" {name.replace(chr(39), chr(39) * 2)} is not') ELSE {item} END")
        before = session.derive(frame, [(_ITEM, item, "str"), (_NUMBER, whole, "str")])
        after = before
        for inner in _eval_of(session, node, at):
            after = run_command(session, after, inner)
        frame = _where_item(session, before, after, f"len({items}) > {at}")
    return frame.drop([_ITEM, _NUMBER, listed])


def _eval_of(session: Session, node: nodes.Foreach, at: int) -> tuple[nodes.Command, ...]:
    """The eval of the template for the value at place `at`."""
    def quoted(match: re.Match[str]) -> str:
        parts = match[1].split("<<ITEM>>")
        return match[0] if len(parts) == 1 else \
            "(" + f" . '{_ITEM}' . ".join(f'"{part}"' for part in parts) + ")"

    template = node.template.replace("<<ITER>>", str(at))
    template = re.sub(r'"((?:[^"\\]|\\.)*)"', quoted, template)
    if re.search(r"[\w']<<ITEM>>|<<ITEM>>[\w']", template):
        raise SPLError("foreach: <<ITEM>> as part of a field name is not supported by the lab",
                       node.span, "<<ITEM>>", 'write the value as <<ITEM>> or "<<ITEM>>"')
    commands = parse_template(template.replace("<<ITEM>>", f"'{_NUMBER}'"), session.context.app,
                              node.span).commands
    if len(commands) != 1 or not isinstance(commands[0], nodes.Eval):
        raise SPLError(f"foreach mode={node.mode} takes a single eval", node.span, "foreach",
                       "one eval may hold several assignments, with commas between them")
    return commands


def _where_item(session: Session, before: Frame, after: Frame, test: str) -> Frame:
    """What the eval made in the rows where it ran, and what there was in the others."""
    merged = []
    for name in dict.fromkeys([*after.columns, *before.columns]):
        new, old = after.columns.get(name), before.columns.get(name)
        if new == old:
            continue
        parts = [NULL if one is None else Typed(one.sql, one.kind) for one in (new, old)]
        kind = common_kind(parts)
        fresh, kept = (CONVERT[kind](part, NOWHERE) for part in parts)
        merged.append((name, f"CASE WHEN {test} THEN {fresh} ELSE {kept} END", kind))
    return session.derive(after, merged)
