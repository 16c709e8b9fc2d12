"""A leaked access key: look around, make a second user and key, launch GPU instances anywhere.

Some launches are denied (limits, a policy on regions), some succeed. After LAPSUS$ in ATT&CK, who
made instances in a victim's own cloud.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

from lab.scenarios.aws import organisation as org
from lab.scenarios.aws.compute import authorize_ingress, describe, run_instances
from lab.scenarios.aws.trail import Trail
from lab.scenarios.model import Record
from lab.scenarios.twins import pair, ticket

IMAGE = "ami-0c3d4e5f607182930"
CHANGE = "CHG0091001"
_LIMIT = ("You have requested more vCPU capacity than your current vCPU limit of 0 allows for the"
          " instance bucket that the specified instance type belongs to. Please visit"
          " http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.")
# (seconds after the second key, region, instance type, count, error)
_LAUNCHES = (
    (60, "us-west-2", "p3.8xlarge", 4, "Client.VcpuLimitExceeded"),
    (75, "ap-south-1", "g5.12xlarge", 4, "Client.VcpuLimitExceeded"),
    (90, "ap-northeast-2", "g5.12xlarge", 2, "Client.UnauthorizedOperation"),
    (130, "us-east-2", "g5.12xlarge", 2, ""),
    (160, "sa-east-1", "g5.12xlarge", 2, ""),
    (200, "us-west-2", "c5.24xlarge", 6, ""),
)


def build(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    trail = Trail(seed, f"aws_leaked_key_launch/{start:.0f}")
    account, at = org.DEVELOPMENT, start + 1200 + trail.random.randrange(300)
    address = f"{org.STRANGER}{trail.random.randrange(20, 200)}"
    leaked = org.user(account, "report-export", address)
    home = org.HOME_REGIONS[1]
    yield trail.call(at, leaked, home, "GetCallerIdentity", None, None, source="sts",
                     step="discovery")
    for number, region in enumerate(("us-east-1", "us-west-2", "us-east-2", "sa-east-1")):
        yield describe(trail, at + 20 + number * 7, leaked, region, "DescribeInstances",
                       step="discovery")
    yield trail.call(at + 70, leaked, home, "ListUsers", None, source="iam", step="discovery")
    at += 140
    name = "svc-backup-sync"
    moment = datetime.fromtimestamp(at, timezone.utc).strftime("%b %d, %Y %I:%M:%S %p")
    yield trail.call(at, leaked, home, "CreateUser", {"userName": name}, {"user": {
        "path": "/", "userName": name, "userId": org.unique_id("AIDA", account + name),
        "arn": f"arn:aws:iam::{account}:user/{name}", "createDate": moment}}, source="iam",
        step="new principal")
    yield trail.call(at + 4, leaked, home, "AttachUserPolicy", {
        "userName": name, "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}, None,
        source="iam", step="new principal")
    yield trail.call(at + 9, leaked, home, "CreateAccessKey", {"userName": name}, {"accessKey": {
        "accessKeyId": org.unique_id("AKIA", account + name), "status": "Active",
        "userName": name, "createDate": moment}}, source="iam", step="new principal")
    second = org.user(account, name, address, org.BOTO_AGENT)
    for after, region, kind, count, error in _LAUNCHES:
        message = ""
        if error:
            message = _LIMIT if "Vcpu" in error else (
                "You are not authorized to perform this operation. User:"
                f" arn:aws:iam::{account}:user/{name} is not authorized to perform:"
                " ec2:RunInstances on resource: * with an explicit deny in a service control"
                " policy.")
        group = trail.id("sg")
        if not error:
            yield authorize_ingress(trail, at + after - 5, second, region, group, "0.0.0.0/0", 22,
                                    step="exposure")
        yield run_instances(trail, at + after, second, region, image=IMAGE, instance_type=kind,
                            count=count, group=group, user_data=True, error=error, message=message,
                            tags={"change-ref": CHANGE} if twin else None,
                            role="batch" if twin else "mining",
                            step="denied launch" if error else "launch")[0]


SCENARIOS = pair(
    build,
    id="aws_leaked_key_launch",
    title="A leaked access key makes a new user and launches GPU instances in several regions",
    techniques=("T1078.004", "T1578.002", "T1496.001", "T1136.003", "T1535"),
    signals=("instance_created_by_new_principal", "denied_instance_creation",
             "instance_created_by_new_account", "instance_created_in_unapproved_region",
             "unusual_instance_type", "instance_burst", "network_change_before_launch",
             "cpu_spike", "mining_egress"),
    at_least="critical",
    twin="aws_announced_burst",
    twin_title="A new user's GPU instances in several regions are an announced research burst",
    differs="the launches are those of a change request: they carry its reference, and compute",
    differs_in=(r"tag", "role", "list"),
    twin_signals=("denied_instance_creation", "network_change_before_launch",
                  "unusual_instance_type", "instance_burst", "cpu_spike",
                  "instance_created_in_unapproved_region"),
    twin_lists=(ticket("aws", org.DEVELOPMENT, CHANGE, "research burst in four regions"),),
)
SCENARIO = SCENARIOS[0]
