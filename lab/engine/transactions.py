"""Which events make up a transaction. Node `Transaction` states the rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lab.spl import nodes
from lab.spl.errors import SPLError


@dataclass
class Member:
    """One event: its row, time, the values of the transaction's fields, and what it satisfies."""

    row: int
    time: float
    keys: dict[str, str]
    starts: bool = False
    ends: bool = False


@dataclass
class Group:
    """`members` newest first. `started`, `ended`: whether it has the events asked for."""

    members: list[Member] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    started: bool = False
    ended: bool = False
    closed: bool = False

    def add(self, member: Member) -> None:
        self.members.append(member)
        self.keys.update(member.keys)


@dataclass
class Grouping:
    """Reads the events newest first; `done` and `orphans` are the outcome."""

    node: nodes.Transaction
    open: list[Group] = field(default_factory=list)
    done: list[Group] = field(default_factory=list)
    orphans: list[Member] = field(default_factory=list)
    waiting: int = 0

    def read(self, members: Sequence[Member]) -> None:
        last = None
        for member in members:
            if last is not None and member.time > last:
                raise SPLError(
                    "transaction: the rows are not in descending order of _time", self.node.span,
                    "transaction", "put | sort 0 - _time in front")
            last = member.time
            self._expire(member.time)
            self._take(member)
        for group in list(self.open):
            self._finish(group)

    def kept(self) -> list[Group]:
        return [group for group in self.done
                if self.node.keep_evicted or self._complete(group) or not self._conditions()]

    def _conditions(self) -> bool:
        node = self.node
        return node.startswith is not None or node.maxspan is not None \
            or node.maxpause is not None or node.maxevents != 1000

    def _complete(self, group: Group) -> bool:
        return (self.node.startswith is None or group.started) \
            and (self.node.endswith is None or group.ended)

    def _expire(self, time: float) -> None:
        """Close what an event of that time, or an older one, can no longer join."""
        span, pause = self.node.maxspan, self.node.maxpause
        if span is None and pause is None:
            return
        for group in list(self.open):
            newest, oldest = group.members[0].time, group.members[-1].time
            if (span is not None and newest - time >= span) \
                    or (pause is not None and oldest - time > pause):
                self._finish(group, True)

    def _take(self, member: Member) -> None:
        marks = member.starts or member.ends
        free = marks and not self.node.unify_ends
        if self.node.names and not member.keys and not free:
            self.orphans.append(member)
            return
        found = [group for group in self.open if self._joins(group, member, free)]
        if member.ends:
            for group in found:
                self._finish(group)
            found = []
        if len(found) > 1:
            raise SPLError(
                f"transaction: an event agrees with {len(found)} open transactions; which of them"
                " it joins is not documented", self.node.span, "transaction",
                "group by fewer fields, or set maxspan or maxpause")
        group = found[0] if found else self._open()
        group.add(member)
        self.waiting += 1
        group.ended |= member.ends
        if member.starts:
            group.started = True
        if member.starts or len(group.members) == self.node.maxevents:
            self._finish(group, True)
        self._check_limits()

    def _joins(self, group: Group, member: Member, free: bool) -> bool:
        common = group.keys.keys() & member.keys.keys()
        if any(group.keys[name] != member.keys[name] for name in common):
            return False
        return not self.node.names or bool(common) or free or not self.node.connected

    def _open(self) -> Group:
        group = Group()
        self.open.append(group)
        return group

    def _finish(self, group: Group, condition: bool = False) -> None:
        self.open.remove(group)
        self.waiting -= len(group.members)
        group.closed = condition and self._complete(group)
        self.done.append(group)

    def _check_limits(self) -> None:
        for count, limit, name in (
            (len(self.open), self.node.max_open, "maxopentxn"),
            (self.waiting, self.node.max_open_events, "maxopenevents"),
        ):
            if count > limit:
                raise SPLError(
                    f"transaction: more than {limit} {'transactions' if name == 'maxopentxn' else 'events'}"
                    f" are open at a time ({name}); Splunk would evict some without a word",
                    self.node.span, name, "set maxspan or maxpause, or a higher limit")
