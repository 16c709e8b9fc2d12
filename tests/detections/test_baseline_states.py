"""What each signal that reads a baseline says in each state of it: the table of docs/baselines.md.

One home holds accounts that are empty, learning, mature and poisoned, with principals of all
states; each does its part on the last day, and every signal runs once.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.detections.bench import DAY, HOUR, Bench
from tests.detections.network import take_events
from tests.detections.records import epoch, launch, role

TODAY = epoch("2026-03-20T00:00:00")
NOW = TODAY + 23 * HOUR
EMPTY, LEARNING, MATURE, POISONED, REFUSED = (f"11112222{number:04}" for number in range(5))
WHO = {"empty": (EMPTY, "deploy"), "learning": (LEARNING, "deploy"), "mature": (MATURE, "deploy"),
       "trusted": (MATURE, "steady"), "poisoned": (POISONED, "deploy"),
       "rejected": (MATURE, "banned"), "rejected while learning": (REFUSED, "banned"),
       "expired": (MATURE, "lapsed"), "lone new principal": (MATURE, "newcomer")}
OTHERS = {("instance_created_by_new_principal", "poisoned"): (POISONED, "intruder"),
          ("instance_created_by_rare_principal", "mature"): (MATURE, "seldom")}
OFFICE = "192.0.2.10"
DIMENSIONS = {"creator": "instance", "region": "sa-east-1", "type": "m5.large",
              "image": "ami-0f0f0f0f0f0f0f0f0", "hour": "03", "country": "Singapore"}


def table() -> list[tuple[str, str, str]]:
    """(signal, state, expected) for each cell of the table of docs/baselines.md."""
    path = Path(__file__).parents[2] / "docs" / "baselines.md"
    rows = [[cell.strip() for cell in line.strip("|").split("|")]
            for line in path.read_text("utf-8").splitlines() if line.startswith("| ")]
    [header] = [row for row in rows if row[:2] == ["signal", "empty"]]
    return [(row[0], state, cell) for row in rows if len(row) == len(header) and row is not header
            for state, cell in zip(header[1:], row[1:], strict=True)]


def usual(day: float, who: str, account: str, count: int = 1, first: str = "") -> dict:
    """A launch as on every day: at noon, from the office."""
    return created(day + 12 * HOUR, who, account, count, "t3.micro", "ami-0a1b2c3d4e5f60001",
                   first, region="eu-west-1", address=OFFICE)


def strange(day: float, who: str, account: str, first: str = "", address: str = "203.0.113.10"):
    """Another region, type, image, country, hour and number."""
    return created(day + 3 * HOUR, who, account, 12, DIMENSIONS["type"], DIMENSIONS["image"],
                   first, region=DIMENSIONS["region"], address=address)


def created(moment, who, account, count, kind, image, first, **more) -> dict:
    found = launch(moment, request={"instanceType": kind, "instancesSet": {"items": [
        {"imageId": image, "minCount": count, "maxCount": count}]}}, who=who, account=account, **more)
    items = found["responseElements"]["instancesSet"]["items"]
    if first:
        items[0]["instanceId"] = first
    items += [{"instanceId": f"{items[0]['instanceId']}-{n}"} for n in range(1, count)]
    return found


def instance(account: str, who: str) -> str:
    """The instance of a principal whose CPU is measured."""
    return "i-" + hashlib.sha256(f"{account}{who}".encode()).hexdigest()[:17]


def history() -> list[dict]:
    found = []
    for account, who, days in [(LEARNING, "deploy", 10), (MATURE, "deploy", 20),
                               (POISONED, "deploy", 20), (REFUSED, "deploy", 10)]:
        found += [usual(TODAY - ago * DAY, who, account,
                        first=instance(account, who) if ago == days else "")
                  for ago in range(days, 0, -1)]
    found += [usual(TODAY - ago * DAY, "steady", MATURE, 12,
                    instance(MATURE, "steady") if ago == 20 else "") for ago in range(20, 0, -1)]
    found += [usual(TODAY - ago * DAY, "seldom", MATURE) for ago in range(50, 44, -1)]
    found += [strange(TODAY - ago * DAY, "lapsed", MATURE,
                      instance(MATURE, "lapsed") if ago == 206 else "") for ago in range(206, 200, -1)]
    found += [strange(TODAY - ago * DAY, "deploy", POISONED) for ago in range(6, 0, -1)]
    found += [strange(TODAY - ago * DAY, "intruder", POISONED) for ago in range(20, 0, -1)]
    return found


def today() -> list[dict]:
    return [strange(TODAY, "deploy", EMPTY, instance(EMPTY, "deploy")),
            *(strange(TODAY, who, account) for account, who in [
                (LEARNING, "deploy"), (MATURE, "deploy"), (POISONED, "deploy"), (MATURE, "banned"),
                (REFUSED, "banned"), (MATURE, "lapsed"), (POISONED, "intruder")]),
            usual(TODAY, "steady", MATURE, 12), usual(TODAY, "seldom", MATURE),
            usual(TODAY, "newcomer", MATURE, 1, instance(MATURE, "newcomer"))]


def cpu() -> list[str]:
    """Hourly means: quiet but for nine hours of today, and of the days that a principal's row says."""
    full = {(MATURE, "steady"): range(21), (POISONED, "deploy"): range(7),
            (MATURE, "lapsed"): (0, *range(40, 45))}
    known = {(LEARNING, "deploy"): 10, (MATURE, "deploy"): 20, (MATURE, "steady"): 20,
             (POISONED, "deploy"): 20}
    lines = []
    for account, who in dict.fromkeys(WHO.values()):
        if who == "banned":
            continue
        busy = full.get((account, who), (0,))
        for ago in sorted({*range(known.get((account, who), 0) + 1), *busy}):
            lines += [json.dumps({
                "time": TODAY - ago * DAY + hour * HOUR, "cloud": "aws", "vendor_account": account,
                "vendor_region": "eu-west-1", "object_id": instance(account, who),
                "cloud.instance.cpu.percent": 96.5 if ago in busy and 13 <= hour < 22 else 6})
                for hour in range(24 if ago else 22)]
    return lines


