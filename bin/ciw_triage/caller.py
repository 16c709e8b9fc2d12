"""Who asks, and what they may do: as splunkd knows it, never as the request says it."""

from __future__ import annotations

from dataclasses import dataclass

from ciw_triage.errors import Forbidden
from ciw_triage.machine import CAPABILITIES, VIEW


@dataclass(frozen=True)
class Caller:
    name: str
    roles: tuple[str, ...]
    capabilities: frozenset[str]

    def lacks(self, capability):
        """Why the caller may not do what takes this capability; empty where they may."""
        if capability in self.capabilities:
            return ""
        return f"Your roles lack the capability {capability}."

    def must(self, capability, doing):
        if capability not in self.capabilities:
            raise Forbidden(
                "{} may not {}: the capability {} is missing from their roles ({}).".format(
                    self.name, doing, capability, ", ".join(self.roles) or "none"
                ),
                capability=capability,
            )


def identify(kv):
    """The caller behind the token of `kv`, with the capabilities of this app only."""
    user = kv.current_user()
    held = frozenset(user.get("capabilities") or ()) & frozenset(CAPABILITIES)
    caller = Caller(user["username"], tuple(sorted(user.get("roles") or ())), held)
    caller.must(VIEW, "see cases")
    return caller
