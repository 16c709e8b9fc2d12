"""The table input × fault, gathered from the reports of the tests, also those of xdist's workers.

A test names its faults by the marker `faults`; the fixture `case` writes them into the report.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

_PROPERTY = "promises"
_FILE = Path(__file__).resolve().parent.parent.parent / "build" / "promises.txt"
NAMES = sorted(path.stem for path in (Path(__file__).parent / "cases").glob("[a-z]*.py"))
_LEGEND = "+ passed alone, o passed with others in the same run, F failed, – does not apply, " \
    ". not run here"
_cells: dict[tuple[str, str], str] = {}


def case_class(name: str) -> Any:
    return importlib.import_module(f"tests.promises.cases.{name}").Case


def note(item: Any, case: str, names: tuple[str, ...]) -> None:
    """Remembers in a test's report which cells it decides."""
    item.user_properties.append((_PROPERTY, [case, list(names)]))


def pytest_runtest_logreport(report: Any) -> None:
    for name, value in report.user_properties:
        if name != _PROPERTY or (report.passed and report.when != "call"):
            continue
        case, faults = value
        for fault in faults:
            passed = "+" if len(faults) == 1 else "o"
            mark = "F" if report.failed else passed if report.passed else "."
            if _cells.get((case, fault)) != "F":
                _cells[(case, fault)] = mark


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not _cells:
        return
    text = render(_cells)
    _FILE.parent.mkdir(exist_ok=True)
    _FILE.write_text(text, "utf-8")
    terminalreporter.section("promises: input × fault")
    terminalreporter.write(text)


def render(cells: dict[tuple[str, str], str]) -> str:
    """The table as text, with the reasons for what does not apply."""
    from tests.promises.faults import ALL

    cases = {name: case_class(name) for name in NAMES}
    faults = [*ALL, *sorted({fault for _, fault in cells} - set(ALL))]
    width = max(len(fault) for fault in faults)
    lines = [_LEGEND, ""]
    lines += [f"{number:>2} {name}" for number, name in enumerate(NAMES, 1)]
    lines += ["", " " * width + "".join(f"{number:>3}" for number in range(1, len(NAMES) + 1))]
    reasons: dict[tuple[str, str], list[int]] = {}
    for fault in faults:
        row = ""
        for number, (name, made) in enumerate(cases.items(), 1):
            reason = ALL[fault].why_not(made) if fault in ALL else ""
            if reason:
                reasons.setdefault((fault, reason), []).append(number)
            row += f"{'–' if reason else cells.get((name, fault), '.'):>3}"
        lines.append(f"{fault:<{width}}{row}")
    applying = len(faults) * len(NAMES) - sum(map(len, reasons.values()))
    ran = sum(mark != "." for mark in cells.values())
    lines += ["", f"Run here: {ran} of the {applying} cells that apply. `make test` runs those that",
              "tests/promises/chosen.py names, `make soak` all.", "", "Does not apply:"]
    for (fault, reason), numbers in reasons.items():
        lines.append(f"  {fault} ({', '.join(map(str, numbers))}): {reason}")
    return "\n".join(lines) + "\n"
