"""Flow logs of Azure's virtual networks, as Network Watcher writes them to storage.

"Virtual network flow logs" (learn.microsoft.com): an hour's blob for each network interface, whose
records hold tuples; a flow that goes on has a tuple (state C) every five minutes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any

from lab.scenarios.azure.organisation import guid
from lab.scenarios.behaviour import Exchange, exchanges
from lab.scenarios.model import Machine

CONTAINER = "insights-logs-flowlogflowevent"
ACCOUNT = "exampleflowlogs"
INTERVAL = 300


def blobs(found: Iterable[Machine], begin: float) -> dict[str, bytes]:
    """Name → content of the blobs that hold what the machines did from `begin` on."""
    records: dict[str, list[dict[str, Any]]] = {}
    for machine in found:
        for exchange in exchanges(machine, begin, INTERVAL):
            records.setdefault(blob_name(machine, exchange.start), []).append(record(exchange))
    return {name: json.dumps({"records": sorted(rows, key=lambda row: row["time"])},
                             separators=(",", ":")).encode()
            for name, rows in sorted(records.items())}


def blob_name(machine: Machine, at: float) -> str:
    log = _flow_log(machine)
    return (f"flowLogResourceID={log}/" + time.strftime("y=%Y/m=%m/d=%d/h=%H/", time.gmtime(at))
            + f"m=00/macAddress={machine.interface}/PT1H.json")


def record(exchange: Exchange) -> dict[str, Any]:
    """One record with the tuples of one exchange."""
    machine, talk = exchange.machine, exchange.talk
    here, there = (machine.address, exchange.port), (talk.address, talk.port)
    way, sent, received = "O", exchange.sent, exchange.received
    if talk.opened_by_peer:
        # Who opened the connection stands first, and "sent" is what it sent.
        here, there = (talk.address, exchange.port), (machine.address, talk.port)
        way, sent, received = "I", exchange.received, exchange.sent
    tuples = []
    if exchange.first or not talk.steady:
        tuples.append((exchange.start, "B", 0, 0, 0, 0))
    state = "C" if talk.steady else "E"
    tuples.append((exchange.end, state, exchange.packets // 2 + 1, sent, exchange.packets // 2,
                   received))
    return {
        "time": _iso(exchange.end + 1), "flowLogVersion": 4,
        "flowLogGUID": guid("flowlog/" + machine.network), "macAddress": machine.interface,
        "category": "FlowLogFlowEvent", "flowLogResourceID": _flow_log(machine),
        "targetResourceID": machine.network, "operationName": "FlowLogFlowEvent",
        "flowRecords": {"flows": [{"aclID": guid("acl/" + machine.network), "flowGroups": [{
            "rule": "DefaultRule_AllowInternetOutBound" if way == "O" else "UserRule_allow-https",
            "flowTuples": [
                f"{int(at * 1000)},{here[0]},{there[0]},{here[1]},{there[1]},6,{way},{letter},NX,"
                f"{packets},{size},{packets_back},{size_back}"
                for at, letter, packets, size, packets_back, size_back in tuples]}]}]}}


def _flow_log(machine: Machine) -> str:
    name = f"NETWORKWATCHER_{machine.region}/FLOWLOGS/{machine.network.rpartition('/')[2]}"
    return (f"/SUBSCRIPTIONS/{machine.account}/RESOURCEGROUPS/NETWORKWATCHERRG/PROVIDERS/"
            f"MICROSOFT.NETWORK/NETWORKWATCHERS/{name}").upper()


def _iso(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + ".0000000Z"