def decided(account: str, dimension: str, value: str) -> dict:
    who = role("banned", account)
    key = hashlib.sha256(f"aws|{account}|{who}|{dimension}|{value}".encode()).hexdigest()
    return {"_key": key, "cloud": "aws", "vendor_account": account, "user": who,
            "dimension": dimension, "value": value, "state": "rejected", "decided_by": "analyst",
            "decided_time": TODAY - DAY, "reason": "a test", "days": [str(int(TODAY // DAY) - 2)],
            "distinct_days": 1, "first_seen": TODAY - 2 * DAY, "last_seen": TODAY - 2 * DAY}


def case(who: str, began: float, names: list[str]) -> dict:
    subject = f"aws|{POISONED}|{role(who, POISONED)}"
    return {"_key": who, "case_id": who, "subject": subject, "cloud": "aws",
            "vendor_account": POISONED, "user": role(who, POISONED), "first_time": began,
            "object_id": names, "signals": ["instance_created_in_unapproved_region"]}


@pytest.fixture(scope="module")
def home(tmp_path_factory, app_root) -> Bench:
    bench = Bench(tmp_path_factory.mktemp("states"), app_root)
    bench.list("ciw_known_networks_effective.csv", [[OFFICE + "/32", "office", "a test", "*"]])
    bench.take([*history(), *today()])
    take_events(bench, "ciw:metrics", cpu(), "cloud_metrics")
    bench.now = NOW
    bench.collect()
    bench.put("ciw_baseline", [decided(account, *pair) for account in (MATURE, REFUSED)
                               for pair in DIMENSIONS.items()])
    bench.put("ciw_cases", [case("intruder", TODAY - 20 * DAY + HOUR, []),
                            case("deploy", TODAY - 6 * DAY + HOUR, [instance(POISONED, "deploy")])])
    for name in ("status", "creators", "ledger", "aliases", "cpu"):
        end = NOW if name in ("ledger", "aliases") else TODAY
        bench.run(f"ciw_backfill_{name}", span=(0, end))
    for signal in dict.fromkeys(signal for signal, _, _ in table()):
        bench.run(f"ciw_signal_{signal}", span=(NOW - 31 * DAY, NOW))
    return bench


@pytest.mark.parametrize(("signal", "state", "expected"), table())
def test_signal_in_state(home, signal, state, expected):
    account, who = OTHERS.get((signal, state), WHO[state])
    raised = [row for row in home.documents("ciw_signals") if row["signal"] == signal
              and row["vendor_account"] == account and row["user"] == role(who, account)
              and row["time"] > TODAY]
    if signal == "cpu_spike":
        raised = [row for row in raised if row["object_id"] == instance(account, who)]
    weights = [str(row["weight"]) for row in raised]
    assert weights == ([] if expected == "-" else [expected]), [row["reason"] for row in raised]


def test_table_has_every_signal_that_reads_a_baseline(app):
    reading = {name.removeprefix("ciw_signal_") for name, saved in app.saved_searches.items()
               if name.startswith("ciw_signal_") and "lookup ciw_baseline " in saved.search
               or name in ("ciw_signal_instance_burst", "ciw_signal_cpu_spike")}
    assert {signal for signal, _, _ in table()} == reading
    assert {state for _, state, _ in table()} == set(WHO)


@pytest.mark.parametrize(("account", "state", "covered"), [
    (EMPTY, None, None), (LEARNING, "learning", 10), (MATURE, "mature", 32),
    (POISONED, "mature", 20)])
def test_warm_up_of_each_account(home, account, state, covered):
    found = {row["vendor_account"]: row for row in home.documents("ciw_baseline_status")}
    if state is None:
        assert account not in found
        return
    row = found[account]
    assert (row["state"], row["covered_days"], row["wanted_days"]) == (state, covered, 14)
    first = {LEARNING: 10, POISONED: 20}.get(account)
    if first:
        since = 12 * HOUR + TODAY - 10 * DAY if state == "learning" else TODAY - 7 * DAY
        assert row["since"] == since


@pytest.mark.parametrize(("who", "account", "states"), [
    ("deploy", LEARNING, {"learning"}), ("deploy", MATURE, {"trusted"}),
    ("banned", MATURE, {"rejected"}), ("banned", REFUSED, {"rejected"}),
    ("lapsed", MATURE, {"expired"}), ("intruder", POISONED, {"candidate"}),
    ("deploy", POISONED, {"candidate", "trusted"})])
def test_states_of_values(home, who, account, states):
    rows = [row for row in home.documents("ciw_baseline") if row["user"] == role(who, account)]
    assert {row["state"] for row in rows} == states
    if len(states) == 2:
        trusted = {row["value"] for row in rows if row["state"] == "trusted"}
        assert not trusted & set(DIMENSIONS.values()) - {"instance"}, "what came with the case"
        assert {"instance", "eu-west-1", "12", "t3.micro", "Ireland"} <= trusted


def test_states_of_cpu(home):
    rows = {row["name"]: row for row in home.documents("ciw_baseline_cpu")}
    states = {who: rows[instance(MATURE, who)]["state"] for who in ("deploy", "steady")}
    assert states == {"deploy": "candidate", "steady": "trusted"}
    held = rows[instance(POISONED, "deploy")]
    assert (held["known_days"], held["busy_days"], held["state"]) == (14, 0, "candidate")
    assert instance(MATURE, "lapsed") not in rows, "days past four weeks are forgotten"
    peers = rows[role("steady", MATURE) + " t3.micro"]
    assert (peers["kind"], peers["members"], peers["busy_days"]) == ("peers", 1, 20)


def test_teaching_again_changes_nothing(home):
    names = ("ciw_baseline", "ciw_baseline_status", "ciw_baseline_cpu")
    before = [home.documents(name) for name in names]
    for name in ("status", "creators", "cpu"):
        home.run(f"ciw_backfill_{name}", span=(0, TODAY))
    assert [home.documents(name) for name in names] == before


def test_warm_up_is_shown(home):
    rows = home.run("ciw_overview_baselines")
    assert [(row["vendor_account"], row["state"], row["covered_days"]) for row in rows] == [
        (LEARNING, "learning", "10"), (REFUSED, "learning", "10"), (MATURE, "mature", "32"),
        (POISONED, "mature", "20")]
    assert rows[0]["since"] == "2026-03-10" and rows[0]["trusted"] == "0"
    counts = {name: int(rows[2][name]) for name in ("trusted", "candidate", "rejected", "expired")}
    assert counts["rejected"] == len(DIMENSIONS) and counts["expired"] == len(DIMENSIONS) + 2
    assert counts["trusted"] and not counts["candidate"]
