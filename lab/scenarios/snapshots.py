"""Inventories as the app's inputs emit them: what exists at a moment, and the end of the snapshot.

The forms are those of tests/sources/golden/*_inventory. A cloud of which nothing is known, and in
AWS an account and region, has no snapshot.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lab.scenarios.aws import inventory as aws_inventory
from lab.scenarios.azure import inventory as azure_inventory
from lab.scenarios.azure import organisation as azure
from lab.scenarios.google import inventory as google_inventory
from lab.scenarios.model import Machine

_AWS_TYPES = {"Instances": ("ec2_instances", "InstanceId"), "Vpcs": ("vpcs", "VpcId"),
              "FlowLogs": ("flow_logs", "FlowLogId"),
              "trailList": ("cloudtrail_trails", "TrailARN")}
_ZONE = re.compile(r"([a-z]+(?:-[a-z]+)+\d+)-[a-z]")
Row = tuple[str, str, str]
"""(source type, source, text)"""


def rows(found: Iterable[Machine], at: float) -> Iterator[Row]:
    """Whole snapshots of all clouds at that time."""
    machines = list(found)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
    for cloud, listing in (("aws", _aws), ("azure", _azure), ("gcp", _google)):
        known = [one for one in machines if one.cloud == cloud]
        if known:
            for sourcetype, source, event in listing(known, at):
                yield sourcetype, source, json.dumps(
                    {"snapshot_id": stamp, **event}, separators=(",", ":"), default=_written)


def _aws(known: Sequence[Machine], at: float) -> Iterator[tuple[str, str, dict[str, Any]]]:
    places = set()
    for (account, region, name), found in aws_inventory.resources(known, at).items():
        place = {"cloud": "aws", "vendor_account": account, "vendor_region": region}
        places.add((account, region))
        kind, id_name = _AWS_TYPES[name]
        logging = {"Status": {"IsLogging": True}} if kind == "cloudtrail_trails" else {}
        for one in found:
            yield "aws:metadata", f"aws_inventory:{kind}", {
                "resource_type": kind, **place, "object_id": one[id_name], **one, **logging}
    for account, region in sorted(places):
        yield _end("aws_inventory", f"aws_inventory/{account}/{region}", cloud="aws",
                   vendor_account=account, vendor_region=region)


def _azure(known: Sequence[Machine], at: float) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for row in azure_inventory.resources(known, at)["resources"]:
        yield "ciw:azure:inventory", f"azure_inventory:{row['type']}", {
            "resource_type": row["type"], "cloud": "azure",
            "vendor_account": row["id"].split("/")[2], "vendor_region": row["location"],
            "object_id": row["id"].lower(), "resource": row}
    yield _end("azure_inventory", "azure_inventory", cloud="azure",
               vendor_account=list(azure.SUBSCRIPTIONS))


def _google(known: Sequence[Machine], at: float) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for scope, found in google_inventory.assets(known, at).items():
        for asset in found:
            path = asset["name"][2:].partition("/")[2]
            data = asset["resource"]["data"]
            place = asset["resource"].get("location", "global")
            zone = _ZONE.fullmatch(place)
            is_instance = asset["assetType"] == "compute.googleapis.com/Instance"
            yield "ciw:gcp:inventory", "gcp_inventory", {
                "resource_type": asset["assetType"], "cloud": "gcp",
                "vendor_account": path.split("/")[1], "scope": scope,
                "asset_type": asset["assetType"], "vendor_region": zone[1] if zone else place,
                "object_id": data["id"] if is_instance else path, "resource_name": path,
                "resource": asset}
        yield _end("gcp_inventory", "gcp_inventory", cloud="gcp", scopes=[scope],
                   inherited_policies="listed")


def _end(name: str, series: str, **covers: Any) -> tuple[str, str, dict[str, Any]]:
    return "ciw:snapshot", f"{name}:snapshot_end", {
        "resource_type": "snapshot_end", "snapshot": series, **covers, "complete": True,
        "counts": {}, "failed": []}


def _written(value: Any) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
