"""What the soak has found, in build/soak.txt: a part for each test, in the order of their names."""

from __future__ import annotations

import os
from pathlib import Path

from tests.faults.kill_points import HEADING, Tally

_BUILD = Path(__file__).resolve().parent.parent.parent / "build"
PARTS = _BUILD / "soak"
TABLE = _BUILD / "soak.txt"


def add(tally: Tally) -> None:
    """Keeps an input's row. Only the soak is reported."""
    say(f"kills-{tally.name.replace(', ', '-')}", tally.rows())


def say(part: str, text: str) -> None:
    """Keeps the text of one part; a later run of the same test replaces it."""
    if not os.environ.get("CIW_SOAK"):
        return
    PARTS.mkdir(parents=True, exist_ok=True)
    (PARTS / part).write_text(text)


def write() -> str:
    """Writes the table of all parts; its text, empty where there is none."""
    kills = "".join(path.read_text() for path in sorted(PARTS.glob("kills-*")))
    others = [path for path in sorted(PARTS.glob("*")) if not path.name.startswith("kills-")]
    text = (HEADING + kills if kills else "") + "".join(path.read_text() for path in others)
    if text:
        TABLE.write_text(text)
    return text
