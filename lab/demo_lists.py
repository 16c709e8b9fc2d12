"""What operators of the demo's organisation have filled in: its lists, as CSVs over the app's own."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence

from lab.app import App
from lab.home import Home
from lab.scenarios.aws import logging_maintenance, recovery_exercise
from lab.scenarios.aws import organisation as org
from lab.scenarios.lists import deployments, iso, merged, standing
from lab.scenarios.model import Record, Row

HOUR, DAY = 3600, 86400


class ListMissing(Exception):
    """The app ships no list of that name; the text names the file."""


def write_lists(home: Home, app: App, seen: Iterable[Record], turn: float, end: float) -> int:
    """`seen` are all records; the recent span is [turn, end). Returns the number of rows."""
    rows = merged(standing(), {
        "ciw_business_hours": _hours(turn, end),
        "ciw_change_requests": [*deployments(seen), *_planned(turn, end)]})
    return write_rows(home, app, rows)


def write_rows(home: Home, app: App, rows: Mapping[str, Sequence[Row]]) -> int:
    """Puts rows of lists into the home, under the columns that the app ships. Their number."""
    for name, content in rows.items():
        shipped = app.path / "lookups" / f"{name}.csv"
        if not shipped.is_file():
            raise ListMissing(f"the app has no lookups/{name}.csv, which is to be filled in")
        with open(shipped, newline="", encoding="utf-8-sig") as handle:
            header = next(csv.reader(handle))
        with open(home.lookups_dir / f"{name}.csv", "w", newline="", encoding="utf-8") as handle:
            writer = csv.DictWriter(handle, header, lineterminator="\n")
            writer.writeheader()
            writer.writerows(content)
    return sum(len(content) for content in rows.values())


def _hours(turn: float, end: float) -> Iterator[dict[str, str]]:
    """Engineers work round the clock; the data team in whichever shift is not on now."""
    touched = {int(moment % DAY // (8 * HOUR)) for moment in (turn, (turn + end) / 2, end)}
    shift = next(number for number in range(3) if number not in touched)
    always = {"timezone": "UTC", "days": "1-7", "start": "00:00", "end": "24:00"}
    yield {"cloud": "aws", "vendor_account": org.PRODUCTION, "user": "*:role/data-*",
           "timezone": "UTC", "days": "1-7", "start": f"{shift * 8:02d}:00",
           "end": f"{shift * 8 + 8:02d}:00"}
    yield {"cloud": "aws", "vendor_account": org.PRODUCTION, "user": "*:role/recovery-exercise",
           **always}
    yield {"cloud": "aws", "vendor_account": org.DEVELOPMENT, "user": "*AWSReservedSSO_Engineer_*",
           **always}


def _planned(turn: float, end: float) -> Iterator[dict[str, str]]:
    """Requests that people wrote. The engineer's instance carries no reference to its one."""
    day = {"cloud": "aws", "valid_from": iso(turn), "valid_to": iso(end), "owner": "platform"}
    yield {**day, "change_ref": recovery_exercise.CHANGE, "vendor_account": org.PRODUCTION,
           "user": "*:role/recovery-exercise", "project": "recovery", "max_count": "1",
           "summary": "restore the order database on a new instance"}
    yield {**day, "change_ref": logging_maintenance.CHANGE, "vendor_account": org.DEVELOPMENT,
           "user": "*:role/platform-deploy", "project": "logging",
           "summary": "retire the old trail, the organisation's replaces it"}
    yield {**day, "change_ref": "CHG0090003", "vendor_account": org.DEVELOPMENT,
           "user": "*AWSReservedSSO_Engineer_*", "project": "onboarding",
           "instance_types": "t3.micro", "max_count": "1",
           "summary": "first instance of a new engineer"}
