"""Scenarios of AWS: CloudTrail, flow logs, Resolver queries, CloudWatch."""

from lab.scenarios.aws import (
    benign_day,
    boot_disk_chain,
    contractor_launch,
    denied_prober,
    egress,
    first_spot_launch,
    gpu_mining,
    group_redirected,
    instance_changes,
    leaked_key_launch,
    logging_impaired,
    logging_maintenance,
    new_hire_launch,
    other_copies,
    other_launches,
    public_snapshot,
    quiet_launches,
    recovery_exercise,
    small_account,
    snapshot_exfiltration,
)

MODULES = (benign_day, small_account, leaked_key_launch, snapshot_exfiltration, logging_impaired,
           denied_prober, public_snapshot, contractor_launch, new_hire_launch, recovery_exercise,
           logging_maintenance, first_spot_launch, gpu_mining, boot_disk_chain, group_redirected,
           quiet_launches, instance_changes, egress, other_launches, other_copies)
