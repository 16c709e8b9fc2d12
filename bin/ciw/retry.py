"""Bounded waiting between attempts."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Callable


def delays(
    attempts: int, first: float, longest: float, pick: Callable = random.uniform
) -> Iterator:
    """Seconds to wait before each further attempt: exponential with full jitter, `attempts` - 1."""
    ceiling = first
    for _ in range(attempts - 1):
        yield pick(0, min(ceiling, longest))
        ceiling *= 2
