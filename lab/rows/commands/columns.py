"""Commands that make, name or drop fields."""

from __future__ import annotations

import re

from lab.rows.expressions import evaluate
from lab.rows.functions import json
from lab.rows.functions.conditional import pattern
from lab.rows.names import matching
from lab.rows.names import pattern as name_pattern
from lab.rows.state import Row, Rows, State
from lab.rows.values import single, stored, text
from lab.spl import nodes
from lab.spl.errors import SPLError

_BRACES = re.compile(r"\{([^{}]+)\}")


def assign(row: Row, name: str, value) -> None:
    """Null takes the field away."""
    if value is None:
        row.pop(name, None)
    else:
        row[name] = value


def eval_(node: nodes.Eval, rows: Rows, state: State) -> Rows:
    """`{x}` in a name stands for the row's value of x."""
    made, names = [], []
    for row in rows.rows:
        row = dict(row)
        for template, expression in node.assignments:
            name = _named(template, row, expression)
            names.append(name)
            assign(row, name, stored(evaluate(expression, row, state)))
        made.append(row)
    return rows.with_fields(made, [*names, *(name for name, _ in node.assignments
                                             if not _BRACES.search(name))])


def _named(template: str, row: Row, expression: nodes.Expression) -> str:
    def value(match: re.Match[str]) -> str:
        if row.get(match[1]) is None:
            raise SPLError(f"a row has no value of {match[1]!r} for the name that eval sets",
                           expression.span, match[1])
        return text(row[match[1]])

    return _BRACES.sub(value, template)


def _only(rows: Rows, names: list[str]) -> Rows:
    wanted = set(names)
    return Rows(names, [{k: v for k, v in row.items() if k in wanted} for row in rows.rows],
                rows.is_events)


def fields(node: nodes.Fields, rows: Rows, state: State) -> Rows:
    """Internal fields stay unless they are taken away by name."""
    named = [field for name in node.names for field in matching(name, rows.fields)]
    if not node.keep:
        return _only(rows, [name for name in rows.fields if name not in named])
    kept = [name for name in rows.fields if name in ("_time", "_raw") and name not in named]
    return _only(rows, [*kept, *dict.fromkeys(named)])


def table(node: nodes.Table, rows: Rows, state: State) -> Rows:
    names = [field for name in node.names
             for field in (matching(name, rows.fields) if "*" in name else [name])]
    found = _only(rows, list(dict.fromkeys(names)))
    return Rows(found.fields, found.rows)


def rename(node: nodes.Rename, rows: Rows, state: State) -> Rows:
    """A field that does not exist takes the one of the new name away."""
    for old, new in node.pairs:
        if "*" in old:
            found = name_pattern(old)
            pairs = []
            for name in matching(old, rows.fields):
                target = new
                for part in found.fullmatch(name).groups():
                    target = target.replace("*", part, 1)
                pairs.append((name, target))
        else:
            pairs = [(old, new)]
        for name, target in pairs:
            rows = _renamed(rows, name, target)
    return rows


def _renamed(rows: Rows, old: str, new: str) -> Rows:
    if old == new:
        return rows
    made = []
    for row in rows.rows:
        row = dict(row)
        value = row.pop(old, None)
        assign(row, new, value)
        made.append(row)
    names = [new if name == old else name for name in rows.fields if name != new]
    return Rows(names, made, rows.is_events)


def fillnull(node: nodes.Fillnull, rows: Rows, state: State) -> Rows:
    names = list(node.names) or [n for n in rows.fields if not n.startswith("_")]
    made = [{**row, **{n: node.value for n in names if row.get(n) is None}} for row in rows.rows]
    return rows.with_fields(made, names)


def rex(node: nodes.Rex, rows: Rows, state: State) -> Rows:
    if node.mode == "sed":
        return _sed(node, rows)
    if node.offset_field is not None:
        raise SPLError("the row evaluator's rex has no offset_field", node.span, "offset_field")
    found = pattern(node.pattern)
    made = []
    for row in rows.rows:
        row = dict(row)
        source = single(row.get(node.field_name))
        if source is not None:
            matched = list(found.finditer(text(source)))[:node.max_match or None]
            for name in found.groupindex:
                values = [match[name] for match in matched if match[name] is not None]
                if values:
                    row[name] = values if node.max_match != 1 else values[0]
        made.append(row)
    return rows.with_fields(made, found.groupindex)


_SED = re.compile(r"\A\s*(?P<kind>[sy])(?P<cut>.)(?P<old>(?:\\.|(?!(?P=cut)).)*)(?P=cut)"
                  r"(?P<new>(?:\\.|(?!(?P=cut)).)*)(?P=cut)(?P<flags>\w*)\s*\Z", re.DOTALL)


