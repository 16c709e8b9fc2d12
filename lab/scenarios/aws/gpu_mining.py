"""Mining on GPU instances in many regions, launched by the role of a build server.

The role's credentials come from the server's metadata; everything is launched within minutes.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.aws import organisation as org
from lab.scenarios.aws.compute import run_instances
from lab.scenarios.aws.trail import Trail
from lab.scenarios.model import Record
from lab.scenarios.twins import pair, ticket

IMAGE = "ami-0aa1bb2cc3dd4ee5f"
CHANGE = "CHG0091004"
REGIONS = ("us-east-2", "us-west-1", "ap-southeast-1", "eu-north-1", "ca-central-1")


def build(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    trail = Trail(seed, f"aws_gpu_mining/{start:.0f}")
    account, at = org.PRODUCTION, start + 500 + trail.random.randrange(300)
    who = org.Principal(account, "ci-build-server", agent=org.BOTO_AGENT,
                        session=f"{CHANGE}-burst" if twin else "i-0123456789abcdef1",
                        address=f"{org.STRANGER}{trail.random.randrange(20, 200)}")
    for number, region in enumerate(REGIONS):
        yield run_instances(trail, at + number * 33, who, region, image=IMAGE,
                            instance_type="g5.12xlarge", count=2, user_data=True,
                            role="batch" if twin else "mining", step="launch")[0]


SCENARIOS = pair(
    build,
    id="aws_gpu_mining",
    title="A build server's role launches mining GPU instances in five regions",
    techniques=("T1552.005", "T1578.002", "T1496.001", "T1535"),
    signals=("instance_created_by_new_principal", "instance_created_in_unapproved_region",
             "unusual_instance_type", "instance_burst", "cpu_spike", "mining_egress"),
    at_least="critical",
    twin="aws_research_burst",
    twin_title="A build server's role launches the GPU instances of a research burst",
    differs="it is a research burst under a change request: the session is named after it, and"
            " the instances compute for the organisation's database",
    differs_in=(r"userIdentity\.(arn|principalId|accessKeyId)", "role", "list"),
    twin_signals=("unusual_instance_type", "instance_burst", "cpu_spike",
                  "instance_created_in_unapproved_region"),
    twin_lists=(ticket("aws", org.PRODUCTION, CHANGE, "research burst in five regions"),),
)
