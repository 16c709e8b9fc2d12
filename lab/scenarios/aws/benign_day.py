"""A working organisation for a day: two accounts, a pipeline, scaling groups, admins, backups.

Nothing here is malicious; everything here is what naive rules fire on: launches by roles at
night (scaling), failed launches, snapshots, stops and starts, rule changes for the office.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

from lab.scenarios.aws import organisation as org
from lab.scenarios.aws.compute import (
    authorize_ingress,
    change_state,
    create_snapshot,
    describe,
    run_instances,
)
from lab.scenarios.aws.trail import Trail
from lab.scenarios.model import Record, Scenario

HOUR, DAY = 3600, 86400
IMAGE = "ami-0a1b2c3d4e5f60718"
SCALING_IMAGE = "ami-0b2c3d4e5f6071829"
_READS = ("DescribeInstances", "DescribeVolumes", "DescribeSecurityGroups", "DescribeImages",
          "DescribeInstanceStatus", "DescribeSnapshots")


def build(seed: int, start: float, seconds: int = DAY) -> Iterator[Record]:
    """`seconds` other than a day gives a longer or shorter stretch of the same life."""
    trail = Trail(seed, f"aws_benign_day/{start:.0f}")
    pick = trail.random
    fleet: dict[str, list[str]] = {org.PRODUCTION: [], org.DEVELOPMENT: []}
    services: dict[tuple[str, str, int], str] = {}
    runs = 100 + int(start // HOUR) % 10000 * 4
    for hour in range(-(-seconds // HOUR)):
        begin = start + hour * HOUR
        until = min(begin + HOUR, start + seconds)
        moment = datetime.fromtimestamp(begin, timezone.utc)
        working = 8 <= moment.hour < 18 and moment.weekday() < 5

        def at(low: int = 0, high: int = HOUR - 60, begin: float = begin) -> float:
            return begin + pick.randrange(low, high)

        made: list[Record] = []
        for account in (org.PRODUCTION, org.DEVELOPMENT):
            made += _reads(trail, account, begin)
            made += _scaling(trail, account, at, fleet[account], busy=working)
            if moment.hour == 2:
                made += _backups(trail, account, at)
            if working:
                made += _work(trail, account, at, fleet[account])
            if moment.hour % 3 == 0:
                runs += 1
                made += _pipeline(trail, account, at, runs, services)
        yield from (record for record in made if record.time < until)


def _reads(trail: Trail, account: str, begin: float) -> Iterator[Record]:
    who = org.monitoring(account)
    for number in range(12):
        region = org.HOME_REGIONS[number % 2]
        yield describe(trail, begin + number * 300 + trail.random.randrange(30), who, region,
                       trail.random.choice(_READS))


def _scaling(trail: Trail, account: str, at, fleet: list[str], busy: bool) -> Iterator[Record]:
    """A scaling group that breathes with the day; now and then there is no capacity."""
    who, region = org.autoscaling(account), org.HOME_REGIONS[0]
    tags = {"aws:autoscaling:groupName": "web-frontend", "owner": "web-platform"}
    for _ in range(2 if busy else 1):
        if trail.random.random() < 0.05:
            yield run_instances(
                trail, at(), who, region, image=SCALING_IMAGE, instance_type="c6i.xlarge",
                tags=tags, error="Server.InsufficientInstanceCapacity",
                message="We currently do not have sufficient c6i.xlarge capacity in the"
                        " Availability Zone you requested (eu-west-1a).")[0]
            continue
        moment = at()
        record, instances = run_instances(trail, moment, who, region, image=SCALING_IMAGE,
                                          instance_type="m6i.large", tags=tags, role="web")
        fleet += instances
        yield record
        if len(fleet) > 6:
            yield change_state(trail, moment + 30, who, region, "TerminateInstances", [fleet.pop(0)])


def _backups(trail: Trail, account: str, at) -> Iterator[Record]:
    who, region = org.backup(account), org.HOME_REGIONS[0]
    for number in range(8):
        moment = at(0, 1800)
        volume = f"vol-0{number:016x}"
        yield create_snapshot(trail, moment, who, region, volume,
                              {"aws:backup:source-resource": volume})[0]
        yield trail.call(moment + 20, who, region, "DeleteSnapshot",
                         {"snapshotId": trail.id("snap"), "force": False}, {"_return": True})


def _work(trail: Trail, account: str, at, fleet: list[str]) -> Iterator[Record]:
    """Console sessions by day: signing in, looking, now and then a stop, a start, a rule."""
    pick, region = trail.random, org.HOME_REGIONS[0]
    who = org.administrator(account, pick.choice((141, 142, 157)))
    moment = at(0, HOUR - 600)
    yield trail.console_login(moment, who, "us-east-1")
    for step in range(pick.randrange(2, 6)):
        yield describe(trail, moment + 20 + step * 15, who, region, pick.choice(_READS))
    if fleet and pick.random() < 0.4:
        instance = pick.choice(fleet)
        yield change_state(trail, moment + 120, who, region, "StopInstances", [instance])
        yield change_state(trail, moment + 400, who, region, "StartInstances", [instance])
    if pick.random() < 0.15:
        yield authorize_ingress(trail, moment + 200, who, region, trail.id("sg"),
                                f"{org.OFFICE}0/24", 443)


def _pipeline(trail: Trail, account: str, at, run: int,
              services: dict[tuple[str, str, int], str]) -> Iterator[Record]:
    """A deployment: assume the role, launch with its change reference, tag, replace the service's
    instance of last time; sometimes a retry."""
    who, region = org.deploy(account, run), org.HOME_REGIONS[run % 2]
    moment = at(0, HOUR - 900)
    role = f"arn:aws:iam::{account}:role/platform-deploy"
    yield trail.call(
        moment - 5, org.user(account, "pipeline-runner", org.PIPELINE, org.BOTO_AGENT), region,
        "AssumeRole", {"roleArn": role, "roleSessionName": who.session, "durationSeconds": 3600},
        {"credentials": {"accessKeyId": org.unique_id("ASIA", account + who.name + who.session),
                         "sessionToken": "<redacted>"},
         "assumedRoleUser": {"assumedRoleId": f"{org.unique_id('AROA', account + who.name)}:"
                                              f"{who.session}",
                             "arn": f"arn:aws:sts::{account}:assumed-role/{who.name}/{who.session}"}},
        source="sts", resources=[{"accountId": account, "type": "AWS::IAM::Role", "ARN": role}])
    tags = {"Name": f"service-{run % 7}", "change-ref": f"CHG{run:07d}", "owner": "platform"}
    if trail.random.random() < 0.2:
        yield run_instances(
            trail, moment, who, region, image=IMAGE, instance_type="t3.medium", tags=tags,
            error="Client.InvalidParameterValue",
            message="Value (service-profile) for parameter iamInstanceProfile.name is invalid."
                    " Invalid IAM Instance Profile name")[0]
        moment += 8
    record, instances = run_instances(trail, moment, who, region, image=IMAGE,
                                      instance_type="t3.medium", tags=tags,
                                      role="web" if run % 7 < 2 else "idle")
    yield record
    old = services.get((account, region, run % 7))
    services[account, region, run % 7] = instances[0]
    if old:
        yield change_state(trail, moment + 240, who, region, "TerminateInstances", [old])
    yield describe(trail, moment + 12, who, region, "DescribeInstances")
    yield trail.call(moment + 15, who, region, "CreateTags", {
        "resourcesSet": {"items": [{"resourceId": instances[0]}]},
        "tagSet": {"items": [{"key": "deployed-by", "value": who.session}]}}, {"_return": True})


SCENARIO = Scenario(
    id="aws_benign_day",
    title="A working organisation for a day: pipeline, scaling, admins, backups, failed launches",
    techniques=(),
    signals=(),
    seconds=DAY,
    build=build,
)
