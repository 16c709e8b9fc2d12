"""Scenarios of Google Cloud: audit log entries, VPC flow logs, DNS queries."""

from lab.scenarios.google import benign_day, leaked_key_mining, logging_impaired

MODULES = (benign_day, leaked_key_mining, logging_impaired)
