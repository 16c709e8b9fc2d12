"""When an event happened: TIME_PREFIX, TIME_FORMAT, MAX_TIMESTAMP_LOOKAHEAD and TZ of props.conf.

Times are epoch seconds. Without TIME_FORMAT an ISO 8601 time stamp or an epoch number near the
beginning of the event is taken; Splunk's further guesses (datetime.xml) are not imitated.
Source: props.conf.spec and Splunk's page of date and time format variables.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import regex

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZONES = {"Z": 0, "UTC": 0, "GMT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7,
          "MDT": -6, "PST": -8, "PDT": -7, "CET": 1, "CEST": 2}

_DIRECTIVES = {
    "Y": r"(?P<Y>\d{4})", "y": r"(?P<y>\d{2})", "m": r"(?P<m>\d{1,2})", "d": r"(?P<d>\d{1,2})",
    "e": r"\s?(?P<d>\d{1,2})", "H": r"(?P<H>\d{1,2})", "k": r"\s?(?P<H>\d{1,2})",
    "I": r"(?P<I>\d{1,2})", "M": r"(?P<M>\d{2})", "S": r"(?P<S>\d{2})", "p": r"(?P<p>[AaPp][Mm])",
    "b": r"(?P<b>[A-Za-z]{3})", "B": r"(?P<b>[A-Za-z]{3})[a-z]*", "a": "[A-Za-z]{3}",
    "A": "[A-Za-z]+", "j": r"(?P<j>\d{3})", "s": r"(?P<s>\d{9,11})", "N": r"(?P<N>\d{1,9})",
    "Q": r"(?P<N>\d{1,9})", "f": r"(?P<N>\d{1,9})", "z": r"(?P<z>Z|[+-]\d{2}:?\d{2})",
    "Z": r"(?P<Z>Z|[+-]\d{2}:?\d{2}|[A-Z]{3,4})", "%": "%",
}
_EXPANSIONS = {"T": "%H:%M:%S", "F": "%Y-%m-%d", "R": "%H:%M", "D": "%m/%d/%y"}
_DIRECTIVE = re.compile(r"%(?P<width>\d)?(?P<colons>:{0,2})(?P<letter>[A-Za-z%])")


class TimestampError(ValueError):
    """A TIME_FORMAT, TIME_PREFIX or TZ that cannot be used."""


@lru_cache(maxsize=256)
def _format(text: str) -> re.Pattern[str]:
    """The regular expression of a strptime format, with a named group for each part."""
    for letter, expansion in _EXPANSIONS.items():
        text = text.replace(f"%{letter}", expansion)
    parts, at = [], 0
    for match in _DIRECTIVE.finditer(text):
        parts.append(re.escape(text[at:match.start()]))
        letter = match["letter"]
        if letter not in _DIRECTIVES:
            raise TimestampError(f"TIME_FORMAT {text!r}: %{letter} is not a known variable")
        expression = _DIRECTIVES[letter]
        if match["width"] and letter in "NQ":
            expression = rf"(?P<N>\d{{{match['width']}}})"
        parts.append(expression)
        at = match.end()
    parts.append(re.escape(text[at:]))
    try:
        return re.compile("".join(parts))
    except re.error as error:
        raise TimestampError(f"TIME_FORMAT {text!r}: {error}") from error


def _zone(text: str, default: tzinfo) -> tzinfo:
    if text in _ZONES:
        return timezone(timedelta(hours=_ZONES[text]))
    if text[:1] in "+-" and len(text) > 1:
        sign = -1 if text[0] == "-" else 1
        digits = text[1:].replace(":", "")
        return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:4])))
    return default


@dataclass(frozen=True)
class Moment:
    """A time stamp found in a text; `clock` is its date and time as written, None of a number."""

    epoch: float
    clock: datetime | None


def _epoch(match: re.Match[str], default_zone: tzinfo) -> float | None:
    found = _moment(match, default_zone)
    return None if found is None else found.epoch


def _moment(match: re.Match[str], default_zone: tzinfo) -> Moment | None:
    part = {key: value for key, value in match.groupdict().items() if value is not None}
    fraction = float("0." + part["N"]) if "N" in part else 0.0
    if "s" in part:
        return Moment(int(part["s"]) + fraction, None)
    if "Y" not in part and "y" not in part:
        return None
    year = int(part["Y"]) if "Y" in part else 2000 + int(part["y"])
    if "b" in part:
        if part["b"].lower() not in _MONTHS:
            return None
        month = _MONTHS.index(part["b"].lower()) + 1
    else:
        month = int(part.get("m", 1))
    hour = int(part.get("H", part.get("I", 0)))
    if "p" in part:
        hour = hour % 12 + (12 if part["p"].lower() == "pm" else 0)
    zone = _zone(part.get("z") or part.get("Z") or "", default_zone)
    try:
        moment = datetime(year, month, int(part.get("d", 1)), hour, int(part.get("M", 0)),
                          min(int(part.get("S", 0)), 59), tzinfo=zone)
    except ValueError:
        return None
    if "j" in part:
        moment = moment.replace(month=1, day=1) + timedelta(days=int(part["j"]) - 1)
    return Moment(moment.timestamp() + fraction, moment)


_ISO = re.compile(
    r"(?P<Y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)[T ](?P<H>\d\d):(?P<M>\d\d)(?::(?P<S>\d\d)"
    r"(?:[.,](?P<N>\d{1,9}))?)?\s?(?P<z>Z|[+-]\d\d:?\d\d)?")
_EPOCH = re.compile(r"(?<![\d.])(?P<s>1\d{9})(?P<milli>\d{3})?(?:\.(?P<N>\d{1,9}))?(?![\d])")


def parse_time(value: object, zone: tzinfo = timezone.utc) -> float | None:
    """Epoch seconds (number or text) or ISO 8601, as --time-field and the command line take it."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        return float(value)
    text = str(value).strip()
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        text += "T00:00:00"
    match = _ISO.fullmatch(text)
    return _epoch(match, zone) if match else None


