"""The flow log: flow records and DNS queries of three clouds become one kind of row."""

from __future__ import annotations

import random

import pytest

from tests.detections.bench import HOUR
from tests.detections.network import take_emissions, take_events

VPC = "aws:cloudwatchlogs:vpcflow"
START = 1_796_200_000 // HOUR * HOUR
MEASURES = ("bytes_out", "bytes_in", "flows", "minutes")


def vpc(at: int, src: str, sport: int, dest: str, dport: int, size: int,
        action: str = "ACCEPT") -> str:
    return (f"2 111122223333 eni-0a1b2c3d4e5f60001 {src} {dest} {sport} {dport} 6 10 {size}"
            f" {at} {at + 59} {action} OK")


def build(bench) -> None:
    bench.now = 2e9
    bench.run("ciw_backfill_flows", span=(0, 2e9))


def hours(bench, terms: str = "kind=flow") -> list[dict]:
    return bench.search(f"| `ciw_flow_log` {terms} `ciw_flow_hours`")


@pytest.mark.parametrize(("cloud", "kind", "dest", "wanted"), [
    ("aws", "flow", "198.51.100.7", {
        "vendor_region": "unknown", "object_id": "eni-0a1b2c3d4e5f60001", "src": "10.0.0.5",
        "dest_port": "443", "direction": "outbound", "bytes_out": "4249", "bytes_in": "0"}),
    ("aws", "dns", "pool.example.com", {
        "object_id": "i-0a1b2c3d4e5f60001", "action": "blocked",
        "answer": ["203.0.113.10", "203.0.113.9"]}),
    ("azure", "flow", "198.51.100.180", {
        "vendor_account": "11111111-2222-3333-4444-555555555555", "object_id": "000D3AF87856",
        "dest_port": "443", "direction": "outbound", "bytes_out": "767", "bytes_in": "1580",
        "flows": "2"}),
    ("gcp", "flow", "198.51.100.20", {
        "object_id": "projects/example-project/zones/europe-west3-a/instances/example-1",
        "dest_port": "3333", "direction": "outbound", "bytes_out": "5342", "bytes_in": "0"}),
    ("gcp", "dns", "pool.example.org", {
        "object_id": "1000000000000000001", "failures": "0", "dest_port": "53"}),
])
def test_each_cloud_gives_the_same_kind_of_row(bench, cloud, kind, dest, wanted):
    take_emissions(bench)
    build(bench)
    rows = bench.search(f'`ciw_{"dns" if kind == "dns" else "flows"}` cloud={cloud} dest="{dest}"')
    assert wanted.items() <= rows[0].items(), rows


def test_both_directions_of_a_connection_are_one_row(bench):
    take_events(bench, VPC, [
        vpc(START, "10.0.0.5", 40000, "203.0.113.77", 14444, 1710),
        vpc(START, "203.0.113.77", 14444, "10.0.0.5", 40000, 1190),
        vpc(START + 60, "10.0.0.5", 40000, "203.0.113.77", 14444, 290)])
    build(bench)
    (row,) = hours(bench)
    assert (row["direction"], row["dest"], row["dest_port"]) == (
        "outbound", "203.0.113.77", "14444")
    assert [row[name] for name in MEASURES] == ["2000", "1190", "3", "2"]


def test_who_connects_from_the_internet_is_counted_not_listed(bench):
    take_events(bench, VPC, [
        vpc(START + n, f"198.51.100.{n}", 50000 + n, "10.0.0.5", 22, 40, "REJECT")
        for n in range(30)])
    build(bench)
    (row,) = bench.search("`ciw_flows` direction=inbound")
    assert (row["dest"], row["dest_port"], row["action"], row["flows"], row["remotes"]) == (
        "internet", "22", "blocked", "30", "30")


def test_what_stays_inside_is_left_out(bench):
    take_events(bench, VPC, [
        vpc(START, "10.0.0.5", 40000, remote, 443, 100)
        for remote in ("10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
                       "169.254.169.254", "224.0.0.251", "fe80::1", "fd00::1", "ff02::2")]
        + [vpc(START, "10.0.0.5", 40000, remote, 443, 100)
           for remote in ("172.32.0.1", "100.128.0.1", "11.0.0.1", "192.169.1.1")])
    build(bench)
    assert {row["dest"] for row in hours(bench)} == {
        "172.32.0.1", "100.128.0.1", "11.0.0.1", "192.169.1.1"}


@pytest.mark.parametrize("seed", range(3))
def test_order_batches_and_runs_again_change_no_sum(bench, seed):
    """Records of one hour arrive in any order over an hour; the collector runs every quarter, a
    quarter runs twice, and a backfill follows."""
    chance = random.Random(seed)
    events = [vpc(START + 60 * n, "10.0.0.5", port, f"203.0.113.{n % 3}", 443, 100 + n)
              for n in range(40) for port in (40000, 40001)]
    chance.shuffle(events)
    for event in events:
        take_events(bench, VPC, [event], index_time=START + HOUR + chance.randrange(3 * 900))
    for quarter in (1, 2, 2, 3, 4):
        bench.now = START + HOUR + quarter * 900 + 60
        bench.run("ciw_collect_flows")
    bench.now = 2e9

    def sums():
        return {row["dest"]: (int(row["bytes_out"]), int(row["flows"]), int(row["minutes"]))
                for row in hours(bench)}

    wanted = {f"203.0.113.{rest}": (2 * sum(100 + n for n in range(rest, 40, 3)),
                                    2 * len(range(rest, 40, 3)), len(range(rest, 40, 3)))
              for rest in range(3)}
    assert sums() == wanted
    build(bench)
    assert sums() == wanted
