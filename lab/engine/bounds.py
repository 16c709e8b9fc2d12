"""How far one search may go before it is refused: Splunk has limits of its own; these keep any
text that someone types from holding up or filling the machine."""

from __future__ import annotations

from lab.spl.errors import SPLError

PATTERN_SECONDS = 1.0
"""A regular expression on one text."""
VALUES = 1_000_000
"""Values that mvrange() makes, and rows that makeresults does."""
CHARACTERS = 10_000
"""Width or decimals of a number or text that printf() or round() writes."""


def within(amount: float, limit: int, what: str, construct: str) -> None:
    """SPLError, for Python functions inside a statement too, where the amount is beyond."""
    if abs(amount) > limit:
        raise SPLError(f"{what} is beyond the lab's limit of {limit:,}", construct=construct)