@dataclass(frozen=True)
class Recogniser:
    """How one kind of event is dated. `explicit` where props.conf says how."""

    prefix: regex.Pattern[str] | None
    format: re.Pattern[str] | None
    lookahead: int
    zone: tzinfo
    current: bool

    @property
    def explicit(self) -> bool:
        return self.prefix is not None or self.format is not None

    @classmethod
    def of(cls, settings: dict[str, str]) -> Recogniser:
        """From the merged props settings. Raises TimestampError naming the setting."""
        prefix = settings.get("TIME_PREFIX")
        text = settings.get("TIME_FORMAT")
        zone_name = settings.get("TZ") or "UTC"
        try:
            zone: tzinfo = ZoneInfo(zone_name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise TimestampError(f"TZ {zone_name!r} is not a known time zone") from error
        try:
            compiled = regex.compile(prefix) if prefix else None
        except regex.error as error:
            raise TimestampError(f"TIME_PREFIX {prefix!r}: {error}") from error
        return cls(compiled, _format(text) if text else None,
                   int(settings.get("MAX_TIMESTAMP_LOOKAHEAD") or 128), zone,
                   settings.get("DATETIME_CONFIG", "").upper() in ("CURRENT", "NONE"))

    def find(self, raw: str) -> float | None:
        """The event's time; None where there is none to be found, or none is to be looked for."""
        found = self.moment(raw)
        return None if found is None else found.epoch

    def moment(self, raw: str) -> Moment | None:
        """The time stamp that `find` takes."""
        if self.current:
            return None
        start = 0
        if self.prefix is not None:
            found = self.prefix.search(raw)
            if found is None:
                return None
            start = found.end()
        window = raw[start:start + self.lookahead] if self.lookahead > 0 else raw[start:]
        if self.format is not None:
            match = self.format.search(window)
            return _moment(match, self.zone) if match else None
        match = _ISO.search(window)
        if match:
            return _moment(match, self.zone)
        match = _EPOCH.search(window)
        if match is None:
            return None
        fraction = float("0." + (match["milli"] or match["N"] or "0"))
        return Moment(int(match["s"]) + fraction, None)
