"""Scenarios of AWS, written as CloudTrail records."""
