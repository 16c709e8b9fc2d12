"""Mining on GPU machines in many regions, made by an application whose secret has leaked."""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.azure import compute, identity
from lab.scenarios.azure import organisation as org
from lab.scenarios.azure.activity import ActivityLog
from lab.scenarios.model import Record
from lab.scenarios.twins import pair, ticket

CHANGE = "CHG0092002"
REGIONS = ("eastus", "southcentralus", "japaneast", "australiaeast")
_QUOTA = ("Operation could not be completed as it results in exceeding approved standardNCADSA100v4"
          "Family Cores quota. Current Limit: 0, Current Usage: 0, Additional Required: 24.")


def build(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    log = ActivityLog(seed, f"azure_gpu_mining/{start:.0f}")
    directory = identity.Directory(seed, f"azure_gpu_mining/{start:.0f}")
    at = start + 500 + log.random.randrange(300)
    who = org.Principal("build-artifacts", "ServicePrincipal", org.guid("app/build-artifacts"),
                        f"{org.STRANGER}{log.random.randrange(20, 120)}")
    yield directory.sign_in(at - 60, who, step="sign-in")
    tags = {"change-ref": CHANGE} if twin else None
    yield from compute.create_vm(
        log, at, who, "westus3", org.PRODUCTION, "rg-jobs", "job-0",
        size="Standard_NC24ads_A100_v4", tags=tags, error="OperationNotAllowed", message=_QUOTA,
        code="Conflict", step="denied launch")[0]
    for number, region in enumerate(REGIONS, 1):
        yield from compute.create_vm(
            log, at + number * 45, who, region, org.PRODUCTION, "rg-jobs", f"job-{number}",
            size="Standard_NC24ads_A100_v4", tags=tags, user_data=True,
            role="batch" if twin else "mining", step="launch", finished=number != 2)[0]


SCENARIOS = pair(
    build,
    id="azure_gpu_mining",
    title="An application's leaked secret makes mining GPU machines in four regions",
    techniques=("T1078.004", "T1578.002", "T1496.001", "T1535"),
    signals=("instance_created_by_new_principal", "instance_created_in_unapproved_region",
             "unusual_instance_type", "denied_instance_creation", "cpu_spike", "mining_egress"),
    at_least="critical",
    twin="azure_research_burst",
    twin_title="An application makes the GPU machines of a research burst",
    differs="it is a research burst under a change request: the machines carry its reference, and"
            " compute",
    differs_in=(r"properties\.(requestbody|responseBody)", "role", "list"),
    twin_signals=("unusual_instance_type", "denied_instance_creation", "cpu_spike",
                  "instance_created_in_unapproved_region"),
    twin_lists=(ticket("azure", org.PRODUCTION, CHANGE, "research burst in four regions"),),
)
