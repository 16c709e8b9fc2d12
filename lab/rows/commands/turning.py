"""Tables added up, turned, folded and unfolded: addtotals, untable, xyseries, transpose, mvcombine,
nomv, fieldsummary."""

from __future__ import annotations

import json
import math

from lab.engine.values import to_number
from lab.rows.aggregates import FUNCTIONS
from lab.rows.names import matching
from lab.rows.state import Row, Rows, State
from lab.rows.values import number, single, text, texts
from lab.spl import nodes
from lab.spl.errors import SPLError


class Combined(list):
    """A multivalue that mvcombine made; `delimiter` stands between its values as one text."""

    delimiter = " "


def _visible(rows: Rows) -> list[str]:
    return [name for name in rows.fields if not name.startswith("_")]


def addtotals(node: nodes.Addtotals, rows: Rows, state: State) -> Rows:
    names = [field for name in node.names for field in matching(name, rows.fields)] \
        if node.names else _visible(rows)
    names = list(dict.fromkeys(names))
    made = rows.rows
    fields = list(rows.fields)
    if node.row:
        if node.fieldname in rows.fields:
            raise SPLError(f"addtotals: the field {node.fieldname!r} exists already", node.span,
                           node.fieldname)
        made = []
        for row in rows.rows:
            found = [amount for amount in (number(row.get(name)) for name in names)
                     if amount is not None]
            if not found:
                raise SPLError("addtotals: a row has no numeric field", node.span, "addtotals")
            made.append({**row, node.fieldname: math.fsum(found)})
        fields.append(node.fieldname)
        names.append(node.fieldname)
    if node.col:
        totals: Row = {}
        for name in names:
            values = [single(row[name]) for row in made if row.get(name) is not None]
            found = [amount for amount in map(number, values) if amount is not None]
            if found and len(found) < len(values):
                raise SPLError(f"addtotals: {name!r} mixes numbers and text", node.span, name)
            if found:
                totals[name] = math.fsum(found)
        if node.labelfield is not None:
            totals[node.labelfield] = node.label
            fields += [node.labelfield] if node.labelfield not in fields else []
        made = [*made, totals]
    return Rows(fields, made, rows.is_events)


def untable(node: nodes.Untable, rows: Rows, state: State) -> Rows:
    """A row for each cell that is not empty, row by row, in the order of the columns."""
    columns = [name for name in rows.fields if name != node.name]
    if any(name.startswith("_") for name in columns):
        raise SPLError("untable over further internal fields is not documented", node.span,
                       "untable")
    made = []
    for row in rows.rows:
        key = row.get(node.name)
        if key is None:
            raise SPLError(f"untable: a row lacks the field {node.name!r}", node.span, node.name)
        made += [{node.name: key, node.series: name, node.data: row[name]}
                 for name in columns if row.get(name) is not None]
    return Rows(list(dict.fromkeys([node.name, node.series, node.data])), made)


def _size(value) -> tuple:
    """Numbers by value, then text by code point."""
    given = value if isinstance(value, float) else to_number(value)
    return (1, 0.0, value) if given is None else (0, given, "")


def xyseries(node: nodes.Xyseries, rows: Rows, state: State) -> Rows:
    points: list[tuple] = []
    series: set[str] = set()
    cells: dict = {}
    for row in rows.rows:
        x, name = single(row.get(node.x)), text(row.get(node.series))
        if x is None or name is None:
            missing = node.x if x is None else node.series
            raise SPLError(f"xyseries: a row lacks the field {missing!r}", node.span, missing)
        series.add(name)
        if not node.grouped:
            point = (text(x), x)
            if point[0] not in [at for at, _ in points]:
                points.append(point)
            place = point[0]
        else:
            if not points or points[-1][0] != text(x):
                points.append((text(x), x))
            place = len(points) - 1
        for data in node.data:
            if (place, name, data) in cells:
                raise SPLError("xyseries: two values for one cell", node.span, "xyseries")
            cells[place, name, data] = row.get(data)
    order = list(enumerate(points)) if node.grouped else [
        (at, (at, x)) for at, x in sorted(points, key=lambda point: _size(point[1]))]
    heads = {(data, name): _head(node, data, name) for data in node.data
             for name in sorted(series)}
    made = []
    for place, (_, x) in order:
        row = {node.x: x}
        for (data, name), head in heads.items():
            if cells.get((place, name, data)) is not None:
                row[head] = cells[place, name, data]
        made.append(row)
    if len({node.x, *heads.values()}) < len(heads) + 1:
        raise SPLError("xyseries: two columns have the same name", node.span, "xyseries")
    return Rows([node.x, *heads.values()], made)


