"""Rows of a search as JSON, CSV or a table for the eyes."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from lab.engine.run import Result

MAX_CELL = 60


def _line(value: object) -> str:
    return "\n".join(value) if isinstance(value, list) else str(value)


def _ordered(result: Result) -> list[dict[str, str | list[str]]]:
    return [{name: row[name] for name in result.fields if name in row} for row in result.rows]


def write(result: Result, form: str, out: TextIO) -> None:
    """`form` is json (an array of rows, nulls omitted), csv, or table."""
    rows = _ordered(result)
    if form == "json":
        out.write("[" + ",\n ".join(json.dumps(row, ensure_ascii=False) for row in rows) + "]\n")
    elif form == "csv":
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(result.fields)
        for row in rows:
            writer.writerow([_line(row.get(name, "")) for name in result.fields])
    else:
        _table(result.fields, rows, out)


def _cell(value: object) -> str:
    text = " · ".join(value) if isinstance(value, list) else str(value)
    text = " ".join(text.split())
    return text if len(text) <= MAX_CELL else text[:MAX_CELL - 1] + "…"


def _table(fields: list[str], rows: list[dict], out: TextIO) -> None:
    cells = [[_cell(row.get(name, "")) for name in fields] for row in rows]
    widths = [max([len(name), *(len(row[at]) for row in cells)])
              for at, name in enumerate(fields)]
    out.writelines("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip() + "\n" for row in [fields, ["-" * width for width in widths], *cells])
    out.write(f"({len(rows)} rows)\n")
