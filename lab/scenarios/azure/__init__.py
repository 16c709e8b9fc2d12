"""Scenarios of Azure: activity log, Entra ID, flow logs of virtual networks."""

from lab.scenarios.azure import (
    benign_day,
    boot_disk_chain,
    control_plane,
    gpu_mining,
    helpdesk_takeover,
    other_changes,
    other_disks,
    quiet_launches,
    snapshot_exfiltration,
    unlogged,
)

MODULES = (benign_day, helpdesk_takeover, gpu_mining, snapshot_exfiltration, boot_disk_chain,
           control_plane, quiet_launches, unlogged, other_disks, other_changes)
