"""chart and timechart."""
