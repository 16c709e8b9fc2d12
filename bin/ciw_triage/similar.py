"""Past and present cases like this one, and how they ended: what an analyst asks first."""

from __future__ import annotations

import re
from collections import Counter

from ciw_triage.cases import CASES, STATES
from ciw_triage.history import fresh
from ciw_triage.machine import DISPOSITIONS
from ciw_triage.parameters import first, number, texts

FIELDS = (
    "case_id",
    "opened",
    "severity",
    "verdict",
    "cloud",
    "vendor_account",
    "user",
    "object_id",
    "src",
    "signals",
)
MOST = 20
ADDRESS = re.compile(r"[0-9a-fA-F.:]+\Z")
# What two cases have in common, and how much that weighs against the others.
WEIGHTS = {"same principal": 8, "same instance": 4, "same address": 2, "same signals": 1}


def read(case, reader):
    """The cases that have something in common with this one, the nearest and newest first."""
    cases = reader.find(CASES, fields=FIELDS)
    found = []
    for other in cases:
        because = _because(case, other)
        if because and other["_key"] != case["_key"]:
            found.append((sum(WEIGHTS[why] for why in because), other, because))
    states = {row["_key"]: row for row in reader.find(STATES)} if found else {}
    outcomes = Counter()
    for _, other, _ in found:
        state = states.get(other["_key"]) or fresh(other["_key"])
        closed = state["state"] == "closed"
        outcomes[state.get("disposition") or "undetermined" if closed else "open"] += 1
    found.sort(key=lambda one: (-one[0], -number(one[1].get("opened")), one[1]["_key"]))
    return {
        "cases": [
            _shown(other, states.get(other["_key"]) or fresh(other["_key"]), because)
            for _, other, because in found[:MOST]
        ],
        "outcomes": {name: outcomes.get(name, 0) for name in (*DISPOSITIONS, "open")},
        "read": len(cases),
    }


def _because(case, other):
    """What the two have in common, by name."""
    because = []
    users = _named(case, "user") & _named(other, "user")
    if users and first(case.get("cloud")) == first(other.get("cloud")):
        because.append("same principal")
    if _named(case, "object_id") & _named(other, "object_id"):
        because.append("same instance")
    addresses = _named(case, "src") & _named(other, "src")
    if any(ADDRESS.match(address) for address in addresses):
        because.append("same address")
    if _named(case, "signals") and _named(case, "signals") == _named(other, "signals"):
        because.append("same signals")
    return because


def _named(case, field):
    return set(texts(case.get(field))) - {"", "unknown", "none"}


def _shown(other, state, because):
    closed = state["state"] == "closed"
    return {
        "case_id": other["_key"],
        "opened": number(other.get("opened")),
        "severity": first(other.get("severity")),
        "verdict": first(other.get("verdict")),
        "user": ", ".join(texts(other.get("user"))),
        "state": state["state"],
        "disposition": state.get("disposition") or "",
        "reason": state.get("reason") or "",
        "closed_time": number(state.get("closed_time")) if closed else 0,
        "close_reason": (state.get("reason") or "") if closed else "",
        "because": because,
    }
