"""Rows of the searches ciw_investigate_* for browser tests, with hostile values among them."""

from __future__ import annotations

INVESTIGATIONS = ("timeline", "lineage", "principal", "threats", "reach", "cost", "related")

HOSTILE = '<img src=x onerror="window.pwned=1">'
SNAPSHOT = "snap-0d6f280ed8871240f"
VOLUME = "vol-0c1f0e5a5d1f4a8aa"
IMAGE = "ami-0aa11bb22cc33dd44"
INSTANCE = "i-033aca8e966c52049"


def rows(name: str, related: str) -> list[dict]:
    """What ciw_investigate_<name> gives; `related` is the case of the related instance."""
    if name == "timeline":
        made = [
            {"_time": f"2026-11-21T08:2{at}:00.000+00:00", "kind": "operation", "what": what,
             "who": "build-agent", "src": "198.51.100.20", "target": target, "status": status,
             "marked": marked}
            for at, (what, target, status, marked) in enumerate((
                ("CreateSnapshot", SNAPSHOT, "success", ""),
                ("AuthorizeSecurityGroupIngress", "sg-0a1b2c", "success", "network"),
                ("RunInstances", "", "failure", ""),
                ("RunInstances", INSTANCE, "success", ""),
            ))
        ]  # fmt: skip
        signals = [
            {"_time": "2026-11-21T08:30:00.000+00:00", "kind": "signal", "what": "mining_egress",
             "who": "build-agent", "target": f"{INSTANCE}{at}", "text": f"{HOSTILE} speaks to it."}
            for at in range(3)
        ]  # fmt: skip
        return [*reversed(made + signals)]
    if name == "lineage":
        who = {"_time": "2026-11-21T08:21:00.000+00:00", "who": "build-agent"}
        return [
            {"from_id": SNAPSHOT, "from_kind": "snapshot", "to_id": VOLUME, "to_kind": "volume",
             "how": "CreateVolume", "in_case": "no", **who},
            {"from_id": SNAPSHOT, "from_kind": "snapshot", "to_id": IMAGE, "to_kind": "image",
             "how": "RegisterImage", "in_case": "no", **who},
            {"from_id": IMAGE, "from_kind": "image", "to_id": INSTANCE, "to_kind": "instance",
             "how": "RunInstances", "in_case": "yes", **who},
            {"from_id": VOLUME, "from_kind": "volume", "to_id": INSTANCE, "to_kind": "instance",
             "how": "AttachVolume", "in_case": "yes", **who},
        ]  # fmt: skip
    if name == "principal":
        return [
            {"_time": f"2026-11-{20 - at:02d}T10:00:00.000+00:00", "command": command,
             "object_category": category, "object_id": "sg-0a1b2c", "status": "success",
             "src": "198.51.100.20", "marked": marked}
            for at, (command, category, marked) in enumerate((
                ("AttachRolePolicy", "iam_policy", "permission"),
                ("DescribeInstances", "instance", ""), (HOSTILE, "instance", ""),
            ))
        ]  # fmt: skip
    if name == "threats":
        return [
            {"indicator": "203.0.113.77", "type": "ip", "label": "mining pool", "answer": "yes",
             "source": "the list of pools", "seen_as": "destination", "count": "12",
             "last_seen": "2026-11-21T08:40:00.000+00:00"},
            {"answer": "unknown", "why": "No DNS log covers the network: domains are unknown."},
        ]  # fmt: skip
    if name == "reach":
        return [
            {"object_id": INSTANCE, "asks": asks, "answer": answer, "why": why, "facts": facts}
            for asks, answer, why, facts in (
                ("identity may", "unknown", "The inventory of this account is not read.", ""),
                ("reachable from", "yes", "A rule lets everybody in.", "0.0.0.0/0 tcp/22"),
                ("can reach", "no", "Its groups let nothing out.", ""),
                ("metadata", "yes", "The first version answers without a token.", ""),
            )
        ]
    if name == "cost":
        return [
            {"object_id": INSTANCE, "instance_type": "p3.16xlarge", "hours": "3.5",
             "price_per_hour": "24.48", "cost": "85.68", "currency": "USD", "state": "running",
             "source": "price list", "checked": "2026-11-01", "answer": "yes"},
            {"object_id": "i-unpriced", "instance_type": "x9.metal", "hours": "3.5",
             "state": "running", "answer": "unknown", "why": "No price is listed for x9.metal."},
        ]  # fmt: skip
    return [
        {"object_id": "i-0relative", "because": "same principal", "user": "build-agent",
         "created": "2026-11-20T10:00:00.000+00:00", "state": "running", "case_id": related},
        {"object_id": "i-0stranger", "because": "same address", "user": HOSTILE,
         "created": "2026-11-19T10:00:00.000+00:00", "state": "gone",
         "case_id": "javascript:window.pwned=1"},
    ]  # fmt: skip
