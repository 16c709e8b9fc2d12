"""strftime and strptime with the variables of Splunk's Search Reference, "Date and time format".

All in UTC. `%N` is a fraction of a second in 3, 6 or 9 digits as `%3N` says (default 9 for %N
alone in printing), `%Q` the fraction in milliseconds.
"""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_DIRECTIVE = re.compile(r"%(?:(?P<digits>[1-9])(?P<sub>[NQ])|(?P<colons>:{1,3})z|(?P<kind>.))",
                        re.DOTALL)
_ALIASES = {"F": "%Y-%m-%d", "T": "%H:%M:%S", "D": "%m/%d/%y", "R": "%H:%M",
            "c": "%a %b %e %H:%M:%S %Y", "x": "%m/%d/%Y", "X": "%H:%M:%S",
            "+": "%a %b %e %H:%M:%S %Z %Y"}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December")


@lru_cache(maxsize=256)
def _expanded(form: str) -> str:
    return re.sub(r"%([FTDRcxX+])", lambda match: _ALIASES[match[1]], form)


def strftime(epoch: float | None, form: str | None) -> str | None:
    """None where the time is missing or beyond what a calendar holds."""
    if epoch is None or form is None:
        return None
    micros = math.floor(epoch * 1_000_000 + 0.5)
    try:
        moment = _EPOCH + timedelta(microseconds=micros)
    except OverflowError:
        return None

    def convert(match: re.Match[str]) -> str:
        if match["sub"]:
            return f"{moment.microsecond:06d}000"[:int(match["digits"])]
        if match["colons"]:
            return "+00:00"
        kind = match["kind"]
        printer = _PRINTERS.get(kind)
        return printer(moment, micros) if printer else match[0]

    return _DIRECTIVE.sub(convert, _expanded(form))


def _hour12(moment: datetime) -> int:
    return moment.hour % 12 or 12


