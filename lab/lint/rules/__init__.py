"""The rules, each a function from the context to (subject or place, hit) pairs, by its id."""

from __future__ import annotations

from lab.lint.rules import (
    dashboards,
    expressions,
    grouping,
    limits,
    lookups,
    macros,
    order,
    outputs,
    props,
    schedules,
    searching,
)
from lab.lint.rules.base import Look

ALL: dict[str, Look] = {
    **macros.RULES, **outputs.RULES, **props.RULES, **grouping.RULES, **expressions.RULES,
    **searching.RULES, **limits.RULES, **order.RULES, **lookups.RULES, **schedules.RULES,
    **dashboards.RULES,
}
