"""The help desk is talked into resetting an administrator's sign-in; the intruder makes machines.

After the campaign C0027 of ATT&CK (Scattered Spider): help-desk impersonation, a second factor of
one's own, a role for the whole subscription, virtual machines as a foothold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lab.scenarios.azure import compute, identity
from lab.scenarios.azure import organisation as org
from lab.scenarios.azure.activity import ActivityLog
from lab.scenarios.model import Record
from lab.scenarios.twins import pair, ticket

OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
"""The built-in role Owner ("Azure built-in roles", learn.microsoft.com)."""
CHANGE = "CHG0092001"


def build(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    log = ActivityLog(seed, f"azure_helpdesk_takeover/{start:.0f}")
    directory = identity.Directory(seed, f"azure_helpdesk_takeover/{start:.0f}")
    at = start + 600 + log.random.randrange(300)
    desk = org.Principal("user-0311@example.com", app=org.PORTAL, address=org.OFFICE + "33")
    victim = org.administrator(163)
    taken = replace(victim, address=f"{org.STRANGER}{log.random.randrange(20, 120)}")
    yield directory.audit(at, desk, "Reset password (by admin)", "UserManagement", victim.name,
                          step="takeover")
    yield directory.audit(at + 140, desk, "Admin deleted security info", "UserManagement",
                          victim.name, service="Authentication Methods", operation="Delete",
                          step="takeover")
    yield directory.audit(at + 300, taken, "User registered security info", "UserManagement",
                          victim.name, service="Authentication Methods", operation="Add",
                          step="takeover")
    yield directory.sign_in(at + 420, taken, mfa="MFA completed in Azure AD", risk="medium",
                            step="takeover")
    yield from compute.role_assignment(log, at + 700, taken, org.DEVELOPMENT, taken.object_id,
                                       OWNER, step="permission")
    region = "uksouth"
    for number in range(3):
        moment = at + 900 + number * 95
        rows, machine = compute.create_vm(
            log, moment, taken, region, org.DEVELOPMENT, "rg-support", f"support-{number}",
            size="Standard_D8s_v5", tags={"change-ref": CHANGE} if twin else None,
            role="bulk" if number == 0 and not twin else "idle", step="launch")
        yield from compute.network_interface(log, moment - 20, taken, machine, "rg-support",
                                             public=True, step="launch")
        yield from rows
    yield from compute.security_rule(
        log, at + 1300, taken, region, org.DEVELOPMENT, "rg-support", "support-nsg", "allow-any",
        source="*", port="3389", step="exposure")


SCENARIOS = pair(
    build,
    id="azure_helpdesk_takeover",
    title="An administrator's account taken over through the help desk creates virtual machines",
    techniques=("T1566.004", "T1098.005", "T1098.003", "T1578.002"),
    signals=("instance_created_by_new_principal", "instance_created_from_unusual_location",
             "instance_created_in_unapproved_region", "new_instance_exposed",
             "bulk_transfer_new_instance"),
    at_least="high",
    twin="azure_travelling_administrator",
    twin_title="An administrator on the road gets a new phone registered and sets up a region",
    differs="the machines are those of a change request: they carry its reference, and nothing"
            " leaves them",
    differs_in=(r"properties\.(requestbody|responseBody)", "role", "list"),
    twin_signals=("instance_created_in_unapproved_region", "new_instance_exposed"),
    twin_lists=(ticket("azure", org.DEVELOPMENT, CHANGE, "support machines in a new region"),),
)
