"""Values made into other values: convert, replace, fieldformat."""

from __future__ import annotations

import re
from collections.abc import Callable

from lab.engine.values import to_number
from lab.rows.commands.columns import assign
from lab.rows.functions.times import STRICT as TIMES
from lab.rows.names import matching, pattern
from lab.rows.state import Row, Rows, State
from lab.rows.values import number, text, texts
from lab.spl import nodes
from lab.spl.errors import SPLError

_LEADING = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_CLOCK = re.compile(r"(?:(\d+)\+)?(\d+):(\d+):(\d+)")
_MINUTES = re.compile(r"(?:(\d+):)?(\d+(?:\.\d+)?)")
_MEMORY = re.compile(r"(-?\d+(?:\.\d+)?)([kKmMgG]?)")
_KILO = {"": 1, "k": 1, "m": 1024, "g": 1024 * 1024}


def _of_form(form: re.Pattern[str], value: str, node: nodes.Convert, said: str) -> re.Match[str]:
    match = form.fullmatch(value)
    if match is None:
        raise SPLError(f"convert: {value!r} is not {said}", node.span, value)
    return match


def _duration(value: str, node: nodes.Convert) -> float:
    days, hours, minutes, seconds = _of_form(_CLOCK, value, node, "[D+]HH:MM:SS").groups()
    return float(int(days or 0) * 86400 + int(hours) * 3600 + int(minutes) * 60 + int(seconds))


def _milliseconds(value: str, node: nodes.Convert) -> float:
    minutes, seconds = _of_form(_MINUTES, value, node, "[MM:]SS.SSS").groups()
    return int(minutes or 0) * 60 + float(seconds)


def _kilobytes(value: str, node: nodes.Convert) -> float:
    amount, unit = _of_form(_MEMORY, value, node, "a number with k, m or g").groups()
    return float(amount) * _KILO[unit.lower()]


def _without_unit(value: str, node: nodes.Convert):
    match = _LEADING.match(value)
    if match is None:
        raise SPLError(f"convert: {value!r} begins with no number", node.span, value)
    return float(match[0])


def _written(value: str, node: nodes.Convert) -> str:
    if to_number(value) is None:
        raise SPLError(f"convert: {value!r} is no time", node.span, value)
    return TIMES["strftime"](value, node.timeformat)


def _read(value: str, node: nodes.Convert) -> float:
    moment = TIMES["strptime"](value, node.timeformat)
    if moment is None:
        raise SPLError(f"convert: {value!r} is not of the time format", node.span, value)
    return moment


FUNCTIONS: dict[str, Callable] = {
    "dur2sec": _duration, "mstime": _milliseconds, "memk": _kilobytes,
    "rmcomma": lambda value, node: value.replace(",", ""), "rmunit": _without_unit,
    "ctime": _written, "mktime": _read,
}


def convert(node: nodes.Convert, rows: Rows, state: State) -> Rows:
    spared = {field for one in node.conversions if one.function == "none"
              for field in matching(one.field_name, rows.fields)}
    made = [dict(row) for row in rows.rows]
    fields: list[str] = []
    done: set[str] = set()
    for one in node.conversions:
        if one.function == "none":
            continue
        shape = pattern(one.field_name)
        for name in matching(one.field_name, rows.fields):
            if "*" in one.field_name and name in spared:
                continue
            target = name if one.alias is None else one.alias
            for part in shape.fullmatch(name).groups() if one.alias is not None else ():
                target = target.replace("*", part, 1)
            if name in done or target in done:
                raise SPLError(f"convert: the outcome of two conversions of {name!r} is not"
                               " documented", node.span, name)
            done.add(target)
            fields.append(target)
            _converted(one.function, name, target, rows.rows, made, node)
    return rows.with_fields(made, fields)


def _converted(function: str, name: str, target: str, given: list[Row], made: list[Row],
               node: nodes.Convert) -> None:
    if function in ("auto", "num"):
        _automatic(function, name, target, given, made, node)
        return
    for row, result in zip(given, made):
        values = [FUNCTIONS[function](one, node) for one in texts(row.get(name))]
        if values:
            result[target] = values[0] if len(values) == 1 else [text(one) for one in values]


def _automatic(function: str, name: str, target: str, given: list[Row], made: list[Row],
               node: nodes.Convert) -> None:
    values = [one for row in given for one in texts(row.get(name))]
    whole = function == "num" or all(_LEADING.match(one) for one in values)
    for row, result in zip(given, made):
        kept = texts(row.get(name))
        if not kept:
            continue
        if whole:
            kept = [one for one in kept if _LEADING.match(one)]
            for one in kept:
                if to_number(one) is None:
                    raise SPLError(f"convert: which conversion is the best one for {one!r} is not"
                                   " documented", node.span, one)
            changed = [number(one) for one in kept]
            assign(result, target, None if not changed else changed[0] if len(changed) == 1
                   else [text(one) for one in changed])
        else:
            result[target] = row[name]


def replace(node: nodes.Replace, rows: Rows, state: State) -> Rows:
    names = [field for name in node.names for field in matching(name, rows.fields)]
    made = []
    for row in rows.rows:
        row = dict(row)
        for name in names:
            values = [_replaced(one, node) for one in texts(row.get(name))]
            if isinstance(row.get(name), list):
                row[name] = values
            elif values and values[0] != text(row[name]):
                row[name] = values[0]
        made.append(row)
    return rows.with_fields(made)


def _replaced(value: str, node: nodes.Replace) -> str:
    found = [(old, new, match) for old, new in node.pairs
             if (match := pattern(old).fullmatch(value)) is not None]
    if len(found) > 1 and any("*" in old for old, _, _ in found):
        raise SPLError(f"replace: {value!r} matches several values, which do not rank", node.span,
                       "replace")
    if not found:
        return value
    _, new, match = found[-1]
    parts = iter(match.groups())
    return re.sub(r"\*", lambda _: next(parts), new)


def fieldformat(node: nodes.Fieldformat, rows: Rows, state: State) -> Rows:
    return rows


COMMANDS = {nodes.Convert: convert, nodes.Replace: replace, nodes.Fieldformat: fieldformat}
