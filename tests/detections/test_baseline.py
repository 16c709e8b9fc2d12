"""The baseline of creators in its states, and that an attacker cannot teach it."""

from __future__ import annotations

import pytest

from tests.detections.bench import DAY, HOUR
from tests.detections.records import ACCOUNT, epoch, launch, role, stop_trail

START = epoch("2026-03-01T12:00:00")


def live(bench, records: list[dict], moment: float) -> None:
    """Records arrive and the searches run, in the order of their minutes."""
    bench.take(records)
    bench.now = moment
    span = (START - DAY, moment + 1)
    bench.run("ciw_backfill_operations", span=span)
    bench.run("ciw_backfill_status", span=span)
    bench.run("ciw_backfill_creators", span=span)
    bench.run("ciw_signal_instance_created_by_new_principal")
    bench.run("ciw_case_builder")


def daily(first: int, end: int, **more: object) -> list[dict]:
    """A launch on each of the days from `first` up to but without `end`."""
    return [launch(START + day * DAY, **more) for day in range(first, end)]


def creator(bench, user: str = "deploy") -> str | None:
    found = [row["state"] for row in bench.documents("ciw_baseline")
             if row["dimension"] == "creator" and row["user"] == role(user)]
    return found[0] if found else None


def weights(bench) -> list[int]:
    return sorted(row["weight"] for row in bench.documents("ciw_signals"))


