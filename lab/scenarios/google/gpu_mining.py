"""Mining on GPU instances in many regions, by the service account of a build machine."""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.google import compute
from lab.scenarios.google import organisation as org
from lab.scenarios.google.entries import AuditLog
from lab.scenarios.model import Record
from lab.scenarios.twins import pair, ticket

CHANGE = "chg0093002"
ZONES = ("us-west4-a", "asia-northeast1-a", "europe-west4-b", "northamerica-northeast1-c")


def build(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    log = AuditLog(seed, f"google_gpu_mining/{start:.0f}")
    project, at = org.PRODUCTION, start + 500 + log.random.randrange(300)
    who = org.Principal(org.account("ci-build", project),
                        f"{org.STRANGER}{log.random.randrange(20, 120)}", org.CLIENT)
    for number, zone in enumerate(ZONES):
        yield from compute.create_instance(
            log, at + number * 37, who, project, zone, f"job-{number}", machine="n1-standard-8",
            gpus=4, startup=True, tags={"change-ref": CHANGE} if twin else None,
            role="batch" if twin else "mining", step="launch")[0]


SCENARIOS = pair(
    build,
    id="google_gpu_mining",
    title="A build machine's service account launches mining GPU instances in four regions",
    techniques=("T1552.005", "T1578.002", "T1496.001", "T1535"),
    signals=("instance_created_by_new_principal", "instance_created_in_unapproved_region",
             "unusual_instance_type", "cpu_spike", "mining_egress"),
    at_least="critical",
    twin="google_research_burst",
    twin_title="A build machine's service account launches the GPU instances of a research burst",
    differs="it is a research burst under a change request: the instances carry its reference, and"
            " compute",
    differs_in=(r"request\.labels", "role", "list"),
    twin_signals=("unusual_instance_type", "instance_created_in_unapproved_region", "cpu_spike"),
    twin_lists=(ticket("gcp", org.PRODUCTION, CHANGE, "research burst in four regions"),),
)
