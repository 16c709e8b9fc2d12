"""IP addresses and networks, v4 and v6."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@lru_cache(maxsize=65536)
def network(text: str) -> Network | None:
    """The network that a CIDR (or a lone address) names; None where it is neither."""
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return None


@lru_cache(maxsize=65536)
def contains(cidr: str, address: str) -> bool:
    wide, narrow = network(cidr), network(address)
    if wide is None or narrow is None or wide.version != narrow.version:
        return False
    return narrow.subnet_of(wide)


def masked(mask: str | None, address: str | None) -> str | None:
    """`ipmask`: an IPv4 address under a dotted mask."""
    if mask is None or address is None:
        return None
    try:
        bits = int(ipaddress.IPv4Address(mask)) & int(ipaddress.IPv4Address(address))
    except ValueError:
        return None
    return str(ipaddress.IPv4Address(bits))
