"""Splunk's .conf files: stanzas, settings, continuation lines, comments and layers.

`read` gives one file as `{stanza name: Stanza}` in file order. `layered` puts several files on
top of each other (the last wins, setting by setting), as Splunk puts local/ on default/.
Splunk accepts a repeated stanza or setting without a word and lets the last one win; here it
is an error that names file and line, because in one shipped file it is always a mistake.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

TRUE_WORDS = frozenset({"1", "t", "true", "y", "yes", "on", "enabled"})
FALSE_WORDS = frozenset({"0", "f", "false", "n", "no", "off", "disabled"})


class ConfError(ValueError):
    """A .conf file that cannot be read as meant; the text begins with `file:line: `."""


@dataclass
class Stanza:
    """`settings` keeps the order of the file; `lines` gives where each setting was written."""

    name: str
    file: Path
    line: int
    settings: dict[str, str] = field(default_factory=dict)
    lines: dict[str, tuple[Path, int]] = field(default_factory=dict)

    def get(self, key: str, default: str = "") -> str:
        return self.settings.get(key, default)

    def where(self, key: str = "") -> str:
        """`file:line` of a setting, or of the stanza itself."""
        file, line = self.lines.get(key, (self.file, self.line))
        return f"{file}:{line}"

    def boolean(self, key: str, default: bool) -> bool:
        """A setting as a boolean, by the words that Splunk takes; ConfError for any other."""
        if key not in self.settings:
            return default
        word = self.settings[key].strip().lower()
        if word in TRUE_WORDS:
            return True
        if word in FALSE_WORDS:
            return False
        raise ConfError(f"{self.where(key)}: [{self.name}] {key} = {word!r} is not a boolean")

    def integer(self, key: str, default: int) -> int:
        if key not in self.settings:
            return default
        try:
            return int(self.settings[key].strip())
        except ValueError as error:
            raise ConfError(
                f"{self.where(key)}: [{self.name}] {key} = {self.settings[key]!r} is not a"
                " whole number"
            ) from error


Conf = dict[str, Stanza]


def _logical_lines(path: Path) -> Iterable[tuple[int, str]]:
    """Lines with continuations joined: a backslash ends the line, and becomes a line feed."""
    text = path.read_bytes().decode("utf-8-sig")
    start, parts = 0, []
    number = 0
    for number, line in enumerate(text.splitlines(), 1):
        if not parts:
            start = number
        if line.endswith("\\") and not (not parts and line.lstrip().startswith("#")):
            parts.append(line[:-1])
            continue
        if line.rstrip().endswith("\\") and (parts or "=" in line):
            raise ConfError(f"{path}:{number}: blanks after the backslash end the continuation")
        yield start, "\n".join([*parts, line])
        parts = []
    if parts:
        raise ConfError(f"{path}:{number}: the file ends inside a continued line")


def read(path: Path) -> Conf:
    """One file; ConfError names file and line of what is malformed or repeated."""
    conf: Conf = {}
    stanza: Stanza | None = None
    try:
        for number, line in _logical_lines(path):
            stripped = line.strip()
            if not stripped or stripped.startswith("#"):
                continue
            if stripped.startswith("["):
                if not stripped.endswith("]"):
                    raise ConfError(f"{path}:{number}: the stanza header has no closing bracket")
                name = stripped[1:-1]
                if name in conf:
                    raise ConfError(
                        f"{path}:{number}: stanza [{name}] stands here a second time; the first"
                        f" is at line {conf[name].line}"
                    )
                stanza = conf[name] = Stanza(name, path, number)
                continue
            key, equals, value = line.partition("=")
            key = key.strip()
            if not equals or not key:
                raise ConfError(f"{path}:{number}: neither a stanza nor `setting = value`")
            if stanza is None:
                stanza = conf["default"] = Stanza("default", path, number)
            if key in stanza.settings:
                raise ConfError(
                    f"{path}:{number}: [{stanza.name}] sets {key} a second time; the first is at"
                    f" line {stanza.lines[key][1]}"
                )
            stanza.settings[key] = value.strip()
            stanza.lines[key] = (path, number)
    except UnicodeDecodeError as error:
        raise ConfError(f"{path}:1: not UTF-8 at byte {error.start}") from error
    return conf


def layered(paths: Iterable[Path]) -> Conf:
    """The files that exist, each on top of the one before; `[default]` fills every stanza."""
    merged: Conf = {}
    for path in paths:
        if not path.is_file():
            continue
        for name, stanza in read(path).items():
            below = merged.setdefault(name, Stanza(name, stanza.file, stanza.line))
            below.settings.update(stanza.settings)
            below.lines.update(stanza.lines)
    common = merged.pop("default", None)
    if common is not None:
        for stanza in merged.values():
            for key, value in common.settings.items():
                if key not in stanza.settings:
                    stanza.settings[key] = value
                    stanza.lines[key] = common.lines[key]
    return merged
