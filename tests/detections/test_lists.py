"""Lists that people fill in: merged from file and KV store, written only when they changed."""

from __future__ import annotations

import csv

import pytest

from tests.detections.records import ACCOUNT, epoch, launch, role

NOW = epoch("2026-03-10T12:00:00")
LISTS = ("approved_creators", "approved_regions", "known_networks", "business_hours",
         "change_requests", "exceptions", "owners", "approved_images", "monitoring", "threat_intel")


def effective(bench, name: str) -> list[dict[str, str]]:
    path = bench.home.lookups_dir / f"ciw_{name}_effective.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def merge(bench, name: str) -> list[dict[str, str]]:
    bench.now = NOW
    bench.run(f"ciw_merge_{name}")
    return effective(bench, name)


@pytest.mark.parametrize("name", LISTS)
def test_untouched_lists_are_not_written(bench, name):
    assert merge(bench, name) == []


@pytest.mark.parametrize("name", LISTS)
def test_a_row_comes_and_goes(bench, name):
    """It is there after the merge beside the row that matches nothing, and gone when removed."""
    bench.put(f"ciw_{name}", [{
        "_key": "1", "owner": "platform", "src": "198.51.100.0/24", "cloud": "aws",
        "vendor_account": "111122223333", "timezone": "UTC", "days": "1-5", "start": "08:00",
        "end": "18:00", "change_ref": "CHG0001", "valid_from": "2026-03-01", "type": "ip",
        "valid_to": "2026-03-31", "indicator": "203.0.113.66", "label": "scanner"}])
    assert len(merge(bench, name)) == 2
    bench.home.kv.collection(f"ciw_{name}").delete({})
    assert len(merge(bench, name)) == 1


def test_file_and_collection_count_and_cells_are_normalised(bench):
    bench.list("ciw_approved_creators.csv", [
        ["aws", "", " arn:aws:iam::111122223333:role/deploy ", "eu-west-1; eu-north-1", "", "",
         "pipeline", "platform", "2026-03-10"],
        ["aws", "*", "*", "*", "*", "*", "gone", "platform", "2026-03-09"],
        ["aws", "*", "*", "*", "*", "*", "mistyped", "platform", "next year"]])
    bench.put("ciw_approved_creators", [{"_key": "1", "cloud": "aws", "user": "*role/restore"}])
    rows = merge(bench, "approved_creators")
    assert {(row["vendor_account"], row["user"], row["regions"], row["expires"]) for row in rows
            } == {("nothing", "nothing", "nothing", "nothing"),
                  ("*", "*role/restore", "*", "*"),
                  ("*", "arn:aws:iam::111122223333:role/deploy", "eu-west-1", "2026-03-10"),
                  ("*", "arn:aws:iam::111122223333:role/deploy", "eu-north-1", "2026-03-10")}


def test_the_closest_row_comes_first(bench):
    """Readers take the first row that fits: one that names the account goes before any account."""
    bench.put("ciw_business_hours", [
        {"_key": str(number), "cloud": "aws", "vendor_account": account, "user": user,
         "timezone": "UTC", "start": "08:00", "end": "18:00"} for number, (account, user) in enumerate(
             (("*", "*"), ("111122223333", "*"), ("111122223333", "*role/deploy"), ("*", "alice")))])
    rows = [(row["vendor_account"], row["user"]) for row in merge(bench, "business_hours")
            if row["cloud"] == "aws"]
    assert rows.index(("111122223333", "*")) < rows.index(("*", "*"))
    assert rows.index(("*", "alice")) < rows.index(("*", "*"))
    assert rows.index(("111122223333", "*role/deploy")) < rows.index(("111122223333", "*"))


def test_nothing_is_written_twice(bench):
    bench.put("ciw_owners", [{"_key": "1", "cloud": "aws", "vendor_account": "111122223333"}])
    merge(bench, "owners")
    path = bench.home.lookups_dir / "ciw_owners_effective.csv"
    written = path.stat().st_mtime_ns
    merge(bench, "owners")
    assert path.stat().st_mtime_ns == written


def test_a_pool_matches_itself_and_what_ends_in_it_behind_a_dot(bench):
    bench.put("ciw_mining_pools", [
        {"_key": "1", "indicator": "Pool.Example.org", "type": "domain", "tier": "strong"},
        {"_key": "2", "indicator": "nanopool.org", "tier": "off"}])
    bench.now = NOW
    bench.run("ciw_merge_mining_pools")
    rows = bench.search(
        '| makeresults | eval dest=split("pool.example.org,a.pool.example.org,'
        'notpool.example.org,xmr.nanopool.org,xmr.2miners.com,14444", ",") | mvexpand dest'
        " | lookup ciw_mining_pools_effective indicator AS dest OUTPUT type tier"
        " | where isnotnull(tier) | table dest type tier")
    assert [(row["dest"], row["type"], row["tier"]) for row in rows] == [
        ("pool.example.org", "domain", "strong"), ("a.pool.example.org", "domain", "strong"),
        ("xmr.2miners.com", "domain", "strong"), ("14444", "port", "weak")]


