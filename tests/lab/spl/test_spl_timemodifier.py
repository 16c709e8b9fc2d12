"""Time modifiers. Sunday is day 0; the wall clock rules for days and longer."""

from __future__ import annotations

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest

from lab.spl.errors import SPLError
from lab.spl.timemodifier import resolve

BERLIN = ZoneInfo("Europe/Berlin")
# A Wednesday.
NOW = datetime(2023, 7, 12, 13, 45, 30, 250000, timezone.utc).timestamp()


def at(modifier: str) -> str:
    moment = datetime.fromtimestamp(resolve(modifier, NOW), timezone.utc)
    return moment.isoformat(sep=" ").removesuffix("+00:00")


@pytest.mark.parametrize(
    ("modifier", "expected"),
    [
        ("now", "2023-07-12 13:45:30.250000"),
        ("now()", "2023-07-12 13:45:30.250000"),
        ("-30", "2023-07-12 13:45:00.250000"),
        ("-30s", "2023-07-12 13:45:00.250000"),
        ("-h", "2023-07-12 12:45:30.250000"),
        ("+1h", "2023-07-12 14:45:30.250000"),
        ("-5m@m", "2023-07-12 13:40:00"),
        ("@s", "2023-07-12 13:45:30"),
        ("@h", "2023-07-12 13:00:00"),
        ("@d", "2023-07-12 00:00:00"),
        ("-1d@d", "2023-07-11 00:00:00"),
        ("-1d@d+2h", "2023-07-11 02:00:00"),
        ("@d-1d", "2023-07-11 00:00:00"),
        ("now-1d@d", "2023-07-11 00:00:00"),
        # 9 July 2023 was a Sunday.
        ("@w", "2023-07-09 00:00:00"),
        ("@w0", "2023-07-09 00:00:00"),
        ("@w7", "2023-07-09 00:00:00"),
        ("@w1", "2023-07-10 00:00:00"),
        ("@w3", "2023-07-12 00:00:00"),
        ("@w4", "2023-07-06 00:00:00"),
        ("-7d@w1", "2023-07-03 00:00:00"),
        ("-1w", "2023-07-05 13:45:30.250000"),
        ("@mon", "2023-07-01 00:00:00"),
        ("-1mon@mon", "2023-06-01 00:00:00"),
        ("@q", "2023-07-01 00:00:00"),
        ("-1q@q", "2023-04-01 00:00:00"),
        ("@y", "2023-01-01 00:00:00"),
        ("-1y@y", "2022-01-01 00:00:00"),
        ("-500ms", "2023-07-12 13:45:29.750000"),
        ("07/10/2023:11:30:00", "2023-07-10 11:30:00"),
    ],
)
def test_modifiers(modifier, expected):
    assert at(modifier) == expected


def test_epoch_seconds_whole_and_fractional():
    assert resolve("1700000000", NOW) == 1700000000.0
    assert resolve("1700000000.25", NOW) == 1700000000.25
    assert resolve("0", NOW) == 0.0


def test_a_month_back_from_a_longer_one_ends_on_its_last_day():
    now = datetime(2023, 3, 31, 12, tzinfo=timezone.utc).timestamp()
    assert resolve("-1mon", now) == datetime(2023, 2, 28, 12, tzinfo=timezone.utc).timestamp()


def test_days_keep_the_wall_clock_across_a_change_of_the_clocks_and_hours_do_not():
    now = datetime(2023, 3, 26, 12, tzinfo=BERLIN).timestamp()
    assert resolve("-1d", now, BERLIN) == datetime(2023, 3, 25, 12, tzinfo=BERLIN).timestamp()
    assert resolve("-24h", now, BERLIN) == datetime(2023, 3, 25, 11, tzinfo=BERLIN).timestamp()
    assert resolve("@d", now, BERLIN) == datetime(2023, 3, 26, tzinfo=BERLIN).timestamp()


def test_a_timeformat_reads_absolute_times():
    expected = datetime(2023, 7, 10, tzinfo=timezone.utc).timestamp()
    assert resolve("2023-07-10", NOW, timeformat="%Y-%m-%d") == expected
    assert resolve("1688947200", NOW, timeformat="%s") == expected


@pytest.mark.parametrize(
    ("modifier", "word"),
    [
        ("rt", "real-time"),
        ("rt-5m", "real-time"),
        ("-1fortnight", "fortnight"),
        ("@w8", "neither"),
        ("@d3", "snaps to no"),
        ("yesterday", "neither"),
        ("", "empty"),
        ("-1d@", "neither"),
        ("-999999999999y", "calendar"),
        ("-9999999999999d", "too large"),
        ("2023-07-10T00:00:00", "neither"),
    ],
)
def test_what_is_no_modifier_is_refused(modifier, word):
    with pytest.raises(SPLError) as caught:
        resolve(modifier, NOW)
    assert word in caught.value.message
