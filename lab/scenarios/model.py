"""What a scenario is, and what its records are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Record:
    """One provider-native record. `step` says which malicious step it is; "" where benign."""

    time: float
    account: str
    region: str
    body: dict[str, Any]
    step: str = ""


@dataclass(frozen=True)
class Scenario:
    """`signals` are the signals a correct detection raises; `seconds` how long it lasts.

    `build(seed, start)` yields the records; `start` is epoch seconds.
    """

    id: str
    title: str
    techniques: tuple[str, ...]
    signals: tuple[str, ...]
    seconds: int
    build: Callable[[int, float], Iterable[Record]]


@dataclass(frozen=True)
class Written:
    records: int
    files: int
    labels: Path
    logs: tuple[Path, ...] = ()
