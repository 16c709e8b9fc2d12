"""A leaked service-account key: a second account with a key, then GPU instances in many zones."""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.google import compute
from lab.scenarios.google import organisation as org
from lab.scenarios.google.entries import AuditLog
from lab.scenarios.model import Record
from lab.scenarios.twins import pair, ticket

CHANGE = "chg0093001"
_QUOTA = (8, "QUOTA_EXCEEDED: Quota 'NVIDIA_T4_GPUS' exceeded. Limit: 1.0 in region.")
# (seconds after the second key, zone, error on the way)
_LAUNCHES = ((60, "asia-east1-a", True), (90, "us-west1-b", False), (120, "us-east1-c", False),
             (150, "southamerica-east1-a", False))


def build(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    log = AuditLog(seed, f"google_leaked_key_mining/{start:.0f}")
    project, at = org.DEVELOPMENT, start + 500 + log.random.randrange(300)
    address = f"{org.STRANGER}{log.random.randrange(20, 120)}"
    leaked = org.Principal(org.account("ci-artifacts", project), address, org.CLIENT,
                           key="0123456789abcdef0123456789abcdef01234567")
    name = "sync-worker"
    yield from compute.create_service_account(log, at, leaked, project, name, step="new principal")
    yield from compute.set_policy(
        log, at + 25, leaked, project, f"serviceAccount:{org.account(name, project)}",
        "roles/editor", step="new principal")
    records, key = compute.create_key(log, at + 40, leaked, project, name, step="new principal")
    yield from records
    second = org.Principal(org.account(name, project), address, org.CLIENT, key=key)
    yield from compute.firewall(log, at + 50, second, project, "allow-all", "0.0.0.0/0", "22",
                                step="exposure")
    for number, (after, zone, refused) in enumerate(_LAUNCHES):
        yield from compute.create_instance(
            log, at + 40 + after, second, project, zone, f"worker-{number}",
            machine="n1-standard-8", gpus=4, startup=True, public=True,
            tags={"change-ref": CHANGE} if twin else None, role="batch" if twin else "mining",
            late_error=_QUOTA if refused else (0, ""),
            step="denied launch" if refused else "launch")[0]


SCENARIOS = pair(
    build,
    id="google_leaked_key_mining",
    title="A leaked key makes a second service account, which mines on GPU instances in many zones",
    techniques=("T1078.004", "T1136.003", "T1578.002", "T1496.001", "T1535"),
    signals=("instance_created_by_new_principal", "instance_created_by_new_account",
             "instance_created_in_unapproved_region", "unusual_instance_type",
             "denied_instance_creation", "new_instance_exposed", "cpu_spike", "mining_egress"),
    at_least="critical",
    twin="google_announced_burst",
    twin_title="A new service account's GPU instances are an announced research burst",
    differs="the launches are those of a change request: they carry its reference, and compute",
    differs_in=(r"request\.labels", "role", "list"),
    twin_signals=("denied_instance_creation", "new_instance_exposed", "unusual_instance_type",
                  "instance_created_in_unapproved_region", "cpu_spike"),
    twin_lists=(ticket("gcp", org.DEVELOPMENT, CHANGE, "research burst in four zones"),),
)
