"""Writes small databases in MaxMind's DB format, for the demo and the tests.

The format is that of "MaxMind DB File Format Specification 2.0": a binary search tree over the
bits of an address, a data section, and metadata behind a marker. The tree is over IPv6; IPv4
networks stand below ::/96, where readers look for them. Records are 32 bits wide.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MARKER = b"\xab\xcd\xefMaxMind.com"
_SEPARATOR = bytes(16)
_TEXT, _DOUBLE, _MAP, _UINT16, _UINT32, _UINT64, _LIST, _BOOLEAN = 2, 3, 7, 5, 6, 9, 11, 14


def write(path: Path, networks: Mapping[str, Mapping[str, Any]], database_type: str,
          built: int = 1_700_000_000) -> None:
    """A file that maps each network (CIDR) to its record; a longer prefix wins.

    Records are what JSON can hold but null. `built` is the epoch second of the metadata; readers
    take 0 for a broken file.
    """
    nodes: list[list[int | None]] = [[None, None]]
    data = bytearray()
    places: dict[bytes, int] = {}
    leaves: dict[tuple[int, int], int] = {}
    ordered = sorted(networks, key=lambda text: _bits(text)[1])
    for text in ordered:
        encoded = _encode(networks[text])
        if encoded not in places:
            places[encoded] = len(data)
            data += encoded
        _insert(nodes, leaves, *_bits(text), places[encoded])
    count = len(nodes)
    tree = bytearray()
    for at, node in enumerate(nodes):
        for side in (0, 1):
            if (at, side) in leaves:
                value = count + len(_SEPARATOR) + leaves[(at, side)]
            else:
                value = count if node[side] is None else node[side]
            tree += struct.pack(">I", value)
    languages = sorted({language for record in networks.values() for language in _languages(record)})
    metadata = {
        "binary_format_major_version": _unsigned(_UINT16, 2),
        "binary_format_minor_version": _unsigned(_UINT16, 0),
        "build_epoch": _unsigned(_UINT64, built), "database_type": database_type,
        "description": {"en": f"{database_type}, made by the lab"},
        "ip_version": _unsigned(_UINT16, 6), "languages": languages,
        "node_count": _unsigned(_UINT32, count), "record_size": _unsigned(_UINT16, 32),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(tree) + _SEPARATOR + bytes(data) + MARKER + _encode(metadata))


def _bits(text: str) -> tuple[int, int]:
    """The network's address as a number of 128 bits, and the length of its prefix."""
    network = ipaddress.ip_network(text)
    ahead = 96 if network.version == 4 else 0
    return int(network.network_address), network.prefixlen + ahead


def _insert(nodes: list[list[int | None]], leaves: dict[tuple[int, int], int], address: int,
            length: int, place: int) -> None:
    """Networks come shorter prefixes first: a leaf that is in the way moves one level down."""
    at = 0
    for depth in range(length):
        side = address >> (127 - depth) & 1
        if depth == length - 1:
            leaves[(at, side)] = place
            return
        inherited = leaves.pop((at, side), None)
        if nodes[at][side] is None:
            nodes.append([None, None])
            nodes[at][side] = len(nodes) - 1
        at = nodes[at][side]
        if inherited is not None:
            leaves[(at, 0)] = leaves[(at, 1)] = inherited


def _languages(record: Any) -> set[str]:
    if isinstance(record, Mapping):
        found = set(record["names"]) if isinstance(record.get("names"), Mapping) else set()
        return found.union(*(_languages(value) for value in record.values()))
    if isinstance(record, list):
        return set().union(*(_languages(value) for value in record))
    return set()


def _unsigned(kind: int, value: int) -> bytes:
    body = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return _control(kind, len(body)) + body


def _encode(value: Any) -> bytes:
    """A value of the data section; bytes are one that is encoded already."""
    if isinstance(value, bool):
        return _control(_BOOLEAN, int(value))
    if isinstance(value, int):
        if value < 0:
            raise ValueError("negative numbers are written as floats")
        return _unsigned(
            _UINT16 if value < 1 << 16 else _UINT32 if value < 1 << 32 else _UINT64, value)
    if isinstance(value, float):
        return _control(_DOUBLE, 8) + struct.pack(">d", value)
    if isinstance(value, str):
        body = value.encode()
        return _control(_TEXT, len(body)) + body
    if isinstance(value, Mapping):
        return _control(_MAP, len(value)) + b"".join(
            _encode(str(key)) + _encode(item) for key, item in value.items())
    if isinstance(value, list):
        return _control(_LIST, len(value)) + b"".join(map(_encode, value))
    if isinstance(value, bytes):
        return value
    raise TypeError(f"{type(value).__name__} has no place in a MaxMind database")


def _control(kind: int, size: int) -> bytes:
    """The control byte, the extended type's byte where the type is over 7, and a longer size."""
    if size < 29:
        short, rest = size, b""
    elif size < 285:
        short, rest = 29, bytes([size - 29])
    elif size < 65_821:
        short, rest = 30, struct.pack(">H", size - 285)
    else:
        raise ValueError("a value of more than 65,820 bytes or items")
    if kind > 7:
        return bytes([short, kind - 7]) + rest
    return bytes([kind << 5 | short]) + rest
