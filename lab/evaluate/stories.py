"""Stories as they are evaluated: who acts in each, and which can share a home.

Two stories may lie in one home where neither can change what is said of the other: they are no
attack and its twin, whose records have the same ids; they share no principal of an account and no
instance, do not both send volumes out of one account, neither's lists say anything of the other's
principals or make an account known to a list in which the other acts, and a host that few machines
speak to stays one; a pool's name that is asked for in one cloud would tell the address in a cloud
without queries.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from lab import scenarios
from lab.evaluate.ground import TURN
from lab.scenarios import behaviour, lists
from lab.scenarios.behaviour import BEHAVIOURS
from lab.scenarios.model import Machine, Record, Scenario

HOUR, DAY = 3600, 86400
DAYTIME = 8 * HOUR
WATCHED = 7 * HOUR
"""For so long after its last record a story is followed: `cpu_spike` needs whole hours."""
DAILY = ("aws_benign_day", "aws_small_account", "azure_benign_day", "google_benign_day",
         "benign_month")
COMMON = {behaviour.MIRROR.address, behaviour.CLIENTS.address, behaviour.DATABASE.address,
          behaviour.DROP.address, behaviour.VAULT.address}
NAMED = {behaviour.POOL.address, behaviour.TLS_POOL.address}
VOLUMES = {"bulk", "archive"}
RARE = 3
"""`ciw_rare_instances`: as many machines may speak to a host that hardly any other knows."""


@dataclass(frozen=True)
class Story:
    """A scenario on the evaluated day; those of a whole day begin at midnight."""

    scenario: Scenario
    seed: int = 1

    @property
    def name(self) -> str:
        return self.scenario.id

    @property
    def start(self) -> float:
        return TURN if self.scenario.seconds >= DAY else TURN + DAYTIME

    @cached_property
    def records(self) -> tuple[Record, ...]:
        return tuple(scenarios.records(self.scenario, self.seed, self.start))

    @property
    def end(self) -> float:
        """Of what is seen of it; without instances of its own there is no telemetry to wait for."""
        watched = WATCHED if any(one.machines for one in self.records) else HOUR
        return min(self.start + self.scenario.seconds, self.records[-1].time + watched)

    @property
    def first_step(self) -> float:
        """When the attack begins; where nothing is malicious, the story."""
        return next((one.time for one in self.records if one.step), self.records[0].time)

    @cached_property
    def machines(self) -> tuple[Machine, ...]:
        return tuple(behaviour.machines(self.records, self.end))

    @cached_property
    def clouds(self) -> frozenset[str]:
        return frozenset(scenarios.forms.form(one).cloud for one in self.records)

    @cached_property
    def accounts(self) -> frozenset[str]:
        return frozenset(one.account for one in self.records)

    @cached_property
    def principals(self) -> frozenset[tuple[str, str]]:
        """(account, name) of whoever acts; a name is what the app's `user` ends in."""
        return frozenset((one.account, name) for one in self.records for name in _names(one))

    @cached_property
    def objects(self) -> frozenset[str]:
        """Ids of instances it makes or touches."""
        told = " ".join(scenarios.forms.text(one) for one in self.records)
        return frozenset({one.id.lower() for one in self.machines}
                         | set(re.findall(r"\bi-[0-9a-f]{17}\b", told)))

    @cached_property
    def hosts(self) -> Counter[str]:
        """Hosts that hardly anybody speaks to, with the number of its machines that do."""
        return Counter(talk.address for one in self.machines
                       for talk in BEHAVIOURS[one.role].talks if talk.address not in COMMON)

    @cached_property
    def volumes(self) -> frozenset[str]:
        """Accounts out of which it sends volumes."""
        return frozenset(one.account for one in self.machines if one.role in VOLUMES)

    def owns(self, document: dict) -> bool:
        """Whether a signal or case is about this story: its principal or one of its instances."""
        user = _one(document.get("user")).lower()
        account = _one(document.get("vendor_account")).lower()
        if any(account == place.lower() and user.endswith(name) for place, name in self.principals):
            return True
        return bool(self.objects & {one.lower() for one in _many(document.get("object_id"))})


