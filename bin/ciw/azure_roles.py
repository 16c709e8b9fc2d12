"""Which Azure role definitions let their holder create instances.

A definition's permission grants an action when one of its `actions` matches and none of its
`notActions` does; `*` stands for any characters, also across slashes, and case does not count
("Understand Azure role definitions", learn.microsoft.com/azure/role-based-access-control/
role-definitions). What one permission excludes another may grant.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

CREATE_INSTANCES = (
    "Microsoft.Compute/virtualMachines/write",
    "Microsoft.Compute/virtualMachineScaleSets/write",
    "Microsoft.Resources/deployments/write",
)


def granted(definition: Any, actions: tuple[str, ...] = CREATE_INSTANCES) -> list[str]:
    """Those of `actions` that a role definition's `permissions` grant. Raises TypeError for
    permissions that are none."""
    permissions = definition.get("permissions") if isinstance(definition, dict) else None
    if not isinstance(permissions, list):
        raise TypeError("the role definition has no list of permissions")
    return [
        action
        for action in actions
        if any(
            _matches(permission, "actions", action)
            and not _matches(permission, "notActions", action)
            for permission in permissions
        )
    ]


def _matches(permission: Any, name: str, action: str) -> bool:
    patterns = permission.get(name) or () if isinstance(permission, dict) else None
    if patterns is None or not all(isinstance(pattern, str) for pattern in patterns):
        raise TypeError(f"the role definition's {name} are no list of texts")
    return any(_pattern(pattern).fullmatch(action) for pattern in patterns)


@lru_cache(maxsize=4096)
def _pattern(text: str) -> re.Pattern[str]:
    parts = (re.escape(part) for part in text.split("*"))
    return re.compile(".*".join(parts), re.IGNORECASE)