def test_the_shipped_pools_are_what_the_merge_makes_of_them(bench):
    bench.now = NOW
    bench.run("ciw_merge_mining_pools")
    assert effective(bench, "mining_pools") == []


@pytest.mark.parametrize(("row", "weight"), [
    (["aws", ACCOUNT, role("deploy"), "*", "key found in a repository", "soc", "*"], 75),
    (["*", "*", "*", "ami-0a1b2c3d4e5f60001", "backdoored", "soc", "*"], 75),
    (["aws", ACCOUNT, role("other"), "*", "somebody else", "soc", "*"], 55)])
def test_what_is_watched_weighs_more(bench, row, weight):
    bench.list("ciw_monitoring_effective.csv", [row])
    bench.put("ciw_baseline_status", [{"cloud": "aws", "vendor_account": ACCOUNT,
                                       "state": "mature", "covered_days": 30}])
    bench.take([launch(NOW)])
    bench.collect()
    bench.run("ciw_signal_instance_created_by_new_principal")
    [signal] = bench.documents("ciw_signals")
    assert signal["weight"] == weight
    assert signal["reason"].endswith(f" Under watch: {row[4]}.") == (weight == 75)


def problems(bench) -> dict[tuple[str, str], str]:
    """(key of the row, column) → effect."""
    bench.now = NOW
    bench.run("ciw_coverage_lists")
    return {(row["place"].split(" ")[-1], row["column"]): row["effect"]
            for row in bench.documents("ciw_list_problems")}


HOURS = {"cloud": "aws", "timezone": "UTC", "days": "1-5", "start": "08:00", "end": "18:00"}
CREATOR = {"cloud": "aws", "user": "a", "reason": "r", "owner": "o"}
BAD = [
    ("approved_creators", {"reason": "r", "owner": "o"}, "all columns"),
    ("approved_creators", CREATOR | {"cloud": "amazon"}, "cloud"),
    ("approved_creators", CREATOR | {"networks": "192.0.2.1;10.0.0.0/33"}, "networks"),
    ("approved_creators", CREATOR | {"expires": "31.12.2026"}, "expires"),
    ("approved_creators", CREATOR | {"expires": "2026-03-09"}, "expires"),
    ("known_networks", {"label": "office", "owner": "it"}, "all columns"),
    ("known_networks", {"src": "192.0.2.300", "owner": "it"}, "src"),
    ("business_hours", HOURS | {"timezone": "Europe/Berln"}, "timezone"),
    ("business_hours", HOURS | {"days": "Mon-Fri"}, "days"),
    ("business_hours", HOURS | {"start": "8:00"}, "start"),
    ("business_hours", HOURS | {"end": "07:00"}, "end"),
    ("business_hours", HOURS | {"holidays": "2026-12-25;Easter"}, "holidays"),
    ("change_requests", {"change_ref": "CHG1", "owner": "o", "valid_from": "2026-03-01"},
     "valid_from, valid_to"),
    ("threat_intel", {"indicator": "pool", "type": "domain", "label": "x"}, "indicator"),
    ("threat_intel", {"indicator": "192.0.2.1", "type": "address", "label": "x"}, "type"),
]


def test_a_row_with_an_error_is_told_and_left_out(bench):
    for number, (name, row, _) in enumerate(BAD):
        bench.put(f"ciw_{name}", [row | {"_key": f"k{number}"}])
    found = problems(bench)
    for number, (_, _, column) in enumerate(BAD):
        assert found[f"k{number}", column] == "left out", BAD[number]
    for name in {name for name, _, _ in BAD}:
        assert len(merge(bench, name)) <= 1, name


def test_what_is_amiss_is_told_and_counts(bench):
    bench.put("ciw_exceptions", [
        {"_key": "known", "signal": "cpu_spike", "cloud": "aws", "reason": "r", "owner": "o"},
        {"_key": "no", "signal": "cpu_spikes", "cloud": "aws", "reason": "r", "owner": "o"},
        {"_key": "nobody", "signal": "cpu_*", "cloud": "aws"}])
    assert problems(bench) == {("no", "signal"): "counts", ("nobody", "owner"): "counts",
                               ("nobody", "reason"): "counts"}
    assert len(merge(bench, "exceptions")) == 4
    bench.home.kv.collection("ciw_exceptions").delete({})
    assert problems(bench) == {}