def _head(node: nodes.Xyseries, data: str, name: str) -> str:
    if node.format is not None:
        return node.format.replace("$AGG$", data).replace("$VAL$", name)
    return name if len(node.data) == 1 else f"{data}{node.separator}{name}"


def transpose(node: nodes.Transpose, rows: Rows, state: State) -> Rows:
    taken = rows.rows[:node.limit or None]
    if node.header_field is None:
        heads = [f"row {position + 1}" for position in range(len(taken))]
    else:
        heads = [text(row.get(node.header_field)) for row in taken]
        if None in heads:
            raise SPLError("transpose: a row lacks the header field", node.span, "header_field")
    if len({node.column_name, *heads}) < len(heads) + 1:
        raise SPLError("transpose: two columns have the same name", node.span, "transpose")
    made = []
    for name in rows.fields:
        if name == node.header_field:
            continue
        row: Row = {node.column_name: name}
        row |= {head: one[name] for head, one in zip(heads, taken) if one.get(name) is not None}
        if not node.include_empty and len(row) < len(taken) + 1:
            if len(row) > 1:
                raise SPLError(f"transpose: {name!r} is empty in some rows only", node.span,
                               "include_empty")
            continue
        made.append(row)
    return Rows([node.column_name, *heads], made)


def mvcombine(node: nodes.Mvcombine, rows: Rows, state: State) -> Rows:
    """Rows that differ in the field only become the first of them, with the values of all."""
    groups: dict = {}
    for position, row in enumerate(rows.rows):
        own = texts(row.get(node.name))
        key = tuple(sorted((name, tuple(texts(value))) for name, value in row.items()
                           if name != node.name))
        place = (key, None) if own else (key, position)
        groups.setdefault(place, (row, []))[1].extend(own)
    made = []
    for row, values in groups.values():
        if values:
            combined = Combined(values)
            combined.delimiter = node.delimiter
            row = {**row, node.name: combined if len(values) > 1 else values[0]}
        made.append(row)
    return rows.with_fields(made)


def nomv(node: nodes.Nomv, rows: Rows, state: State) -> Rows:
    made = []
    for row in rows.rows:
        value = row.get(node.name)
        if isinstance(value, list):
            between = value.delimiter if isinstance(value, Combined) else "\n"
            row = {**row, node.name: between.join(value)}
        made.append(row)
    return rows.with_fields(made)


def fieldsummary(node: nodes.Fieldsummary, rows: Rows, state: State) -> Rows:
    names = sorted({field for name in node.names for field in matching(name, rows.fields)}
                   if node.names else _visible(rows))
    made = []
    for name in names:
        held = [row for row in rows.rows if row.get(name) is not None]
        values = [text(row[name]) for row in held]
        counts = {value: values.count(value) for value in values}
        found = [one for one in map(to_number, values) if one is not None]
        row: Row = {"field": name, "count": float(len(held)), "is_exact": 1.0,
                    "distinct_count": float(len(counts)), "numeric_count": float(len(found))}
        if found:
            row |= {"max": max(found), "min": min(found), "mean": math.fsum(found) / len(found),
                    "stdev": FUNCTIONS["stdev"](values)}
        most = sorted(counts, key=lambda value: (-counts[value], value))[:node.maxvals or None]
        row["values"] = json.dumps([{"value": value, "count": counts[value]} for value in most],
                                   ensure_ascii=False, separators=(",", ":"))
        made.append(row)
    return Rows(["field", "count", "distinct_count", "is_exact", "max", "mean", "min",
                 "numeric_count", "stdev", "values"], made)


COMMANDS = {
    nodes.Addtotals: addtotals, nodes.Untable: untable, nodes.Xyseries: xyseries,
    nodes.Transpose: transpose, nodes.Mvcombine: mvcombine, nodes.Nomv: nomv,
    nodes.Fieldsummary: fieldsummary,
}
