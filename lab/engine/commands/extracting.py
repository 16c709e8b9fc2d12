"""Commands that read fields out of a field's text: rex, regex, spath."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from lab.engine import patterns
from lab.engine.columns import literal
from lab.engine.commands import command
from lab.engine.expressions import CONVERT, NULL, Compiler, Typed, common_kind, many, text
from lab.engine.frame import Column, Frame, Kind
from lab.engine.jsonfields import decode, scalar
from lab.engine.session import Session
from lab.engine.spath import AUTO_CHARACTERS, everything
from lab.spl import nodes
from lab.spl.errors import SPLError


@command(nodes.Regex)
def _regex(session: Session, frame: Frame, node: nodes.Regex) -> Frame:
    """`field!=pattern` also keeps rows that lack the field."""
    call = nodes.Call("match", (nodes.FieldRef(node.field_name), nodes.Literal(node.pattern)),
                      span=node.span)
    test = f"coalesce({Compiler(session, frame).condition(call)}, FALSE)"
    return session.where(frame, f"NOT {test}" if node.negated else test)


@command(nodes.Rex)
def _rex(session: Session, frame: Frame, node: nodes.Rex) -> Frame:
    column = frame.columns.get(node.field_name)
    if node.mode == "sed":
        return frame if column is None else _sed(session, frame, node, column)
    shape = patterns.checked(node.pattern, node.span)
    names = sorted(shape.groupindex, key=shape.groupindex.get)
    if not names:
        raise SPLError("rex needs a named group, (?<name>…)", node.span, "rex")
    if column is None:
        return frame
    offsets = [] if node.offset_field is None else [_offsets(session, node, names, column)]
    form = patterns.re2(node.pattern)
    found = session.new("x")
    if node.max_match == 1 and column.kind == "str" and form is not None \
            and len(names) == shape.groups:
        listed = ", ".join(literal(name) for name in names)
        sql = f"regexp_extract({column.sql}, {literal(form)}, [{listed}])"
        relation = session.define(f"SELECT *, {sql} AS {found} FROM {frame.relation}")
        fresh = [Typed(f"nullif({found}[{literal(name)}], '')", "str") for name in names]
    else:
        rows = session.own_function(
            "py_rex", _rex_python(node, names), ["VARCHAR[]"], "VARCHAR[]")
        source = many(Typed(column.sql, column.kind))
        relation = session.define(f"SELECT *, {rows}({source}) AS {found} FROM {frame.relation}")
        fresh = [_unpacked(found, at, len(names), node.max_match != 1)
                 for at in range(len(names))]
    frame = replace(frame, relation=relation)
    additions = []
    for name, new in zip(names, fresh):
        old = frame.columns.get(name)
        parts = [new, NULL if old is None else Typed(old.sql, old.kind)]
        kind = common_kind(parts)
        values = ", ".join(CONVERT[kind](part, node.span) for part in parts)
        additions.append((name, f"coalesce({values})", kind))
    return session.derive(frame, additions + offsets)


def _offsets(session: Session, node: nodes.Rex, names: list[str], column: Column
             ) -> tuple[str, str, Kind]:
    """offset_field: `name=first-last`, places counted from 0 (Search Reference, rex, example 6)."""
    if len(names) > 1 or node.max_match != 1 or column.kind == "mv":
        raise SPLError("rex offset_field of several groups, matches or values: no page says how"
                       " their places are written", node.span, "offset_field",
                       "use one rex with one group for each place")
    expression = patterns.compiled(node.pattern)

    def place(value: str | None) -> str | None:
        match = None if value is None else expression.search(value)
        if match is None or not match[names[0]]:
            return None
        return f"{names[0]}={match.start(names[0])}-{match.end(names[0]) - 1}"

    name = session.own_function("py_offset", place, ["VARCHAR"], "VARCHAR")
    return node.offset_field, f"{name}({text(Typed(column.sql, column.kind))})", "str"


def _unpacked(found: str, at: int, width: int, several: bool) -> Typed:
    """Group `at` out of a flat list of `width` values a match, "" for a group without part."""
    variable = f"x{at}"
    picked = (f"list_filter(list_transform(range(0, len({found}) // {width}),"
              f" lambda {variable}: nullif({found}[{variable} * {width} + {at + 1}], '')),"
              f" lambda y: y IS NOT NULL)")
    return Typed(f"spl_list({picked})", "mv") if several else Typed(f"{picked}[1]", "str")


def _rex_python(node: nodes.Rex, names: list[str]):
    expression = patterns.compiled(node.pattern)
    limit = node.max_match

    def extract(values: list[str] | None) -> list[str] | None:
        found: list[str] = []
        count = 0
        for value in values or ():
            for match in expression.finditer(value):
                found += [match[name] or "" for name in names]
                count += 1
                if limit and count >= limit:
                    return found
        return found or None

    return extract


_SED = re.compile(r"(?s)(?P<op>[sy])(?P<d>.)")


def _sed(session: Session, frame: Frame, node: nodes.Rex, column: Column) -> Frame:
    for operation, left, right, flags in _sed_parts(node):
        body = _sed_python(operation, left, right, flags, node)
        name = session.own_function("py_sed", body, ["VARCHAR"], "VARCHAR")
        column = frame.columns[node.field_name]
        if column.kind == "mv":
            variable = session.new("v")
            sql = f"list_transform({column.sql}, lambda {variable}: {name}({variable}))"
        else:
            sql = f"{name}({text(Typed(column.sql, column.kind))})"
        frame = session.derive(frame, [
            (node.field_name, sql, "mv" if column.kind == "mv" else "str")])
    return frame


def _sed_parts(node: nodes.Rex) -> list[tuple[str, str, str, str]]:
    text_left, parts = node.pattern.strip(), []
    while text_left:
        match = _SED.match(text_left)
        if match is None:
            raise SPLError(f"not a sed expression: {text_left}", node.span, "rex mode=sed",
                           "s/pattern/replacement/flags or y/from/to/")
        mark = re.escape(match["d"])
        whole = re.match(rf"(?s)[sy]{mark}((?:\\.|[^\\{mark}])*){mark}((?:\\.|[^\\{mark}])*)"
                         rf"{mark}(\w*)\s*;?\s*", text_left)
        if whole is None:
            raise SPLError(f"the sed expression is not closed: {text_left}", node.span,
                           "rex mode=sed")
        left, right = (part.replace("\\" + match["d"], match["d"]) for part in whole.groups()[:2])
        parts.append((match["op"], left, right, whole[3]))
        text_left = text_left[whole.end():]
    return parts


def _sed_python(operation: str, left: str, right: str, flags: str, node: nodes.Rex):
    if operation == "y":
        if len(left) != len(right):
            raise SPLError("y/from/to/ needs as many characters on both sides", node.span)
        table = str.maketrans(left, right)
        return lambda value: None if value is None else value.translate(table)
    expression = patterns.checked(("(?i)" if "i" in flags else "") + left, node.span)
    digits = re.sub(r"\D", "", flags)
    template = re.sub(r"\\(?![\d])", r"\\\\", patterns.replacement(right))
    template = template.replace("&", r"\g<0>") if re.search(r"(?<!\\)&", right) else template
    if digits:
        wanted = int(digits)

        def nth(value: str | None) -> str | None:
            if value is None:
                return None
            for at, match in enumerate(expression.finditer(value), 1):
                if at == wanted:
                    return value[:match.start()] + match.expand(template) + value[match.end():]
            return value

        return nth
    count = 0 if "g" in flags else 1
    return lambda value: None if value is None else expression.sub(template, value, count=count)


@command(nodes.Spath)
def _spath(session: Session, frame: Frame, node: nodes.Spath) -> Frame:
    column = frame.columns.get(node.input_field)
    if column is None:
        return frame
    source = text(Typed(column.sql, column.kind), node.span)
    if node.path is not None:
        from lab.engine.functions import SIMPLE

        name = session.function("py_spath", SIMPLE["spath"].python, ["VARCHAR", "VARCHAR"],
                                "VARCHAR[]")
        sql = f"{name}({source}, {literal(node.path)})"
        target = node.output_field or node.path
        old = frame.columns.get(target)
        if old is not None:
            sql = f"coalesce({sql}, {many(Typed(old.sql, old.kind))})"
        return session.derive(frame, [(target, sql, "mv")])
    return _spath_all(session, frame, node, source)


def _spath_all(session: Session, frame: Frame, node: nodes.Spath, source: str) -> Frame:
    """Every path of every row; Splunk reads 5,000 characters, so longer texts are refused."""
    def read(one: str) -> dict[str, list[str]]:
        if len(one) > AUTO_CHARACTERS:
            raise SPLError(f"spath without a path reads {AUTO_CHARACTERS} characters, and here"
                           f" are {len(one)}", node.span, "spath", "give path=…")
        return everything(one)

    return _spread(session, frame, node, source, read)


@command(nodes.Fromjson)
def _fromjson(session: Session, frame: Frame, node: nodes.Fromjson) -> Frame:
    """The page shows keys with plain values and promises multivalue fields; no more is guessed."""
    column = frame.columns.get(node.name)
    if column is None:
        return frame

    def read(one: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        document = decode(one)
        for key, value in document if type(document) is tuple else ():
            values = value if type(value) is list else [value]
            if key in found or any(part is None or type(part) in (tuple, list) for part in values):
                raise SPLError(f"fromjson: what becomes of {key!r} (a null, a key that stands"
                               " twice, or an object in an object) is not documented", node.span,
                               "fromjson", f"spath input={node.name}")
            found[node.prefix + key] = [scalar(part) for part in values]
        return found

    return _spread(session, frame, node, text(Typed(column.sql, column.kind), node.span), read)


def _spread(session: Session, frame: Frame, node: nodes.Command, source: str,
            read: Callable[[str], dict[str, list[str]]]) -> Frame:
    """The fields that `read` finds in each row's text, before those that the row has."""
    frame = session.materialise(frame)
    texts = session.fetch(f"SELECT DISTINCT {source} FROM {frame.relation}"
                            f" WHERE {source} IS NOT NULL")
    found = {one: read(one) for (one,) in texts}
    names = list(dict.fromkeys(name for row in found.values() for name in row))
    if not names:
        return frame
    rows = [{"\x00text": one, **values} for one, values in found.items()]
    simple = [{name: value[0] if isinstance(value, list) and len(value) == 1 else value
               for name, value in row.items()} for row in rows]
    table = session.from_rows(["\x00text", *names], simple)
    key = table.columns.pop("\x00text")
    picked = ", ".join(f"t.{column.sql}" for column in table.columns.values())
    relation = session.define(f"SELECT f.*, {picked} FROM {frame.relation} f LEFT JOIN"
                              f" {table.relation} t ON {source} = t.{key.sql}")
    joined = replace(frame, relation=relation)
    additions = []
    for name, column in table.columns.items():
        old = frame.columns.get(name)
        if old is None:
            joined = joined.put(name, column)
            continue
        parts = [Typed(column.sql, column.kind), Typed(old.sql, old.kind)]
        kind = common_kind(parts)
        additions.append((name, "coalesce(" + ", ".join(
            CONVERT[kind](part, node.span) for part in parts) + ")", kind))
    return session.derive(joined, additions)
