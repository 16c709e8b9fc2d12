"""What a scenario is, and what its records are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SEVERITIES = ("none", "informational", "low", "medium", "high", "critical")
"""In order; `none` means that no case is opened."""


@dataclass(frozen=True)
class Machine:
    """An instance that a record creates, as far as its network, metrics and inventory need it.

    `id` is the provider's (instance id; resource id of Azure), `number` Google's numeric id.
    `start` is epoch seconds, `until` the end of its life or of the span. `role` names what it does
    (lab.scenarios.behaviour).
    """

    cloud: str
    id: str
    name: str
    account: str
    region: str
    zone: str
    interface: str
    address: str
    network: str
    kind: str
    image: str
    start: float
    role: str = "idle"
    until: float = 0.0
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Record:
    """One provider-native record. `step` says which malicious step it is; "" where benign.

    `form` is its native shape (lab.scenarios.forms). `machines` are those that it brought into
    life, `ended` the ids of those whose life it ended.
    """

    time: float
    account: str
    region: str
    body: dict[str, Any]
    step: str = ""
    form: str = "cloudtrail"
    machines: tuple[Machine, ...] = ()
    ended: tuple[str, ...] = ()


Row = Mapping[str, str]


@dataclass(frozen=True)
class Scenario:
    """`signals` are the signals a correct detection raises; `seconds` how long it lasts.

    `build(seed, start)` yields the records; `start` is epoch seconds. `at_least` and `at_most`
    bound the severity of the worst case. A benign twin names its attack in `twin_of`, the one fact
    in which it differs in `differs`, and in `differs_in` where that fact shows: patterns of paths
    in the records, `role` for what the instances do, `list` for rows of lists. `lists` are rows
    that an admin would have filled in for it: (list, row), whose dates may be {start} and {end},
    its own span. `held_out` marks a story whose label was written before the searches were read.
    """

    id: str
    title: str
    techniques: tuple[str, ...]
    signals: tuple[str, ...]
    seconds: int
    build: Callable[[int, float], Iterable[Record]]
    at_least: str = "none"
    at_most: str = "critical"
    twin_of: str = ""
    differs: str = ""
    differs_in: tuple[str, ...] = ()
    lists: tuple[tuple[str, Row], ...] = ()
    held_out: bool = False


@dataclass(frozen=True)
class Written:
    """`logs` are the files of CloudTrail, `folders` what else was written, kind by kind."""

    records: int
    files: int
    labels: Path
    logs: tuple[Path, ...] = ()