def covered(bench, days: int) -> None:
    bench.put("ciw_baseline_status", [{
        "_key": "earlier", "cloud": "aws", "vendor_account": ACCOUNT, "covered_days": days,
        "state": "mature" if days >= 14 else "learning", "first_seen": START - days * DAY,
        "last_seen": START - DAY, "days": [str(int(START // 86400) - days)]}])


def test_empty_baseline_on_day_one(bench):
    """A lone new principal is seen at once, weakly while the account is learning."""
    live(bench, [launch(START)], START + 600)
    assert (creator(bench), weights(bench)) == ("learning", [15])
    assert bench.documents("ciw_cases") == []


def test_lone_new_principal_in_a_covered_account(bench):
    covered(bench, 30)
    live(bench, [launch(START)], START + 600)
    assert (creator(bench), weights(bench)) == ("candidate", [55])
    assert [case["severity"] for case in bench.documents("ciw_cases")] == ["medium"]


def test_a_principal_seen_through_the_warming_becomes_trusted(bench):
    live(bench, daily(0, 13), START + 12 * DAY + 600)
    assert creator(bench) == "learning"
    live(bench, daily(13, 14), START + 13 * DAY + 600)
    assert creator(bench) == "trusted"
    raised = weights(bench)
    live(bench, daily(14, 15), START + 14 * DAY + 600)
    assert weights(bench) == raised, "no signal once it is trusted"
    assert bench.documents("ciw_cases") == []


def test_an_open_case_keeps_the_principal_from_being_trusted(bench):
    covered(bench, 30)
    live(bench, daily(0, 1), START + 600)
    live(bench, daily(1, 30), START + 29 * DAY + 600)
    [row] = [row for row in bench.documents("ciw_baseline") if row["dimension"] == "creator"]
    assert (row["distinct_days"], row["state"]) == (30, "candidate")
    assert len(bench.documents("ciw_cases")) == 1


@pytest.mark.parametrize(("disposition", "state"), [("true_positive", "candidate"),
                                                    ("benign", "trusted")])
def test_the_disposition_decides_whether_it_may_be_learnt(bench, disposition, state):
    covered(bench, 30)
    live(bench, daily(0, 1), START + 600)
    live(bench, daily(1, 6), START + 5 * DAY + 600)
    [case] = bench.documents("ciw_cases")
    bench.put("ciw_case_state", [{"_key": case["case_id"], "case_id": case["case_id"],
                                  "state": "closed", "disposition": disposition}])
    bench.run("ciw_baseline_creators")
    assert creator(bench) == state


def test_failures_teach_nothing(bench):
    covered(bench, 30)
    live(bench, daily(0, 7, error="Client.UnauthorizedOperation"), START + 6 * DAY + 600)
    assert creator(bench) is None


def test_an_analysts_decision_stays(bench):
    covered(bench, 30)
    live(bench, [launch(START)], START + 600)
    [row] = [row for row in bench.documents("ciw_baseline") if row["dimension"] == "creator"]
    bench.put("ciw_baseline", [row | {"state": "rejected", "decided_by": "analyst"}])
    live(bench, [launch(START + DAY)], START + DAY + 600)
    assert creator(bench) == "rejected"
    assert max(weights(bench)) == 90


def test_learning_again_changes_nothing(bench):
    live(bench, [*daily(0, 3), stop_trail(START)], START + 2 * DAY + 600)
    before = bench.documents("ciw_baseline"), bench.documents("ciw_baseline_status")
    for name in ("ciw_backfill_status", "ciw_backfill_creators"):
        bench.run(name, span=(START - DAY, START + 5 * DAY))
    assert (bench.documents("ciw_baseline"), bench.documents("ciw_baseline_status")) == before


def test_approval_expiry_and_forgetting(bench):
    """An approval holds within an open case; what is expired is learnt anew; what is not seen for
    half a year expires by itself."""
    covered(bench, 30)
    bench.take(daily(0, 14))
    bench.collect()

    def learn(day: float) -> tuple[str, int]:
        bench.now = START + day * DAY + HOUR
        bench.run("ciw_backfill_creators", span=(START - DAY, bench.now))
        return creator(bench), row()["distinct_days"]

    def row() -> dict:
        [found] = [row for row in bench.documents("ciw_baseline") if row["dimension"] == "creator"]
        return found

    bench.put("ciw_cases", [{"_key": "c1", "case_id": "c1", "first_time": START,
                             "subject": f"aws|{ACCOUNT}|{role('deploy')}"}])
    assert learn(5) == ("candidate", 6)
    bench.put("ciw_baseline", [row() | {"state": "trusted", "decided_by": "analyst",
                                        "decided_time": bench.now}])
    assert learn(6) == ("trusted", 7)
    bench.put("ciw_case_state", [{"_key": "c1", "case_id": "c1", "state": "closed",
                                  "disposition": "benign"}])
    bench.put("ciw_baseline", [row() | {"state": "expired", "decided_by": "analyst",
                                        "decided_time": bench.now}])
    assert learn(6)[0] == "expired", "the days before no longer count"
    assert learn(10) == ("candidate", 4)
    assert not row().get("decided_by")
    assert learn(11) == ("trusted", 5)
    assert learn(11 + 200)[0] == "expired"


def test_a_trusted_value_stays_within_an_open_case_and_falls_with_a_true_positive(bench):
    covered(bench, 30)
    bench.take([*daily(0, 8), *daily(6, 8, region="sa-east-1")])
    bench.collect()
    bench.now = START + 8 * DAY
    bench.put("ciw_cases", [{"_key": "c1", "case_id": "c1", "first_time": START + 6 * DAY,
                             "subject": f"aws|{ACCOUNT}|{role('deploy')}"}])

    def regions() -> dict[str, str]:
        bench.run("ciw_backfill_creators", span=(START - DAY, bench.now))
        return {row["value"]: row["state"] for row in bench.documents("ciw_baseline")
                if row["dimension"] == "region"}

    assert regions() == {"eu-west-1": "trusted", "sa-east-1": "candidate"}
    bench.put("ciw_case_state", [{"_key": "c1", "case_id": "c1", "state": "closed",
                                  "disposition": "true_positive"}])
    assert regions() == {"eu-west-1": "candidate", "sa-east-1": "candidate"}


@pytest.mark.parametrize(("busy", "days", "state"), [([], 2, "learning"),
                                                     (range(30), 30, "mature")])
def test_days_of_a_silent_source_are_not_covered(bench, busy, days, state):
    """A quiet account is covered on days on which its cloud's log holds another account's rows."""
    bench.take([launch(START), launch(START + 29 * DAY),
                *(launch(START + day * DAY, account="444455556666") for day in busy)])
    bench.collect()
    bench.run("ciw_backfill_status", span=(START - DAY, bench.now))
    [row] = [row for row in bench.documents("ciw_baseline_status")
             if row["vendor_account"] == ACCOUNT]
    assert (row["covered_days"], row["state"]) == (days, state)


PUT_IN = ("ciw_merge_baseline_decisions", "ciw_baseline_creators")
"""What puts decisions in: the one each five minutes, the other with what it taught."""


def ruled(bench, ruling: str, moment: float) -> None:
    """A decision as the desk leaves it, beside the rows that the search writes."""
    [row] = [row for row in bench.documents("ciw_baseline") if row["dimension"] == "creator"]
    names = ("_key", "cloud", "vendor_account", "user", "dimension", "value")
    bench.put("ciw_baseline_decisions", [{name: row[name] for name in names} | {
        "ruling": ruling, "ruled_by": "tina", "ruled_time": moment, "ruled_because": "known"}])


@pytest.mark.parametrize("search", PUT_IN)
def test_a_decision_is_put_in_by_the_next_run_and_once(bench, search):
    covered(bench, 30)
    live(bench, [launch(START)], START + 600)
    ruled(bench, "trusted", START + 700)
    bench.now = START + 3600
    bench.run(search)
    [row] = [row for row in bench.documents("ciw_baseline") if row["dimension"] == "creator"]
    assert (row["state"], row["decided_by"], row["decided_time"], row["reason"]) == (
        "trusted", "tina", START + 700, "known")
    bench.now += 3600
    for name in PUT_IN:
        bench.run(name)
        assert row in bench.documents("ciw_baseline"), "nothing is written twice"


@pytest.mark.parametrize("search", PUT_IN)
def test_a_decision_that_is_taken_while_the_search_runs_is_not_lost(bench, search):
    """The run that began before it writes the row without it over whatever stands there."""
    covered(bench, 30)
    live(bench, [launch(START)], START + 600)
    before = bench.documents("ciw_baseline")
    ruled(bench, "rejected", START + 700)
    bench.now = START + 3600
    bench.run(search)
    assert creator(bench) == "rejected"
    bench.put("ciw_baseline", before)
    assert creator(bench) == "candidate"
    bench.now += 3600
    bench.run(search)
    assert creator(bench) == "rejected"


@pytest.mark.parametrize("search", PUT_IN)
def test_an_expired_value_begins_anew_though_the_decision_is_kept(bench, search):
    covered(bench, 30)
    live(bench, daily(0, 1), START + 600)
    ruled(bench, "expired", START + 700)
    bench.now = START + 3600
    bench.run(search)
    assert creator(bench) == "expired"
    live(bench, daily(1, 2), START + DAY + 600)
    assert creator(bench) == "candidate"
    bench.run("ciw_baseline_creators")
    assert creator(bench) == "candidate"
