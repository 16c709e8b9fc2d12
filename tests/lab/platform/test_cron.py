"""Cron times, by hand."""

from datetime import datetime, timezone

import pytest

from lab.cron import CronError, parse


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp()


def times(cron, start, end):
    return [
        datetime.fromtimestamp(t, timezone.utc).strftime("%d %H:%M")
        for t in parse(cron).times(at(start), at(end))
    ]


@pytest.mark.parametrize(
    "cron, start, end, expected",
    [
        (
            "*/20 * * * *",
            "2024-01-01T00:00",
            "2024-01-01T01:00",
            ["01 00:20", "01 00:40", "01 01:00"],
        ),
        (
            "3,33 1-2 * * *",
            "2024-01-01T00:00",
            "2024-01-02T00:00",
            ["01 01:03", "01 01:33", "01 02:03", "01 02:33"],
        ),
        (
            "10-50/20 5 * * *",
            "2024-01-01T00:00",
            "2024-01-02T00:00",
            ["01 05:10", "01 05:30", "01 05:50"],
        ),
        (
            "5/25 0 * * *",
            "2024-01-01T00:00",
            "2024-01-02T00:00",
            ["01 00:05", "01 00:30", "01 00:55"],
        ),
        ("0 0 * * 7", "2024-01-01T00:00", "2024-01-15T00:00", ["07 00:00", "14 00:00"]),
        (
            "0 0 13 * 5",
            "2024-01-01T00:00",
            "2024-01-14T00:00",
            ["05 00:00", "12 00:00", "13 00:00"],
        ),
        ("0 0 31 2 *", "2024-01-01T00:00", "2025-01-01T00:00", []),
        ("0 0 29 2 *", "2024-01-01T00:00", "2025-01-01T00:00", ["29 00:00"]),
    ],
)
def test_times(cron, start, end, expected):
    assert times(cron, start, end) == expected


def test_spans_tile():
    whole = times("*/5 * * * *", "2024-01-01T00:00", "2024-01-01T02:00")
    parts = times("*/5 * * * *", "2024-01-01T00:00", "2024-01-01T01:00") + times(
        "*/5 * * * *", "2024-01-01T01:00", "2024-01-01T02:00"
    )
    assert whole == parts and len(whole) == 24


@pytest.mark.parametrize(
    "cron",
    [
        "* * * *",
        "60 * * * *",
        "* * 0 * *",
        "* * * * mon",
        "*/0 * * * *",
        "5-1 * * * *",
        "a * * * *",
    ],
)
def test_refused(cron):
    with pytest.raises(CronError):
        parse(cron)