def _sed(node: nodes.Rex, rows: Rows) -> Rows:
    match = _SED.match(node.pattern)
    if match is None:
        raise SPLError("the row evaluator cannot read this sed expression", node.span, "rex")
    made = []
    for row in rows.rows:
        row = dict(row)
        source = single(row.get(node.field_name))
        if source is not None:
            row[node.field_name] = _replaced(match, text(source), node)
        made.append(row)
    return rows.with_fields(made)


def _replaced(match: re.Match, source: str, node: nodes.Rex) -> str:
    if match["kind"] == "y":
        return source.translate(str.maketrans(match["old"], match["new"]))
    flags = match["flags"]
    if flags not in ("", "g") and not re.fullmatch("[1-9][0-9]?", flags):
        raise SPLError("the row evaluator's rex knows the sed flags g and N only", node.span, "rex")
    new = match["new"]

    def filled(found) -> str:
        return re.sub(r"\\(.)", lambda g: (found[int(g[1])] or "") if g[1].isdigit() else g[1], new)

    if flags.isdigit():
        found = list(pattern(match["old"]).finditer(source))
        if len(found) < int(flags):
            return source
        nth = found[int(flags) - 1]
        return source[:nth.start()] + filled(nth) + source[nth.end():]
    return pattern(match["old"]).sub(filled, source, count=0 if flags == "g" else 1)


def makemv(node: nodes.Makemv, rows: Rows, state: State) -> Rows:
    if node.setsv:
        raise SPLError("the row evaluator's makemv has no setsv", node.span, "setsv")
    made = []
    for row in rows.rows:
        row = dict(row)
        source = single(row.get(node.name))
        if source is not None:
            if node.tokenizer is not None:
                values = [match[1] for match in pattern(node.tokenizer).finditer(text(source))
                          if match[1] is not None]
            else:
                values = text(source).split(node.delimiter)
                if not node.allowempty:
                    values = [one for one in values if one]
            assign(row, node.name, values or None)
        made.append(row)
    return rows.with_fields(made)


def mvexpand(node: nodes.Mvexpand, rows: Rows, state: State) -> Rows:
    """A row without the field stays as it is."""
    made = []
    for row in rows.rows:
        value = row.get(node.name)
        if not isinstance(value, list):
            made.append(row)
            continue
        made += [{**row, node.name: one} for one in value[:node.limit or None]]
    return rows.with_fields(made)


def spath(node: nodes.Spath, rows: Rows, state: State) -> Rows:
    if node.path is None:
        return _everything(node, rows)
    target = node.output_field or node.path
    made = []
    for row in rows.rows:
        row = dict(row)
        value = json.spath(single(row.get(node.input_field)), node.path)
        if value is not None:
            row[target] = value
        made.append(row)
    return rows.with_fields(made, [target])


def _everything(node: nodes.Spath, rows: Rows) -> Rows:
    """Without a path every leaf, named by its path."""
    from lab.rows.commands.extracting import everything

    made, names = [], []
    for row in rows.rows:
        found = everything(row.get(node.input_field))
        names += found
        for name in found:
            if row.get(name) is not None:
                raise SPLError("the row evaluator's spath fills new fields only", node.span, name)
        made.append({**row, **{name: values if len(values) > 1 else values[0]
                               for name, values in found.items()}})
    return rows.with_fields(made, names)


def foreach(node: nodes.Foreach, rows: Rows, state: State) -> Rows:
    """The template once for each field of those at the start."""
    from lab.rows.commands import run_command
    from lab.spl.parse import parse_template

    if node.mode != "multifield":
        raise SPLError(f"the row evaluator's foreach has no mode {node.mode}", node.span, "mode")
    targets: list[tuple[str, str, tuple[str, ...]]] = []
    for name in node.names:
        for field in matching(name, rows.fields) if "*" in name else [name]:
            groups = name_pattern(name).fullmatch(field).groups()
            if field not in [target for target, _, _ in targets]:
                targets.append((field, "".join(groups), groups))
    for field, whole, groups in targets:
        made = node.template.replace("<<FIELD>>", field).replace("<<MATCHSTR>>", whole)
        for position in range(3):
            part = groups[position] if position < len(groups) else ""
            made = made.replace(f"<<MATCHSEG{position + 1}>>", part)
        for command in parse_template(made, state.context.app, node.span).commands:
            rows = run_command(command, rows, state)
    return rows


COMMANDS = {
    nodes.Eval: eval_, nodes.Fields: fields, nodes.Table: table, nodes.Rename: rename,
    nodes.Fillnull: fillnull, nodes.Rex: rex, nodes.Makemv: makemv, nodes.Mvexpand: mvexpand,
    nodes.Spath: spath, nodes.Foreach: foreach,
}
