"""A home with three cases: a miner and a stolen snapshot in AWS, a machine in Azure."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from tests.detections import azure_records as azure
from tests.detections import inventory_records as inventory
from tests.detections.bench import DAY, HOUR, Bench
from tests.detections.network import take_events
from tests.detections.records import ACCOUNT, epoch, launch, record, role, stop_trail

NOON = epoch("2026-03-10T12:00:00")  # a Tuesday
MINER, COPIER, AZURE, BARE = (f"c{number:015x}" for number in range(1, 5))
INSTANCE, MOUNTED, OLDER = (f"i-0a1b2c3d4e5f6000{number}" for number in (1, 2, 3))
GROUP, PROFILE = "sg-0a1b2c3d4e5f60001", f"arn:aws:iam::{ACCOUNT}:instance-profile/worker"
SNAPSHOT, VOLUME = "snap-0a1b2c3d4e5f60001", "vol-0a1b2c3d4e5f60002"
MACHINE = azure.machine("Web-1").lower()
POOL = "203.0.113.77"


@dataclass
class Investigation:
    """The home; `rows` of one search about a case."""

    bench: Bench

    def rows(self, name: str, case: str) -> list[dict]:
        return self.bench.run(f"ciw_investigate_{name}", case_id=case)


@pytest.fixture(scope="package")
def kept(tmp_path_factory, app_root) -> Bench:
    bench = Bench(tmp_path_factory.mktemp("investigation"), app_root)
    audit(bench)
    traffic(bench)
    survey(bench)
    cases(bench)
    bench.now = NOON + 4 * DAY
    return bench


@pytest.fixture
def investigation(kept) -> Investigation:
    """The home as it is for all tests: they read it."""
    return Investigation(kept)


@pytest.fixture
def changed(kept, tmp_path) -> Investigation:
    """A copy for a test that changes it."""
    return Investigation(kept.copy(tmp_path))


def audit(bench: Bench) -> None:
    """What the three principals did; the miner had a quiet past and works with a second hand."""
    bench.take([
        launch(NOON - 20 * DAY, OLDER),
        *(record("CreateTags", NOON - 5 * DAY + n * 60, {"resourcesSet": {"items": [
            {"resourceId": OLDER}]}}) for n in range(3)),
        record("AuthorizeSecurityGroupIngress", NOON - HOUR, {
            "groupId": GROUP, "ipProtocol": "tcp", "fromPort": 22, "toPort": 22,
            "cidrIp": "0.0.0.0/0"}, {"_return": True}),
        launch(NOON, INSTANCE, request={"instanceType": "c5.12xlarge"}),
        stop_trail(NOON + 600),
        record("CreateSnapshot", NOON, {"volumeId": "vol-0a1b2c3d4e5f60001"},
               {"snapshotId": SNAPSHOT, "volumeId": "vol-0a1b2c3d4e5f60001"}, who="copier"),
        record("CreateVolume", NOON + 120, {"snapshotId": SNAPSHOT},
               {"volumeId": VOLUME, "snapshotId": SNAPSHOT}, who="copier"),
        launch(NOON + 180, MOUNTED, who="copier",
               request={"instancesSet": {"items": [{"imageId": "ami-0a1b2c3d4e5f60002"}]}}),
        record("AttachVolume", NOON + 240, {"volumeId": VOLUME, "instanceId": MOUNTED},
               {"volumeId": VOLUME, "instanceId": MOUNTED}, who="copier"),
        record("StopInstances", NOON + 3 * DAY, {"instancesSet": {"items": [
            {"instanceId": MOUNTED}]}}, who="responder"),
    ])
    bench.take_json([row.rest() for row in azure.launch(NOON, "Web-1")], azure.REST)
    bench.take_json([{
        "id": "sign-in-1", "createdDateTime": datetime.fromtimestamp(NOON - 300, UTC).strftime(
            "%Y-%m-%dT%H:%M:%SZ"), "userPrincipalName": azure.OPERATOR,
        "appDisplayName": "Azure Portal", "ipAddress": "203.0.113.7", "status": {"errorCode": 0},
        "authenticationRequirement": "singleFactorAuthentication",
        "deviceDetail": {"displayName": "", "operatingSystem": "Linux"}}],
        "azure:aad:signin", index="cloud_identity")
    bench.now = NOON + 4 * DAY
    bench.collect()
    for name in ("ciw_backfill_ledger", "ciw_backfill_aliases"):
        bench.run(name, span=(0, bench.now + DAY))


def traffic(bench: Bench) -> None:
    """The miner's instance speaks to a pool for five hours, and is fully used."""
    stamp = datetime.fromtimestamp(NOON, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    take_events(bench, "aws:cloudwatchlogs:vpcflow", [
        f"2 {ACCOUNT} eni-0a1b2c3d4e5f60001 10.0.0.5 {POOL} 40000 14444 6 14 1710 {int(NOON) + n}"
        f" {int(NOON) + n + 59} ACCEPT OK" for n in range(0, 5 * HOUR, 600)])
    take_events(bench, "aws:route53:resolver", [json.dumps({
        "version": "1.100000", "account_id": ACCOUNT, "region": "eu-west-1",
        "query_timestamp": stamp, "query_name": "xmr-eu1.nanopool.org.", "query_type": "A",
        "rcode": "NOERROR", "answers": [{"Rdata": POOL, "Type": "A", "Class": "IN"}],
        "srcaddr": "10.0.0.5", "srcport": "40001", "transport": "UDP",
        "srcids": {"instance": INSTANCE}})])
    bench.run("ciw_backfill_flows", span=(0, bench.now + DAY))
    take_events(bench, "ciw:metrics", [json.dumps({
        "time": NOON + n, "cloud": "aws", "vendor_account": ACCOUNT,
        "vendor_region": "eu-west-1", "object_id": INSTANCE, "cloud.instance.cpu.percent": 97.5,
        "cloud.instance.network.out.bytes": 1048576, "cloud.instance.network.in.bytes": 2097152,
    }) for n in range(0, 5 * HOUR, 600)], "cloud_metrics")


def survey(bench: Bench) -> None:
    """One inventory of AWS, a day after: the miner's instance is open and may create others."""
    at = NOON + DAY
    inventory.take_snapshot(bench, "aws", at, [
        inventory.ec2(INSTANCE, NOON, InstanceType="c5.12xlarge",
                      PublicIpAddress="198.51.100.7", IamInstanceProfile={"Arn": PROFILE},
                      MetadataOptions={"HttpTokens": "optional", "HttpEndpoint": "enabled"}),
        inventory.ec2(MOUNTED, NOON + 180, SecurityGroups=[]),
        {"resource_type": "ec2_security_groups", "cloud": "aws", "vendor_account": ACCOUNT,
         "vendor_region": inventory.REGION, "object_id": GROUP, "GroupId": GROUP,
         "IpPermissions": [
             {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22,
              "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
             {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443,
              "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}],
         "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]},
        {"resource_type": "iam_roles", "cloud": "aws", "vendor_account": ACCOUNT,
         "vendor_region": "global", "object_id": role("worker"), "Arn": role("worker"),
         "may_create_instances": "yes", "via": [{"policy": "all", "through": "inline"}],
         "InstanceProfileList": [{"Arn": PROFILE}]}])
    bench.run("ciw_backfill_inventory", span=(0, bench.now + DAY))


def cases(bench: Bench) -> None:
    bench.put("ciw_signals", [{
        "_key": "mined", "signal_id": "mined", "signal": "mining_egress", "time": NOON + HOUR,
        "user": role("deploy"), "object_id": INSTANCE, "src": "203.0.113.10", "weight": 90,
        "reason": "It spoke to a pool."}])
    here = {"cloud": "aws", "vendor_account": ACCOUNT, "first_time": NOON, "last_time": NOON + HOUR,
            "opened": NOON + HOUR, "severity": "critical", "severity_rank": 4}
    bench.put("ciw_cases", [{"_key": one["case_id"], **here, **one} for one in (
        {"case_id": MINER, "user": role("deploy"), "object_id": [INSTANCE],
         "src": ["203.0.113.10"], "signal_ids": ["mined"], "signals": ["mining_egress"]},
        {"case_id": COPIER, "user": role("copier"), "object_id": [MOUNTED, SNAPSHOT],
         "src": ["203.0.113.10"]},
        {"case_id": AZURE, "cloud": "azure", "vendor_account": azure.SUBSCRIPTION,
         "user": azure.OPERATOR, "object_id": [MACHINE], "src": ["203.0.113.7"]},
        {"case_id": BARE, "user": role("nobody"), "object_id": ["i-0ffffffffffffffff"],
         "src": ["unknown"]})])
    bench.put("ciw_case_history", [{
        "_key": f"{MINER}:1", "case_id": MINER, "version": 1, "time": NOON + 2 * HOUR,
        "who": "ana", "verb": "acknowledge", "from_state": "new", "to_state": "in_triage",
        "reason": "I look at it"}])
    bench.put("ciw_baseline_status", [{
        "_key": str(uuid.uuid5(uuid.NAMESPACE_URL, place)), "cloud": cloud,
        "vendor_account": place, "first_seen": 0, "last_seen": NOON + 4 * DAY}
        for cloud, place in (("aws", ACCOUNT), ("azure", azure.SUBSCRIPTION))])
