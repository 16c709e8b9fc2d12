"""Who may create instances, by the policies of an account: yes, no, or unknown and why.

"Policy evaluation logic" and "Actions, resources, and condition keys for Amazon EC2" (IAM User
Guide and Service Authorization Reference): an explicit Deny wins, then an Allow is needed, for each
resource that the call touches. A condition cannot be judged without the request, and a statement
for some resources only says that some call may pass: both make the answer unknown. Organisations'
service control policies and session policies are not in the account's own details.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

YES, NO, UNKNOWN = "yes", "no", "unknown"
NOT_EVALUATED = (
    "service and resource control policies of the organisation",
    "session policies",
)
_ANY = ("",)
# What each call needs to be allowed on; "" where any resource will do.
CREATING = {
    "ec2:RunInstances": (
        "image", "instance", "network-interface", "security-group", "subnet", "volume",
    ),
    "ec2:CreateFleet": _ANY,
    "ec2:RequestSpotFleet": _ANY,
    "ec2:RequestSpotInstances": _ANY,
    "ec2:ImportInstance": _ANY,
    "autoscaling:CreateAutoScalingGroup": _ANY,
    "autoscaling:UpdateAutoScalingGroup": _ANY,
    "autoscaling:SetDesiredCapacity": _ANY,
    "lightsail:CreateInstances": _ANY,
    "lightsail:CreateInstancesFromSnapshot": _ANY,
}
# Stands for an id or region that no policy names.
_UNNAMED = "zz-unnamed-0"


@dataclass(frozen=True)
class Statement:
    """What a statement says about the creation of instances. `name` tells the policy (and Sid),
    `through` how the principal has it: inline, attached, or group NAME."""

    name: str
    through: str
    allows: bool
    actions: frozenset[str]
    resources: tuple[str, ...]
    inverted: bool
    conditions: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """May the principal create instances, by which calls, by which policies, and what is open."""

    may: str
    actions: dict[str, str]
    via: list[dict[str, str]]
    unknowns: list[str]


class BadPolicy(ValueError):
    """The document is no policy; the text says why."""


def statements(document: Any, name: str, through: str) -> list[Statement]:
    """The statements of a policy document (decoded JSON) that touch the creation of instances.

    Raises BadPolicy.
    """
    listed = document.get("Statement") if isinstance(document, dict) else None
    if isinstance(listed, dict):
        listed = [listed]
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise BadPolicy(f"policy {name} has no list of statements")
    found = []
    for one in listed:
        actions = _actions(one, name)
        if actions:
            conditions = one.get("Condition") or {}
            keys = sorted(
                {str(key) for test in conditions.values() if isinstance(test, dict) for key in test}
            )
            label = f"{name}/{one['Sid']}" if one.get("Sid") else name
            found.append(
                Statement(
                    label, through, one.get("Effect") == "Allow", actions,
                    tuple(_texts(one.get("Resource", one.get("NotResource", ())), name)),
                    "Resource" not in one and "NotResource" in one,
                    tuple(keys) or (("a condition",) if conditions else ()),
                )
            )
    return found


def judge(
    held: Iterable[Statement], account: str, partition: str, open_questions: Iterable[str] = (),
    boundary: list[Statement] | None = None,
) -> Verdict:
    """The verdict on a principal's own and groups' statements.

    `open_questions` are policies that could not be read; `boundary` the permissions boundary's
    statements, None where there is none.
    """
    own, questions = list(held), list(open_questions)
    actions, via, unknowns = {}, {}, dict.fromkeys(questions)
    for action in CREATING:
        answer, allowing, why = _evaluate(own, action, account, partition)
        if boundary is not None and answer != NO:
            limit, _, limits = _evaluate(boundary, action, account, partition)
            why += ["permissions boundary: " + one for one in limits]
            answer = limit if limit != YES else answer
        if answer == NO:
            continue
        # What could not be read may hold a Deny.
        actions[action] = UNKNOWN if questions else answer
        via.update(dict.fromkeys((one.name, one.through) for one in allowing))
        unknowns.update(dict.fromkeys(why))
    may = YES if YES in actions.values() else UNKNOWN if actions or questions else NO
    return Verdict(
        may, actions, [{"policy": name, "through": through} for name, through in via],
        list(unknowns),
    )


def _evaluate(
    held: list[Statement], action: str, account: str, partition: str
) -> tuple[str, list[Statement], list[str]]:
    """(answer, allowing statements, what keeps it from being a plain yes)."""
    mine = [one for one in held if action in one.actions]
    allowing: dict[Statement, None] = {}
    why: list[str] = []
    certain = True
    service = action.partition(":")[0]
    for kind in CREATING[action]:
        allowed = sure = False
        for one in mine:
            reach = _reach(one, service, kind, account, partition)
            if not reach:
                continue
            plain = reach == "all" and not one.conditions
            if not one.allows:
                if plain:
                    return NO, [], []
                certain = False
                why.append(_limit(one, reach, kind))
                continue
            allowed = True
            sure = sure or plain
            allowing[one] = None
        if not allowed:
            return NO, [], []
        if not sure:
            certain = False
            why += [
                _limit(one, _reach(one, service, kind, account, partition), kind)
                for one in allowing
            ]
    return (YES if certain else UNKNOWN), list(allowing), [one for one in why if one]


def _limit(one: Statement, reach: str, kind: str) -> str:
    effect = "Allow" if one.allows else "Deny"
    parts = []
    if one.conditions:
        parts.append("under the condition of " + ", ".join(one.conditions))
    if reach == "some":
        parts.append(f"for some {kind or 'resource'}s only")
    return f"{effect} of {one.name} {' and '.join(parts)}" if parts else ""


def _reach(one: Statement, service: str, kind: str, account: str, partition: str) -> str:
    """Of the resources of a kind a statement covers "all", "some" or "" (none)."""
    found = ""
    for pattern in one.resources:
        reach = _covers(pattern, service, kind, account, partition)
        found = reach if reach == "all" or not found else found
    if one.inverted:
        return {"": "all", "some": "some", "all": ""}[found]
    return found


def _covers(pattern: str, service: str, kind: str, account: str, partition: str) -> str:
    if pattern == "*":
        return "all"
    if not kind:
        # Which resource the call names is not looked into.
        return "some" if _matcher(pattern.split(":")[2] if pattern.count(":") > 1 else
                                  pattern).match(service) else ""
    # Images are of no account in their ARN.
    owner = "" if kind == "image" else account
    unnamed = f"arn:{partition}:{service}:{_UNNAMED}:{owner}:{kind}/{_UNNAMED}"
    if _matcher(pattern).match(unnamed):
        return "all"
    parts = pattern.split(":", 5)
    if len(parts) < 6:
        return "some" if pattern.endswith("*") and unnamed.startswith(pattern.rstrip("*")) else ""
    wanted = (partition, service, None, owner, kind)
    given = (parts[1], parts[2], None, parts[4], parts[5].split("/")[0])
    hit = all(
        want is None or _matcher(give).match(want) for want, give in zip(wanted, given)
    )
    return "some" if hit else ""


def _actions(one: dict[str, Any], name: str) -> frozenset[str]:
    inverted = "Action" not in one and "NotAction" in one
    patterns = _texts(one.get("Action", one.get("NotAction", ())), name)
    return frozenset(
        action for action in CREATING
        if any(_matcher(pattern).match(action) for pattern in patterns) != inverted
    )


def _texts(value: Any, name: str) -> list[str]:
    texts = [value] if isinstance(value, str) else list(value)
    if not all(isinstance(text, str) for text in texts):
        raise BadPolicy(f"policy {name} has an action or resource that is no text")
    return texts


@lru_cache(maxsize=4096)
def _matcher(pattern: str) -> re.Pattern[str]:
    """* stands for any characters, ? for one; case does not count in actions."""
    text = "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern)
    return re.compile(text + r"\Z", re.IGNORECASE | re.DOTALL)
