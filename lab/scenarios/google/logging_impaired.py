"""A log sink is deleted, a subnet's flow logs are switched off, then an instance is launched."""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.google import compute
from lab.scenarios.google import organisation as org
from lab.scenarios.google.entries import AuditLog
from lab.scenarios.model import Record, Scenario


def build(seed: int, start: float) -> Iterator[Record]:
    log = AuditLog(seed, f"google_logging_impaired/{start:.0f}")
    project, zone = org.SANDBOX, org.HOME_ZONES[1]
    at = start + 700 + log.random.randrange(300)
    who = org.Principal(org.account("build-agent", project),
                        f"{org.STRANGER}{log.random.randrange(130, 250)}", org.CLIENT)
    yield from compute.sink_call(log, at, who, project, "audit-archive", "DeleteSink",
                                 step="logging off")
    yield from compute.subnet_flow_logs(log, at + 40, who, project, zone[:-2], False,
                                        step="logging off")
    yield from compute.create_instance(log, at + 200, who, project, zone, "build-helper",
                                       machine="c3-standard-4", startup=True, role="mining_tls",
                                       step="launch")[0]


SCENARIO = Scenario(
    id="google_logging_impaired",
    title="A sink is deleted and flow logs are switched off before an instance is launched",
    techniques=("T1562.008", "T1578.002"),
    signals=("audit_logging_impaired", "instance_created_by_new_principal", "cpu_spike",
             "mining_egress"),
    seconds=3600,
    build=build,
    at_least="high",
)
