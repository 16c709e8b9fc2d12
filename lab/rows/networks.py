"""Subnets and addresses."""

from __future__ import annotations

import ipaddress


def in_network(network: str, address: str) -> bool:
    """False for what is no network or no address."""
    try:
        return ipaddress.ip_address(address.strip()) in ipaddress.ip_network(network.strip(), False)
    except (ValueError, TypeError):
        return False


def masked(mask: str, address: str) -> str | None:
    """The mask's bits of an IPv4 address; null for what is none."""
    try:
        both = int(ipaddress.IPv4Address(mask)) & int(ipaddress.IPv4Address(address))
    except ValueError:
        return None
    return str(ipaddress.IPv4Address(both))
