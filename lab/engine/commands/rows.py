"""Commands that keep or drop rows, or set fields row by row: search, where, eval, fillnull, bin."""

from __future__ import annotations

from dataclasses import replace

from lab.engine.columns import literal
from lab.engine.commands import command
from lab.engine.demand import predicate_names
from lab.engine.events import expand
from lab.engine.expressions import CONVERT, NULL, Compiler, Typed, common_kind, settled, text
from lab.engine.frame import Frame
from lab.engine.functions.multivalue import field_names
from lab.engine.names import PLACEHOLDER, matching
from lab.engine.predicates import PredicateCompiler
from lab.engine.session import Session
from lab.engine.spans import bin_column
from lab.engine.subsearch import as_predicate
from lab.spl import nodes
from lab.spl.errors import SPLError


@command(nodes.Search)
def _search(session: Session, frame: Frame, node: nodes.Search) -> Frame:
    """Event types and tags are those that the events had when they were read."""
    predicate = _subsearched(session, node.predicate)
    if predicate != node.predicate and predicate_names(predicate) - set(frame.columns):
        frame = expand(session, frame)
    return session.where(frame, PredicateCompiler(session, frame).compile(predicate))


def _subsearched(session: Session, node: nodes.Predicate) -> nodes.Predicate:
    """The terms that subsearches give, in their places."""
    if isinstance(node, nodes.SubsearchTerms):
        return as_predicate(session, node)
    if isinstance(node, (nodes.And, nodes.Or)):
        return replace(node, parts=tuple(_subsearched(session, part) for part in node.parts))
    if isinstance(node, nodes.Not):
        return replace(node, part=_subsearched(session, node.part))
    return node


@command(nodes.Where)
def _where(session: Session, frame: Frame, node: nodes.Where) -> Frame:
    return session.where(frame, Compiler(session, frame).condition(node.condition))


@command(nodes.Eval)
def _eval(session: Session, frame: Frame, node: nodes.Eval) -> Frame:
    """Assignments that read none of the pending ones share a step."""
    pending: list[tuple[str, str, str]] = []
    for name, expression in node.assignments:
        if PLACEHOLDER.search(name):
            frame = _computed(session, session.derive(frame, pending), name, expression)
            pending = []
            continue
        if any(done in field_names(expression) or done == name for done, _, _ in pending):
            frame = session.derive(frame, pending)
            pending = []
        typed = settled(Compiler(session, frame).compile(expression))
        if typed.kind == "null":
            frame = session.derive(frame, pending).drop([name])
            pending = []
            continue
        if typed.kind == "bool":
            CONVERT["str"](typed, expression.span)
        pending.append((name, typed.sql, typed.kind))
    return session.derive(frame, pending)


def _computed(session: Session, frame: Frame, name: str, expression: nodes.Expression) -> Frame:
    """The field whose name the row's own values give: `{counter}_total`."""
    frame = expand(session, frame)
    typed = settled(Compiler(session, frame).compile(expression))
    words = PLACEHOLDER.split(name)
    compiler = Compiler(session, frame)
    parts = [literal(word) if at % 2 == 0 else text(compiler.column(word), expression.span)
             for at, word in enumerate(words)]
    made, value = "\x00made", "\x00value"
    kind = "str" if typed.kind == "null" else typed.kind
    frame = session.materialise(session.derive(
        frame, [(made, " || ".join(parts), "str"), (value, typed.sql, kind)]))
    key, new = frame.columns[made], Typed(frame.columns[value].sql, kind)
    select = f"SELECT DISTINCT {key.sql} FROM {frame.relation} ORDER BY 1"
    names = [row[0] for row in session.fetch(session.sql(frame.relation, select))]
    if None in names:
        raise SPLError(f"a row has no value for the name {name!r}, and no page says which field"
                       " eval sets then", expression.span, name, "keep the rows that have it")
    additions = []
    for one in names:
        old = frame.columns.get(one)
        kept = Typed(old.sql, old.kind) if old else NULL
        both = common_kind([new, kept])
        chosen, other = (CONVERT[both](part, expression.span) for part in (new, kept))
        sql = f"CASE WHEN {key.sql} = {literal(one)} THEN {chosen} ELSE {other} END"
        additions.append((one, sql, both))
    return session.derive(frame, additions).drop([made, value])


@command(nodes.Fillnull)
def _fillnull(session: Session, frame: Frame, node: nodes.Fillnull) -> Frame:
    if node.names:
        names: list[str] = []
        for name in node.names:
            names += matching(name, expand(session, frame) if "*" in name else frame) or (
                [name] if "*" not in name else [])
    else:
        frame = expand(session, frame)
        names = [name for name in frame.columns if not name.startswith("_")]
    additions = []
    for name in names:
        column = frame.columns.get(name)
        if column is None:
            additions.append((name, literal(node.value), "str"))
        elif column.kind == "mv":
            additions.append((name, f"coalesce({column.sql}, [{literal(node.value)}])", "mv"))
        elif column.kind == "num":
            from lab.engine.values import to_number

            number = to_number(node.value)
            if number is None:
                additions.append(
                    (name, f"coalesce(spl_text({column.sql}), {literal(node.value)})", "str"))
            else:
                additions.append((name, f"coalesce({column.sql}, {number!r})", "num"))
        else:
            additions.append((name, f"coalesce({column.sql}, {literal(node.value)})", "str"))
    return session.derive(frame, additions)


@command(nodes.Bin)
def _bin(session: Session, frame: Frame, node: nodes.Bin) -> Frame:
    frame, sql, kind = bin_column(session, frame, node.name, node.bucket, node.span)
    if sql is None:
        return frame
    return session.derive(frame, [(node.alias, sql, kind)])


