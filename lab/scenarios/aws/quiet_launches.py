"""Launches that are not loud: one small instance, one at night, one for minutes only."""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.aws import organisation as org
from lab.scenarios.aws.compute import change_state, run_instances
from lab.scenarios.aws.trail import Trail
from lab.scenarios.model import Record
from lab.scenarios.twins import creator, pair, ticket

IMAGE = "ami-0dd4ee5ff60718293"
NIGHT = "CHG0091007"
HOUR, DAY = 3600, 86400


def slow(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    """One instance of a usual size in a usual region, by a role that never launched before."""
    trail = Trail(seed, f"aws_slow_instance/{start:.0f}")
    who = org.Principal(org.PRODUCTION, "inventory-sync", session="nightly", agent=org.BOTO_AGENT,
                        address=f"{org.STRANGER}{trail.random.randrange(20, 200)}")
    yield run_instances(trail, start + 700 + trail.random.randrange(300), who,
                        org.HOME_REGIONS[0], image=IMAGE, instance_type="t3.medium",
                        role="batch" if twin else "mining_hidden", step="launch")[0]


def night(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    """An engineer with all rights launches at a quarter to three, from home."""
    trail = Trail(seed, f"aws_insider_at_night/{start:.0f}")
    at = start // DAY * DAY + 2.75 * HOUR + trail.random.randrange(600)
    at += DAY if at < start else 0
    who = org.Principal(org.PRODUCTION, "AWSReservedSSO_Engineer_2c3d4e5f60718293",
                        session="user-0188", path="/aws-reserved/sso.amazonaws.com/eu-west-1/",
                        agent=org.CONSOLE_AGENT, mfa=True, address=org.STRANGER + "12")
    yield trail.console_login(at - 300, who, "us-east-1")
    yield run_instances(trail, at, who, org.HOME_REGIONS[0], image=IMAGE,
                        instance_type="c6i.xlarge",
                        tags={"change-ref": NIGHT} if twin else {"Name": "tmp"},
                        role="batch" if twin else "mining_hidden", step="launch")[0]


def short(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    """An instance that reads a lot and is gone after nine minutes."""
    trail = Trail(seed, f"aws_short_lived/{start:.0f}")
    at, region = start + 900 + trail.random.randrange(300), org.HOME_REGIONS[0]
    who = org.Principal(org.DEVELOPMENT, "log-shipper", session="rotate", agent=org.CLI_AGENT,
                        address=f"{org.STRANGER}{trail.random.randrange(20, 200)}")
    if twin:
        who = org.deploy(org.DEVELOPMENT, 91008)
    record, made = run_instances(trail, at, who, region, image=IMAGE, instance_type="m6i.large",
                                 user_data=True, role="idle", step="launch")
    yield record
    yield change_state(trail, at + 540, who, region, "TerminateInstances", made, step="deleted")


_ANY_NIGHT = ("ciw_business_hours", {
    "cloud": "aws", "vendor_account": org.PRODUCTION, "user": "*AWSReservedSSO_Engineer_*",
    "timezone": "UTC", "days": "1-5", "start": "08:00", "end": "18:00", "holidays": ""})
SCENARIOS = (
    *pair(slow, id="aws_slow_instance",
          title="A role that never launched makes one small instance, which mines over TLS",
          techniques=("T1578.002", "T1496.001"),
          signals=("instance_created_by_new_principal", "cpu_spike", "beaconing_egress"),
          at_least="medium", twin="aws_new_batch_role",
          twin_title="A role that never launched makes one small instance for a batch job",
          differs="the role is an approved creator, and the instance works for the database",
          differs_in=("role", "list"), twin_signals=("cpu_spike",),
          twin_lists=(creator("aws", org.PRODUCTION, "*:role/inventory-sync", "batch jobs"),)),
    *pair(night, id="aws_insider_at_night", seconds=DAY,
          title="An engineer launches an instance at night, from outside the office",
          techniques=("T1078.004", "T1578.002"),
          signals=("instance_created_off_hours", "instance_created_by_new_principal",
                   "instance_created_without_change_ref", "beaconing_egress"),
          at_least="medium", twin="aws_on_call_at_night",
          twin_title="The engineer on call launches an instance at night",
          differs="the launch is that of a change request: it carries its reference, and works",
          differs_in=("tag", "role", "list"), twin_signals=("instance_created_off_hours",
                                                            "cpu_spike"),
          lists=(_ANY_NIGHT,),
          twin_lists=(ticket("aws", org.PRODUCTION, NIGHT, "emergency capacity, on call"),)),
    *pair(short, id="aws_short_lived",
          title="An instance is launched and terminated nine minutes later",
          techniques=("T1578.002", "T1578.003"),
          signals=("short_lived_instance", "instance_created_by_new_principal"),
          at_least="medium", twin="aws_image_test",
          twin_title="The pipeline tests an image for nine minutes",
          differs="the approved pipeline does it", twin_signals=("short_lived_instance",),
          differs_in=(r"userIdentity", "sourceIPAddress", "userAgent")),
)
