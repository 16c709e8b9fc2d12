"""now, relative_time, strftime, strptime; the time zone is UTC."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta, timezone

from lab.rows.values import Text, Value, number, single, text
from lab.spl.errors import SPLError
from lab.spl.timemodifier import resolve

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_VARIABLE = re.compile(r"%([369]?[NQ]|:*z|.)", re.DOTALL)


def _relative_time(moment: Value, modifier: Value) -> Value:
    given = number(moment)
    return None if given is None else resolve(text(modifier), given)


def _strftime(moment: Value, form: Value) -> Value:
    given = number(moment)
    if given is None:
        return None
    try:
        local = _EPOCH + timedelta(microseconds=math.floor(given * 1e6 + 0.5))
    except OverflowError:
        return None

    def one(match: re.Match) -> str:
        return _written(match[1], local)

    return Text(_VARIABLE.sub(one, text(form)))


def _written(name: str, local: datetime) -> str:
    if name[-1] in "NQ":
        digits = int(name[0]) if len(name) == 2 else 9 if name == "N" else 3
        return f"{local.microsecond:06d}000"[:digits]
    if name == "s":
        return str(int((local - _EPOCH).total_seconds() // 1))
    if name in ("z", ":z", "::z"):
        return {"z": "+0000", ":z": "+00:00", "::z": "+00:00:00"}[name]
    if name == "e":
        return f"{local.day:2d}"
    if name == "k":
        return f"{local.hour:2d}"
    if name == "l":
        return f"{(local.hour + 11) % 12 + 1:2d}"
    if name == "Z":
        return "UTC"
    if name in "YmdHMSjyBbAaIpFTuwVUWCgGcxXD%ntf" and name != "f":
        return local.strftime("%" + name)
    raise SPLError(f"the row evaluator's strftime() does not know %{name}", construct=f"%{name}")


_PARTS = {
    "Y": r"(?P<Y>\d{4})", "m": r"(?P<m>\d{1,2})", "d": r"(?P<d>\d{1,2})", "H": r"(?P<H>\d{1,2})",
    "M": r"(?P<M>\d{1,2})", "S": r"(?P<S>\d{1,2})", "b": r"(?P<b>[A-Za-z]{3})",
    "y": r"(?P<y>\d{2})", "z": r"(?P<z>Z|[+-]\d{2}:?\d{2})", "s": r"(?P<s>\d+)",
    "I": r"(?P<I>\d{1,2})", "p": r"(?P<p>[AaPp][Mm])", "%": "%",
}
_FRACTION = r"(?P<N>\d{1,9})"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def _strptime(value: Value, form: Value) -> Value:
    """Null where the text does not begin as the format says."""
    source = text(form).replace("%F", "%Y-%m-%d").replace("%T", "%H:%M:%S")
    made, position = "", 0
    for match in _VARIABLE.finditer(source):
        made += re.escape(source[position:match.start()])
        name, position = match[1], match.end()
        if name[-1] in "NQ":
            made += _FRACTION
        elif name.lstrip(":") in _PARTS:
            made += _PARTS[name.lstrip(":")]
        else:
            raise SPLError(f"the row evaluator's strptime() does not know %{name}",
                           construct=f"%{name}")
    found = re.match(made + re.escape(source[position:]), text(value).strip())
    return None if found is None else _moment(found.groupdict())


def _moment(part: dict[str, str | None]) -> float | None:
    fraction = float(f"0.{part['N']}") if part.get("N") else 0.0
    if part.get("s"):
        return float(part["s"]) + fraction
    year = int(part["Y"]) if part.get("Y") else None
    if year is None and part.get("y"):
        year = int(part["y"]) + (1900 if int(part["y"]) > 68 else 2000)
    if year is None:
        return None
    month = int(part.get("m") or 1)
    if part.get("b"):
        if part["b"].lower() not in _MONTHS:
            return None
        month = _MONTHS.index(part["b"].lower()) + 1
    hour = int(part.get("H") or 0)
    if part.get("I"):
        hour = int(part["I"]) % 12 + (12 if (part.get("p") or "").lower() == "pm" else 0)
    try:
        moment = datetime(year, month, int(part.get("d") or 1), hour, int(part.get("M") or 0),
                          int(part.get("S") or 0), tzinfo=timezone.utc)
    except ValueError:
        return None
    zone = part.get("z")
    shift = 0
    if zone and zone not in "Zz":
        shift = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
        shift = -shift if zone[0] == "-" else shift
    return moment.timestamp() - shift + fraction


def _now(state) -> float:
    return float(single(state.context.now))


WITH_STATE = {"now": _now, "time": _now}
STRICT = {"relative_time": _relative_time, "strftime": _strftime, "strptime": _strptime}
