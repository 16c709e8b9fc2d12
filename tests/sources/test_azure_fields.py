"""What the source types of Azure's logs give at search time, in the lab."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from lab.engine.run import Context, search
from lab.home import Home
from lab.ingest.pipeline import Request, ingest

GOLDEN = Path(__file__).parent / "golden"
SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"


@pytest.fixture
def rows(tmp_path, app_root):
    home = Home(tmp_path / "home")
    app = home.app(app_root)

    def of(lines: list[str], sourcetype: str, index: str) -> list[dict]:
        path = tmp_path / "events.json"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        ingest(home, app, [path], Request(index=index, sourcetype=sourcetype))
        spl = f"search index={index} sourcetype={sourcetype} | sort 0 _time"
        return search(spl, Context(home=home, app=app, now=4e9)).rows

    return of


def events(pair: str, sourcetype: str) -> list[str]:
    """The events of a golden pair."""
    stream = ElementTree.fromstring(
        b"<stream>" + (GOLDEN / f"{pair}.xml").read_bytes() + b"</stream>"
    )
    return [e.findtext("data") for e in stream if e.findtext("sourcetype") == sourcetype]


def picked(row: dict, names: str) -> dict:
    return {name: row.get(name) for name in names.split()}


FLOW = "src dest src_port dest_port protocol action direction bytes_in bytes_out packets"


def test_virtual_network_flows(rows):
    found = rows(events("azure_network_logs/vnet_version_4", "mscs:vnet:flow"),
                 "mscs:vnet:flow", "cloud_network")
    assert len(found) == 5
    ended = next(row for row in found if row["flowState"] == "E")
    assert picked(ended, FLOW) == {
        "src": "10.0.0.6", "dest": "198.51.100.180", "src_port": "23956", "dest_port": "443",
        "protocol": "tcp", "action": "allowed", "direction": "outbound", "bytes_in": "1580",
        "bytes_out": "767", "packets": "5",
    }
    assert picked(ended, "cloud vendor_account vendor_region dvc rule") == {
        "cloud": "azure", "vendor_account": SUBSCRIPTION, "vendor_region": "eastus",
        "dvc": "000D3AF87856", "rule": "DefaultRule_AllowInternetOutBound",
    }
    assert ended["_time"] == "2026-01-05T09:00:03.606+00:00"
    denied = [row for row in found if row["action"] == "blocked"]
    assert [row["protocol"] for row in denied] == ["udp", "tcp", "tcp"]
    assert "bytes_in" not in denied[-1], "a flow without counters has none"


def test_flows_between_ipv6_addresses(rows):
    found = rows(events("azure_network_logs/vnet_ipv6", "mscs:vnet:flow"),
                 "mscs:vnet:flow", "cloud_network")
    assert [row["src"] for row in found] == ["2001:db8:0:1::6", "fe80::1", "::ffff:192.0.2.1"]
    assert [row["protocol"] for row in found] == ["tcp", "ipv6-icmp", "udp"]


def test_flows_of_network_security_groups(rows):
    found = rows(events("azure_network_logs/nsg_version_1", "mscs:nsg:flow")
                 + events("azure_network_logs/nsg_version_2", "mscs:nsg:flow"),
                 "mscs:nsg:flow", "cloud_network")
    assert [row["action"] for row in found].count("blocked") == 2
    going = next(row for row in found if row.get("flowState") == "C")
    assert picked(going, FLOW) == {
        "src": "203.0.113.105", "dest": "10.0.0.4", "src_port": "35370", "dest_port": "443",
        "protocol": "tcp", "action": "allowed", "direction": "inbound", "bytes_in": "588096",
        "bytes_out": "4610880", "packets": "9026",
    }
    assert going["vendor_account"] == SUBSCRIPTION and going["_time"].startswith("2026-01-05T09:05:38")


def test_the_exported_activity_log(rows):
    lines = events("azure_activity_storage/export", "azure:monitor:activity")
    found = rows(lines, "azure:monitor:activity", "cloud_audit")
    assert [picked(row, "cloud vendor_account") for row in found][:2] == [
        {"cloud": "azure", "vendor_account": SUBSCRIPTION}] * 2


@pytest.mark.parametrize("as_text", [False, True])
def test_the_activity_log_of_resource_manager(rows, as_text):
    properties = {"statusCode": "Created", "entity": "/subscriptions/x"}
    event = {
        "authorization": {"action": "Microsoft.Compute/virtualMachines/write"},
        "caller": "operator@example.com",
        "claims": {"ipaddr": "203.0.113.7"},
        "correlationId": "c776f9f4-36e5-4e0e-809b-c9b3c3fb62a8",
        "eventDataId": "d776f9f4-36e5-4e0e-809b-c9b3c3fb62a8",
        "eventTimestamp": "2026-01-05T09:14:29.1042776Z",
        "submissionTimestamp": "2026-01-05T09:15:30.1042776Z",
        "operationName": {"value": "Microsoft.Compute/virtualMachines/write"},
        "properties": json.dumps(properties) if as_text else properties,
        "status": {"value": "Succeeded"},
        "subscriptionId": SUBSCRIPTION,
    }
    (row,) = rows([json.dumps(event)], "mscs:azure:audit", "cloud_audit")
    assert picked(row, "cloud vendor_account") == {
        "cloud": "azure", "vendor_account": SUBSCRIPTION}
    assert row["_time"] == "2026-01-05T09:14:29.104+00:00"
