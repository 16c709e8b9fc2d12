"""FIELDALIAS, EVAL, LOOKUP, event types and tags on top of extracted fields."""

from __future__ import annotations

from lab.engine.expressions import CONVERT, Compiler, Typed, common_kind, settled
from lab.engine.frame import Frame
from lab.engine.rules import SPATH_MARK, Needs, Rules
from lab.engine.session import Session


def apply_rules(session: Session, frame: Frame, rules: Rules, needs: Needs, names: set[str]
                ) -> Frame:
    """The frame with what the rules make of its fields; `names` are those that are wanted."""
    frame = _aliases(session, frame, needs)
    original = frame
    compiler = Compiler(session, original)
    additions = []
    for name, expression in needs.evals:
        typed = settled(compiler.compile(expression))
        if typed.kind == "bool":
            CONVERT["str"](typed, expression.span)
        if typed.kind == "null":
            frame = frame.drop([name])
            continue
        additions.append((name, typed.sql, typed.kind))
    frame = session.derive(frame, additions)
    if needs.lookups:
        from lab.engine.lookups import apply_lookup

        before = frame
        for lookup in needs.lookups:
            frame = apply_lookup(session, frame, lookup, inputs=before)
    if "eventtype" in names or "tag" in names or any(n.startswith("tag::") for n in names):
        frame = _knowledge(session, frame, names)
    hidden = [name for name in frame.columns if name.startswith(SPATH_MARK)]
    return frame.drop(hidden) if hidden else frame


def _aliases(session: Session, frame: Frame, needs: Needs) -> Frame:
    """With AS the alias takes the field's value, or goes where there is none; ASNEW only fills."""
    additions = []
    for alias in needs.aliases:
        source, target = frame.columns.get(alias.source), frame.columns.get(alias.target)
        if not alias.new_only or target is None:
            if source is None:
                if not alias.new_only:
                    frame = frame.drop([alias.target])
                continue
            additions.append((alias.target, source.sql, source.kind))
        elif source is not None:
            parts = [Typed(target.sql, target.kind), Typed(source.sql, source.kind)]
            kind = common_kind(parts)
            values = ", ".join(CONVERT[kind](part, None) for part in parts)
            additions.append((alias.target, f"coalesce({values})", kind))
    return session.derive(frame, additions)


def _knowledge(session: Session, frame: Frame, names: set[str]) -> Frame:
    """`eventtype`, `tag` and `tag::field`, where they are asked for as fields."""
    from lab.engine.columns import literal
    from lab.engine.eventtypes import predicate_of
    from lab.engine.predicates import PredicateCompiler
    from lab.engine.scope import resolved

    app = session.context.app
    compiler = PredicateCompiler(session, frame)
    types, tags = [], {}
    for name in app.eventtypes:
        test = compiler.compile(resolved(session, predicate_of(app, name)))
        types.append(f"CASE WHEN {test} THEN {literal(name)} END")
        for tag in app.tags.get(("eventtype", name), ()):
            tags.setdefault("tag", []).append((test, tag))
            tags.setdefault("tag::eventtype", []).append((test, tag))
    for (field, value), names_of in app.tags.items():
        if field == "eventtype" or field not in frame.columns:
            continue
        from lab.spl import nodes

        test = compiler.compile(nodes.Compare(field, "=", value))
        for tag in names_of:
            tags.setdefault("tag", []).append((test, tag))
            tags.setdefault(f"tag::{field}", []).append((test, tag))
    additions = []
    if "eventtype" in names and types:
        additions.append(("eventtype", _list(types), "mv"))
    for name, pairs in tags.items():
        if name in names:
            parts = [f"CASE WHEN {test} THEN {literal(tag)} END" for test, tag in pairs]
            additions.append((name, _list(parts), "mv"))
    return session.derive(frame, additions)


def _list(parts: list[str]) -> str:
    return (f"spl_list(list_sort(list_distinct(list_filter([{', '.join(parts)}],"
            " lambda x: x IS NOT NULL))))")
