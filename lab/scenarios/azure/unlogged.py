"""A machine that the inventory has and no write of the activity log made: records got lost on their
way, while the rest of the subscription's went on."""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.azure import compute
from lab.scenarios.azure import organisation as org
from lab.scenarios.azure.activity import ActivityLog
from lab.scenarios.model import Record
from lab.scenarios.twins import exception, pair

HOUR = 3600
_REGION = org.HOME_REGIONS[0]


def build(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    log = ActivityLog(seed, f"azure_unlogged_machine/{start:.0f}")
    at = start + 600 + log.random.randrange(300)
    who = org.Principal("edge-sync", "ServicePrincipal", org.guid("app/edge-sync"),
                        f"{org.STRANGER}{log.random.randrange(20, 120)}")
    _, machine = compute.create_vm(log, at, who, _REGION, org.PRODUCTION, "rg-edge", "edge-1",
                                   role="web" if twin else "mining")
    for number, hours in enumerate((0, 1.5, 4.5), 1):
        interface = org.resource(org.PRODUCTION, "rg-edge", compute.INTERFACE,
                                 f"edge-{number}-nic")
        yield from log.operation(
            at - 40 + hours * HOUR, who, _REGION, interface, compute.INTERFACE + "/write",
            {"location": _REGION, "properties": {"ipConfigurations": []}}, code="Created",
            step="interface", machines=() if hours else (machine,))


SCENARIOS = pair(
    build, id="azure_unlogged_machine",
    title="A machine mines that is in the inventory, and no record says who made it",
    techniques=("T1578.002", "T1496.001"),
    signals=("inventory_drift", "cpu_spike", "mining_egress"), at_least="critical",
    twin="azure_unlogged_appliance",
    twin_title="A machine serves pages whose records are known to be missing",
    differs="the admins have listed that records of the subscription are missing, and the machine"
            " serves pages",
    differs_in=("role", "list"),
    twin_lists=(exception("inventory_drift", "azure", org.PRODUCTION, "*",
                          "the export of the activity log was moved, records are missing"),),
)
