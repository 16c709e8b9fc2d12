"""How a value looks as text and as a number, in Python; `database.MACROS` says the same in SQL."""

from __future__ import annotations

import math
import re
from datetime import datetime, timezone

from lab.spl.errors import SPLError

_NUMERIC = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*\Z")


def to_number(text: str | None) -> float | None:
    """The number that a text stands for; None where it does not look numeric."""
    if text is None or not _NUMERIC.match(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def format_number(value: float) -> str:
    """A number as Splunk prints it: whole numbers without a point, others the shortest way."""
    if not math.isfinite(value):
        raise SPLError("a number is beyond what a double holds, 1.8e308", construct="number")
    if value == math.trunc(value) and abs(value) < 1e15:
        return str(int(value))
    return repr(float(value))


def format_time(epoch: float) -> str:
    """`_time` in results: ISO 8601 in UTC with milliseconds, as Splunk's JSON export shows it."""
    millis = math.floor(epoch * 1000 + 0.5)
    try:
        moment = datetime.fromtimestamp(millis // 1000, timezone.utc)
    except (OverflowError, ValueError, OSError) as error:
        raise SPLError(f"_time {epoch:g} is not in the years 1 to 9999",
                       construct="_time") from error
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{millis % 1000:03d}+00:00"
