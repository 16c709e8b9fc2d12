"""Scenarios of Google Cloud: audit log entries, VPC flow logs, DNS queries."""

from lab.scenarios.google import (
    benign_day,
    control_plane,
    disk_chains,
    gpu_mining,
    leaked_key_mining,
    logging_impaired,
    other_changes,
    other_launches,
    quiet_launches,
)

MODULES = (benign_day, leaked_key_mining, gpu_mining, disk_chains, logging_impaired, control_plane,
           quiet_launches, other_launches, other_changes)
