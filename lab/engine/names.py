"""Wildcards and placeholders in names of fields."""

from __future__ import annotations

import re

from lab.engine.frame import Frame

PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
"""In the name that eval sets: the field whose value stands there."""


def pattern(name: str) -> re.Pattern[str]:
    return re.compile("(.*)".join(re.escape(part) for part in name.split("*")) + r"\Z", re.DOTALL)


def matching(name: str, frame: Frame) -> list[str]:
    """Fields of the frame that a name with wildcards stands for; `*` alone skips `_` fields."""
    if "*" not in name:
        return [name] if name in frame.columns else []
    expression = pattern(name)
    return [field for field in frame.columns if expression.match(field)
            and (name.startswith("_") or not field.startswith("_"))]
