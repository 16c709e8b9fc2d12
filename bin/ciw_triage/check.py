"""A row of a list, held to what the list's columns take, field by field.

What passes here counts for the searches: none of these rows is told by ciw_coverage_lists, which
looks at each row with the macro ciw_list_check. So it is at least as strict, and where a slip of
the pen would make a row mean more than was meant, stricter.
"""

from __future__ import annotations

import csv
import functools
import ipaddress
import os
import re
from datetime import date, datetime, timedelta, timezone

from ciw_triage.errors import BadRequest

LOOKUPS = os.path.join(
    os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "lookups"
)
LONGEST_CELL = 1000
LAST_YEAR = 2100
# Control characters and those that turn the direction of what follows, or show as nothing.
UNSEEN = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u2069\\ufeff\\ud800-\\udfff]"
)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
START = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]\Z")
END = re.compile(r"(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)\Z")
WEEKDAYS = re.compile(r"[1-7](-[1-7]|(;[1-7])*)\Z")
OFFSET = re.compile(r"[+-](0[0-9]|1[0-4]):[0-5][0-9]\Z")
DOMAIN = re.compile(r"([A-Za-z0-9_-]+\.)+[A-Za-z0-9-]{2,}\Z")
NUMBER = re.compile(r"[0-9]{1,6}\Z")
ADDRESS = re.compile(r"[0-9a-fA-F:.]{2,39}(/[0-9]{1,3})?\Z")


def row(listing, given, now):
    """(the row as it is kept, problems as [(field, text)]); a row with problems is not kept."""
    problems = []
    if not isinstance(given, dict):
        return {}, [("row", "A row is an object of columns and their text.")]
    known = {column.name for column in listing.columns}
    for name in given:
        if name not in known:
            told = re.sub(r"[^\w.-]", "?", str(name))[:40]
            problems.append((told, f"{listing.label} has no column {told}."))
    kept = {}
    for column in listing.columns:
        value = given.get(column.name)
        value = "" if value is None else value
        if not isinstance(value, str):
            problems.append((column.name, column.name + " must be text."))
            kept[column.name] = ""
            continue
        value, told = _cell(column, value.strip(), now)
        kept[column.name] = value
        problems += [(column.name, text) for text in told]
    if not problems:
        problems = _together(listing, kept)
    return kept, problems


def sound(listing, given, now):
    """The row as it is kept; raises BadRequest for the first problem."""
    kept, problems = row(listing, given, now)
    if problems:
        name, text = problems[0]
        raise BadRequest(text, name)
    return kept


def means_any(value):
    """Whether a cell names nothing: empty, or wildcards alone."""
    return not value.strip("*; ")


def _cell(column, value, now):
    """(the value as kept, what is wrong with it)."""
    if UNSEEN.search(value):
        return value, [
            f"{column.name} holds characters that cannot be seen; type it as plain text."
        ]
    longest = LONGEST_CELL * (4 if column.several else 1)
    if len(value) > longest:
        return value, [
            f"{column.name} is {len(value)} characters long; at most {longest} are kept."
        ]
    if column.kind == "days":
        value = value.replace(" ", "")
    if column.several:
        value = ";".join(part.strip() for part in value.split(";") if part.strip())
    if column.kind == "choice":
        value = value.lower()
    if value in ("", "*"):
        if column.needed:
            return value, [f"{column.name} is needed: {column.meaning}."]
        return "", []
    if ";" in value and not column.several and column.kind in ("text", "signal") and column.names:
        return value, [f"{column.name} takes one value; add a row for each."]
    parts = value.split(";") if column.several else [value]
    told = [text for text in (KINDS[column.kind](column, part, now) for part in parts) if text]
    return value, told[:1]


def _text(column, value, now):
    return ""


def _choice(column, value, now):
    if value in column.choices:
        return ""
    return "{} must be one of: {}.".format(column.name, ", ".join(column.choices))


def _cidr(column, value, now):
    return (
        ""
        if network(value)
        else f"{column.name}: {_short(value)} is no address or network such as 192.0.2.0/24."
    )


