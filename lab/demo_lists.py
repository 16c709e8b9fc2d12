"""What operators of the demo's organisation have filled in: its lists, as CSVs over the app's own."""

from __future__ import annotations

import csv
import json
import re
import time
from collections.abc import Iterable, Iterator

from lab.app import App
from lab.home import Home
from lab.scenarios.aws import logging_maintenance, recovery_exercise
from lab.scenarios.aws import organisation as org
from lab.scenarios.model import Record

HOUR, DAY = 3600, 86400


class ListMissing(Exception):
    """The app ships no list of that name; the text names the file."""


def write_lists(home: Home, app: App, seen: Iterable[Record], turn: float, end: float) -> int:
    """`seen` are all records; the recent span is [turn, end). Returns the number of rows."""
    rows: dict[str, list[dict[str, str]]] = {
        "ciw_known_networks": [
            {"src": f"{org.OFFICE}0/24", "label": "office and VPN", "owner": "network-team"},
            {"src": f"{org.PIPELINE}/32", "label": "deployment runners", "owner": "platform"}],
        "ciw_approved_creators": list(_creators()),
        "ciw_approved_regions": [
            {"cloud": "aws", "vendor_account": "*", "vendor_region": region,
             "reason": "region of the organisation", "owner": "platform"}
            for region in org.HOME_REGIONS],
        "ciw_business_hours": list(_hours(turn, end)),
        "ciw_change_requests": [*_deployments(seen), *_planned(turn, end)],
        "ciw_owners": [
            {"cloud": "aws", "vendor_account": account, "owner": owner,
             "contact": f"{owner}@example.com", "cost_centre": centre,
             "cost_contact": "cloud-costs@example.com"}
            for account, owner, centre in (
                (org.PRODUCTION, "web-platform", "4100"), (org.DEVELOPMENT, "platform", "4200"),
                (org.STAGING, "quality-engineering", "4300"))],
    }
    for name, content in rows.items():
        shipped = app.path / "lookups" / f"{name}.csv"
        if not shipped.is_file():
            raise ListMissing(f"the app has no lookups/{name}.csv, which the demo fills in")
        with open(shipped, newline="", encoding="utf-8-sig") as handle:
            header = next(csv.reader(handle))
        with open(home.lookups_dir / f"{name}.csv", "w", newline="", encoding="utf-8") as handle:
            writer = csv.DictWriter(handle, header, lineterminator="\n")
            writer.writeheader()
            writer.writerows(content)
    return sum(len(content) for content in rows.values())


def _creators() -> Iterator[dict[str, str]]:
    """Two accounts say who may create instances; the others have not got round to it."""
    for account in (org.PRODUCTION, org.DEVELOPMENT):
        yield {"cloud": "aws", "vendor_account": account, "user": "*:role/platform-deploy",
               "reason": "deployment pipeline", "owner": "platform"}
        yield {"cloud": "aws", "vendor_account": account, "user": "*/AWSServiceRoleForAutoScaling",
               "reason": "scaling groups", "owner": "web-platform"}


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
    day = {"cloud": "aws", "valid_from": _iso(turn), "valid_to": _iso(end), "owner": "platform"}
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


def _deployments(seen: Iterable[Record]) -> Iterator[dict[str, str]]:
    """One change request for each reference that a deployment carries in its tags."""
    done = set()
    for record in seen:
        if record.body["userIdentity"].get("arn", "").find("/platform-deploy/") < 0:
            continue
        for reference in re.findall(r"CHG\d{7}", json.dumps(record.body["requestParameters"])):
            if reference in done:
                continue
            done.add(reference)
            yield {
                "change_ref": reference, "cloud": "aws", "vendor_account": record.account,
                "vendor_region": record.region, "user": "*:role/platform-deploy", "project": "*",
                "instance_types": "t3.medium", "max_count": "2",
                "valid_from": _iso(record.time - HOUR), "valid_to": _iso(record.time + HOUR),
                "summary": "scheduled deployment", "owner": "platform"}


def _iso(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
