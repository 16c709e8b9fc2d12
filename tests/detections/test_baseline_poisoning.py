"""An attacker who does the same each day for a month: what the baselines make of it.

Five accounts, each with its own pipeline of three weeks and one intruder, who creates instances of
another type and image, in another region, from another country, at another hour, each day. The
days go by one after the other: signals, cases, then what the baselines learn of the day. In the
shorter form the operation log is written beforehand, and the signals run on some days only, whose
case stands open in between. With CIW_SOAK the scheduled searches run every day, around each
launch, at the minutes of their cron schedules, collector and all.
"""

from __future__ import annotations

import os

import pytest

from tests.detections.bench import DAY, HOUR, Bench
from tests.detections.records import epoch, launch, role

START = epoch("2026-03-01T00:00:00")
DAYS = 30
SIGNALS = ("instance_created_by_new_principal", "instance_created_from_unusual_location",
           "instance_created_in_unapproved_region", "unusual_instance_type", "unseen_image",
           "instance_burst")
SOAK = bool(os.environ.get("CIW_SOAK"))
DETAILED = range(1, DAYS + 1) if SOAK else (1, 2, 3, 4, 5, 6, 30)
MINUTES = {5: ("ciw_collect_operations",), 7: tuple(f"ciw_signal_{name}" for name in SIGNALS),
           8: ("ciw_baseline_status",), 9: ("ciw_case_builder",), 68: ("ciw_baseline_creators",)}
"""What is due so many minutes after a launch at a whole hour, and reads it."""
OPEN, GUILTY, CLEARED, DENIED, VARYING = ACCOUNTS = tuple(
    f"22223333{number:04}" for number in range(5))
REGIONS = ("sa-east-1", "af-south-1", "ap-east-1", "me-south-1", "ca-west-1")
TYPES = ("m5.large", "m5.xlarge", "c5.large", "c5.xlarge", "r5.large")
ADDRESSES = ("203.0.113.10", "203.0.113.200", "198.51.100.7")
DIMENSIONS = {"creator", "source", "network", "country", "region", "hour", "type", "image"}


def turn_of(account: str, day: int) -> int:
    """Which of its ways an intruder goes; who varies goes each of them for six days."""
    return (day - 1) // 6 if account == VARYING else 0


def step(account: str, day: int) -> dict:
    """The intruder's launch of a day, 1 the first."""
    turn = turn_of(account, day)
    image = f"ami-0f0f0f0f0f0f0f0f{turn}"
    more = {"error": "Client.UnauthorizedOperation"} if account == DENIED else {}
    return launch(START + (day - 1) * DAY + (3 + turn) * HOUR, who="intruder", account=account,
                  region=REGIONS[turn], address=ADDRESSES[turn % 3],
                  request={"instanceType": TYPES[turn], "instancesSet": {"items": [
                      {"imageId": image, "minCount": 1, "maxCount": 1}]}}, **more)


class Month:
    """What was seen at the end of each day."""

    def __init__(self, bench: Bench):
        self.bench = bench
        self.states: dict[tuple[str, int], dict[tuple[str, str], str]] = {}
        self.raised: dict[tuple[str, int], set[str]] = {}

    def live(self, day: int) -> None:
        bench, begin = self.bench, START + (day - 1) * DAY
        if SOAK:
            self.by_schedule(day)
        else:
            self.in_short(day)
        if day == 2:
            self.close(GUILTY, "true_positive")
            self.close(CLEARED, "benign")
        for account in ACCOUNTS:
            user = role("intruder", account)
            self.states[account, day] = {
                (row["dimension"], row["value"]): row["state"]
                for row in bench.documents("ciw_baseline") if row["user"] == user}
            self.raised[account, day] = {
                row["signal"] for row in bench.documents("ciw_signals")
                if row["user"] == user and row["time"] >= begin}

    def by_schedule(self, day: int) -> None:
        turns = sorted({turn_of(account, day) for account in ACCOUNTS})
        due = sorted((START + (day - 1) * DAY + (3 + turn) * HOUR + minute * 60, order, name)
                     for turn in turns for order, minute in enumerate(MINUTES)
                     for name in MINUTES[minute])
        for moment, _, name in due:
            self.bench.now = moment
            self.bench.run(name)

    def in_short(self, day: int) -> None:
        bench, begin = self.bench, START + (day - 1) * DAY
        bench.now = begin + 23 * HOUR
        if day in DETAILED:
            for signal in SIGNALS:
                bench.run(f"ciw_signal_{signal}", span=(bench.now - 3 * DAY, bench.now))
            bench.run("ciw_case_builder")
        bench.run("ciw_backfill_creators", span=(begin, bench.now))

    def close(self, account: str, disposition: str) -> None:
        [case] = self.cases(account)
        self.bench.put("ciw_case_state", [{
            "_key": case["case_id"], "case_id": case["case_id"], "state": "closed",
            "disposition": disposition, "closed_time": self.bench.now}])

    def cases(self, account: str) -> list[dict]:
        return [row for row in self.bench.documents("ciw_cases")
                if row["user"] == role("intruder", account)]


