"""Names of fields with wildcards."""

from __future__ import annotations

import re
from collections.abc import Iterable


def pattern(name: str) -> re.Pattern[str]:
    return re.compile("(.*)".join(map(re.escape, name.split("*"))), re.DOTALL)


def matching(name: str, fields: Iterable[str]) -> list[str]:
    """The fields a name stands for; a wildcard at its head does not reach internal fields."""
    if "*" not in name:
        return [name] if name in fields else []
    found = pattern(name)
    return [field for field in fields if found.fullmatch(field)
            and (name.startswith("_") or not field.startswith("_"))]
