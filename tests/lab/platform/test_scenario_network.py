"""The network logs of scenarios: what the shipped input makes of them, and what they tell."""

from __future__ import annotations

from collections import Counter

import pytest

from lab.scenarios import get, records
from lab.scenarios.aws import network
from lab.scenarios.aws import organisation as org
from tests.sources.golden_emission import pages

START = 1767600000.0
END = START + 3 * 3600


@pytest.fixture(scope="module")
def launched():
    return list(records(get("aws_leaked_key_launch"), 11, START))


def test_the_shipped_input_reads_every_record(launched):
    logs = network.network_logs(launched, END, 11)
    found = Counter()
    for key, content in logs.objects.items():
        for page in pages("aws_network_logs", content, key):
            assert not page.bad and not page.filtered, key
            found[page.meta.sourcetype] += len(page.events)
    assert found == {"aws:cloudwatchlogs:vpcflow": logs.flows, "aws:route53:resolver": logs.queries}
    assert logs.flows > 1000 and logs.queries > 20


def test_instances_are_those_that_the_records_launched(launched):
    made = [
        item["instanceId"]
        for record in launched
        if record.body["eventName"] == "RunInstances" and record.body["responseElements"]
        for item in record.body["responseElements"]["instancesSet"]["items"]
    ]
    found = network.instances(launched, END)
    assert [instance.id for instance in found] == made
    assert {instance.role for instance in found} == {"mining"}


def test_a_mining_instance_asks_for_a_pool_and_keeps_one_connection(launched):
    (instance, *_) = network.instances(launched, END)
    rows = [row.split(" ") for _, row in network._flows(instance)]
    fields = network.FORMATS[org.DEVELOPMENT]
    out = [row for row in rows if row[fields.index("flow-direction")] == "egress"]
    assert {row[fields.index("dstport")] for row in out} == {str(network.POOL_PORT)}
    assert len({row[fields.index("srcport")] for row in out}) == 1
    assert all(f'"{network.POOL}."' in text for _, text in network._queries(instance))


def test_the_same_seed_gives_the_same_objects(launched):
    first, second = (network.network_logs(launched, END, 11) for _ in range(2))
    assert first == second
    assert network.network_logs(launched, END, 12).objects.keys() != first.objects.keys()
