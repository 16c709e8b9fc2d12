"""The lab: a stand-in for splunkd on one machine, for development and tests."""
