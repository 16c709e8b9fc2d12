"""Lists that people fill in: merged from file and KV store, written only when they changed."""

from __future__ import annotations

import csv

import pytest

from tests.detections.records import ACCOUNT, epoch, launch, role

NOW = epoch("2026-03-10T12:00:00")
LISTS = ("approved_creators", "approved_regions", "known_networks", "business_hours",
         "change_requests", "exceptions", "owners", "approved_images", "monitoring")


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
    bench.put(f"ciw_{name}", [{"_key": "1", "owner": "platform", "src": "198.51.100.0/24",
                               "cloud": "aws", "vendor_account": "111122223333"}])
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
         "timezone": "UTC"} for number, (account, user) in enumerate(
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
