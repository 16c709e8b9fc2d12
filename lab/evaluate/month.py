"""The benign month over the mature past: how many cases a day ordinary work makes.

Runs day by day. After each UTC day the day's records and telemetry are collected by the backfill
searches, every signal search and the case builder run once, and what is open is closed as benign,
so that a principal who goes on the next day makes another case. What a signal would have said of
half a day only is not seen by this.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.engine.run import Context, search
from lab.evaluate.arrival import put
from lab.evaluate.first_seen import first_seen
from lab.evaluate.ground import DAY, TURN, Ground, copied, fill
from lab.evaluate.outcome import rank
from lab.evaluate.running import Run
from lab.scenarios import get, lists, month
from lab.scenarios.behaviour import machines
from lab.scenarios.events import Emitted, audited, dns, flows, listed, measured
from lab.scenarios.model import SEVERITIES, Record

CREATIONS = """| `ciw_operation_log` status=success `ciw_creation` BY operation_id version
| `ciw_latest`
| where _time>={start}
| eval made=coalesce(tonumber(obtained_count), 1)
| stats sum(made) AS made"""
SEED = 1
HOUR = 3600


@dataclass
class Month:
    """`cases` by severity, `loud` those of medium and above, with what they say."""

    days: int
    creations: int
    cases: Counter[str] = field(default_factory=Counter)
    loud: list[dict[str, Any]] = field(default_factory=list)
    first_seen: int = 0

    @property
    def loud_per_hundred(self) -> float:
        """Cases of medium and above a day, for each 100 instance creations a day."""
        return 100 * len(self.loud) / max(1, self.creations)

    @property
    def faults(self) -> list[str]:
        told = (f"{self.loud_per_hundred:.2f} cases of medium or more a day for each 100 instance"
                " creations a day; at most 1 was to be seen")
        return [told] if self.loud_per_hundred > 1 else []

    def record(self) -> dict[str, Any]:
        return {"days": self.days, "creations": self.creations, "cases": dict(self.cases),
                "loud_per_hundred_creations": round(self.loud_per_hundred, 3), "loud": self.loud,
                "first_seen": self.first_seen, "faults": self.faults}


def evaluate(ground: Ground, app_path: Path, folder: Path, days: int = month.DAYS,
             network: bool = True) -> Month:
    """Its first days; without `network` no flows and queries are told."""
    home = copied(ground, folder)
    app = home.app(app_path)
    records = sorted(month.build(SEED, TURN, days), key=lambda one: one.time)
    fill(home, app, lists.merged(
        lists.standing(),
        {"ciw_change_requests": lists.deployments([*ground.records, *records])},
        lists.own(get("benign_month"), TURN)), TURN)
    run = Run(home, app)
    for day in range(days):
        begin, end = TURN + day * DAY, TURN + (day + 1) * DAY
        put(home, app, _day(records, begin, end, network), late=False)
        run.at_once(begin, end)
        _close(home, end + 240)
    [row] = search(CREATIONS.format(start=f"{TURN:.0f}"), Context(
        home=home, app=app, now=end + 300)).rows
    found = Month(days, int(float(row.get("made", 0))))
    for case in home.kv.collection("ciw_cases").find():
        found.cases[case["severity"]] += 1
        if rank(case["severity"]) >= rank("medium"):
            found.loud.append({name: case.get(name) for name in (
                "opened", "severity", "verdict", "cloud", "vendor_account", "user", "object_id",
                "signals", "reason")})
    found.loud.sort(key=lambda one: one["opened"])
    found.first_seen = len(first_seen(home, app, TURN, end + 300))
    return found


def by_severity(cases: Counter[str]) -> Iterator[tuple[str, int]]:
    for severity in reversed(SEVERITIES[1:]):
        yield severity, cases[severity]


def _day(records: Sequence[Record], begin: float, end: float,
         network: bool) -> Iterator[Emitted]:
    yield from audited(one for one in records if begin <= one.time < end)
    before = [one for one in records if one.time < end]
    living = [one for one in machines(before, end) if one.until > begin]
    for kind in (flows, dns, measured) if network else (measured,):
        yield from (one for one in kind(living, begin) if one.time < end)
    for hour in (6, 12, 18, 24):
        yield from listed(living, begin + hour * HOUR - 1)


def _close(home: Any, now: float) -> None:
    """What analysts do with all of it: benign."""
    states = home.kv.collection("ciw_case_state")
    closed = {one["case_id"] for one in states.find() if one.get("state") == "closed"}
    states.upsert_many([
        {"_key": case["case_id"], "case_id": case["case_id"], "state": "closed",
         "disposition": "benign", "closed_time": now}
        for case in home.kv.collection("ciw_cases").find() if case["case_id"] not in closed])
