"""What `make test` runs of the table input × fault; `make soak` (CIW_SOAK=1) runs all of it.

The inputs stand on six cores. In `make test` every input meets each class of faults at least once,
and every fault at least three inputs of different cores, as far as it applies to so many:
tests/promises/test_chosen.py holds it. What is not run is a point in the printed table.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from tests.promises.faults import ALL, CONTENT, PASSING
from tests.promises.table import NAMES, case_class

SOAK = bool(os.environ.get("CIW_SOAK"))

# The code that inputs share, and who does.
CORES = {
    "S3 and SQS": ("aws_cloudtrail", "aws_network_logs"),
    "polling": (
        "aws_cloudtrail_lookup", "azure_activity", "azure_identity", "gcp_audit_entries",
    ),
    "blobs": ("azure_activity_storage", "azure_network_logs"),
    "Pub/Sub": ("gcp_audit", "gcp_network_logs"),
    "snapshots": (
        "aws_inventory", "azure_identity_directory", "azure_inventory", "gcp_inventory",
    ),
    "metrics": ("aws_metrics", "azure_metrics", "gcp_metrics"),
}
CORE_OF = {name: core for core, names in CORES.items() for name in names}
_EVERY = tuple(NAMES)

# Class of faults → the faults that one test has together, each with the inputs that meet them.
CLASSES: Mapping[str, tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = {
    "the service is in trouble": (
        (tuple(fault.name for fault in PASSING), _EVERY),
        (("refused for good", "an outage of the whole run"), (
            "aws_inventory", "aws_network_logs", "azure_identity", "azure_network_logs",
            "gcp_metrics", "gcp_network_logs")),
    ),
    "what it gives is bad": (
        (tuple(fault.name for fault in CONTENT), _EVERY),
    ),
    "it comes in another order, or again": (
        (("page token refused", "empty page with a next token", "page token loop"), (
            "aws_cloudtrail_lookup", "azure_inventory", "azure_network_logs", "gcp_inventory",
            "gcp_metrics")),
        (("hold expires mid-page", "redelivered in another order", "poison message"), (
            "aws_cloudtrail", "aws_network_logs", "azure_identity", "gcp_network_logs")),
        (("clock an hour ahead", "late events"), (
            "aws_metrics", "azure_activity", "azure_activity_storage", "gcp_audit")),
        (("clock an hour behind", "slow reader"), (
            "aws_inventory", "azure_identity_directory", "azure_metrics", "gcp_audit_entries")),
    ),
    "the process ends": (
        (("kill -9",), (
            "aws_cloudtrail", "aws_metrics", "azure_activity", "azure_network_logs", "gcp_audit",
            "gcp_inventory")),
        (("reader goes away",), ("aws_network_logs", "azure_identity", "azure_metrics")),
        (("disk full",), (
            "aws_cloudtrail_lookup", "azure_inventory", "gcp_metrics", "gcp_network_logs")),
        (("damaged checkpoint",), (
            "aws_inventory", "azure_activity_storage", "azure_identity_directory",
            "gcp_audit_entries")),
    ),
    "the state of the inputs": (
        (("KV store down at the start", "KV store down midway", "KV store slow"), (
            "aws_cloudtrail", "aws_inventory", "azure_activity_storage", "gcp_audit_entries",
            "gcp_network_logs")),
        (("two instances at once",), (
            "aws_network_logs", "azure_activity", "azure_inventory", "azure_network_logs",
            "gcp_audit", "gcp_metrics")),
        (("stale writer",), (
            "aws_cloudtrail_lookup", "aws_metrics", "azure_identity", "azure_identity_directory",
            "azure_metrics", "gcp_inventory")),
    ),
    "secrets": (
        (("canary in every credential",), _EVERY),
    ),
}
CHOSEN = {
    fault: inputs for rows in CLASSES.values() for faults, inputs in rows for fault in faults
}


def applying(names: Iterable[str], case: str) -> tuple[str, ...]:
    """Those of the faults that apply to an input."""
    return tuple(name for name in names if not ALL[name].why_not(case_class(case)))


def meets(case: str, names: Iterable[str], soak: bool = SOAK) -> bool:
    """Whether a test of these faults runs with an input."""
    return any(soak or case in CHOSEN[name] for name in applying(names, case))