def all_stories() -> list[Story]:
    """All scenarios but those of daily life, which the month is made of."""
    return [Story(one) for one in scenarios.all_scenarios() if one.id not in DAILY]


def together(found: Iterable[Story]) -> list[list[Story]]:
    """Stories in groups that share a home, the first group that takes a story first."""
    groups: list[list[Story]] = []
    for story in found:
        for group in groups:
            if not any(conflict(story, other) for other in group) and _rare([*group, story]):
                group.append(story)
                break
        else:
            groups.append([story])
    return groups


def conflict(one: Story, other: Story) -> str:
    """Why two stories cannot share a home; empty where they can."""
    if one.name == other.scenario.twin_of or other.name == one.scenario.twin_of:
        return "twin"
    for name, mine, yours in (("principal", one.principals, other.principals),
                              ("instance", one.objects, other.objects),
                              ("volumes of", one.volumes, other.volumes)):
        if mine & yours:
            return f"{name} {min(mine & yours)}"
    named = one.hosts.keys() & other.hosts.keys() & NAMED
    if named and ("azure" in one.clouds) != ("azure" in other.clouds):
        return f"name of {min(named)}"
    return _listed(one, other) or _listed(other, one)


def _rare(group: Sequence[Story]) -> bool:
    """Whether each host is known to few machines of the group where it is to few of a story."""
    return all(sum(story.hosts[host] for story in group) <= RARE
               or all(story.hosts[host] > RARE or not story.hosts[host] for story in group)
               or sum(1 for story in group if story.hosts[host]) == 1
               for story in group for host in story.hosts)


def _listed(one: Story, other: Story) -> str:
    standing = lists.standing()
    for name, row in one.scenario.lists:
        account = row["vendor_account"]
        if row["cloud"] not in other.clouds or account not in ("*", *other.accounts):
            continue
        known = name in ("ciw_exceptions", "ciw_business_hours") or any(
            account == row["vendor_account"] for row in standing.get(name, ())) or (
            name == "ciw_change_requests" and account in _DEPLOYED)
        reference = row.get("change_ref", "")
        if reference:
            meant = any(reference.lower() in scenarios.forms.text(record).lower()
                        for record in other.records)
        else:
            pattern = re.escape(row["user"].lower()).replace(r"\*", ".*")
            meant = any(re.search(pattern + r"\Z", "/:" + who) or re.search(
                pattern.lstrip(".*"), who) for _, who in other.principals)
        if meant or not known:
            return f"{name} {reference or row['user']}"
    return ""


def _deployed() -> frozenset[str]:
    """Accounts whose pipelines have change requests at all times."""
    standing = lists.standing()
    return frozenset(row["vendor_account"] for row in standing["ciw_approved_creators"])


_DEPLOYED = _deployed()


def _names(record: Record) -> set[str]:
    """What the app's `user` may end in, in small letters."""
    body = record.body
    found: list[str] = []
    if record.form == "cloudtrail":
        identity = body["userIdentity"]
        issuer = identity.get("sessionContext", {}).get("sessionIssuer", {})
        federated = identity.get("arn", "").rpartition(":federated-user/")[2]
        found += ["/" + name for name in (issuer.get("userName"), identity.get("userName"),
                                          federated) if name and ":" not in name]
    elif record.form == "azure_activity":
        claims = body.get("claims") or {}
        found += [body.get("caller") or "", claims.get("appid") or "",
                  claims.get("http://schemas.microsoft.com/identity/claims/objectidentifier") or ""]
    elif record.form == "log_entry":
        told = body["protoPayload"].get("authenticationInfo", {})
        found += [told.get("principalEmail") or "", told.get("principalSubject") or ""]
    return {name.lower() for name in found if name}


def _many(value: object) -> Sequence[str]:
    if isinstance(value, (list, tuple)):
        return [str(one) for one in value]
    return [] if value is None else [str(value)]


def _one(value: object) -> str:
    return next(iter(_many(value)), "")