@pytest.fixture(scope="module")
def month(tmp_path_factory, app_root) -> Month:
    bench = Bench(tmp_path_factory.mktemp("month"), app_root)
    past = [launch(START - ago * DAY + 12 * HOUR, account=account, address="192.0.2.10")
            for account in ACCOUNTS for ago in range(21, 0, -1)]
    bench.take([*past, *(step(account, day) for account in ACCOUNTS
                         for day in range(1, DAYS + 1))])
    end = START if SOAK else START + DAYS * DAY
    bench.now = START
    for name in ("operations", "status", "creators"):
        bench.run(f"ciw_backfill_{name}", span=(0, end if name == "operations" else START))
    found = Month(bench)
    for day in range(1, DAYS + 1):
        found.live(day)
    return found


@pytest.mark.parametrize("account", [OPEN, GUILTY], ids=["open", "true positive"])
def test_it_is_never_trusted(month, account):
    for day in range(1, DAYS + 1):
        states = month.states[account, day]
        assert {dimension for dimension, _ in states} == DIMENSIONS
        assert set(states.values()) == {"candidate"}, day
    for day in DETAILED:
        assert month.raised[account, day] == set(SIGNALS) - {"instance_burst"}, day


def test_what_it_varies_is_never_trusted_either(month):
    for day in range(1, DAYS + 1):
        assert set(month.states[VARYING, day].values()) == {"candidate"}, day
    values = {dimension: sum(1 for name, _ in month.states[VARYING, DAYS] if name == dimension)
              for dimension in DIMENSIONS}
    assert values == {"creator": 1, "source": 3, "network": 2, "country": 3, "region": 5, "hour": 5,
                      "type": 5, "image": 5}


def test_refusals_teach_nothing(month):
    assert not any(month.states[DENIED, day] for day in range(1, DAYS + 1))


def test_benign_work_is_trusted_after_five_days(month):
    """Closed on the second day; the next day's case only repeats it, and does not stand against it."""
    for day in range(1, 5):
        assert set(month.states[CLEARED, day].values()) == {"candidate"}, day
    for day in range(5, DAYS + 1):
        assert set(month.states[CLEARED, day].values()) == {"trusted"}, day
    assert month.raised[CLEARED, 3] and not month.raised[CLEARED, 6]
    assert [bool(case.get("previous_case_id")) for case in sorted(
        month.cases(CLEARED), key=lambda case: case["opened"])] == [False, True]


def test_one_case_stays_open_and_a_closed_one_is_followed(month):
    assert len(month.cases(OPEN)) == 1 and len(month.cases(GUILTY)) == 2
    assert not month.cases(DENIED), "refusals are another signal's"


def test_the_accounts_own_pipelines_stay_trusted(month):
    rows = [row for row in month.bench.documents("ciw_baseline") if row["user"].endswith("/deploy")]
    assert {row["state"] for row in rows} == {"trusted"}
    assert {row["vendor_account"] for row in rows} == set(ACCOUNTS)
