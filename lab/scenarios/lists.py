"""What the organisation's admins have filled in: rows of the app's lists.

`standing` holds at all times, `deployments` are the change requests of a pipeline's references, and
a scenario brings its own rows.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping

from lab.scenarios.aws import organisation as aws
from lab.scenarios.azure import organisation as azure
from lab.scenarios.forms import form, text
from lab.scenarios.google import organisation as google
from lab.scenarios.model import Record, Row, Scenario

HOUR = 3600
Lists = dict[str, list[Row]]
_OWNERS = (
    ("aws", aws.PRODUCTION, "web-platform", "4100"), ("aws", aws.DEVELOPMENT, "platform", "4200"),
    ("aws", aws.STAGING, "quality-engineering", "4300"),
    ("azure", azure.PRODUCTION, "web-platform", "4100"),
    ("azure", azure.DEVELOPMENT, "platform", "4200"),
    ("gcp", google.PRODUCTION, "web-platform", "4100"),
    ("gcp", google.DEVELOPMENT, "platform", "4200"))


def standing() -> Lists:
    """Networks, regions, owners, and the creators of two accounts of each cloud; the other
    accounts have not got round to it."""
    regions = {"aws": aws.HOME_REGIONS, "azure": azure.HOME_REGIONS,
               "gcp": [zone[:-2] for zone in google.HOME_ZONES]}
    return {
        "ciw_known_networks": [
            {"src": f"{aws.OFFICE}0/24", "label": "office and VPN", "owner": "network-team"},
            {"src": f"{aws.PIPELINE}/32", "label": "deployment runners", "owner": "platform"}],
        "ciw_approved_creators": list(_creators()),
        "ciw_approved_regions": [
            {"cloud": cloud, "vendor_account": "*", "vendor_region": region,
             "reason": "region of the organisation", "owner": "platform"}
            for cloud, names in regions.items() for region in names],
        "ciw_owners": [
            {"cloud": cloud, "vendor_account": account, "owner": owner,
             "contact": f"{owner}@example.com", "cost_centre": centre,
             "cost_contact": "cloud-costs@example.com"}
            for cloud, account, owner, centre in _OWNERS]}


def _creators() -> Iterator[Row]:
    pipeline = {"reason": "deployment pipeline", "owner": "platform"}
    for account in (aws.PRODUCTION, aws.DEVELOPMENT):
        yield {"cloud": "aws", "vendor_account": account, "user": "*:role/platform-deploy",
               **pipeline}
        yield {"cloud": "aws", "vendor_account": account, "user": "*/AWSServiceRoleForAutoScaling",
               "reason": "scaling groups", "owner": "web-platform"}
    for subscription in (azure.PRODUCTION, azure.DEVELOPMENT):
        # An application goes by its object id, or by its client id where the log has no other.
        for name in (azure.deploy().object_id, azure.deploy().app):
            yield {"cloud": "azure", "vendor_account": subscription, "user": name, **pipeline}
    for project in (google.PRODUCTION, google.DEVELOPMENT):
        yield {"cloud": "gcp", "vendor_account": project, "user": google.deploy(project).email,
               **pipeline}
    yield {"cloud": "gcp", "vendor_account": google.PRODUCTION, "reason": "managed groups",
           "user": google.managed_groups(google.PRODUCTION).email, "owner": "web-platform"}


def deployments(seen: Iterable[Record]) -> Iterator[Row]:
    """One change request for each reference that a deployment carries in its tags."""
    done = set()
    for record in seen:
        cloud, written = form(record).cloud, text(record)
        if "platform-deploy" not in written and azure.deploy().object_id not in written:
            continue
        for reference in map(str.upper, re.findall(r"(?i)\bchg\d{7}", written)):
            if (cloud, reference) in done:
                continue
            done.add((cloud, reference))
            yield {
                "change_ref": reference, "cloud": cloud, "vendor_account": record.account,
                "vendor_region": record.region, "user": "*", "project": "*",
                "instance_types": "*", "max_count": "2", "valid_from": iso(record.time - HOUR),
                "valid_to": iso(record.time + HOUR), "summary": "scheduled deployment",
                "owner": "platform"}


def own(scenario: Scenario, start: float) -> Lists:
    """The rows that a scenario brings, with the dates of its span."""
    dates = {"start": iso(start), "end": iso(start + scenario.seconds)}
    found: Lists = {}
    for name, row in scenario.lists:
        found.setdefault(name, []).append(
            {column: value.format(**dates) for column, value in row.items()})
    return found


def merged(*parts: Mapping[str, Iterable[Row]]) -> Lists:
    """Lists in one, their rows in order, each once."""
    found: Lists = {}
    for part in parts:
        for name, rows in part.items():
            kept = found.setdefault(name, [])
            kept += [row for row in rows if row not in kept]
    return found


def iso(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
