"""Stand-ins for the clouds: the shipped inputs run against them unchanged."""
