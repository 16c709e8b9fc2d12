"""What operators of the demo's organisation have filled in: its lists, as CSVs over the app's own."""

from __future__ import annotations

import csv
import re
import time
from collections.abc import Iterable, Iterator

from lab.app import App
from lab.home import Home
from lab.scenarios.aws import logging_maintenance, recovery_exercise
from lab.scenarios.aws import organisation as org
from lab.scenarios.azure import organisation as azure
from lab.scenarios.forms import form, text
from lab.scenarios.google import organisation as google
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
            {"cloud": cloud, "vendor_account": "*", "vendor_region": region,
             "reason": "region of the organisation", "owner": "platform"}
            for cloud, regions in (
                ("aws", org.HOME_REGIONS), ("azure", azure.HOME_REGIONS),
                ("gcp", [zone[:-2] for zone in google.HOME_ZONES]))
            for region in regions],
        "ciw_business_hours": list(_hours(turn, end)),
        "ciw_change_requests": [*_deployments(seen), *_planned(turn, end)],
        "ciw_owners": [
            {"cloud": cloud, "vendor_account": account, "owner": owner,
             "contact": f"{owner}@example.com", "cost_centre": centre,
             "cost_contact": "cloud-costs@example.com"}
            for cloud, account, owner, centre in (
                ("aws", org.PRODUCTION, "web-platform", "4100"),
                ("aws", org.DEVELOPMENT, "platform", "4200"),
                ("aws", org.STAGING, "quality-engineering", "4300"),
                ("azure", azure.PRODUCTION, "web-platform", "4100"),
                ("azure", azure.DEVELOPMENT, "platform", "4200"),
                ("gcp", google.PRODUCTION, "web-platform", "4100"),
                ("gcp", google.DEVELOPMENT, "platform", "4200"))],
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
    pipeline = {"reason": "deployment pipeline", "owner": "platform"}
    for subscription in (azure.PRODUCTION, azure.DEVELOPMENT):
        # An application goes by its object id, or by its client id where the log has no other.
        for name in (azure.deploy().object_id, azure.deploy().app):
            yield {"cloud": "azure", "vendor_account": subscription, "user": name, **pipeline}
    for project in (google.PRODUCTION, google.DEVELOPMENT):
        yield {"cloud": "gcp", "vendor_account": project, "user": google.deploy(project).email,
               **pipeline}
    yield {"cloud": "gcp", "vendor_account": google.PRODUCTION, "reason": "managed groups",
           "user": google.managed_groups(google.PRODUCTION).email, "owner": "web-platform"}


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
        cloud = form(record).cloud
        written = text(record)
        if "platform-deploy" not in written and azure.deploy().object_id not in written:
            continue
        for reference in re.findall(r"CHG\d{7}|chg\d{7}", written):
            if (cloud, reference) in done:
                continue
            done.add((cloud, reference))
            yield {
                "change_ref": reference, "cloud": cloud, "vendor_account": record.account,
                "vendor_region": record.region, "user": "*", "project": "*",
                "instance_types": "*", "max_count": "2",
                "valid_from": _iso(record.time - HOUR), "valid_to": _iso(record.time + HOUR),
                "summary": "scheduled deployment", "owner": "platform"}


def _iso(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
