"""A working organisation for a day in Google Cloud: a pipeline, a managed group, admins, backups.

Nothing here is malicious. Instances of managed groups are created by Google's own agent, which
hides who set the group up; some creations fail on the way.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

from lab.scenarios.google import compute
from lab.scenarios.google import organisation as org
from lab.scenarios.google.entries import AuditLog
from lab.scenarios.model import Machine, Record, Scenario

HOUR, DAY = 3600, 86400
_SERVICES = 5
_GROUP = "web-frontend"


def build(seed: int, start: float, seconds: int = DAY) -> Iterator[Record]:
    """`seconds` other than a day gives a longer or shorter stretch of the same life."""
    log = AuditLog(seed, f"google_benign_day/{start:.0f}")
    pick = log.random
    running: dict[tuple[str, int], Machine] = {}
    fleet: list[Machine] = []
    run = 100 + int(start // HOUR) % 10000 * 4
    for hour in range(-(-seconds // HOUR)):
        begin = start + hour * HOUR
        until = min(begin + HOUR, start + seconds)
        moment = datetime.fromtimestamp(begin, timezone.utc)
        working = 8 <= moment.hour < 18 and moment.weekday() < 5
        made: list[Record] = []
        if moment.hour % 3 == 2:
            run += 1
            made += _pipeline(log, begin + pick.randrange(60, 1800), run, running)
        made += _scaled(log, begin + pick.randrange(60, HOUR - 120), fleet, 4 if working else 2)
        if moment.hour == 3:
            made += _backups(log, begin)
        if working and running and pick.random() < 0.4:
            made += _work(log, begin + pick.randrange(60, 2400), running)
        yield from (record for record in made if record.time < until)


def _pipeline(log: AuditLog, at: float, run: int,
              running: dict[tuple[str, int], Machine]) -> Iterator[Record]:
    service = run % _SERVICES
    project = org.PRODUCTION if run % 2 else org.DEVELOPMENT
    who, zone = org.deploy(project), org.HOME_ZONES[run // 2 % 2 if run % 7 == 0 else 0]
    tags = {"change-ref": f"chg{run:07d}", "owner": "platform"}
    name = f"service-{service}-{run}"
    if log.random.random() < 0.15:
        exhausted = (f"ZONE_RESOURCE_POOL_EXHAUSTED: The zone 'projects/{project}/zones/{zone}'"
                     " does not have enough resources available to fulfill the request.")
        yield from compute.create_instance(log, at - 60, who, project, zone, name, tags=tags,
                                           late_error=(8, exhausted))[0]
    records, machine = compute.create_instance(
        log, at, who, project, zone, name, tags=tags, role="web" if service < 2 else "idle")
    yield from records
    old = running.get((project, service))
    running[project, service] = machine
    if old is not None:
        yield from compute.instance_call(log, at + 200, who, old, "delete")


def _scaled(log: AuditLog, at: float, fleet: list[Machine], wanted: int) -> Iterator[Record]:
    """The autoscaler moves a managed group towards its size, one instance an hour."""
    project, zone = org.PRODUCTION, org.HOME_ZONES[0]
    who = org.managed_groups(project)
    if len(fleet) < wanted:
        records, machine = compute.create_instance(
            log, at, who, project, zone, f"{_GROUP}-{log.random.getrandbits(20):04x}",
            tags={"owner": "web-platform"}, role="web", version="beta")
        fleet.append(machine)
        yield from records
    elif len(fleet) > wanted:
        yield from compute.instance_call(log, at, who, fleet.pop(0), "delete")


def _backups(log: AuditLog, begin: float) -> Iterator[Record]:
    project, zone = org.PRODUCTION, org.HOME_ZONES[0]
    who = org.backup(project)
    for number in range(4):
        at = begin + log.random.randrange(60, 1800)
        day = int(at) // DAY
        yield from compute.create_snapshot(
            log, at, who, project, zone, f"database-{number}-{day}", f"database-{number}",
            tags={"purpose": "backup"})[0]
        yield from compute.delete_snapshot(
            log, at + 60, who, project,
            f"projects/{project}/global/snapshots/database-{number}-{day - 7}")


def _work(log: AuditLog, at: float, running: dict[tuple[str, int], Machine]) -> Iterator[Record]:
    who = org.administrator(log.random.choice((141, 142, 157)))
    machine = log.random.choice(sorted(running.values(), key=lambda one: one.id))
    yield from compute.instance_call(log, at, who, machine, "stop")
    yield from compute.instance_call(log, at + 400, who, machine, "start")
    if log.random.random() < 0.2:
        yield from compute.firewall(log, at + 600, who, org.DEVELOPMENT, log.id("office"),
                                    f"{org.OFFICE}0/24", "443")


SCENARIO = Scenario(
    id="google_benign_day",
    title="A working organisation in Google Cloud for a day: pipeline, managed group, backups",
    techniques=(), signals=(), seconds=DAY, build=build, at_most="low",
)
