"""Instances that were launched as agreed, and do what was not: a pool behind TLS, bulk transfer."""

from __future__ import annotations

from collections.abc import Iterator

from lab.scenarios.aws import organisation as org
from lab.scenarios.aws.compute import run_instances
from lab.scenarios.aws.trail import Trail
from lab.scenarios.model import Record
from lab.scenarios.twins import creator, pair

IMAGE = "ami-0ee5ff60718293041"
_LISTED = (creator("aws", org.DEVELOPMENT, "*:role/ml-training", "model training"),)


def tls(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    return _launch(Trail(seed, f"aws_tls_mining/{start:.0f}"), start,
                   "agent" if twin else "mining_tls")


def bulk(seed: int, start: float, twin: bool = False) -> Iterator[Record]:
    return _launch(Trail(seed, f"aws_bulk_transfer/{start:.0f}"), start,
                   "archive" if twin else "bulk")


def _launch(trail: Trail, start: float, role: str) -> Iterator[Record]:
    who = org.Principal(org.DEVELOPMENT, "ml-training", session="trainer", agent=org.BOTO_AGENT,
                        address=org.OFFICE + "91")
    yield run_instances(trail, start + 600 + trail.random.randrange(300), who,
                        org.HOME_REGIONS[0], image=IMAGE, instance_type="c5.24xlarge", count=2,
                        role=role, step="launch")[0]


SCENARIOS = (
    *pair(tls, id="aws_tls_mining",
          title="Instances of an approved role mine at a pool that answers on port 443",
          techniques=("T1496.001",), signals=("cpu_spike", "mining_egress"), at_least="high",
          twin="aws_busy_agent",
          twin_title="Instances of an approved role compute, and report to the monitoring",
          differs="the steady connection on port 443 goes to the organisation's own monitoring",
          differs_in=("role",), twin_signals=("cpu_spike", "unusual_instance_type"),
          lists=_LISTED),
    *pair(bulk, id="aws_bulk_transfer",
          title="A new instance sends gigabytes to an unknown host",
          techniques=("T1537",), signals=("bulk_transfer_new_instance",), at_least="medium",
          twin="aws_archive_run", twin_title="A new instance sends gigabytes to the backup",
          differs="the bytes go to the organisation's own network", differs_in=("role",),
          twin_signals=("unusual_instance_type",), lists=_LISTED),
)