_PRINTERS = {
    "Y": lambda m, u: f"{m.year:04d}", "y": lambda m, u: f"{m.year % 100:02d}",
    "C": lambda m, u: f"{m.year // 100:02d}",
    "m": lambda m, u: f"{m.month:02d}", "d": lambda m, u: f"{m.day:02d}",
    "e": lambda m, u: f"{m.day:2d}", "H": lambda m, u: f"{m.hour:02d}",
    "k": lambda m, u: f"{m.hour:2d}", "I": lambda m, u: f"{_hour12(m):02d}",
    "l": lambda m, u: f"{_hour12(m):2d}", "M": lambda m, u: f"{m.minute:02d}",
    "S": lambda m, u: f"{m.second:02d}", "p": lambda m, u: "PM" if m.hour >= 12 else "AM",
    "A": lambda m, u: _WEEKDAYS[m.weekday()], "a": lambda m, u: _WEEKDAYS[m.weekday()][:3],
    "B": lambda m, u: _MONTHS[m.month - 1], "b": lambda m, u: _MONTHS[m.month - 1][:3],
    "h": lambda m, u: _MONTHS[m.month - 1][:3],
    "j": lambda m, u: f"{m.timetuple().tm_yday:03d}",
    "w": lambda m, u: str(m.isoweekday() % 7), "u": lambda m, u: str(m.isoweekday()),
    "V": lambda m, u: f"{m.isocalendar()[1]:02d}", "G": lambda m, u: f"{m.isocalendar()[0]:04d}",
    "g": lambda m, u: f"{m.isocalendar()[0] % 100:02d}",
    "U": lambda m, u: m.strftime("%U"), "W": lambda m, u: m.strftime("%W"),
    "s": lambda m, u: str(u // 1_000_000), "z": lambda m, u: "+0000",
    "Z": lambda m, u: "UTC", "Q": lambda m, u: f"{m.microsecond // 1000:03d}",
    "N": lambda m, u: f"{m.microsecond:06d}000", "f": lambda m, u: f"{m.microsecond:06d}",
    "n": lambda m, u: "\n", "t": lambda m, u: "\t", "%": lambda m, u: "%",
}

_ZONES = {"UTC": 0, "GMT": 0, "Z": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7,
          "MDT": -6, "PST": -8, "PDT": -7, "CET": 1, "CEST": 2, "BST": 1}
_NAMES = "|".join
_PARSERS = {
    "Y": r"(?P<Y>\d{4})", "y": r"(?P<y>\d{2})", "m": r"(?P<m>\d{1,2})", "d": r"(?P<d>\d{1,2})",
    "e": r"\s*(?P<d>\d{1,2})", "H": r"(?P<H>\d{1,2})", "k": r"\s*(?P<H>\d{1,2})",
    "I": r"(?P<I>\d{1,2})", "l": r"\s*(?P<I>\d{1,2})", "M": r"(?P<M>\d{1,2})",
    "S": r"(?P<S>\d{1,2})", "p": r"(?P<p>[AaPp][Mm])", "j": r"(?P<j>\d{1,3})",
    "s": r"(?P<s>\d{1,10})", "A": f"(?:{_NAMES(_WEEKDAYS)}|{_NAMES(d[:3] for d in _WEEKDAYS)})",
    "a": f"(?:{_NAMES(_WEEKDAYS)}|{_NAMES(d[:3] for d in _WEEKDAYS)})",
    "B": f"(?P<b>{_NAMES(_MONTHS)}|{_NAMES(m[:3] for m in _MONTHS)})",
    "b": f"(?P<b>{_NAMES(_MONTHS)}|{_NAMES(m[:3] for m in _MONTHS)})",
    "h": f"(?P<b>{_NAMES(_MONTHS)}|{_NAMES(m[:3] for m in _MONTHS)})",
    "Q": r"(?P<f>\d{1,9})", "N": r"(?P<f>\d{1,9})", "f": r"(?P<f>\d{1,9})",
    "z": r"(?P<z>[-+]\d{2}:?\d{2}|Z)", "Z": f"(?P<Z>{_NAMES(_ZONES)})",
    "n": r"\s+", "t": r"\s+", "%": "%",
}


@lru_cache(maxsize=256)
def _parser(form: str) -> re.Pattern[str] | None:
    """None for a format with a variable that cannot be read back."""
    parts, position, seen = [], 0, set()
    form = _expanded(form)
    for match in _DIRECTIVE.finditer(form):
        parts.append(_fixed(form[position:match.start()]))
        position = match.end()
        kind = match["sub"] or ("z" if match["colons"] else match["kind"])
        piece = _PARSERS.get(kind)
        if piece is None:
            return None
        group = re.search(r"\(\?P<(\w+)>", piece)
        if group and group[1] in seen:
            piece = piece.replace(group[0], "(?:")
        elif group:
            seen.add(group[1])
        parts.append(piece)
    parts.append(_fixed(form[position:]))
    return re.compile("".join(parts), re.IGNORECASE)


def _fixed(text: str) -> str:
    return re.sub(r"\\ |\s+", lambda match: r"\s+", re.escape(text))


def strptime(value: str | None, form: str | None) -> float | None:
    """Epoch seconds; None where the text is not of that form. What the form leaves out is today's
    date in no case: a missing year makes it None, a missing day is the first, times are 0."""
    if value is None or form is None:
        return None
    expression = _parser(form)
    match = expression.match(value) if expression is not None else None
    if match is None:
        return None
    found = {key: text for key, text in match.groupdict().items() if text is not None}
    fraction = float("0." + found["f"]) if "f" in found else 0.0
    if "s" in found:
        return float(found["s"]) + fraction
    try:
        return _moment(found) + fraction
    except (ValueError, OverflowError, KeyError):
        return None


def _moment(found: dict[str, str]) -> float:
    year = int(found["Y"]) if "Y" in found else _century(int(found["y"]))
    month = int(found.get("m", 1))
    if "b" in found:
        month = [name[:3].lower() for name in _MONTHS].index(found["b"][:3].lower()) + 1
    hour = int(found.get("H", 0))
    if "I" in found:
        hour = int(found["I"]) % 12 + (12 if found.get("p", "am").lower() == "pm" else 0)
    moment = datetime(year, month, int(found.get("d", 1)), hour, int(found.get("M", 0)),
                      min(int(found.get("S", 0)), 59), tzinfo=timezone.utc)
    if "j" in found:
        moment = moment.replace(month=1, day=1) + timedelta(days=int(found["j"]) - 1)
    return (moment - _EPOCH).total_seconds() - _offset(found)


def _century(year: int) -> int:
    return year + (2000 if year < 69 else 1900)


def _offset(found: dict[str, str]) -> int:
    """Seconds east of UTC."""
    if "Z" in found:
        return _ZONES[found["Z"].upper()] * 3600
    zone = found.get("z", "Z")
    if zone.upper() == "Z":
        return 0
    digits = zone[1:].replace(":", "")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -seconds if zone[0] == "-" else seconds
