"""Machines that are not loud: a small one, one at night, one for minutes only; and agreed ones that
do what was not: a pool behind TLS, bulk transfer."""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.azure import compute, identity
from lab.scenarios.azure import organisation as org
from lab.scenarios.azure.activity import ActivityLog
from lab.scenarios.model import Record
from lab.scenarios.twins import Row, creator, pair, ticket

NIGHT = "CHG0092006"
HOUR, DAY = 3600, 86400
_REGION = org.HOME_REGIONS[0]


def _application(name: str, address: str = "") -> org.Principal:
    return org.Principal(name, "ServicePrincipal", org.guid("app/" + name), address)


def slow(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    log = ActivityLog(seed, f"azure_slow_instance/{start:.0f}")
    who = _application("inventory-sync", f"{org.STRANGER}{log.random.randrange(20, 120)}")
    yield from compute.create_vm(
        log, start + 700 + log.random.randrange(300), who, _REGION, org.PRODUCTION, "rg-sync",
        "sync-1", role="batch" if twin else "mining_hidden", step="launch")[0]


def night(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    log = ActivityLog(seed, f"azure_insider_at_night/{start:.0f}")
    directory = identity.Directory(seed, f"azure_insider_at_night/{start:.0f}")
    at = start // DAY * DAY + 2.75 * HOUR + log.random.randrange(600)
    at += DAY if at < start else 0
    who = org.Principal("user-0188@example.com", app=org.PORTAL, address=org.STRANGER + "12")
    yield directory.sign_in(at - 300, who, mfa="MFA requirement satisfied by claim in the token")
    yield from compute.create_vm(
        log, at, who, _REGION, org.PRODUCTION, "rg-tmp", "tmp-1", size="Standard_F8s_v2",
        tags={"change-ref": NIGHT} if twin else {"env": "tmp"},
        role="batch" if twin else "mining_hidden", step="launch")[0]


def short(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    log = ActivityLog(seed, f"azure_short_lived/{start:.0f}")
    at = start + 900 + log.random.randrange(300)
    who = _application("log-shipper", f"{org.STRANGER}{log.random.randrange(20, 120)}")
    if twin:
        who = org.deploy()
    rows, machine = compute.create_vm(log, at, who, _REGION, org.DEVELOPMENT, "rg-logs", "rotate-1",
                                      user_data=True, step="launch")
    yield from rows
    yield from compute.vm_action(log, at + 540, who, machine, "delete", step="deleted")


def tls(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    return _trainer(f"azure_tls_mining/{start:.0f}", seed, start, "agent" if twin else "mining_tls")


def bulk(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    return _trainer(f"azure_bulk_transfer/{start:.0f}", seed, start, "archive" if twin else "bulk")


def _trainer(name: str, seed: int, start: float, role: str) -> Iterator[Record]:
    log = ActivityLog(seed, name)
    yield from compute.create_vm(
        log, start + 600 + log.random.randrange(300),
        _application("ml-training", org.OFFICE + "91"), _REGION, org.DEVELOPMENT, "rg-training",
        "trainer-1", size="Standard_F16s_v2", role=role, step="launch")[0]


def _listed(account: str, name: str, reason: str) -> tuple[tuple[str, Row], ...]:
    """By object id and by client id: the log may have either."""
    who = _application(name)
    return tuple(creator("azure", account, each, reason) for each in (who.object_id, who.app))


_NIGHTS = ("ciw_business_hours", {
    "cloud": "azure", "vendor_account": org.PRODUCTION, "user": "user-*@example.com",
    "timezone": "UTC", "days": "1-5", "start": "08:00", "end": "18:00", "holidays": ""})
_TRAINING = _listed(org.DEVELOPMENT, "ml-training", "model training")
SCENARIOS = (
    *pair(slow, id="azure_slow_instance",
          title="An application that never did makes one small machine, which mines over TLS",
          techniques=("T1578.002", "T1496.001"),
          signals=("instance_created_by_new_principal", "cpu_spike", "beaconing_egress"),
          at_least="medium", twin="azure_new_batch_application",
          twin_title="An application that never did makes one small machine for a batch job",
          differs="the application is an approved creator, and the machine works for the database",
          differs_in=("role", "list"), twin_signals=("cpu_spike",),
          twin_lists=_listed(org.PRODUCTION, "inventory-sync", "batch jobs")),
    *pair(night, id="azure_insider_at_night", seconds=DAY,
          title="An engineer makes a machine at night, from outside the office",
          techniques=("T1078.004", "T1578.002"),
          signals=("instance_created_off_hours", "instance_created_by_new_principal",
                   "instance_created_without_change_ref", "beaconing_egress"),
          at_least="medium", twin="azure_on_call_at_night",
          twin_title="The engineer on call makes a machine at night",
          differs="the machine is that of a change request: it carries its reference, and works",
          differs_in=(r"properties\.(requestbody|responseBody)", "role", "list"),
          twin_signals=("instance_created_off_hours", "cpu_spike"), lists=(_NIGHTS,),
          twin_lists=(ticket("azure", org.PRODUCTION, NIGHT, "emergency capacity, on call"),)),
    *pair(short, id="azure_short_lived",
          title="A machine is made and deleted nine minutes later",
          techniques=("T1578.002", "T1578.003"),
          signals=("short_lived_instance", "instance_created_by_new_principal"),
          at_least="medium", twin="azure_image_test",
          twin_title="The pipeline tests an image for nine minutes",
          differs="the approved pipeline does it", twin_signals=("short_lived_instance",),
          differs_in=(r"^caller", r"^claims", r"httpRequest\.clientIpAddress")),
    *pair(tls, id="azure_tls_mining",
          title="A machine of an approved application mines at a pool on port 443",
          techniques=("T1496.001",), signals=("cpu_spike", "beaconing_egress"), at_least="medium",
          twin="azure_busy_agent",
          twin_title="A machine of an approved application computes, and reports to the monitoring",
          differs="the steady connection on port 443 goes to the organisation's own monitoring",
          differs_in=("role",), twin_signals=("cpu_spike", "unusual_instance_type"),
          lists=_TRAINING),
    *pair(bulk, id="azure_bulk_transfer",
          title="A new machine sends gigabytes to an unknown host",
          techniques=("T1537",), signals=("bulk_transfer_new_instance",), at_least="medium",
          twin="azure_archive_run", twin_title="A new machine sends gigabytes to the backup",
          differs="the bytes go to the organisation's own network", differs_in=("role",),
          twin_signals=("unusual_instance_type",), lists=_TRAINING),
)
