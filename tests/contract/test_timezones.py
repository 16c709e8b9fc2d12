"""lookups/ciw_timezones.csv holds what Python's zoneinfo says of each zone.

The machine's own time zone database may be another version than the one the table was made of;
zones whose rules have not changed for years are compared in full.
"""

from __future__ import annotations

import csv
from datetime import datetime, timezone
from zoneinfo import ZoneInfo, available_timezones

import pytest

from tests.contract.repository import ROOT

STEADY = ("Europe/Berlin", "Europe/London", "Europe/Lisbon", "America/New_York", "America/Chicago",
          "America/Los_Angeles", "Australia/Sydney", "Pacific/Auckland", "Asia/Tokyo",
          "Asia/Kolkata", "America/Sao_Paulo", "UTC")


@pytest.fixture(scope="module")
def zones() -> dict[str, list[tuple[int, int]]]:
    found: dict[str, list[tuple[int, int]]] = {}
    with (ROOT / "lookups" / "ciw_timezones.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["timezone"], []).append((int(row["since"]), int(row["offset"])))
    return found


def offset(name: str, at: int) -> int:
    shift = datetime.fromtimestamp(at, timezone.utc).astimezone(ZoneInfo(name)).utcoffset()
    return int(shift.total_seconds())


@pytest.mark.parametrize("name", STEADY)
def test_each_change_of_a_steady_zone_is_there_to_the_second(zones, name):
    rows = zones[name]
    assert rows == sorted(rows)
    for (since, shift), (following, _) in zip(rows[1:], [*rows[2:], (rows[-1][0] + 86400, 0)]):
        assert offset(name, since) == shift != offset(name, since - 1)
        assert all(offset(name, at) == shift for at in range(since, following, 7 * 86400))
    start = int(datetime(2023, 1, 1, tzinfo=timezone.utc).timestamp())
    assert offset(name, start) == rows[0][1]


def test_places_are_there_and_offsets_can_be(zones):
    assert len(zones) > 400
    known = available_timezones()
    assert sum(name in known for name in zones) > 0.95 * len(zones)
    assert all(abs(shift) <= 14 * 3600 and shift % 900 == 0
               for rows in zones.values() for _, shift in rows)
