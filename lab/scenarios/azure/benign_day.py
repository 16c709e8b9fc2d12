"""A working organisation for a day in Azure: a pipeline, a scale set, admins, backups.

Nothing here is malicious; much of it is what naive rules fire on: creations at night, updates that
look like creations, failed deployments, snapshots, autoscaling.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

from lab.scenarios.azure import compute, identity
from lab.scenarios.azure import organisation as org
from lab.scenarios.azure.activity import ActivityLog
from lab.scenarios.model import Machine, Record, Scenario

HOUR, DAY = 3600, 86400
_SERVICES = 5
_SCALED = "web-frontend"


def build(seed: int, start: float, seconds: int = DAY) -> Iterator[Record]:
    """`seconds` other than a day gives a longer or shorter stretch of the same life."""
    log = ActivityLog(seed, f"azure_benign_day/{start:.0f}")
    directory = identity.Directory(seed, f"azure_benign_day/{start:.0f}")
    pick = log.random
    running: dict[tuple[str, int], Machine] = {}
    capacity = 3
    run = 100 + int(start // HOUR) % 10000 * 4
    for hour in range(-(-seconds // HOUR)):
        begin = start + hour * HOUR
        until = min(begin + HOUR, start + seconds)
        moment = datetime.fromtimestamp(begin, timezone.utc)
        working = 8 <= moment.hour < 18 and moment.weekday() < 5
        made: list[Record] = []
        if moment.hour % 3 == 1:
            run += 1
            made += _pipeline(log, begin + pick.randrange(60, 1800), run, running)
        wanted = 3 + (2 if working else 0) + (pick.random() < 0.3)
        if wanted != capacity:
            made += _scaled(log, begin + pick.randrange(60, HOUR - 60), capacity, wanted)
            capacity = wanted
        if moment.hour == 3:
            made += _backups(log, begin)
        if working and pick.random() < 0.6:
            made += _work(log, directory, begin + pick.randrange(60, 2400), running)
        yield from (record for record in made if record.time < until)


def _pipeline(log: ActivityLog, at: float, run: int,
              running: dict[tuple[str, int], Machine]) -> Iterator[Record]:
    """A deployment replaces a service's machine; now and then it updates one in place, or a size
    cannot be had."""
    who, service = org.deploy(), run % _SERVICES
    subscription = org.PRODUCTION if run % 2 else org.DEVELOPMENT
    region = org.HOME_REGIONS[run // 2 % 2 if run % 7 == 0 else 0]
    tags = {"change-ref": f"CHG{run:07d}", "owner": "platform"}
    old = running.get((subscription, service))
    if log.random.random() < 0.15:
        rows, _ = compute.create_vm(
            log, at - 40, who, region, subscription, "services", f"service-{service}-{run}",
            tags=tags, error="SkuNotAvailable", code="Conflict",
            message="The requested VM size for resource 'Following SKUs have failed for Capacity"
                    " Restrictions: Standard_D2s_v5' is currently not available in location"
                    f" '{region}'.")
        yield from rows
    if old is not None and log.random.random() < 0.25:
        yield from compute.create_vm(
            log, at, who, old.region, subscription, "services", old.name, tags=tags,
            update=True)[0]
        return
    rows, machine = compute.create_vm(
        log, at, who, region, subscription, "services", f"service-{service}-{run}", tags=tags,
        role="web" if service < 2 else "idle", finished=log.random.random() > 0.1)
    yield from compute.network_interface(log, at - 12, who, machine, "services")
    yield from rows
    running[subscription, service] = machine
    if old is not None:
        yield from compute.vm_action(log, at + 240, who, old, "delete")


def _scaled(log: ActivityLog, at: float, old: int, new: int) -> Iterator[Record]:
    subscription, region = org.PRODUCTION, org.HOME_REGIONS[0]
    target = org.resource(subscription, "web", compute.SCALE_SET, _SCALED)
    setting = org.resource(subscription, "web", "microsoft.insights/autoscalesettings",
                           _SCALED + "-load")
    yield log.autoscale(at, subscription, region, target, setting, old, new)


def _backups(log: ActivityLog, begin: float) -> Iterator[Record]:
    who, region = org.backup(), org.HOME_REGIONS[0]
    for number in range(4):
        at = begin + log.random.randrange(60, 1800)
        disk = org.resource(org.PRODUCTION, "data", compute.DISK, f"database-{number}")
        name = f"database-{number}-{int(at) // DAY}"
        yield from compute.create_snapshot(log, at, who, region, org.PRODUCTION, "backups", name,
                                           disk, tags={"purpose": "backup"})[0]
        old = org.resource(org.PRODUCTION, "backups", compute.SNAPSHOT,
                           f"database-{number}-{int(at) // DAY - 7}")
        yield from compute.delete(log, at + 90, who, region, old, compute.SNAPSHOT)


def _work(log: ActivityLog, directory: identity.Directory, at: float,
          running: dict[tuple[str, int], Machine]) -> Iterator[Record]:
    """An administrator signs in, now and then stops a machine and starts it, or opens a port."""
    who = org.administrator(log.random.choice((141, 142, 157)))
    yield directory.sign_in(at, who, mfa="MFA requirement satisfied by claim in the token")
    if running and log.random.random() < 0.5:
        machine = log.random.choice(sorted(running.values(), key=lambda one: one.id))
        yield from compute.vm_action(log, at + 120, who, machine, "deallocate")
        yield from compute.vm_action(log, at + 500, who, machine, "start")
    if log.random.random() < 0.2:
        yield from compute.security_rule(
            log, at + 200, who, org.HOME_REGIONS[0], org.DEVELOPMENT, "services", "services-nsg",
            log.id("office"), source=f"{org.OFFICE}0/24", port="443")


SCENARIO = Scenario(
    id="azure_benign_day",
    title="A working organisation in Azure for a day: pipeline, scale set, admins, backups",
    techniques=(), signals=(), seconds=DAY, build=build, at_most="low",
)
