"""Commands that turn a table: xyseries, transpose."""

from __future__ import annotations

from typing import Any

from lab.engine.commands import command
from lab.engine.events import expand
from lab.engine.frame import Frame
from lab.engine.session import Session
from lab.engine.subsearch import rows_of
from lab.engine.values import format_number, to_number
from lab.spl import nodes
from lab.spl.errors import SPLError


@command(nodes.Xyseries)
def _xyseries(session: Session, frame: Frame, node: nodes.Xyseries) -> Frame:
    wanted = (node.x, node.series, *node.data)
    for name in wanted:
        if name not in frame.columns:
            raise SPLError(f"xyseries: no row has the field {name!r}", node.span, name)
        if frame.columns[name].kind == "mv" and name in (node.x, node.series):
            raise SPLError(f"xyseries: {name!r} has several values in a row", node.span, name,
                           "split the rows with mvexpand")
    table = session.arrow(frame, wanted)
    rows: dict[Any, dict[str, Any]] = {}
    series: dict[str, None] = {}
    run, last = 0, None
    for values in zip(*(column.to_pylist() for column in table.columns), strict=True):
        x, name, cells = values[0], values[1], values[2:]
        for value, what in ((x, node.x), (name, node.series)):
            if value is None:
                raise SPLError(f"xyseries: a row lacks the field {what!r}", node.span, what,
                               "fill it with fillnull, or drop the row")
        name = format_number(name) if isinstance(name, float) else name
        run += node.grouped and x != last
        last = x
        row = rows.setdefault((run, x), {node.x: x})
        series[name] = None
        for data, cell in zip(node.data, cells, strict=True):
            if cell is None:
                continue
            column = _column(node, data, name)
            if row.setdefault(column, cell) != cell:
                raise SPLError(
                    f"xyseries: {node.x}={x} has two values of {data!r} for {name!r}; which of"
                    " them Splunk takes is not documented", node.span, data,
                    "bring the rows together with stats first")
    columns = [_column(node, data, name) for data in node.data for name in sorted(series)]
    if node.x in columns or len(set(columns)) < len(columns):
        raise SPLError("xyseries: two columns would have the same name", node.span, "xyseries",
                       "choose another sep or rename the field")
    kinds = {node.x: frame.columns[node.x].kind}
    kinds |= {_column(node, data, name): frame.columns[data].kind
              for data in node.data for name in series}
    ordered = list(rows.values()) if node.grouped \
        else sorted(rows.values(), key=lambda row: _place(row[node.x]))
    return session.from_rows([node.x, *columns], ordered, kinds)


def _column(node: nodes.Xyseries, data: str, series: str) -> str:
    if len(node.data) == 1:
        return series
    if node.format is not None:
        return node.format.replace("$AGG$", data).replace("$VAL$", series)
    return f"{data}{node.separator}{series}"


def _place(value: Any) -> tuple[bool, float, str]:
    number = value if isinstance(value, float) else to_number(value)
    return (True, 0.0, value) if number is None else (False, number, "")


@command(nodes.Transpose)
def _transpose(session: Session, frame: Frame, node: nodes.Transpose) -> Frame:
    frame = expand(session, frame)
    for name in frame.columns:
        if name.startswith("_"):
            raise SPLError(f"transpose: how the internal field {name!r} is turned is not"
                           " documented", node.span, name,
                           "rename it, _time through eval and strftime(), or drop it")
    if node.header_field is not None and node.header_field not in frame.columns:
        raise SPLError(f"transpose: no row has the field {node.header_field!r}", node.span,
                       node.header_field)
    rows = rows_of(session, frame)
    rows = rows[:node.limit] if node.limit else rows
    headers = _headers(rows, node)
    made = []
    for name in frame.columns:
        if name == node.header_field:
            continue
        cells = {header: row[name] for header, row in zip(headers, rows, strict=True)
                 if name in row and row[name] != ""}
        if not node.include_empty and len(cells) < len(rows):
            if cells:
                raise SPLError(
                    f"transpose: {name!r} has a value in some rows only; whether"
                    " include_empty=false leaves it out is not documented", node.span, name,
                    "fill it with fillnull")
            continue
        made.append({node.column_name: name, **{
            header: row[name] for header, row in zip(headers, rows, strict=True) if name in row}})
    return session.from_rows([node.column_name, *headers], made)


def _headers(rows: list[dict[str, Any]], node: nodes.Transpose) -> list[str]:
    if node.header_field is None:
        headers = [f"row {number}" for number in range(1, len(rows) + 1)]
    else:
        headers = []
        for row in rows:
            value = row.get(node.header_field)
            if not isinstance(value, str) or value == "":
                raise SPLError(
                    f"transpose: a row has {'several values' if value else 'no value'} of the"
                    f" header field {node.header_field!r}", node.span, node.header_field)
            headers.append(value)
    if len({node.column_name, *headers}) <= len(headers):
        raise SPLError("transpose: two columns would have the same name", node.span,
                       node.header_field or node.column_name,
                       "the header field needs a different value in each row")
    return headers
