"""Runs a search under both evaluators and says how they differ."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from lab.engine.run import Context
from lab.engine.run import search as engine_search
from lab.rows.run import search as rows_search
from lab.spl.errors import SPLError

# Sums are made in another order on each side: the last digits of a fraction may differ.
_FRACTION = re.compile(r"-?\d+\.\d{6,}(?:e[-+]?\d+)?|-?\d+(?:\.\d+)?e[-+]?\d+")


@dataclass
class Outcome:
    """`refused` is the construct of the SPLError, `rows` the answer."""

    rows: list[dict[str, Any]] | None = None
    fields: list[str] | None = None
    refused: str | None = None
    message: str = ""


def run(search, spl: str, context: Context) -> Outcome:
    try:
        found = search(spl, context)
    except SPLError as error:
        return Outcome(refused=error.construct or "?", message=error.message)
    return Outcome(found.rows, found.fields)


def near(value: Any) -> Any:
    if isinstance(value, list):
        return [near(one) for one in value]
    return _FRACTION.sub(lambda match: f"{float(match[0]):.9g}", value)


def difference(spl: str, context: Context) -> tuple[str, bool]:
    """(what differs, or nothing; whether there were rows to compare).

    A field with several values where one is needed is refused where it is met, and the planner
    does not meet what nothing reads. There the other side's answer is let pass.
    """
    engine, rows = run(engine_search, spl, context), run(rows_search, spl, context)
    if "multivalue" in (engine.refused, rows.refused):
        return "", False
    if engine.refused and rows.refused:
        return "", False
    if engine.refused or rows.refused:
        return (f"{spl}\nengine: {engine.message or engine.rows}\n"
                f"rows:   {rows.message or rows.rows}"), True
    first = [{k: near(v) for k, v in row.items()} for row in engine.rows]
    second = [{k: near(v) for k, v in row.items()} for row in rows.rows]
    if first != second:
        lines = [f"  row {i}: engine {a} / rows {b}" for i, (a, b) in enumerate(
            zip(first, second)) if a != b][:3]
        return (f"{spl}\n{len(first)} and {len(second)} rows\n" + "\n".join(lines)
                + f"\nengine: {first}\nrows:   {second}"), True
    return "", True
