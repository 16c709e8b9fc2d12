"""Flows, DNS and metrics that follow from the records, as the shipped inputs read them."""

from __future__ import annotations

from collections import Counter

import pytest

from lab.scenarios import events
from lab.scenarios.aws import network as aws_network
from lab.scenarios.azure import network as azure_network
from lab.scenarios.behaviour import BEHAVIOURS, machines, queries, samples
from lab.scenarios.google import network as google_network
from tests.scenarios.conftest import START, records_of
from tests.sources.golden_emission import pages

END = START + 3 * 3600
LAUNCHES = {"aws": "aws_leaked_key_launch", "azure": "azure_helpdesk_takeover",
            "gcp": "google_leaked_key_mining"}


def living(name):
    return machines(records_of(name, 11), END)


def test_the_shipped_input_reads_every_record_of_aws():
    logs = aws_network.network_logs(living(LAUNCHES["aws"]), 0, 11)
    found = Counter()
    for key, content in logs.objects.items():
        for page in pages("aws_network_logs", content, key):
            assert not page.bad and not page.filtered, key
            found[page.meta.sourcetype] += len(page.events)
    assert found == {"aws:cloudwatchlogs:vpcflow": logs.flows, "aws:route53:resolver": logs.queries}
    assert logs.flows > 1000 and logs.queries > 20


@pytest.mark.parametrize("name", ["aws_leaked_key_launch", "aws_snapshot_exfiltration"])
def test_events_of_aws_are_what_the_input_emits(name):
    found = living(name)
    emitted = [text for key, content in aws_network.network_logs(found, 0, 11).objects.items()
               for page in pages("aws_network_logs", content, key) for _, text in page.events]
    made = [one.text for one in (*events.flows(found, 0), *events.dns(found, 0))]
    assert Counter(made) == Counter(emitted)


def test_events_of_azure_are_what_the_input_emits():
    from ciw import azure_flows

    found = living(LAUNCHES["azure"])
    emitted = []
    for content in azure_network.blobs(found, 0).values():
        for parsed in azure_flows.parse([content], 0, False, "url"):
            emitted += [text for _, text in parsed.events]
    assert Counter(one.text for one in events.flows(found, 0)) == Counter(emitted)
    assert len(emitted) > 50


def test_instances_are_those_that_the_records_launched():
    records = records_of(LAUNCHES["aws"], 11)
    made = [item["instanceId"] for record in records
            if record.body["eventName"] == "RunInstances" and record.body["responseElements"]
            for item in record.body["responseElements"]["instancesSet"]["items"]]
    found = machines(records, END)
    assert [machine.id for machine in found] == made
    assert {machine.role for machine in found} == {"mining"}


def test_a_mining_instance_asks_for_a_pool_and_keeps_one_connection():
    (machine, *_) = living(LAUNCHES["aws"])
    fields = aws_network.FORMATS[machine.account]
    rows = [dict(zip(fields, row.split(" "), strict=True))
            for _, row in aws_network.flow_rows(machine, 0)]
    out = [row for row in rows if row["flow-direction"] == "egress" and row["dstport"] != "443"]
    assert {row["dstport"] for row in out} == {"14444"}
    assert len({row["srcport"] for row in out}) == 1 and len(out) > 100
    assert any("nanopool.org" in talk.host for _, talk in queries(machine, 0))
    assert min(sample.cpu for sample in list(samples(machine, 0))[1:]) > 95


def test_google_tells_both_directions_and_who_asked():
    (machine, *_) = living(LAUNCHES["gcp"])
    flows = [entry["jsonPayload"] for _, entry in google_network.flow_entries([machine], 0)]
    assert Counter(flow["reporter"] for flow in flows)["SRC"] * 2 == len(flows)
    assert all(flow["src_instance"]["vm_name"] == machine.name for flow in flows
               if flow["reporter"] == "SRC")
    (name, *_) = [entry["jsonPayload"]["vmInstanceIdString"]
                  for _, entry in google_network.dns_entries([machine], 0)]
    assert name == machine.id


@pytest.mark.parametrize("role", sorted(BEHAVIOURS))
def test_a_life_stays_within_its_bounds(role):
    from dataclasses import replace

    (machine, *_) = living(LAUNCHES["aws"])
    machine = replace(machine, role=role)
    points = list(samples(machine, 0))
    assert all(0 < point.cpu <= 100 for point in points)
    assert all(machine.start <= point.time < machine.until for point in points)
    assert len({point.time for point in points}) == len(points)
    later = list(samples(machine, START + 5400))
    assert later == [point for point in points if point.time > START + 5400]
