"""Throughput measurements, run by `make bench`."""
