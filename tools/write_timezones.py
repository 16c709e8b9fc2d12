#!/usr/bin/env python3
"""Writes lookups/ciw_timezones.csv: the offsets from UTC of each time zone, and since when.

SPL has no function that converts to a named time zone. The table is made of the IANA time zone
database by Python's zoneinfo: one row for each zone and each time at which its offset changes, from
FIRST_YEAR to LAST_YEAR; the first row of a zone is dated EARLIEST and counts from then. After
the last year the last offset goes on. Run it again when a country changes its rules.

`--check` compares and writes nothing: exit 1 where a zone's offset differs.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

TABLE = Path(__file__).resolve().parents[1] / "lookups" / "ciw_timezones.csv"
COLUMNS = ("timezone", "since", "offset")
FIRST_YEAR, LAST_YEAR = 2023, 2032
EARLIEST = 946_684_800  # 2000: a time-based lookup looks back 2,000,000,000 seconds at most


def offset(zone: ZoneInfo, at: int) -> int:
    """Seconds that the zone is ahead of UTC at an epoch time."""
    shift = datetime.fromtimestamp(at, timezone.utc).astimezone(zone).utcoffset()
    return int((shift or timedelta()).total_seconds())


def changes(zone: ZoneInfo) -> Iterator[tuple[int, int]]:
    """(since, offset) of a zone, in order, to the second."""
    at = int(datetime(FIRST_YEAR, 1, 1, tzinfo=timezone.utc).timestamp())
    end = int(datetime(LAST_YEAR + 1, 1, 1, tzinfo=timezone.utc).timestamp())
    known = offset(zone, at)
    yield EARLIEST, known
    while at < end:
        following = at + 86400
        if offset(zone, following) != known:
            low, high = at, following
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (low, middle) if offset(zone, middle) != known else (middle, high)
            known = offset(zone, high)
            yield high, known
        at = following


def named() -> list[str]:
    """Zones of places, and UTC: not the database's own files, nor old abbreviations."""
    return ["UTC", *sorted(name for name in available_timezones()
                           if "/" in name and not name.startswith(("Etc/", "SystemV/", "US/")))]


def table() -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for name in named():
        writer.writerows((name, since, shift) for since, shift in changes(ZoneInfo(name)))
    return text.getvalue()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    if not parser.parse_args().check:
        TABLE.write_text(table(), "utf-8")
        return 0
    if TABLE.read_text("utf-8") == table():
        return 0
    print(f"{TABLE.name} is not what this machine's time zone database gives", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
