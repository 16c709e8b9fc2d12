"""What came of a story, beside its label."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from lab.evaluate.stories import Story
from lab.scenarios.model import SEVERITIES


@dataclass
class Outcome:
    """`to_case` are minutes from the first malicious event to the first case, `to_severity` to the
    first one of the label's severity; None where it never came. `first_seen` is what the plain
    rule says."""

    name: str
    clouds: tuple[str, ...]
    twin_of: str
    malicious: bool
    expected: tuple[str, ...]
    raised: tuple[str, ...]
    at_least: str
    at_most: str
    severity: str
    verdicts: tuple[str, ...] = ()
    to_case: float | None = None
    to_severity: float | None = None
    first_seen: bool = False
    reasons: tuple[str, ...] = ()

    @property
    def benign(self) -> bool:
        return bool(self.twin_of) or not self.malicious

    @property
    def missing(self) -> tuple[str, ...]:
        """Signals of the label that were not raised; those of a twin only may be."""
        if self.twin_of:
            return ()
        return tuple(name for name in self.expected if name not in self.raised)

    @property
    def faults(self) -> list[str]:
        """What is not as the label says, a sentence each."""
        found = [f"signal {name} was not raised" for name in self.missing]
        if rank(self.severity) < rank(self.at_least):
            found.append(f"severity {self.severity}, at least {self.at_least} was to be seen")
        if rank(self.severity) > rank(self.at_most):
            found.append(f"severity {self.severity}, at most {self.at_most} was to be seen"
                         f" ({', '.join(self.verdicts)}: {', '.join(self.raised)})")
        return found

    def record(self) -> dict[str, Any]:
        return {**asdict(self), "missing": self.missing, "faults": self.faults}


def rank(severity: str) -> int:
    return SEVERITIES.index(severity)


@dataclass
class Watch:
    """What the case builder had written after each of its runs: case → [(time, severity)]."""

    seen: dict[str, list[tuple[float, str]]] = field(default_factory=dict)

    def look(self, now: float, cases: Iterable[Mapping[str, Any]]) -> None:
        for case in cases:
            told = self.seen.setdefault(case["case_id"], [])
            if not told or told[-1][1] != case["severity"]:
                told.append((now, case["severity"]))

    def minutes(self, ids: Iterable[str], since: float, severity: str) -> float | None:
        """Until one of these cases had that severity or a higher one."""
        times = [now for name in ids for now, told in self.seen.get(name, ())
                 if rank(told) >= rank(severity)]
        return round((min(times) - since) / 60, 1) if times else None


def judge(story: Story, signals: Sequence[Mapping[str, Any]], cases: Sequence[Mapping[str, Any]],
          watch: Watch, first_seen: Iterable[tuple[str, str]]) -> Outcome:
    """Of signals and cases since the story began, those that are about it. `first_seen` are
    (account, principal) that the plain rule names."""
    scenario = story.scenario
    own = [one for one in signals if float(one["time"]) >= story.start and story.owns(one)]
    mine = {one["signal_id"] for one in own}
    about = [one for one in cases if mine & _ids(one)]
    worst = max((one["severity"] for one in about), key=rank, default="none")
    ids = [one["case_id"] for one in about]
    wanted = scenario.at_least if rank(scenario.at_least) > rank("low") else "low"
    return Outcome(
        story.name, tuple(sorted(story.clouds)), scenario.twin_of,
        any(one.step for one in story.records), scenario.signals,
        tuple(sorted({one["signal"] for one in own})), scenario.at_least, scenario.at_most, worst,
        tuple(sorted({one["verdict"] for one in about})),
        watch.minutes(ids, story.first_step, "low"), watch.minutes(ids, story.first_step, wanted),
        any(story.owns({"vendor_account": account, "user": user}) for account, user in first_seen),
        tuple(sorted(one["reason"] for one in own)))


def _ids(case: Mapping[str, Any]) -> set[str]:
    found = case.get("signal_ids") or []
    return {found} if isinstance(found, str) else set(found)
