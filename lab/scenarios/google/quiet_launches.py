"""Instances that are not loud: a small one, one at night, one for minutes only; and agreed ones
that do what was not: a pool behind TLS, bulk transfer."""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.google import compute
from lab.scenarios.google import organisation as org
from lab.scenarios.google.entries import AuditLog
from lab.scenarios.model import Record
from lab.scenarios.twins import creator, pair, ticket

NIGHT = "chg0093006"
HOUR, DAY = 3600, 86400
_ZONE = org.HOME_ZONES[0]


def slow(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    log = AuditLog(seed, f"google_slow_instance/{start:.0f}")
    who = org.Principal(org.account("inventory-sync", org.PRODUCTION),
                        f"{org.STRANGER}{log.random.randrange(20, 120)}", org.CLIENT)
    yield from compute.create_instance(
        log, start + 700 + log.random.randrange(300), who, org.PRODUCTION, _ZONE, "sync-1",
        role="batch" if twin else "mining_hidden", step="launch")[0]


def night(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    log = AuditLog(seed, f"google_insider_at_night/{start:.0f}")
    at = start // DAY * DAY + 2.75 * HOUR + log.random.randrange(600)
    at += DAY if at < start else 0
    who = org.Principal("user-0188@example.com", org.STRANGER + "12", org.CONSOLE)
    yield from compute.create_instance(
        log, at, who, org.PRODUCTION, _ZONE, "tmp-1", machine="c3-standard-4",
        tags={"change-ref": NIGHT} if twin else {"env": "tmp"},
        role="batch" if twin else "mining_hidden", step="launch")[0]


def short(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    log = AuditLog(seed, f"google_short_lived/{start:.0f}")
    at, project = start + 900 + log.random.randrange(300), org.DEVELOPMENT
    who = org.Principal(org.account("log-shipper", project),
                        f"{org.STRANGER}{log.random.randrange(20, 120)}", org.CLIENT)
    if twin:
        who = org.deploy(project)
    records, machine = compute.create_instance(log, at, who, project, _ZONE, "rotate-1",
                                               startup=True, step="launch")
    yield from records
    yield from compute.instance_call(log, at + 540, who, machine, "delete", step="deleted")


def tls(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    return _trainer(f"google_tls_mining/{start:.0f}", seed, start,
                    "agent" if twin else "mining_tls")


def bulk(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    return _trainer(f"google_bulk_transfer/{start:.0f}", seed, start, "archive" if twin else "bulk")


def _trainer(name: str, seed: int, start: float, role: str) -> Iterator[Record]:
    log = AuditLog(seed, name)
    who = org.Principal(org.account("ml-training", org.DEVELOPMENT), org.OFFICE + "91", org.CLIENT)
    yield from compute.create_instance(
        log, start + 600 + log.random.randrange(300), who, org.DEVELOPMENT, _ZONE, "trainer-1",
        machine="c3-standard-44", role=role, step="launch")[0]


_NIGHTS = ("ciw_business_hours", {
    "cloud": "gcp", "vendor_account": org.PRODUCTION, "user": "user-*@example.com",
    "timezone": "UTC", "days": "1-5", "start": "08:00", "end": "18:00", "holidays": ""})
_TRAINING = (creator("gcp", org.DEVELOPMENT, org.account("ml-training", org.DEVELOPMENT),
                     "model training"),)
SCENARIOS = (
    *pair(slow, id="google_slow_instance",
          title="An account that never did makes one small instance, which mines over TLS",
          techniques=("T1578.002", "T1496.001"),
          signals=("instance_created_by_new_principal", "cpu_spike", "beaconing_egress"),
          at_least="medium", twin="google_new_batch_account",
          twin_title="An account that never did makes one small instance for a batch job",
          differs="the account is an approved creator, and the instance works for the database",
          differs_in=("role", "list"), twin_signals=("cpu_spike",),
          twin_lists=(creator("gcp", org.PRODUCTION,
                              org.account("inventory-sync", org.PRODUCTION), "batch jobs"),)),
    *pair(night, id="google_insider_at_night", seconds=DAY,
          title="An engineer makes an instance at night, from outside the office",
          techniques=("T1078.004", "T1578.002"),
          signals=("instance_created_off_hours", "instance_created_by_new_principal",
                   "instance_created_without_change_ref", "beaconing_egress"),
          at_least="medium", twin="google_on_call_at_night",
          twin_title="The engineer on call makes an instance at night",
          differs="the launch is that of a change request: it carries its reference, and works",
          differs_in=(r"request\.labels", "role", "list"),
          twin_signals=("instance_created_off_hours", "cpu_spike"), lists=(_NIGHTS,),
          twin_lists=(ticket("gcp", org.PRODUCTION, NIGHT, "emergency capacity, on call"),)),
    *pair(short, id="google_short_lived",
          title="An instance is made and deleted nine minutes later",
          techniques=("T1578.002", "T1578.003"),
          signals=("short_lived_instance", "instance_created_by_new_principal"),
          at_least="medium", twin="google_image_test",
          twin_title="The pipeline tests an image for nine minutes",
          differs="the approved pipeline does it", twin_signals=("short_lived_instance",),
          differs_in=(r"authenticationInfo", r"requestMetadata\.(callerIp|callerSupplied)",
                      r"response\.user")),
    *pair(tls, id="google_tls_mining",
          title="An instance of an approved account mines at a pool that answers on port 443",
          techniques=("T1496.001",), signals=("cpu_spike", "mining_egress"), at_least="high",
          twin="google_busy_agent",
          twin_title="An instance of an approved account computes, and reports to the monitoring",
          differs="the steady connection on port 443 goes to the organisation's own monitoring",
          differs_in=("role",), twin_signals=("cpu_spike", "unusual_instance_type"),
          lists=_TRAINING),
    *pair(bulk, id="google_bulk_transfer",
          title="A new instance sends gigabytes to an unknown host",
          techniques=("T1537",), signals=("bulk_transfer_new_instance",), at_least="medium",
          twin="google_archive_run", twin_title="A new instance sends gigabytes to the backup",
          differs="the bytes go to the organisation's own network", differs_in=("role",),
          twin_signals=("unusual_instance_type",), lists=_TRAINING),
)
