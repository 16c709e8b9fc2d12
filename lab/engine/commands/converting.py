"""convert: the values of fields into numbers, or into and out of times."""

from __future__ import annotations

import re
from collections.abc import Callable

from lab.engine.columns import literal
from lab.engine.commands import command
from lab.engine.events import expand
from lab.engine.expressions import Typed, many, text
from lab.engine.frame import Column, Frame
from lab.engine.names import matching, pattern
from lab.engine.session import Session
from lab.engine.timeformat import strftime, strptime
from lab.engine.values import format_number, to_number
from lab.spl import nodes
from lab.spl.errors import SPLError

_DURATION = re.compile(r"(?:(\d+)\+)?(\d+):(\d{1,2}):(\d{1,2}(?:\.\d+)?)")
_MINUTES = re.compile(r"(?:(\d+):)?(\d+(?:\.\d+)?)")
_SIZE = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*([kKmMgG]?)")
_UNIT = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
_BEGINS = r"^\s*[-+]?\.?\d"
"""A value that begins like a number: one of the conversions may fit it."""


def _dur2sec(value: str) -> str | None:
    match = _DURATION.fullmatch(value)
    if match is None:
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return format_number(((days * 24 + hours) * 60 + minutes) * 60 + seconds)


def _mstime(value: str) -> str | None:
    match = _MINUTES.fullmatch(value)
    return match and format_number(float(match[1] or 0) * 60 + float(match[2]))


def _memk(value: str) -> str | None:
    match = _SIZE.fullmatch(value)
    factor = {"": 1, "k": 1, "m": 1024, "g": 1024 * 1024}
    return match and format_number(float(match[1]) * factor[match[2].lower()])


def _rmunit(value: str) -> str | None:
    match = _UNIT.match(value)
    return match and match[1]


def _rmcomma(value: str) -> str | None:
    return value.replace(",", "")


def _ctime(form: str) -> Callable[[str], str | None]:
    return lambda value: strftime(to_number(value), form)


def _mktime(form: str) -> Callable[[str], str | None]:
    def mktime(value: str) -> str | None:
        found = strptime(value, form)
        return None if found is None else format_number(found)

    return mktime


_FORMS = {
    "dur2sec": (_dur2sec, "[D+]HH:MM:SS"), "mstime": (_mstime, "[MM:]SS.SSS"),
    "memk": (_memk, "a number with k, m or g"), "rmunit": (_rmunit, "a number with a unit"),
    "rmcomma": (_rmcomma, "text"),
}


@command(nodes.Convert)
def _convert(session: Session, frame: Frame, node: nodes.Convert) -> Frame:
    """Every conversion reads the fields as they come in."""
    if any("*" in one.field_name for one in node.conversions):
        frame = expand(session, frame)
    spared = {name for one in node.conversions if one.function == "none"
              for name in matching(one.field_name, frame)}
    made: dict[str, tuple[str, str, str]] = {}
    for one in node.conversions:
        if one.function == "none":
            continue
        for name in matching(one.field_name, frame):
            if "*" in one.field_name and name in spared:
                continue
            target = _target(one, name)
            if target in made:
                raise SPLError(f"convert: {target!r} is the outcome of two conversions; which of"
                               " them counts is not documented", node.span, target,
                               "leave the field out of the wildcard with none()")
            made[target] = (target, *_converted(session, frame, name, one, node))
    return session.derive(frame, list(made.values()))


def _target(one: nodes.Conversion, name: str) -> str:
    if one.alias is None:
        return name
    parts = iter(pattern(one.field_name).match(name).groups())
    return re.sub(r"\*", lambda _: next(parts), one.alias)


def _converted(session: Session, frame: Frame, name: str, one: nodes.Conversion,
               node: nodes.Convert) -> tuple[str, str]:
    column = frame.columns[name]
    if one.function in ("auto", "num"):
        return _numeric(session, frame, name, one, node)
    if one.function == "ctime":
        convert, form = _ctime(node.timeformat), "a time in epoch seconds"
    elif one.function == "mktime":
        convert, form = _mktime(node.timeformat), f"a time of the form {node.timeformat}"
    else:
        convert, form = _FORMS[one.function]

    def checked(value: str | None) -> str | None:
        if value is None:
            return None
        found = convert(value)
        if found is None:
            raise ValueError(f"SPL:convert {one.function}({name}): {value!r} is not {form}; what"
                             " becomes of it is not documented")
        return found

    function = session.own_function("py_convert", checked, ["VARCHAR"], "VARCHAR")
    if column.kind == "mv":
        return f"list_transform({column.sql}, lambda x: {function}(x))", "mv"
    sql = f"{function}({text(Typed(column.sql, column.kind))})"
    keeps_text = one.function in ("ctime", "rmcomma", "rmunit")
    return (sql, "str") if keeps_text else (f"spl_num({sql})", "num")


def _numeric(session: Session, frame: Frame, name: str, one: nodes.Conversion,
             node: nodes.Convert) -> tuple[str, str]:
    """auto leaves values as they are: numbers are numbers already, others it does not touch."""
    column: Column = frame.columns[name]
    if column.kind == "num":
        return column.sql, "num"
    values = f"SELECT unnest({many(Typed(column.sql, column.kind))}) AS v FROM {frame.relation}"
    begins = f"regexp_matches(v, {literal(_BEGINS)})"
    odd, other, example = session.fetch(session.sql(frame.relation, (
        f"SELECT count(*) FILTER (NOT {begins}), count(*) FILTER ({begins} AND spl_num(v) IS NULL),"
        f" min(v) FILTER ({begins} AND spl_num(v) IS NULL) FROM ({values})")))[0]
    if other and not (odd and one.function == "auto"):
        raise SPLError(
            f"convert {one.function}({name}): which conversion fits {example!r} best is not"
            " documented", node.span, name,
            "name it: dur2sec, mstime, memk, rmcomma or rmunit; none() leaves a field out")
    if not odd or one.function == "auto":
        return column.sql, column.kind
    if column.kind == "mv":
        return f"spl_list(list_filter({column.sql}, lambda x: spl_num(x) IS NOT NULL))", "mv"
    return f"CASE WHEN spl_num({column.sql}) IS NOT NULL THEN {column.sql} END", "str"
