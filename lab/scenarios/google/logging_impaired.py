"""A log sink is deleted, a subnet's flow logs are switched off, then an instance is launched."""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.google import compute
from lab.scenarios.google import organisation as org
from lab.scenarios.google.entries import AuditLog
from lab.scenarios.model import Record
from lab.scenarios.twins import creator, exception, pair


def build(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
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
                                       machine="c3-standard-4", startup=True,
                                       role="agent" if twin else "mining_tls", step="launch")[0]


_WHO = org.account("build-agent", org.SANDBOX)
SCENARIOS = pair(
    build,
    id="google_logging_impaired",
    title="A sink is deleted and flow logs are switched off before an instance is launched",
    techniques=("T1562.008", "T1578.002", "T1496.001"),
    signals=("audit_logging_impaired", "instance_created_by_new_principal", "cpu_spike",
             "mining_egress"),
    at_least="high",
    twin="google_logging_rebuilt",
    twin_title="A sandbox is rebuilt without its own logging by an account that the admins listed",
    differs="the admins know the account: it is an approved creator and exempt from what tells of"
            " logging, and its machine reports to the monitoring",
    differs_in=("role", "list"),
    twin_signals=("cpu_spike",),
    twin_lists=(creator("gcp", org.SANDBOX, _WHO, "sandbox rebuilds"),
                exception("audit_logging_impaired", "gcp", org.SANDBOX, _WHO, "sandbox rebuilds")),
)