def test_an_exception_that_ended_is_told_only_when_no_signal_looks_back_at_it(bench):
    bench.put("ciw_exceptions", [
        {"_key": key, "signal": "cpu_spike", "cloud": "aws", "reason": "r", "owner": "o",
         "expires": expires} for key, expires in (("lately", "2026-03-09"), ("once", "2026-01-09"))])
    assert problems(bench) == {("once", "expires"): "left out"}
    assert {row["expires"] for row in merge(bench, "exceptions")} == {"2026-03-09", "nothing"}


def test_a_row_of_the_file_is_told_by_its_number(bench):
    bench.list("ciw_owners.csv", [["aws", ACCOUNT, "o", "", "", ""], ["amazon", "1", "o", "", "", ""]])
    bench.now = NOW
    bench.run("ciw_coverage_lists")
    [row] = bench.documents("ciw_list_problems")
    assert row["place"] == "lookups/ciw_owners.csv row 2"
    assert row["problem"] == "amazon is none of aws, azure, gcp"


ZONES = [
    ("Europe/Berlin", "2026-03-29T00:59:59", "01:59"), ("Europe/Berlin", "2026-03-29T01:00:00", "03:00"),
    ("Europe/Berlin", "2026-10-25T00:59:59", "02:59"), ("Europe/Berlin", "2026-10-25T01:00:00", "02:00"),
    ("America/New_York", "2026-03-08T06:59:59", "01:59"),
    ("America/New_York", "2026-03-08T07:00:00", "03:00"),
    ("America/New_York", "2026-11-01T05:59:59", "01:59"),
    ("America/New_York", "2026-11-01T06:00:00", "01:00"),
    ("Australia/Sydney", "2026-04-04T15:59:59", "02:59"),
    ("Australia/Sydney", "2026-04-04T16:00:00", "02:00"),
    ("australia/sydney", "2026-10-03T16:00:00", "03:00"),
    ("Asia/Kolkata", "2026-07-01T12:00:00", "17:30"), ("UTC", "2026-07-01T12:00:00", "12:00"),
    ("-05:30", "2026-07-01T12:00:00", "06:30")]


def test_business_hours_know_daylight_saving_time(bench):
    values = ",".join(f"{zone}|{epoch(moment):.0f}" for zone, moment, _ in ZONES)
    rows = bench.search(
        f'| makeresults | eval row=split("{values}", ",") | mvexpand row'
        ' | eval timezone=mvindex(split(row, "|"), 0), _time=tonumber(mvindex(split(row, "|"), 1)),'
        ' start="08:00", end="18:00", days="*", holidays="*", command="x" | `ciw_business_hours`'
        ' | table clock outside')
    assert [row["clock"] for row in rows] == [clock for _, _, clock in ZONES]
    assert [row["outside"] for row in rows] == [
        "0" if "08:00" <= clock < "18:00" else "1" for _, _, clock in ZONES]


def test_a_holiday_is_one_where_people_are(bench):
    """New Year's Day in Sydney begins thirteen hours before Greenwich's."""
    rows = bench.search(
        f'| makeresults | eval _time={epoch("2026-12-31T22:30:00"):.0f},'
        ' timezone=split("Australia/Sydney,UTC,Nowhere/Else", ",") | mvexpand timezone'
        ' | eval start="00:00", end="24:00", days="*", holidays="2027-01-01", command="x"'
        " | `ciw_business_hours` | table timezone outside")
    assert [row.get("outside") for row in rows] == ["1", "0", None]


def test_listed_threats_are_found_by_address_network_and_domain(bench):
    bench.put("ciw_threat_intel", [
        {"_key": "1", "indicator": "Bad.Example", "type": "domain", "label": "c2"},
        {"_key": "2", "indicator": "203.0.113.0/28", "type": "cidr", "label": "scanner"},
        {"_key": "3", "indicator": "2001:db8::1", "type": "ip", "label": "proxy"}])
    merge(bench, "threat_intel")
    rows = bench.search(
        '| makeresults | eval dest=split("203.0.113.9,2001:db8::1,203.0.113.99,bad.example,'
        'x.bad.example,notbad.example", ",") | mvexpand dest'
        " | lookup ciw_threat_intel_effective network AS dest OUTPUT label"
        " | lookup ciw_threat_intel_domains domain AS dest OUTPUT label AS name | table label name")
    assert rows == [{"label": "scanner"}, {"label": "proxy"}, {}, {"name": "c2"}, {"name": "c2"}, {}]
