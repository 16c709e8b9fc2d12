"""What exists in AWS accounts at a moment, as EC2 and CloudTrail describe it.

Shapes: DescribeInstances, DescribeVpcs, DescribeFlowLogs (EC2 API Reference) and DescribeTrails.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any

from lab.scenarios.aws import organisation as org
from lab.scenarios.model import Machine

Resources = dict[tuple[str, str, str], list[dict[str, Any]]]
UNLOGGED = (org.STAGING,)
"""Accounts whose networks have no flow logs."""


def resources(found: Iterable[Machine], at: float) -> Resources:
    """(account, region, list name) → what a listing has at that time (epoch seconds)."""
    made: Resources = {}
    networks: dict[tuple[str, str], set[str]] = {}
    for machine in found:
        if not machine.start <= at < machine.until:
            continue
        place = (machine.account, machine.region)
        made.setdefault((*place, "Instances"), []).append(_instance(machine))
        networks.setdefault(place, set()).add(machine.network)
    for place, names in sorted(networks.items()):
        made[(*place, "Vpcs")] = [
            {"VpcId": name, "CidrBlock": "10.0.0.0/16", "State": "available", "OwnerId": place[0]}
            for name in sorted(names)]
        made[(*place, "FlowLogs")] = [] if place[0] in UNLOGGED else [
            _flow_log(name) for name in sorted(names)]
        made[(*place, "trailList")] = [{
            "Name": "organisation-trail", "S3BucketName": "organisation-trail-logs",
            "IsMultiRegionTrail": True, "HomeRegion": org.HOME_REGIONS[0],
            "IsOrganizationTrail": True, "LogFileValidationEnabled": True,
            "IncludeGlobalServiceEvents": True,
            "TrailARN": f"arn:aws:cloudtrail:{org.HOME_REGIONS[0]}:{org.PRODUCTION}"
                        ":trail/organisation-trail"}]
    return made


def _instance(machine: Machine) -> dict[str, Any]:
    return {
        "InstanceId": machine.id, "ImageId": machine.image, "InstanceType": machine.kind,
        "LaunchTime": datetime.fromtimestamp(int(machine.start), timezone.utc),
        "Placement": {"AvailabilityZone": machine.zone, "Tenancy": "default"},
        "PrivateIpAddress": machine.address, "VpcId": machine.network,
        "State": {"Code": 16, "Name": "running"}, "Architecture": "x86_64",
        "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled",
                            "HttpPutResponseHopLimit": 2},
        "NetworkInterfaces": [{"NetworkInterfaceId": machine.interface, "Status": "in-use",
                               "PrivateIpAddress": machine.address, "VpcId": machine.network}],
        "Tags": [{"Key": key, "Value": value} for key, value in machine.tags]}


def _flow_log(network: str) -> dict[str, Any]:
    unique = hashlib.sha256(network.encode()).hexdigest()[:17]
    return {"FlowLogId": f"fl-{unique}", "ResourceId": network, "FlowLogStatus": "ACTIVE",
            "TrafficType": "ALL", "LogDestinationType": "s3", "DeliverLogsStatus": "SUCCESS",
            "LogDestination": "arn:aws:s3:::network-logs", "MaxAggregationInterval": 60}
