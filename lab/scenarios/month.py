"""A benign month of the organisation in three clouds.

Every day the pipelines, scaling groups, admins and backups of each cloud; and now and then what an
attack would look like too: recovery exercises, research bursts, a batch run each night, work on call
at night, a new hire, a region rolled out. What an admin would have listed of it is listed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lab.scenarios.aws import (
    benign_day,
    gpu_mining,
    new_hire_launch,
    quiet_launches,
    recovery_exercise,
    small_account,
)
from lab.scenarios.aws import organisation as aws
from lab.scenarios.aws.compute import change_state, run_instances
from lab.scenarios.aws.trail import Trail
from lab.scenarios.azure import benign_day as azure_day
from lab.scenarios.azure import boot_disk_chain as azure_recovery
from lab.scenarios.azure import compute as azure_compute
from lab.scenarios.azure import gpu_mining as azure_burst
from lab.scenarios.azure import organisation as azure
from lab.scenarios.azure.activity import ActivityLog
from lab.scenarios.google import benign_day as google_day
from lab.scenarios.google import compute as google_compute
from lab.scenarios.google import disk_chains as google_recovery
from lab.scenarios.google import gpu_mining as google_burst
from lab.scenarios.google import organisation as google
from lab.scenarios.google.entries import AuditLog
from lab.scenarios.model import Record, Row, Scenario
from lab.scenarios.twins import creator, ticket

HOUR, DAY = 3600, 86400
DAYS = 30
ROLLOUT = "CHG0094001"
NEW_REGIONS = ("eu-central-1", "francecentral", "europe-north1")
# Day of the month (from 0) and hour → the twin of an attack, as it happens for good reasons.
_TWINS = (
    (6, 9, azure_burst.SCENARIOS[1]), (8, 0, quiet_launches.SCENARIOS[3]),
    (11, 10, azure_recovery.SCENARIOS[1]), (13, 13, gpu_mining.SCENARIOS[1]),
    (16, 14, google_recovery.SCENARIOS[3]), (19, 11, google_burst.SCENARIOS[1]),
    (23, 0, quiet_launches.SCENARIOS[3]))
_PLAIN = ((5, 10, new_hire_launch.SCENARIO), (9, 13, recovery_exercise.SCENARIO),
          (24, 13, recovery_exercise.SCENARIO))


def build(seed: int, start: float, days: int = DAYS) -> Iterator[Record]:
    """`days` other than a month gives its beginning."""
    end = start + days * DAY
    for found in (benign_day, azure_day, google_day, small_account):
        yield from found.build(seed, start, days * DAY)
    for day in range(days):
        yield from batch(seed, start + day * DAY)
    for day, hour, scenario in (*_TWINS, *_PLAIN):
        if day < days:
            for record in scenario.build(seed, start + day * DAY + hour * HOUR):
                if record.time < end:
                    yield replace(record, step="")
    if days > 15:
        yield from _rollout(seed, start + 15 * DAY + 9 * HOUR)


def batch(seed: int, begin: float) -> Iterator[Record]:
    """Four large instances compute each night from one to four, and are gone."""
    trail = Trail(seed, f"benign_month/batch/{begin:.0f}")
    who = aws.Principal(aws.DEVELOPMENT, "batch-runner", session="nightly", agent=aws.BOTO_AGENT,
                        address=aws.OFFICE + "8")
    at = begin // DAY * DAY + HOUR + trail.random.randrange(300)
    at += DAY if at < begin else 0
    record, made = run_instances(trail, at, who, aws.HOME_REGIONS[0], image=benign_day.IMAGE,
                                 instance_type="c5.24xlarge", count=4,
                                 tags={"owner": "data"}, role="batch")
    yield record
    yield change_state(trail, at + 3 * HOUR, who, aws.HOME_REGIONS[0], "TerminateInstances", made)


def _rollout(seed: int, at: float) -> Iterator[Record]:
    """The pipelines bring the services to a new region of each cloud, under one change request."""
    trail = Trail(seed, f"benign_month/rollout/{at:.0f}")
    log = ActivityLog(seed, f"benign_month/rollout/{at:.0f}")
    entries = AuditLog(seed, f"benign_month/rollout/{at:.0f}")
    region, azure_region, google_region = NEW_REGIONS
    tags = {"change-ref": ROLLOUT, "owner": "platform"}
    for number in range(5):
        moment = at + number * 420
        yield run_instances(trail, moment, aws.deploy(aws.PRODUCTION, 94001), region,
                            image=benign_day.IMAGE, instance_type="t3.medium",
                            tags={"Name": f"service-{number}", **tags}, role="web")[0]
        yield from azure_compute.create_vm(
            log, moment + 60, azure.deploy(), azure_region, azure.PRODUCTION, "services",
            f"service-{number}-fr", tags=tags, role="web")[0]
        yield from google_compute.create_instance(
            entries, moment + 120, google.deploy(google.PRODUCTION), google.PRODUCTION,
            google_region + "-a", f"service-{number}-fi",
            tags={name: value.lower() for name, value in tags.items()}, role="web")[0]


def _regions() -> Iterator[tuple[str, Row]]:
    for cloud, region in zip(("aws", "azure", "gcp"), NEW_REGIONS, strict=True):
        yield "ciw_approved_regions", {
            "cloud": cloud, "vendor_account": "*", "vendor_region": region,
            "reason": f"rolled out under {ROLLOUT}", "owner": "platform"}


_LISTS: tuple[tuple[str, Row], ...] = (
    creator("aws", aws.DEVELOPMENT, "*:role/batch-runner", "nightly batch run"),
    ticket("aws", aws.PRODUCTION, recovery_exercise.CHANGE, "restore the order database"),
    ticket("aws", aws.DEVELOPMENT, "CHG0090003", "first instance of a new engineer"),
    *(ticket(cloud, account, reference, "roll out a new region") for cloud, account, reference in (
        ("aws", aws.PRODUCTION, ROLLOUT), ("azure", azure.PRODUCTION, ROLLOUT),
        ("gcp", google.PRODUCTION, ROLLOUT))),
    *_regions())
SCENARIO = Scenario(
    id="benign_month",
    title="A month of work in three clouds: pipelines, bursts, exercises, nights, a new region",
    techniques=(), signals=(), seconds=DAYS * DAY, build=build, at_most="medium",
    lists=(*_LISTS, *{
        str(listed): listed for _, _, twin in _TWINS for listed in twin.lists}.values()),
)
