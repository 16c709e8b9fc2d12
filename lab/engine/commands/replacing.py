"""replace and fieldformat."""

from __future__ import annotations

import re
from collections.abc import Callable

from lab.engine.commands import command
from lab.engine.events import expand
from lab.engine.expressions import Compiler, Typed, text
from lab.engine.frame import Frame
from lab.engine.names import matching
from lab.engine.session import Session
from lab.spl import nodes
from lab.spl.errors import SPLError


@command(nodes.Replace)
def _replace(session: Session, frame: Frame, node: nodes.Replace) -> Frame:
    if any("*" in name for name in node.names):
        frame = expand(session, frame)
    function = session.own_function("py_replace", _replacer(node.pairs), ["VARCHAR"],
                                "VARCHAR")
    additions = []
    for name in dict.fromkeys(name for wanted in node.names for name in matching(wanted, frame)):
        column = frame.columns[name]
        if column.kind == "mv":
            sql, kind = f"list_transform({column.sql}, lambda x: {function}(x))", "mv"
        else:
            sql, kind = f"{function}({text(Typed(column.sql, column.kind))})", "str"
        additions.append((name, sql, kind))
    return session.derive(frame, additions)


def _replacer(pairs: tuple[tuple[str, str], ...]) -> Callable[[str | None], str | None]:
    plain = {old: new for old, new in pairs if "*" not in old}
    wild = [(re.compile("(.*)".join(map(re.escape, old.split("*"))), re.DOTALL), new)
            for old, new in pairs if "*" in old]

    def replaced(value: str | None) -> str | None:
        if value is None:
            return None
        found = [(match, new) for pattern, new in wild
                 if (match := pattern.fullmatch(value)) is not None]
        if len(found) + (value in plain) > 1:
            raise ValueError(f"SPL:replace: {value!r} matches several of the values, with wildcards;"
                             " write one replace for each")
        if found:
            match, new = found[0]
            parts = iter(match.groups())
            return re.sub(r"\*", lambda _: next(parts), new)
        return plain.get(value, value)

    return replaced


@command(nodes.Fieldformat)
def _fieldformat(session: Session, frame: Frame, node: nodes.Fieldformat) -> Frame:
    """The expression has to be right; the value stays."""
    typed = Compiler(session, frame).compile(node.expression)
    if typed.kind == "bool":
        raise SPLError("fieldformat takes a value, not a condition", node.expression.span,
                       node.name)
    return frame
