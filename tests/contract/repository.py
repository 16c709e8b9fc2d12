"""What the contract tests look at: the app's confs, its input specs, the tracked files."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from lab import conf

ROOT = Path(__file__).resolve().parent.parent.parent
DEFAULT = ROOT / "default"


def report(problems: list[str]) -> None:
    """Fail once, with every problem on a line of its own."""
    __tracebackhide__ = True
    unique = list(dict.fromkeys(problems))
    if unique:
        pytest.fail(f"{len(unique)} problems:\n" + "\n".join(unique), pytrace=False)


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def place(stanza: conf.Stanza, key: str = "") -> str:
    """`default/x.conf:12` of a setting, or of the stanza."""
    file, line = stanza.lines.get(key, (stanza.file, stanza.line))
    return f"{relative(file)}:{line}"


@cache
def read(name: str) -> conf.Conf:
    """default/<name>.conf; empty when the app has none."""
    path = DEFAULT / f"{name}.conf"
    return conf.read(path) if path.is_file() else {}


def conf_names() -> list[str]:
    return sorted(path.stem for path in DEFAULT.glob("*.conf"))


@cache
def tracked() -> tuple[str, ...]:
    """Every file that git tracks and that exists."""
    listed = subprocess.run(
        ["git", "ls-files"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    return tuple(name for name in listed if name and (ROOT / name).is_file())


def input_arguments() -> dict[str, dict[str, int]]:
    """Scheme -> argument -> line, of README/inputs.conf.spec's `[scheme://<name>]` stanzas."""
    path = ROOT / "README" / "inputs.conf.spec"
    schemes: dict[str, dict[str, int]] = {}
    if not path.is_file():
        return schemes
    current: dict[str, int] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        header = re.fullmatch(r"\[(\w+)://<\w+>\]", line.strip())
        if header:
            current = schemes.setdefault(header[1], {})
        elif match := re.match(r"([A-Za-z_][\w.]*)\s*=", line):
            current[match[1]] = number
    return schemes