def _date(column, value, now):
    if not DAY.match(value):
        return f"{column.name}: {_short(value)} is no date such as 2026-11-21."
    try:
        found = date.fromisoformat(value)
    except ValueError:
        return f"{column.name}: {value} is no day of the calendar."
    if not 1971 <= found.year <= LAST_YEAR:
        return f"{column.name}: the year must be between 1971 and {LAST_YEAR}."
    if column.name == "expires" and found < today(now):
        return f"expires: {value} has passed; give today or a later day."
    return ""


def _number(column, value, now):
    return (
        ""
        if NUMBER.match(value)
        else f"{column.name}: {_short(value)} is no number of at most six digits."
    )


def _timezone(column, value, now):
    if OFFSET.match(value) or timezones().get(value.lower(), now + 1) <= now:
        return ""
    return f"timezone: {_short(value)} is none of UTC, an offset such as +02:00, a zone such as Europe/Berlin."


def _days(column, value, now):
    if WEEKDAYS.match(value) and not ("-" in value and value[0] > value[2]):
        return ""
    return f"days: {_short(value)} is nothing such as 1-5 or 1;2;3 (1 is Monday)."


def _time(column, value, now):
    if (START if column.name == "start" else END).match(value):
        return ""
    return f"{column.name}: {_short(value)} is no time such as 08:00."


def _signal(column, value, now):
    shape = re.compile(".*".join(re.escape(part) for part in value.split("*")) + r"\Z")
    if any(shape.match(name) for name in signals()):
        return ""
    return f"signal: {_short(value)} is the name of no signal."


def _indicator(column, value, now):
    return ""


KINDS = {
    "text": _text,
    "choice": _choice,
    "cidr": _cidr,
    "date": _date,
    "number": _number,
    "timezone": _timezone,
    "days": _days,
    "time": _time,
    "signal": _signal,
    "indicator": _indicator,
}


def _together(listing, kept):
    """What is wrong between the columns of a row whose cells are right."""
    names = [column.name for column in listing.columns if column.names]
    if not listing.may_name_nothing and all(means_any(kept[name]) for name in names):
        return [
            (
                names[0],
                "The row names nothing and would count for everything; fill one of: {}.".format(
                    ", ".join(names)
                ),
            )
        ]
    if "valid_from" in kept and kept["valid_from"] > kept["valid_to"]:
        return [("valid_to", "valid_to lies before valid_from.")]
    if "start" in kept and kept["start"] >= kept["end"]:
        return [("end", "end has to lie after start; hours over midnight take two rows.")]
    if "indicator" in kept:
        return _of_type(kept)
    return []


def _of_type(kept):
    value, kind = kept["indicator"], kept["type"]
    right = {
        "ip": network(value) and "/" not in value,
        "cidr": network(value) and "/" in value,
        "domain": DOMAIN.match(value) and not network(value),
        "port": NUMBER.match(value) and value[0] != "0" and int(value) <= 65535,
    }[kind]
    return [] if right else [("indicator", f"indicator: {_short(value)} is no {kind}.")]


def network(value):
    """Whether it is an address or a network, of IPv4 or IPv6 without dots."""
    if not ADDRESS.match(value) or (":" in value and "." in value):
        return False
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return True


def today(now):
    return datetime.fromtimestamp(now, timezone.utc).date()


def day_after(now, days):
    """The date, in UTC, `days` after now."""
    return (today(now) + timedelta(days=days)).isoformat()


@functools.lru_cache(maxsize=1)
def timezones():
    """Each zone's name in lower case and from when on its offset is known."""
    found = {}
    for line in shipped("ciw_timezones"):
        name, since = line["timezone"].lower(), int(line["since"])
        found[name] = min(since, found.get(name, since))
    return found


@functools.lru_cache(maxsize=1)
def signals():
    """Names of the signals, as the verdict table has them."""
    patterns = " ".join(line["signals"] for line in shipped("ciw_verdicts"))
    return tuple(sorted(set(re.findall(r"\w+", patterns))))


def shipped(name):
    """The rows of a lookup file that the app ships and nobody edits."""
    with open(os.path.join(LOOKUPS, name + ".csv"), encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _short(value):
    return value if len(value) <= 60 else value[:57] + "..."
