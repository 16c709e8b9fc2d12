"""What instances do: their connections, the names they ask for, their load.

One table for all clouds; the native flow logs, DNS logs and metrics are written from it. Hosts are
of RFC 5737 and of example domains, but for the names of mining pools that are widely documented.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from lab.scenarios.aws.organisation import STRANGER
from lab.scenarios.model import Machine, Record

BOOT = 90.0
"""Seconds from an instance's creation to its first packet."""
_RESOLVER_CACHE = 1800.0


@dataclass(frozen=True)
class Talk:
    """Connections to one host. `every` seconds a new exchange of `sent` and `received` bytes;
    `steady` keeps one connection open. It begins `after` and ends `until` seconds after the
    start (0: never). `opened_by_peer` marks one that comes in."""

    host: str
    address: str
    port: int
    every: int
    sent: int
    received: int
    packets: int
    steady: bool = False
    after: float = 0.0
    until: float = 0.0
    opened_by_peer: bool = False
    resolved: bool = True


@dataclass(frozen=True)
class Behaviour:
    """`cpu` is the mean load in percent, `swing` how far it strays; bytes of disk are those of
    five minutes, and of the first `bulk_until` seconds where that is set."""

    cpu: float
    swing: float
    talks: tuple[Talk, ...]
    read: int = 400_000
    written: int = 900_000
    bulk_read: int = 0
    bulk_until: float = 0.0


POOL = Talk("xmr-eu1.nanopool.org", STRANGER + "77", 14444, 60, 1710, 1190, 14, steady=True)
TLS_POOL = Talk("pool.supportxmr.com", STRANGER + "78", 443, 60, 1480, 1320, 13, steady=True)
HIDDEN_POOL = Talk("cdn.example.net", STRANGER + "79", 443, 60, 1510, 1290, 13, steady=True,
                   resolved=False)
AGENT = replace(TLS_POOL, host="metrics.example.com", address="192.0.2.200")
DROP = Talk("files.example.net", STRANGER + "88", 443, 60, 629_145_600, 11_300_000, 437_000,
            until=1200)
VAULT = replace(DROP, host="backup.example.com", address="192.0.2.210")
MIRROR = Talk("packages.example.org", "198.51.100.20", 443, 600, 5200, 48_700, 31)
CLIENTS = Talk("", "198.51.100.90", 443, 300, 410_000, 38_000, 420, opened_by_peer=True)
DATABASE = Talk("db.internal.example.com", "10.250.0.10", 5432, 300, 95_000, 310_000, 260,
                steady=True)

BEHAVIOURS = {
    "idle": Behaviour(3.5, 1.5, (MIRROR,)),
    "web": Behaviour(24.0, 9.0, (MIRROR, CLIENTS, DATABASE)),
    "batch": Behaviour(93.0, 4.0, (MIRROR, DATABASE), read=9_000_000, written=6_000_000),
    "restored": Behaviour(11.0, 4.0, (MIRROR, DATABASE), read=60_000_000),
    "mining": Behaviour(98.5, 1.0, (MIRROR, POOL)),
    "mining_tls": Behaviour(98.2, 1.0, (MIRROR, TLS_POOL)),
    "mining_hidden": Behaviour(98.0, 1.1, (MIRROR, HIDDEN_POOL)),
    "agent": Behaviour(98.2, 1.0, (MIRROR, AGENT)),
    "bulk": Behaviour(31.0, 8.0, (MIRROR, DROP), bulk_read=3_100_000_000, bulk_until=1200),
    "archive": Behaviour(31.0, 8.0, (MIRROR, VAULT), bulk_read=3_100_000_000, bulk_until=1200),
}


@dataclass(frozen=True)
class Exchange:
    """What passed in one interval between a machine and a host; bytes as the machine sent and got
    them. `port` is the machine's own."""

    machine: Machine
    talk: Talk
    start: float
    end: float
    port: int
    sent: int
    received: int
    packets: int
    first: bool


@dataclass(frozen=True)
class Sample:
    """Five minutes of a machine: percent of CPU, bytes; `time` is their beginning."""

    machine: Machine
    time: int
    cpu: float
    received: int
    sent: int
    read: int
    written: int


def machines(found: Iterable[Record], end: float) -> list[Machine]:
    """The machines that records brought into life, each until its end or `end`, in order."""
    made: dict[str, Machine] = {}
    for record in sorted(found, key=lambda record: record.time):
        for machine in record.machines:
            made[machine.id] = replace(machine, until=end)
        for name in record.ended:
            if name in made:
                made[name] = replace(made[name], until=min(record.time, end))
    return list(made.values())


def exchanges(machine: Machine, begin: float, interval: int) -> Iterator[Exchange]:
    """From `begin` on, added up in intervals of so many seconds, as flow logs do."""
    own = 32768 + int(_hash(machine.id), 16) % 20000
    first_packet = machine.start + BOOT
    for number, talk in enumerate(BEHAVIOURS[machine.role].talks):
        step = max(interval, talk.every)
        ends = machine.until if not talk.until else min(
            machine.until, first_packet + talk.until)
        at = max(first_packet + talk.after, begin)
        count = int((at - first_packet) // step)
        at = first_packet + talk.after + count * step
        while at + interval <= ends:
            if at >= begin:
                times = max(1, interval // talk.every)
                port = own + number if talk.steady else own + number + count * 7 % 8000
                yield Exchange(machine, talk, at, at + interval - 1, port, talk.sent * times,
                               talk.received * times, talk.packets * times, count == 0)
            count += 1
            at += step


def queries(machine: Machine, begin: float) -> Iterator[tuple[float, Talk]]:
    """(time, what is asked for): the resolver's cache answers what is asked again in half an
    hour."""
    for talk in BEHAVIOURS[machine.role].talks:
        if talk.opened_by_peer or not talk.resolved or not talk.host:
            continue
        ends = machine.until if not talk.until else min(
            machine.until, machine.start + BOOT + talk.until)
        at = machine.start + BOOT + talk.after - 1
        while at < ends:
            if at >= begin:
                yield at, talk
            at += _RESOLVER_CACHE


def samples(machine: Machine, begin: float, period: int = 300) -> Iterator[Sample]:
    """Whole periods of the machine's life from `begin` on."""
    behaviour = BEHAVIOURS[machine.role]
    at = int(max(machine.start, begin) // period + 1) * period
    while at + period <= machine.until:
        age = at - machine.start
        noise = int(_hash(f"{machine.id}/{at}"), 16) / 0xFFFFFFFF * 2 - 1
        cpu = behaviour.cpu + behaviour.swing * noise
        if age < period:
            cpu = min(cpu, 35.0)
        sent = received = 0
        for talk in behaviour.talks:
            if talk.until and age > talk.until + BOOT:
                continue
            times = max(1, period // talk.every)
            sent += talk.sent * times
            received += talk.received * times
        bulk = behaviour.bulk_until and age <= behaviour.bulk_until
        read = behaviour.bulk_read if bulk else behaviour.read
        yield Sample(machine, at, round(min(100.0, max(0.1, cpu)), 2), received, sent,
                     int(read * (1 + noise / 9)), int(behaviour.written * (1 + noise / 7)))
        at += period


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
