"""At the end of a soak: the table of kills and backlogs, on the terminal and in build/soak.txt."""

from __future__ import annotations

import os

from tests.faults import report


def pytest_terminal_summary(terminalreporter) -> None:
    if os.environ.get("CIW_SOAK"):
        terminalreporter.section(f"soak ({report.TABLE.name})")
        terminalreporter.write(report.write())
