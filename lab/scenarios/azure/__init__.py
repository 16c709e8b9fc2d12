"""Scenarios of Azure: activity log, Entra ID, flow logs of virtual networks."""

from lab.scenarios.azure import benign_day, helpdesk_takeover, snapshot_exfiltration

MODULES = (benign_day, helpdesk_takeover, snapshot_exfiltration)
